// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_LOOP_EXPORT_PERIOD_HPP
#define INTHELOOP_EXAMPLES_LOOP_EXPORT_PERIOD_HPP

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

// Times as people write them on a command line. Each function gives nothing for what it can't read.
namespace example {

namespace detail {

// The number that is the whole text, by from_chars; "" and "+1" are none.
template <class T>
std::optional<T> whole_number(std::string_view text) {
    T value{};
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace detail

// "2026-11-01", which is its first second in UTC, or "2026-11-01T09:30:00Z".
inline std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view pattern = "0000-00-00T00:00:00Z";
    constexpr std::size_t day_only = 10;
    if (text.size() != pattern.size() && text.size() != day_only)
        return std::nullopt;
    for (std::size_t i = 0; i != text.size(); ++i)
        if (pattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
            return std::nullopt;

    auto const number = [&](std::size_t at, std::size_t size) {
        return detail::whole_number<unsigned>(text.substr(at, size)).value_or(0);
    };
    year_month_day const date(year(static_cast<int>(number(0, 4))), month(number(5, 2)),
                              day(number(8, 2)));
    if (!date.ok())
        return std::nullopt;
    if (text.size() == day_only)
        return sys_days(date);
    unsigned const h = number(11, 2), m = number(14, 2), s = number(17, 2);
    if (h > 23 || m > 59 || s > 59)
        return std::nullopt;
    return sys_days(date) + hours(h) + minutes(m) + seconds(s);
}

// "36h", "7d" or "2w": above zero and at most a hundred years.
inline std::optional<std::chrono::seconds> parse_length(std::string_view text) {
    using namespace std::chrono;
    if (text.empty())
        return std::nullopt;
    hours unit(0);
    switch (text.back()) {
    case 'h': unit = hours(1); break;
    case 'd': unit = days(1); break;
    case 'w': unit = weeks(1); break;
    default: return std::nullopt;
    }
    auto const count = detail::whole_number<unsigned>(text.substr(0, text.size() - 1));
    constexpr hours longest = days(36525);
    if (!count || *count == 0 || *count > longest / unit)
        return std::nullopt;
    return unit * *count;
}

// "10" or "0.3" seconds: from a millisecond to a year.
inline std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
    using namespace std::chrono;
    auto const count = detail::whole_number<double>(text);
    constexpr double longest = seconds(days(365)).count();
    if (!count || !(*count >= 0.001 && *count <= longest))
        return std::nullopt;
    return milliseconds(std::llround(*count * 1000));
}

} // namespace example

#endif
