// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include <intheloop/testing/detail/byte_range.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>

TEST_SUITE("testing/byte_range") {

using namespace intheloop::testing::detail;

namespace {

std::string const tag = "\"one\"";

range_choice const whole{200, {0, 10}};
range_choice const nothing{416, {}};

range_choice part(std::uint64_t offset, std::uint64_t size) {
    return {206, {offset, size}};
}

range_choice choose(std::string const& range, std::uint64_t file_size = 10) {
    return choose_range({range, {}}, tag, file_size);
}

} // namespace

TEST_CASE("which part of ten bytes a range is") {
    struct row {
        std::string range;
        range_choice expected;
    };
    for (row const& each : {
             row{"bytes=0-0", part(0, 1)},
             row{"bytes=0-9", part(0, 10)},
             row{"bytes=3-5", part(3, 3)},
             row{"bytes=9-9", part(9, 1)},
             row{"Bytes=3-5", part(3, 3)},
             row{"bytes=0-", part(0, 10)},
             row{"bytes=7-", part(7, 3)},
             row{"bytes=-1", part(9, 1)},
             row{"bytes=-10", part(0, 10)},
             // Beyond the end, numbers too large for any integer included.
             row{"bytes=5-10", part(5, 5)},
             row{"bytes=5-99999999999999999999999", part(5, 5)},
             row{"bytes=-11", part(0, 10)},
             row{"bytes=-99999999999999999999999", part(0, 10)},
             // Of the file there is nothing.
             row{"bytes=10-", nothing},
             row{"bytes=10-12", nothing},
             row{"bytes=18446744073709551615-", nothing},
             row{"bytes=99999999999999999999999-", nothing},
             row{"bytes=-0", nothing},
             // No range, or none that is served.
             row{"", whole},
             row{"-", whole},
             row{"bytes", whole},
             row{"bytes=", whole},
             row{"bytes=-", whole},
             row{"bytes=5", whole},
             row{"bytes=5-4", whole},
             row{"bytes=+1-2", whole},
             row{"bytes=a-b", whole},
             row{"bytes=1-2x", whole},
             row{"bytes=0x1-2", whole},
             row{"bytes=--1", whole},
             row{"bytes=1--2", whole},
             row{"bytes=1 - 2", whole},
             row{"rows=1-2", whole},
             row{"1-2", whole},
             row{"bytes=0-1,3-4", whole},
             row{"bytes=0-,-1", whole},
         }) {
        CAPTURE(each.range);
        CHECK(choose(each.range) == each.expected);
    }
}

TEST_CASE("an empty file has no range of bytes") {
    for (std::string const range : {"bytes=0-", "bytes=0-0", "bytes=-1"})
        CHECK(choose(range, 0) == nothing);
    CHECK(choose("bytes=1", 0) == range_choice{200, {0, 0}});
}

TEST_CASE("a range holds for the file that If-Range names, and for no other") {
    struct row {
        std::optional<std::string> if_range;
        std::string entity_tag;
        bool holds;
    };
    for (row const& each : {
             row{{}, tag, true},
             row{{}, "", true},
             row{tag, tag, true},
             row{"\"two\"", tag, false},
             row{"one", tag, false},
             row{"W/\"one\"", tag, false},
             row{"Sun, 06 Nov 1994 08:49:37 GMT", tag, false},
             row{"", tag, false},
             row{"", "", false},
             row{tag, "", false},
         }) {
        CAPTURE(each.entity_tag);
        CAPTURE(each.if_range.value_or("(none)"));
        CHECK(choose_range({"bytes=3-5", each.if_range}, each.entity_tag, 10) ==
              (each.holds ? part(3, 3) : whole));
    }
    CHECK(choose_range({"bytes=10-", "\"two\""}, tag, 10) == whole);
    CHECK(choose_range({"bytes=10-", tag}, tag, 10) == nothing);
    CHECK(choose_range({{}, tag}, tag, 10) == whole);
}

TEST_CASE("Content-Range names the first byte, the last and the size") {
    CHECK(content_range(part(0, 10), 10) == "bytes 0-9/10");
    CHECK(content_range(part(9, 1), 10) == "bytes 9-9/10");
    CHECK(content_range(nothing, 10) == "bytes */10");
}

} // TEST_SUITE("testing/byte_range")
