// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/endpoint/date_time.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <sstream>
#include <string_view>

TEST_SUITE("endpoint/date_time") {

namespace {

using namespace std::chrono_literals;
using namespace std::chrono;
using intheloop::date_time;

} // namespace

TEST_CASE("what can be read, and how it is written") {
    struct {
        char const* read;
        char const* written;
    } const rows[] = {
        {"2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"},
        {"2026-11-01t08:00:00z", "2026-11-01T08:00:00Z"},
        {"2026-11-01 08:00:00Z", "2026-11-01T08:00:00Z"},
        {"2026-11-01T08:00Z", "2026-11-01T08:00:00Z"},
        {"2026-11-01T08:00:00", "2026-11-01T08:00:00Z"},
        {"2026-11-01T08:00:00+01:00", "2026-11-01T07:00:00Z"},
        {"2026-11-01T08:00:00-0530", "2026-11-01T13:30:00Z"},
        {"2026-11-01T08:00:00+05", "2026-11-01T03:00:00Z"},
        {"2026-11-01T08:00:00+5", nullptr},
        {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"},
        {"2026-11-01T08:00:00.25Z", "2026-11-01T08:00:00.25Z"},
        {"2026-11-01T08:00:00,5Z", "2026-11-01T08:00:00.5Z"},
        {"2026-11-01T08:00:00.1234567Z", "2026-11-01T08:00:00.1234567Z"},
        {"2026-11-01T08:00:00.123456789Z", "2026-11-01T08:00:00.1234567Z"},
        {"2026-11-01T08:00:00.0000000Z", "2026-11-01T08:00:00Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9Z"},
        {"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"},
        {"0001-01-01T00:00:00+00:01", nullptr},
        {"9999-12-31T23:59:59-00:01", nullptr},
        {"", nullptr},
        {"2026-11-01", nullptr},
        {"2026-11-01T", nullptr},
        {"2026-11-01T08", nullptr},
        {"2026-11-01T08:00:", nullptr},
        {"2026-11-01T08:00:00.Z", nullptr},
        {"2026-11-01T08:00:00Z ", nullptr},
        {" 2026-11-01T08:00:00Z", nullptr},
        {"2026-02-29T08:00:00Z", nullptr},
        {"2026-13-01T08:00:00Z", nullptr},
        {"2026-00-01T08:00:00Z", nullptr},
        {"2026-11-00T08:00:00Z", nullptr},
        {"2026-11-01T24:00:00Z", nullptr},
        {"2026-11-01T08:60:00Z", nullptr},
        {"2026-11-01T08:00:61Z", nullptr},
        {"0000-11-01T08:00:00Z", nullptr},
        {"2026-11-01T08:00:00+24:00", nullptr},
        {"2026-11-01T08:00:00+01:60", nullptr},
        {"2026-11-01T08:00:00+1:00", nullptr},
        {"2026-11-1T08:00:00Z", nullptr},
        {"-026-11-01T08:00:00Z", nullptr},
        {"1698934975", nullptr},
    };
    for (auto const& row : rows) {
        CAPTURE(row.read);
        auto const read = date_time::from_text(row.read);
        REQUIRE(read.has_value() == (row.written != nullptr));
        if (read)
            CHECK(read->text() == row.written);
    }
}

TEST_CASE("a minute offset without a colon needs both its digits") {
    CHECK(date_time::from_text("2026-11-01T08:00:00+0100"));
    CHECK_FALSE(date_time::from_text("2026-11-01T08:00:00+010"));
}

TEST_CASE("it is a time") {
    date_time const made = sys_days(2026y / 11 / 1) + 8h + 250ms;
    CHECK(made.text() == "2026-11-01T08:00:00.25Z");
    CHECK(made.time() - sys_days(2026y / 11 / 1) == 8h + 250ms);
    CHECK(made < date_time(sys_days(2026y / 11 / 2)));
    CHECK(date_time() == date_time(sys_seconds(0s)));
    std::ostringstream out;
    out << made;
    CHECK(out.str() == "2026-11-01T08:00:00.25Z");
}

TEST_CASE("what has no four digits for its year has no text") {
    CHECK(date_time(sys_days(10000y / 1 / 1)).text().empty());
    CHECK(date_time(sys_days(0y / 12 / 31)).text().empty());
    CHECK(date_time(sys_time<date_time::duration>::min()).text().empty());
    CHECK(date_time(sys_time<date_time::duration>::max()).text().empty());
    CHECK(date_time(sys_days(std::chrono::year::max() / 12 / 31)).text().empty());
    CHECK(date_time(sys_days::min()).text().empty());
    CHECK(date_time(sys_seconds::max()).text().empty());
}

TEST_CASE("each time of the years 1 to 9999 is read as it was written") {
    std::mt19937_64 random(7);
    auto const first = date_time(sys_days(1y / 1 / 1)).time().time_since_epoch().count();
    auto const end = date_time(sys_days(10000y / 1 / 1)).time().time_since_epoch().count();
    for (int i = 0; i != 20'000; ++i) {
        auto const ticks =
            static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end - first));
        date_time const made{sys_time<date_time::duration>(date_time::duration(first + ticks))};
        auto const read = date_time::from_text(made.text());
        REQUIRE_MESSAGE(read == made, made.text());
    }
}

TEST_CASE("dates") {
    using intheloop::detail::date_from_text;
    using intheloop::detail::text_of_date;
    CHECK(date_from_text("2026-11-01") == 2026y / 11 / 1);
    CHECK(text_of_date(2024y / 2 / 29) == "2024-02-29");
    CHECK(text_of_date(2026y / 2 / 29).empty());
    CHECK(text_of_date(10000y / 1 / 1).empty());
    for (std::string_view const wrong : {"", "2026-11", "2026-11-1", "2026-02-29", "0000-01-01",
                                         "2026-11-01T", "2026/11/01", "20261101"})
        CHECK_FALSE_MESSAGE(date_from_text(wrong), wrong);
}

} // TEST_SUITE("endpoint/date_time")
