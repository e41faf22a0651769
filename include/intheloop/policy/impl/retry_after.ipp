// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RETRY_AFTER_IPP
#define INTHELOOP_POLICY_IMPL_RETRY_AFTER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/date_reader.hpp>
#include <intheloop/policy/detail/retry_after.hpp>

#include <algorithm>
#include <charconv>

namespace intheloop::policy {

namespace detail {

using intheloop::detail::date_reader;

// The name of a day; of how many letters.
INTHELOOP_DECL std::size_t take_day_name(date_reader& from) {
    std::size_t const letters = from.letters();
    from.expect(letters >= 3);
    return letters;
}

INTHELOOP_DECL std::chrono::seconds take_time(date_reader& from) {
    int const hours = from.number(2);
    from.literal(":");
    int const minutes = from.number(2);
    from.literal(":");
    int const seconds = from.number(2);
    from.expect(hours < 24 && minutes < 60 && seconds <= 60);
    return std::chrono::hours(hours) + std::chrono::minutes(minutes) +
           std::chrono::seconds(seconds);
}

} // namespace detail

INTHELOOP_DECL std::optional<std::chrono::sys_seconds>
parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
    namespace chrono = std::chrono;
    int day = 0, month = 0, year = 0;
    chrono::seconds time{0};
    detail::date_reader in(text);
    std::size_t const day_name = detail::take_day_name(in);
    if (in.take(", ")) { // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        bool const is_short = day_name == 3;
        std::string_view const separator = is_short ? " " : "-";
        day = in.number(2);
        in.literal(separator);
        month = in.month_name();
        in.literal(separator);
        year = in.number(is_short ? 4 : 2);
        in.literal(" ");
        time = detail::take_time(in);
        in.literal(" GMT");
        int const this_year =
            static_cast<int>(chrono::year_month_day(chrono::floor<chrono::days>(now)).year());
        if (!is_short)
            year += this_year / 100 * 100;
        if (!is_short && year > this_year + 50)
            year -= 100;
    } else { // Sun Nov  6 08:49:37 1994
        in.literal(" ");
        month = in.month_name();
        in.literal(" ");
        day = in.number(in.take(" ") ? 1 : 2);
        in.literal(" ");
        time = detail::take_time(in);
        in.literal(" ");
        year = in.number(4);
    }
    auto const date = in.date(year, month, day);
    return in.is_over() ? std::optional(chrono::sys_days(date) + time) : std::nullopt;
}

INTHELOOP_DECL std::optional<std::chrono::seconds>
parse_retry_after(std::string_view text, std::optional<std::string_view> date_header,
                  std::chrono::sys_seconds now) {
    using std::chrono::seconds;
    constexpr seconds longest = std::chrono::hours(24 * 365);
    text = intheloop::detail::trimmed(text);
    std::string_view const whole = text.substr(0, text.find('.'));
    std::string_view const fraction = text.substr(std::min(whole.size() + 1, text.size()));
    auto const is_number = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    };
    if (is_number(whole) && (whole.size() == text.size() || is_number(fraction))) {
        long long count = 0;
        auto const [end, ec] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
        if (ec != std::errc() || count >= longest.count())
            return longest;
        bool const is_more = fraction.find_first_not_of('0') != fraction.npos;
        return seconds(count + (is_more ? 1 : 0));
    }
    auto const until = parse_http_date(text, now);
    if (!until)
        return std::nullopt;
    if (date_header)
        now = parse_http_date(*date_header, now).value_or(now);
    return std::clamp<seconds>(*until - now, seconds(0), longest);
}

} // namespace intheloop::policy

#endif
