// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_PERIOD_HPP
#define INTHELOOP_TOOLS_SHARED_PERIOD_HPP

#include <intheloop/base/detail/whole_number.hpp>

#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

// Lengths of time as people write them on a command line. Each function gives nothing for what it
// can't read.
namespace tools {

namespace detail {

using intheloop::detail::whole_number;

} // namespace detail

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

} // namespace tools

#endif
