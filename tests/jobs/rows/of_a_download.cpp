// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The rows of a large export, streamed by a program that never holds more than a little of it.
#include <support/process.hpp>
#include <support/sanitizers.hpp>

#include <intheloop/testing.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

TEST_SUITE("jobs/rows/of_a_download") {

namespace {

std::string required(char const* name) {
    char const* const value = std::getenv(name);
    REQUIRE(value);
    return value;
}

// One array of equal rows, made while it is sent.
class large_export {
public:
    explicit large_export(std::uint64_t rows) : rows_(rows) {
        row_ = R"({"conversationId":"conv_000001","subject":"Invoice [1] \"is\" missing {a} line",)"
               R"("tags":["urgent","refund"],"messages":4,"text":")";
        row_ += std::string(248 - row_.size(), 'x') + "\"},\n";
    }
    std::uint64_t rows() const { return rows_; }
    std::uint64_t size() const { return 1 + rows_ * row_.size() - 2 + 1; }
    intheloop::testing::export_content content() const {
        return intheloop::testing::export_content::generated(
            size(),
            [self = *this](std::uint64_t offset, std::span<char> out) { self.fill(offset, out); });
    }

private:
    void fill(std::uint64_t offset, std::span<char> out) const {
        while (!out.empty()) {
            if (offset == 0 || offset == size() - 1) {
                out[0] = offset == 0 ? '[' : ']';
                ++offset;
                out = out.subspan(1);
                continue;
            }
            std::size_t const at = static_cast<std::size_t>((offset - 1) % row_.size());
            std::size_t const n = std::min(
                {row_.size() - at, out.size(), static_cast<std::size_t>(size() - 1 - offset)});
            std::memcpy(out.data(), row_.data() + at, n);
            offset += n;
            out = out.subspan(n);
        }
    }

    std::uint64_t rows_;
    std::string row_;
};

} // namespace

TEST_CASE("a large export streams row by row in less than 32 MiB") {
    // A gigabyte with INTHELOOP_TEST_LARGE=1024.
    char const* const wanted = std::getenv("INTHELOOP_TEST_LARGE");
    std::uint64_t const mebibytes = wanted ? std::strtoull(wanted, nullptr, 10) : 64;
    large_export const data((mebibytes << 20) / 251 + 1);
    intheloop::testing::server s;
    std::string const id = s.add_export({"Completed"}, data.content());
    tests::scratch_directory scratch;
    std::ofstream(scratch.path / "ca.pem") << s.ca_certificate();
    for (std::string const as : {"text", "object"}) {
        CAPTURE(as);
        tests::process counting({required("INTHELOOP_TEST_COUNT_ROWS"), id, as},
                                {{"INTHELOOP_BASE_URL", s.base_url()},
                                 {"INTHELOOP_TOKEN", s.token()},
                                 {"SSL_CERT_FILE", (scratch.path / "ca.pem").string()}});
        int const code = counting.wait();
        REQUIRE_MESSAGE(code == 0, counting.err());
        std::istringstream out(counting.out());
        std::uint64_t rows = 0, bytes = 0, kibibytes = 0;
        out >> rows >> bytes >> kibibytes;
        CHECK(rows == data.rows());
        CHECK(bytes == data.size());
        CHECK(kibibytes > 0);
        if (!support::is_sanitized)
            CHECK(kibibytes < 32 * 1024);
        if (wanted)
            MESSAGE(as << ": " << mebibytes << " MiB with " << kibibytes << " KiB of memory");
    }
}

} // TEST_SUITE("jobs/rows/of_a_download")
