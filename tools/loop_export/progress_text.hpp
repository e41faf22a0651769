// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_PROGRESS_TEXT_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_PROGRESS_TEXT_HPP

#include <intheloop/jobs/download.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <optional>
#include <sstream>
#include <string>

// How far a download is, in words.
namespace tools {

// 999 B, 1.5 kB, 34.5 MB: of a thousand each.
inline std::string size_text(double bytes) {
    static constexpr std::array units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    constexpr double next_unit = 999.95; // that would be shown as 1000.0
    std::size_t unit = 0;
    for (; unit + 1 != units.size() && bytes >= (unit == 0 ? 1000 : next_unit); ++unit)
        bytes /= 1000;
    std::ostringstream text;
    text << std::fixed << std::setprecision(unit == 0 ? 0 : 1) << bytes << ' ' << units[unit];
    return std::move(text).str();
}

// 0:07, 12:34, 1:02:03
inline std::string time_text(std::uint64_t seconds) {
    std::ostringstream text;
    text << std::setfill('0');
    if (seconds >= 3600)
        text << seconds / 3600 << ':' << std::setw(2);
    text << seconds / 60 % 60 << ':' << std::setw(2) << seconds % 60;
    return std::move(text).str();
}

namespace detail {

// "[=====>    ]", so many columns wide in all.
inline std::string bar(double share, std::size_t width) {
    std::size_t const inside = width - 2;
    auto const filled =
        static_cast<std::size_t>(share * static_cast<double>(inside)); // rounded down
    std::string text(filled, '=');
    if (filled != inside)
        text += '>';
    text.resize(inside, ' ');
    return '[' + text + ']';
}

inline std::optional<std::uint64_t> seconds_left(intheloop::download_progress const& now) {
    constexpr double longest = 100 * 3600; // more is no forecast
    if (!now.total || now.bytes >= *now.total || !(now.bytes_per_second > 0))
        return std::nullopt;
    double const left = static_cast<double>(*now.total - now.bytes) / now.bytes_per_second;
    return left < longest ? std::optional(static_cast<std::uint64_t>(std::ceil(left)))
                          : std::nullopt;
}

} // namespace detail

// "[====>      ]  42%  1.2 GB of 2.9 GB  85.3 MB/s  0:20 left" in less than that many columns: with
// a bar if there is room for one. What is not known is left out.
inline std::string progress_text(intheloop::download_progress const& now, std::size_t columns) {
    constexpr std::size_t narrowest_bar = 12, widest_bar = 42, gap = 2;
    std::string text = size_text(static_cast<double>(now.bytes));
    if (now.total)
        text += " of " + size_text(static_cast<double>(*now.total));
    if (now.bytes_per_second > 0)
        text += "  " + size_text(now.bytes_per_second) + "/s";
    if (auto const left = detail::seconds_left(now))
        text += "  " + time_text(*left) + " left";
    if (!now.total || *now.total == 0)
        return text;

    double const share =
        std::min(1.0, static_cast<double>(now.bytes) / static_cast<double>(*now.total));
    std::ostringstream percent;
    percent << std::setw(3) << std::floor(share * 100) << '%';
    text = std::move(percent).str() + "  " + text;
    std::size_t const taken = text.size() + gap;
    std::size_t const room = columns > taken ? columns - taken - 1 : 0;
    if (room < narrowest_bar)
        return text.substr(text.find_first_not_of(' '));
    return detail::bar(share, std::min(room, widest_bar)) + "  " + text;
}

} // namespace tools

#endif
