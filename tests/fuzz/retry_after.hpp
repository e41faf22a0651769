// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_RETRY_AFTER_HPP
#define INTHELOOP_TESTS_FUZZ_RETRY_AFTER_HPP

#include <intheloop/policy/detail/retry_after.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// A Retry-After header, a Date header (none, if it is empty), and what a clock here says in
// seconds since the epoch: a line of each.
struct retry_after_target {
    static constexpr std::string_view name = "retry_after";
    static constexpr std::string_view words[] = {"Sunday, ", "Nov", "GMT"};

    static void run(auto const&, bytes input) {
        reader in(input);
        std::string_view const text = in.line();
        std::string_view const date = in.line();
        std::chrono::sys_seconds const now = clock_of(in.line());
        check_forms(now);
        check_date(text, now);
        check_date(date, now);
        check_wait(text, date, now);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const date = "Sun, 06 Nov 1994 08:49:37 GMT\n";
        keep("seconds", "120\n" + date + "784111777");
        keep("fraction", "2.0\n" + date + "784111777");
        keep("date", "Sun, 06 Nov 1994 08:51:37 GMT\n" + date + "784111777");
        keep("old_date", "Sunday, 06-Nov-94 08:49:37 GMT\n\n784111700");
        keep("asctime", "Sun Nov  6 08:49:37 1994\nSun Nov 16 08:49:37 1994\n784111700");
        keep("leap", "Thu, 29 Feb 2024 23:59:60 GMT\n\n1709251140");
        keep("space", " \t7 \n" + date + "1");
        keep("much", "99999999999999999999\n\n1700000000");
        keep("century",
             "Friday, 31-Dec-99 23:59:59 GMT\nSaturday, 01-Jan-00 00:00:00 GMT\n4102444799");
    }

private:
    static constexpr std::int64_t longest = 365 * 24 * 3600;

    // Between the years 1 and 9998, as all that an HTTP-date can say.
    static std::chrono::sys_seconds clock_of(std::string_view text) {
        constexpr std::int64_t first = -62135596800, last = 253370764799;
        std::int64_t seconds = 1700000000;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return std::chrono::sys_seconds(
            std::chrono::seconds(std::clamp<std::int64_t>(seconds, first, last)));
    }

    static std::string printed(char const* format, std::chrono::sys_seconds when, bool two_digits) {
        using namespace std::chrono;
        auto const day = floor<days>(when);
        year_month_day const date(day);
        hh_mm_ss const time(when - day);
        constexpr char const* week[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr char const* year[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::array<char, 64> out{};
        int const number = static_cast<int>(date.year());
        std::string const week_day = week[weekday(day).c_encoding()];
        char const* const month = year[static_cast<unsigned>(date.month()) - 1];
        std::snprintf(
            out.data(), out.size(), format, week_day.c_str(), static_cast<unsigned>(date.day()),
            month, two_digits ? number % 100 : number, static_cast<int>(time.hours().count()),
            static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
        return out.data();
    }
    static std::string usual(std::chrono::sys_seconds when) {
        return printed("%s, %02u %s %04d %02d:%02d:%02d GMT", when, false);
    }
    static std::string old(std::chrono::sys_seconds when) {
        return printed("%sday, %02u-%s-%02d %02d:%02d:%02d GMT", when, true);
    }
    static std::string asctime(std::chrono::sys_seconds when) {
        std::string const other = printed("%s|%2u|%s|%04d|%02d:%02d:%02d", when, false);
        // Sun| 6|Nov|1994|08:49:37 -> Sun Nov  6 08:49:37 1994
        return other.substr(0, 3) + ' ' + other.substr(7, 3) + ' ' + other.substr(4, 2) + ' ' +
               other.substr(16) + ' ' + other.substr(11, 4);
    }

    // A time is read from each of the three forms, and from no longer or shorter text.
    static void check_forms(std::chrono::sys_seconds now) {
        auto const read = [&](std::string_view text) {
            return intheloop::policy::parse_http_date(text, now);
        };
        for (std::string const& form : {usual(now), old(now), asctime(now)}) {
            check(read(form) == now, "a date is read", form);
            check(!read(form + 'x'), "nothing may follow a date", form);
            check(!read(std::string_view(form).substr(0, form.size() - 1)),
                  "no character of a date may be missing", form);
        }
    }

    // A time that is read is printed and read again, in each of the three forms.
    static void check_date(std::string_view text, std::chrono::sys_seconds now) {
        using namespace std::chrono;
        auto const read = intheloop::policy::parse_http_date(text, now);
        if (!read)
            return;
        int const year = static_cast<int>(year_month_day(floor<days>(*read)).year());
        check(year >= -100 && year <= 10000, "a date has a year of four digits", text);
        if (year < 0 || year > 9999)
            return;
        auto const again = [&](std::string const& form) {
            auto const second = intheloop::policy::parse_http_date(form, now);
            check(second == *read, "a date is read as it was printed", form);
        };
        again(usual(*read));
        again(asctime(*read));
        int const this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
        if (year >= this_year / 100 * 100 && year <= this_year && year >= this_year - 49)
            again(old(*read));
    }

    static void check_wait(std::string_view text, std::string_view date_header,
                           std::chrono::sys_seconds now) {
        using std::chrono::seconds;
        std::optional<std::string_view> date;
        if (!date_header.empty())
            date = date_header;
        auto const wait = [&](std::string_view of) {
            return intheloop::policy::parse_retry_after(of, date, now);
        };
        auto const found = wait(text);
        check(wait(" \t" + std::string(text) + "\t ") == found, "white space around is none", text);
        if (found)
            check(*found >= seconds(0) && *found <= seconds(longest),
                  "a pause is neither negative nor longer than a year", text);
        bool const digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
        if (digits) {
            std::string_view significant = text;
            significant.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
            std::int64_t const count = significant.empty() ? 0
                                       : significant.size() > 9
                                           ? longest
                                           : std::stoll(std::string(significant));
            check(found == seconds(std::min(count, longest)), "seconds are those seconds", text);
        } else if (auto const until = intheloop::policy::parse_http_date(text, now)) {
            check(found.has_value(), "a date is a pause", text);
            auto const from =
                date ? intheloop::policy::parse_http_date(*date, now).value_or(now) : now;
            check(*found == std::clamp(*until - from, seconds(0), seconds(longest)),
                  "a pause lasts until the date", text);
            check(wait(std::to_string(std::max<std::int64_t>((*until - from).count(), 0))) == found,
                  "both forms say the same", text);
        }
    }
};

} // namespace fuzz

#endif
