// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include <intheloop/testing/detail/file_blocks.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

TEST_SUITE("testing/file_blocks") {

using namespace intheloop::testing;
using namespace intheloop::testing::detail;
using namespace std::chrono_literals;

namespace {

file_body whole_of(export_content content) {
    std::uint64_t const size = content.size();
    return {std::move(content), {0, size}, false, {}, {}};
}

class outcome {
public:
    std::string bytes;
    std::size_t blocks = 0;
    std::size_t largest = 0;
    std::chrono::nanoseconds last_due{0};
    bool complete = false;
};

outcome drain(file_body const& body) {
    file_blocks source(body);
    outcome result;
    std::string block;
    while (source.next(block)) {
        CHECK_FALSE(block.empty());
        CHECK_FALSE(source.complete() != block.starts_with("0\r\n"));
        CHECK(source.due() >= result.last_due);
        result.bytes += block;
        result.blocks += 1;
        result.largest = std::max(result.largest, block.size());
        result.last_due = source.due();
    }
    result.complete = source.complete();
    CHECK_FALSE(source.next(block));
    return result;
}

} // namespace

TEST_CASE("a body is its range of the content, with the frames of chunks or without") {
    struct row {
        byte_range range;
        bool chunked;
        std::string expected;
    };
    for (row const& each : {
             row{{0, 10}, false, "0123456789"},
             row{{3, 4}, false, "3456"},
             row{{0, 0}, false, ""},
             row{{0, 10}, true, "a\r\n0123456789\r\n0\r\n\r\n"},
             row{{9, 1}, true, "1\r\n9\r\n0\r\n\r\n"},
             row{{0, 0}, true, "0\r\n\r\n"},
         }) {
        file_body body = whole_of("0123456789");
        body.range = each.range;
        body.chunked = each.chunked;
        outcome const got = drain(body);
        CHECK(got.bytes == each.expected);
        CHECK(got.complete);
    }
}

TEST_CASE("a cut body ends after so many bytes of it and is not complete") {
    struct row {
        std::uint64_t after;
        bool chunked;
        std::string expected;
        bool complete;
    };
    for (row const& each : {
             row{0, false, "", false},
             row{2, false, "34", false},
             row{4, false, "3456", false},
             row{5, false, "3456", true},
             row{0, true, "", false},
             row{2, true, "2\r\n34\r\n", false},
             row{4, true, "4\r\n3456\r\n", false},
             row{5, true, "4\r\n3456\r\n0\r\n\r\n", true},
         }) {
        CAPTURE(each.after);
        file_body body = whole_of("0123456789");
        body.range = {3, 4};
        body.chunked = each.chunked;
        body.cut = file_cut{each.after, connection_end::cut};
        outcome const got = drain(body);
        CHECK(got.bytes == each.expected);
        CHECK(got.complete == each.complete);
    }
}

TEST_CASE("a content that throws ends its body, and it is not complete") {
    auto const content = export_content::generated(200'000, [](std::uint64_t at, auto out) {
        if (at > 0)
            throw std::runtime_error("no more");
        std::fill(out.begin(), out.end(), 'x');
    });
    file_blocks source(whole_of(content));
    std::string block;
    CHECK(source.next(block));
    CHECK(block.find_first_not_of('x') == std::string::npos);
    CHECK_FALSE(source.next(block));
    CHECK_FALSE(source.complete());
}

TEST_CASE("blocks are large without a pace, and with one due when their turn is") {
    std::string const content(200'000, 'x');
    outcome const fast = drain(whole_of(content));
    CHECK(fast.blocks == 4);
    CHECK(fast.last_due == 0ns);

    struct row {
        std::uint64_t bytes_per_second;
        std::size_t size;
        std::size_t largest;
        std::chrono::nanoseconds last_due;
    };
    for (row const& each : {
             row{100'000, 200'000, 2'000, 1'980ms},
             row{1'000, 500, 20, 480ms},
             row{10, 5, 1, 400ms},
             row{0, 2, 1, 1s},
             row{100'000'000, 200'000, 65'536, 1'966'080ns},
         }) {
        CAPTURE(each.bytes_per_second);
        file_body body = whole_of(content.substr(0, each.size));
        body.bytes_per_second = each.bytes_per_second;
        outcome const slow = drain(body);
        CHECK(slow.bytes.size() == each.size);
        CHECK(slow.largest == each.largest);
        CHECK(std::chrono::abs(slow.last_due - each.last_due) < 1us);
    }
}

} // TEST_SUITE("testing/file_blocks")
