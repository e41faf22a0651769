// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/shared/local_time.hpp"
#include <support/process.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

TEST_SUITE("tools/loop_export/local_time") {

namespace {

using tools::bound;
using tools::find_zone;
using tools::parse_local_time;
using tools::read_time;

// "2026-11-01T09:30:00Z"
std::chrono::sys_seconds utc(char const* text) {
    std::chrono::sys_seconds read;
    REQUIRE(cctz::parse("%Y-%m-%dT%H:%M:%SZ", text, cctz::utc_time_zone(), &read));
    return read;
}

// While it lives, the system's zone data are this list and one file of them, a copy of another.
class zone_directory {
public:
    zone_directory(char const* list, char const* name, char const* original) {
        char const* const system = std::getenv("TZDIR");
        before_ = system ? system : "";
        std::filesystem::path const from = system ? system : "/usr/share/zoneinfo";
        std::filesystem::create_directories((directory_.path / name).parent_path());
        std::filesystem::copy_file(from / original, directory_.path / name);
        std::ofstream(directory_.path / "tzdata.zi") << list;
        ::setenv("TZDIR", directory_.path.c_str(), 1);
    }
    zone_directory(zone_directory const&) = delete;
    zone_directory& operator=(zone_directory const&) = delete;
    ~zone_directory() {
        if (before_.empty())
            ::unsetenv("TZDIR");
        else
            ::setenv("TZDIR", before_.c_str(), 1);
    }

private:
    tests::scratch_directory directory_;
    std::string before_;
};

// The message of the std::invalid_argument that a function throws.
std::string refusal(std::function<void()> const& function) {
    try {
        function();
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return "nothing is wrong";
}

} // namespace

TEST_CASE("a time in a zone is a moment, for --from and for --to") {
    struct {
        char const* zone;
        char const* text;
        char const* from;
        char const* to;
    } const cases[] = {
        {"UTC", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"},
        {"UTC", "2026-11-01T09:30", "2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z"},
        {"UTC", "2026-11-01 09:30:15", "2026-11-01T09:30:15Z", "2026-11-01T09:30:15Z"},
        {"Europe/Ljubljana", "2026-11-01", "2026-10-31T23:00:00Z", "2026-10-31T23:00:00Z"},
        {"Europe/Ljubljana", "2026-07-01T09:30", "2026-07-01T07:30:00Z", "2026-07-01T07:30:00Z"},
        {"Asia/Kathmandu", "2026-07-01T09:30", "2026-07-01T03:45:00Z", "2026-07-01T03:45:00Z"},
        // Beyond what some systems list change by change.
        {"Europe/Ljubljana", "2045-07-01T09:30", "2045-07-01T07:30:00Z", "2045-07-01T07:30:00Z"},
        // With an offset the zone does not matter.
        {"Europe/Ljubljana", "2026-11-01T09:30Z", "2026-11-01T09:30:00Z", "2026-11-01T09:30:00Z"},
        {"Europe/Ljubljana", "2026-11-01 09:30:15+05:45", "2026-11-01T03:45:15Z",
         "2026-11-01T03:45:15Z"},
        {"Europe/Ljubljana", "2026-11-01T09:30-03:00", "2026-11-01T12:30:00Z",
         "2026-11-01T12:30:00Z"},
        {"Europe/Ljubljana", "2026-03-29T02:30+01:00", "2026-03-29T01:30:00Z",
         "2026-03-29T01:30:00Z"},
        // Around the hour that is left out.
        {"Europe/Ljubljana", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-28T23:00:00Z"},
        {"Europe/Ljubljana", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
        {"Europe/Ljubljana", "2026-03-29T03:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        // The hour that comes twice.
        {"Europe/Ljubljana", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z"},
        {"Europe/Ljubljana", "2026-10-25T02:00", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
        {"Europe/Ljubljana", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"},
        {"Europe/Ljubljana", "2026-10-25T03:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
        {"America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30:00Z", "2018-02-18T02:30:00Z"},
        {"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z", "2018-02-18T03:00:00Z"},
        // A midnight that comes twice begins the day once.
        {"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", "2025-11-02T04:00:00Z"},
        {"America/Havana", "2025-11-02T00:00", "2025-11-02T04:00:00Z", "2025-11-02T05:00:00Z"},
        // Days without a midnight.
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"},
        {"Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z", "2023-04-27T22:00:00Z"},
        // On both sides of a day that was left out.
        {"Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59Z", "2011-12-30T09:59:59Z"},
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
    };
    for (auto const& each : cases) {
        CAPTURE(std::string(each.zone));
        CAPTURE(std::string(each.text));
        auto const zone = find_zone(each.zone);
        CHECK(parse_local_time(each.text, zone, bound::from) == utc(each.from));
        CHECK(parse_local_time(each.text, zone, bound::to) == utc(each.to));
    }
}

TEST_CASE("in UTC a time is a day or a second") {
    using namespace std::chrono;
    using namespace std::chrono_literals;
    auto const moment = [](char const* text) {
        return parse_local_time(text, cctz::utc_time_zone(), bound::from);
    };
    sys_seconds const day = sys_days(2026y / November / 1);
    CHECK(moment("2026-11-01") == day);
    CHECK(moment("2026-11-01T00:00:00Z") == day);
    CHECK(moment("2026-11-01T09:30:05Z") == day + 9h + 30min + 5s);
    CHECK(moment("2024-02-29") == sys_seconds(sys_days(2024y / February / 29)));
    CHECK(moment("1969-12-31T23:59:59Z") == sys_seconds(-1s));
}

TEST_CASE("a time that the clocks leave out is refused, with what there is instead") {
    struct {
        char const* zone;
        char const* text;
        std::string problem;
    } const cases[] = {
        {"Europe/Ljubljana", "2026-03-29T02:30",
         "in Europe/Ljubljana there is no 2026-03-29 02:30:00: the clocks go from 2026-03-29 "
         "02:00:00 to 2026-03-29 03:00:00; the nearest times are 2026-03-29 01:59:59 and "
         "2026-03-29 03:00:00"},
        {"Europe/Ljubljana", "2026-03-29T02:00",
         "in Europe/Ljubljana there is no 2026-03-29 02:00:00: the clocks go from 2026-03-29 "
         "02:00:00 to 2026-03-29 03:00:00; the nearest times are 2026-03-29 01:59:59 and "
         "2026-03-29 03:00:00"},
        {"America/Sao_Paulo", "2018-11-04T00:00",
         "in America/Sao_Paulo there is no 2018-11-04 00:00:00: the clocks go from 2018-11-04 "
         "00:00:00 to 2018-11-04 01:00:00; the nearest times are 2018-11-03 23:59:59 and "
         "2018-11-04 01:00:00"},
        {"Pacific/Apia", "2011-12-30",
         "in Pacific/Apia there is no 2011-12-30: the clocks go from 2011-12-30 00:00:00 to "
         "2011-12-31 00:00:00; the nearest times are 2011-12-29 23:59:59 and 2011-12-31 00:00:00"},
        {"Pacific/Apia", "2011-12-30T12:00",
         "in Pacific/Apia there is no 2011-12-30 12:00:00: the clocks go from 2011-12-30 "
         "00:00:00 to 2011-12-31 00:00:00; the nearest times are 2011-12-29 23:59:59 and "
         "2011-12-31 00:00:00"},
    };
    for (auto const& each : cases)
        for (bound which : {bound::from, bound::to})
            CHECK(refusal([&] { parse_local_time(each.text, find_zone(each.zone), which); }) ==
                  each.problem);
}

TEST_CASE("what is no time gives nothing") {
    for (char const* text : {"",
                             "2026",
                             "2026-11",
                             "2026-11-1",
                             "26-11-01",
                             "2026-11-01T",
                             "2026-11-01T09",
                             "2026-11-01T09:3",
                             "2026-11-01T09:30:5",
                             "2026-11-01T09:30:05.5",
                             "2026-11-01  09:30",
                             "2026-11-01t09:30",
                             "2026-11-01T09:30z",
                             "2026-11-01T09:30 Z",
                             "2026-11-01T09:30ZZ",
                             "2026-11-01Z",
                             "2026-11-01+01:00",
                             "2026-11-01T09:30+01",
                             "2026-11-01T09:30+0100",
                             "2026-11-01T09:30+24:00",
                             "2026-11-01T09:30+01:60",
                             "2026-11-01T24:00",
                             "2026-11-01T09:60",
                             "2026-11-01T09:30:60",
                             "2026-11-01T24:00:00Z",
                             "2026-11-01T09:60:00Z",
                             "2026-11-01T09:30:60Z",
                             "2026-11-01T09:30:05z",
                             "2026-11-01T09:30:05+02",
                             "20261-1-01",
                             "2026-02-29",
                             "2026-00-10",
                             "2026-13-01",
                             "2026-11-00",
                             "2026-11-31",
                             "+026-11-01",
                             "2026-+1-01",
                             " 2026-11-01",
                             "2026-11-01 ",
                             "Z",
                             "+01:00",
                             "now"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(read_time(text));
        CHECK(refusal([&] {
                  parse_local_time(text, find_zone("UTC"), bound::from);
              }).starts_with("can't read \"" + std::string(text) + "\" as a time: write 2026"));
    }
    CHECK(read_time("2024-02-29"));
}

TEST_CASE("a zone that does not exist is refused, with similar names") {
    struct {
        char const* name;
        std::string problem;
    } const cases[] = {
        {"Europe/Lubljana",
         "there is no time zone \"Europe/Lubljana\"; did you mean Europe/Ljubljana"},
        {"europe/ljubljana",
         "there is no time zone \"europe/ljubljana\"; did you mean Europe/Ljubljana"},
        {"New York", "there is no time zone \"New York\"; did you mean America/New_York"},
        {"Nowhere/Land/At/All", "there is no time zone \"Nowhere/Land/At/All\""},
        {"", "there is no time zone \"\""},
    };
    for (auto const& each : cases)
        CHECK(refusal([&] { find_zone(each.name); }) == each.problem);
    for (char const* name :
         {"/usr/share/zoneinfo/Europe/Ljubljana", "../zoneinfo/Europe/Ljubljana",
          "file:Europe/Ljubljana", "right/Europe/Ljubljana", "localtime", "libc:localtime",
          "Fixed/UTC+01:00:00", "tzdata.zi", "Europe", "Europe/"}) {
        CAPTURE(std::string(name));
        CHECK(refusal([&] {
                  find_zone(name);
              }).starts_with("there is no time zone \"" + std::string(name) + '"'));
    }
    // Where it is compared with each name there is, this takes minutes.
    CHECK(refusal([] { find_zone(std::string(1'000'000, 'Z')); }) ==
          "there is no time zone \"" + std::string(64, 'Z') + "...\"");
    CHECK(refusal([] {
              parse_local_time(std::string(1'000'000, '0'), find_zone("UTC"), bound::from);
          }).starts_with("can't read \"" + std::string(64, '0') + "...\" as a time: "));
    std::string const many = refusal([] { find_zone("Etc/GMT+15"); });
    CHECK(std::count(many.begin(), many.end(), ',') == 2); // three names
}

TEST_CASE("a zone has one of its IANA names") {
    for (char const* name :
         {"UTC", "Etc/UTC", "Europe/Ljubljana", "America/Argentina/Buenos_Aires", "Etc/GMT+12"})
        CHECK(find_zone(name).name() == name);
    // Some systems have files of these old names, and others only know what they are links to.
    auto const at_noon = [](char const* name) {
        return parse_local_time("2026-07-01T12:00", find_zone(name), bound::from);
    };
    CHECK(at_noon("EST5EDT") == utc("2026-07-01T16:00:00Z"));
    CHECK(at_noon("Asia/Calcutta") == utc("2026-07-01T06:30:00Z"));
}

TEST_CASE("a name that is only listed is the zone to which it is a link") {
    zone_directory const directory("Z Test/Lost 1 - X\n"
                                   "Z Test/Copy 5:30 - IST\n"
                                   "L Test/Copy Test/Old\n"
                                   "L Test/Old Test/Older\n"
                                   "L Test/Round Test/About\n"
                                   "L Test/About Test/Round\n",
                                   "Test/Copy", "Asia/Kolkata");
    for (char const* name : {"Test/Copy", "Test/Old", "Test/Older"}) {
        CAPTURE(std::string(name));
        CHECK(parse_local_time("2026-07-01T12:00", find_zone(name), bound::from) ==
              utc("2026-07-01T06:30:00Z"));
    }
    for (std::string const name : {"Test/Lost", "Test/Round"}) {
        std::string const problem = refusal([&] { find_zone(name); });
        CHECK(problem.starts_with("this system lists the time zone \"" + name +
                                  "\" but lacks its data"));
        CHECK(problem.find("tzdata-legacy") != problem.npos);
    }
    CHECK(refusal([] { find_zone("Test/Oldest"); }) ==
          "there is no time zone \"Test/Oldest\"; did you mean Test/Older, Test/Lost, Test/Old");
}

} // TEST_SUITE("tools/loop_export/local_time")
