// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_RANGES_FIXTURE_HPP
#define INTHELOOP_TESTS_JOBS_RANGES_FIXTURE_HPP

#include <jobs/download/fixture.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fixture {

using names = std::vector<std::string>;

// Enough for all streams: the first request alone asks for 4 MiB.
inline std::string const& large_content() {
    static std::string const made = odd_content(12'000'007);
    return made;
}

// A file, and a download of it in four streams that goes on after a break without a pause.
struct split {
    explicit split(server_options chosen = server_options()) : s(std::move(chosen)) {
        how.streams = 4;
    }

    server s;
    directory d;
    std::string id = s.add_export(finished, large_content());
    loop::download_options how = impatient();

    loop::result<loop::download_summary> fetch() {
        return download(options_for(s), s.file_url(id), d.path / "r", how);
    }
    void check_whole(std::string const& expected = large_content()) {
        auto const r = fetch();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->bytes == expected.size());
        CHECK((content_of(d.path / "r") == expected));
        CHECK(d.names() == names{"r"});
    }
    void check_fails(loop::errc code) {
        auto const r = fetch();
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == code, r.error());
        CHECK(d.names().empty());
    }
    std::vector<std::string> ranges() const { return ranges_of(s); }
    // Counts the bytes that the ranges ask for, each once: a stream takes over a part of another's.
    std::uint64_t asked() const {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
        for (std::string const& one : ranges()) {
            auto const equals = one.find('='), dash = one.find('-');
            REQUIRE(equals != one.npos);
            std::string const last = one.substr(dash + 1);
            all.emplace_back(std::stoull(one.substr(equals + 1, dash - equals - 1)),
                             last.empty() ? large_content().size() : std::stoull(last) + 1);
        }
        std::sort(all.begin(), all.end());
        std::uint64_t sum = 0, at = 0;
        for (auto const& [first, end] : all) {
            if (end > at)
                sum += end - std::max(first, at);
            at = std::max(at, end);
        }
        return sum;
    }
    // Runs once when so many bytes have come.
    void at(std::uint64_t bytes, std::function<void()> act) {
        how.on_progress = [bytes, act = std::move(act),
                           done = false](loop::download_progress p) mutable {
            if (p.bytes >= bytes && !std::exchange(done, true))
                act();
        };
    }
};

} // namespace fixture

#endif
