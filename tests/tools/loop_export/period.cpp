// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/shared/period.hpp"

#include <doctest/doctest.h>

TEST_SUITE("tools/loop_export/period") {

using namespace std::chrono;
using namespace std::chrono_literals;
using tools::parse_length;
using tools::parse_seconds;

TEST_CASE("a length has a unit") {
    CHECK(parse_length("1h") == 1h);
    CHECK(parse_length("36h") == 36h);
    CHECK(parse_length("7d") == 7 * 24h);
    CHECK(parse_length("2w") == 14 * 24h);
    CHECK(parse_length("36525d") == 36525 * 24h);
    for (char const* text : {"", "7", "d", "0d", "-7d", "+7d", "7 d", "7D", "7s", "1.5d", "7dd",
                             "36526d", "99999999999999999999h", "4294967296h"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_length(text));
    }
}

TEST_CASE("seconds may have a fraction") {
    CHECK(parse_seconds("10") == 10s);
    CHECK(parse_seconds("0.3") == 300ms);
    CHECK(parse_seconds("0.001") == 1ms);
    CHECK(parse_seconds("31536000") == 365 * 24h);
    for (char const* text : {"", "0", "0.0001", "-1", "nan", "inf", "1s", "1e99", "31536001", "1,5",
                             "0x10", " 1", "1 "}) {
        CAPTURE(text);
        CHECK_FALSE(parse_seconds(text));
    }
}

} // TEST_SUITE("tools/loop_export/period")
