// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../examples/loop_export/period.hpp"

#include <doctest/doctest.h>

using namespace std::chrono;
using namespace std::chrono_literals;
using example::parse_length;
using example::parse_seconds;
using example::parse_time;

TEST_SUITE("examples/period") {

    TEST_CASE("a time is a UTC day or a UTC second") {
        sys_seconds const day = sys_days(2026y / November / 1);
        CHECK(parse_time("2026-11-01") == day);
        CHECK(parse_time("2026-11-01T00:00:00Z") == day);
        CHECK(parse_time("2026-11-01T09:30:05Z") == day + 9h + 30min + 5s);
        CHECK(parse_time("2024-02-29") == sys_seconds(sys_days(2024y / February / 29)));
        CHECK(parse_time("1969-12-31T23:59:59Z") == sys_seconds(-1s));
    }

    TEST_CASE("what is no time gives nothing") {
        for (char const* text : {"",
                                 "2026",
                                 "2026-11",
                                 "2026-11-1",
                                 "2026-11-01T",
                                 "2026-11-01T09:30:05",
                                 "2026-11-01 09:30:05Z",
                                 "2026-11-01T09:30:05z",
                                 "2026-11-01T24:00:00Z",
                                 "2026-11-01T09:60:00Z",
                                 "2026-11-01T09:30:60Z",
                                 "2026-02-29",
                                 "2026-00-10",
                                 "2026-13-01",
                                 "2026-11-00",
                                 "2026-11-31",
                                 "+026-11-01",
                                 "2026-+1-01",
                                 "20261-1-01",
                                 "2026-11-01T09:30:05+02",
                                 " 2026-11-01",
                                 "2026-11-01 "}) {
            CAPTURE(text);
            CHECK_FALSE(parse_time(text));
        }
    }

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
        for (char const* text : {"", "0", "0.0001", "-1", "nan", "inf", "1s", "1e99", "31536001",
                                 "1,5", "0x10", " 1", "1 "}) {
            CAPTURE(text);
            CHECK_FALSE(parse_seconds(text));
        }
    }
}
