// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/retry_after.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

TEST_SUITE("policy/retry_after") {

namespace {

namespace policy = intheloop::policy;
using namespace std::chrono;

constexpr seconds one_year = hours(24 * 365);

// Wed, 15 Nov 2023 12:00:00 GMT
constexpr sys_seconds now = sys_days(2023y / November / 15) + hours(12);

std::optional<seconds> wait(std::string_view text,
                            std::optional<std::string_view> date = std::nullopt) {
    return policy::parse_retry_after(text, date, now);
}

std::optional<sys_seconds> date(std::string_view text) {
    return policy::parse_http_date(text, now);
}

} // namespace

TEST_CASE("an HTTP-date in each of its three forms") {
    sys_seconds const sample = sys_days(1994y / November / 6) + 8h + 49min + 37s;
    CHECK(date("Sun, 06 Nov 1994 08:49:37 GMT") == sample);
    CHECK(date("Sunday, 06-Nov-94 08:49:37 GMT") == sample);
    CHECK(date("Sun Nov  6 08:49:37 1994") == sample);
    CHECK(date("Wed Nov 16 08:49:37 1994") == sample + days(10));

    CHECK(date("Thu, 01 Jan 1970 00:00:00 GMT") == sys_seconds());
    CHECK(date("Thu, 29 Feb 2024 23:59:59 GMT") == sys_days(2024y / February / 29) + 24h - 1s);
    CHECK(date("Tue, 19 Jan 2038 03:14:08 GMT") == sys_seconds(seconds(2147483648)));
    CHECK(date("Sat, 31 Dec 2016 23:59:60 GMT") == sys_seconds(sys_days(2017y / January / 1)));
    constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (unsigned i = 0; i != 12; ++i)
        CHECK(date("Mon, 15 " + std::string(months[i]) + " 2024 00:00:00 GMT") ==
              sys_seconds(sys_days(2024y / month(i + 1) / 15)));
}

TEST_CASE("a year of two digits is near the present") {
    auto const year_of = [](std::string_view text, sys_seconds at) {
        auto const found = policy::parse_http_date(text, at);
        return found ? static_cast<int>(year_month_day(floor<days>(*found)).year()) : 0;
    };
    CHECK(year_of("Sunday, 06-Nov-23 08:49:37 GMT", now) == 2023);
    CHECK(year_of("Sunday, 06-Nov-00 08:49:37 GMT", now) == 2000);
    CHECK(year_of("Sunday, 06-Nov-73 08:49:37 GMT", now) == 2073);
    CHECK(year_of("Sunday, 06-Nov-74 08:49:37 GMT", now) == 1974);
    CHECK(year_of("Sunday, 06-Nov-99 08:49:37 GMT", now) == 1999);
    CHECK(year_of("Sunday, 06-Nov-94 08:49:37 GMT", sys_days(1994y / November / 6)) == 1994);
}

TEST_CASE("what is no HTTP-date") {
    for (std::string_view text : {"",
                                  " ",
                                  "x",
                                  "Sun",
                                  "Sun,",
                                  "Sun, ",
                                  "1994-11-06T08:49:37Z",
                                  "06 Nov 1994 08:49:37 GMT",
                                  "Sun, 6 Nov 1994 08:49:37 GMT",
                                  "Sun, 06 Nov 94 08:49:37 GMT",
                                  "Sun, 06 Nov 1994 08:49:37",
                                  "Sun, 06 Nov 1994 08:49:37 UTC",
                                  "Sun, 06 Nov 1994 08:49:37 +0000",
                                  "Sun, 06 Nov 1994 08:49:37 GMT ",
                                  "Sun, 06 nov 1994 08:49:37 GMT",
                                  "Sun, 06 Nom 1994 08:49:37 GMT",
                                  "Sun, 00 Nov 1994 08:49:37 GMT",
                                  "Sun, 31 Nov 1994 08:49:37 GMT",
                                  "Wed, 29 Feb 2023 00:00:00 GMT",
                                  "Sun, 06 Nov 1994 24:00:00 GMT",
                                  "Sun, 06 Nov 1994 08:60:00 GMT",
                                  "Sun, 06 Nov 1994 08:49:61 GMT",
                                  "Sun, 06 Nov -994 08:49:37 GMT",
                                  "Sun, 06  Nov 1994 08:49:37 GMT",
                                  "Sunday, 06-Nov-1994 08:49:37 GMT",
                                  "Sunday, 06 Nov 1994 08:49:37 GMT",
                                  "Sun Nov 6 08:49:37 1994",
                                  "Sun Nov  6 08:49:37 94",
                                  "Sun Nov  6 08:49:37 1994 GMT",
                                  "Sun Nov  6 8:49:37 1994",
                                  ", , ,",
                                  "Sun, 06 Nov 1994 08:49:3"}) {
        CAPTURE(text);
        CHECK_FALSE(date(text));
    }
}

TEST_CASE("Retry-After in seconds") {
    struct {
        std::string_view text;
        std::optional<seconds> wait;
    } const table[] = {
        {"0", 0s},
        {"1", 1s},
        {"120", 120s},
        {"007", 7s},
        {" 120\t", 120s},
        {"31536000", one_year},
        {"31536001", one_year},
        {"9223372036854775807", one_year},
        {"9223372036854775808", one_year},
        {"99999999999999999999999999999999999999999", one_year},
        {"2.0", 2s},
        {"1.5", 2s},
        {"0.001", 1s},
        {"0.000", 0s},
        {"31535999.9", one_year},
        {"31536000.1", one_year},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(wait(row.text) == row.wait);
    }
}

TEST_CASE("a Retry-After that is neither seconds nor a date is none") {
    for (std::string_view text :
         {"", " ", "-1", "+1", "1.", ".5", ".", "1.5.0", "1.5s", "1.-5", "1e3", "0x10", "1 2",
          "12s", "soon", "1,2", "Wed, 15 Nov 2023", "\xd9\xa1"}) {
        CAPTURE(text);
        CHECK_FALSE(wait(text));
    }
    CHECK_FALSE(wait(std::string_view("1\0", 2)));
}

TEST_CASE("Retry-After as a date, by the clock here") {
    CHECK(wait("Wed, 15 Nov 2023 12:00:30 GMT") == 30s);
    CHECK(wait("Wednesday, 15-Nov-23 12:01:00 GMT") == 60s);
    CHECK(wait("Wed Nov 15 13:00:00 2023") == 3600s);
    CHECK(wait(" Wed, 15 Nov 2023 12:00:30 GMT ") == 30s);
    CHECK(wait("Wed, 15 Nov 2023 12:00:00 GMT") == 0s);
    CHECK(wait("Wed, 15 Nov 2023 11:59:59 GMT") == 0s);
    CHECK(wait("Sun, 06 Nov 1994 08:49:37 GMT") == 0s);
    CHECK(wait("Fri, 31 Dec 9999 23:59:59 GMT") == one_year);
}

TEST_CASE("Retry-After as a date, by the clock of the service, does not mind ours") {
    // The clock here is ten minutes behind, then ten minutes ahead.
    CHECK(wait("Wed, 15 Nov 2023 12:10:30 GMT", "Wed, 15 Nov 2023 12:10:00 GMT") == 30s);
    CHECK(wait("Wed, 15 Nov 2023 11:50:30 GMT", "Wed, 15 Nov 2023 11:50:00 GMT") == 30s);
    CHECK(wait("Wed, 15 Nov 2023 11:50:30 GMT", "Wed Nov 15 11:50:00 2023") == 30s);
    CHECK(wait("Wed, 15 Nov 2023 12:00:30 GMT", "Wed, 15 Nov 2023 12:10:00 GMT") == 0s);
    // A Date that can't be read leaves the clock here.
    CHECK(wait("Wed, 15 Nov 2023 12:00:30 GMT", "yesterday") == 30s);
    CHECK(wait("Wed, 15 Nov 2023 12:00:30 GMT", "") == 30s);
    // Seconds need no clock.
    CHECK(wait("30", "Sun, 06 Nov 1994 08:49:37 GMT") == 30s);
}

} // TEST_SUITE("policy/retry_after")
