// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_LOCAL_TIME_HPP
#define INTHELOOP_TOOLS_SHARED_LOCAL_TIME_HPP

#include "nearest.hpp"
#include "period.hpp"
#include "time_zone.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

// Times as people write them, in a time zone. cctz reads the system's zone data, also where that
// holds rules for the years to come instead of a list of changes, as on many systems.
namespace tools {

// Of a period: where clocks are set back, a time comes twice. The first one begins the period and
// the second one ends it, so that both are in it.
enum class bound { from, to };

// Holds a time as it was written, in no zone yet.
struct written_time {
    cctz::civil_second time; // the beginning of the day, if it is only a day
    bool is_day = false;
    std::optional<std::chrono::seconds> offset; // from UTC, if it was written too
};

namespace detail {

// Tells whether a text has this shape: '0' stands for a digit, 'T' for itself or a space, '+' for a
// sign.
inline bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() != shape.size())
        return false;
    for (std::size_t i = 0; i != text.size(); ++i) {
        char const c = text[i];
        bool const fits = shape[i] == '0'   ? c >= '0' && c <= '9'
                          : shape[i] == 'T' ? c == 'T' || c == ' '
                          : shape[i] == '+' ? c == '+' || c == '-'
                                            : c == shape[i];
        if (!fits)
            return false;
    }
    return true;
}

// Takes "Z" or "+01:00" off the end of a time.
inline std::optional<std::chrono::seconds> take_offset(std::string_view& text) {
    using namespace std::chrono;
    constexpr std::string_view shape = "+00:00";
    if (text.ends_with('Z')) {
        text.remove_suffix(1);
        return seconds(0);
    }
    if (text.size() < shape.size())
        return std::nullopt;
    std::string_view const last = text.substr(text.size() - shape.size());
    if (!has_shape(last, shape))
        return std::nullopt;
    auto const h = whole_number<int>(last.substr(1, 2)), m = whole_number<int>(last.substr(4, 2));
    if (*h > 23 || *m > 59)
        return std::nullopt;
    text.remove_suffix(shape.size());
    seconds const size = hours(*h) + minutes(*m);
    return last[0] == '-' ? -size : size;
}

// "2026-03-29 02:30:00"
inline std::string shown(cctz::civil_second time) {
    return cctz::format("%Y-%m-%d %H:%M:%S", cctz::convert(time, cctz::utc_time_zone()),
                        cctz::utc_time_zone());
}

// Of a time over which the clocks are set forward: what is there instead.
inline std::string describe_gap(written_time const& written, cctz::time_zone const& zone,
                                cctz::time_point<cctz::seconds> change) {
    cctz::civil_second const before = zone.lookup(change - cctz::seconds(1)).cs;
    cctz::civil_second const after = zone.lookup(change).cs;
    std::string const missing = shown(written.time);
    return "in " + zone.name() + " there is no " +
           (written.is_day ? missing.substr(0, missing.find(' ')) : missing) +
           ": the clocks go from " + shown(before + 1) + " to " + shown(after) +
           "; the nearest times are " + shown(before) + " and " + shown(after);
}

} // namespace detail

// "2026-11-01", "2026-11-01T09:30" or "2026-11-01 09:30:15", a time also with "Z" or "+01:00".
inline std::optional<written_time> read_time(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    constexpr std::size_t day = 10, minute = 16;
    written_time read;
    read.is_day = detail::has_shape(text, shape.substr(0, day));
    if (!read.is_day)
        read.offset = detail::take_offset(text);
    if (!read.is_day && !detail::has_shape(text, shape) &&
        !detail::has_shape(text, shape.substr(0, minute)))
        return std::nullopt;

    auto const number = [&](std::size_t at, std::size_t size) {
        return at < text.size() ? *detail::whole_number<unsigned>(text.substr(at, size)) : 0;
    };
    unsigned const y = number(0, 4), mon = number(5, 2), d = number(8, 2);
    unsigned const h = number(11, 2), min = number(14, 2), s = number(17, 2);
    if (!year_month_day(year(static_cast<int>(y)), month(mon), std::chrono::day(d)).ok() ||
        h > 23 || min > 59 || s > 59)
        return std::nullopt;
    read.time = cctz::civil_second(y, mon, d, h, min, s);
    return read;
}

// The moment that was meant, in a zone unless an offset was written. A day is its first moment,
// which is not always midnight. Throws std::invalid_argument where the clocks were set forward
// over that time, or that day.
inline std::chrono::sys_seconds resolve(written_time const& written, cctz::time_zone const& zone,
                                        bound which) {
    if (written.offset)
        return cctz::convert(written.time, cctz::utc_time_zone()) - *written.offset;
    cctz::time_zone::civil_lookup const found = zone.lookup(written.time);
    switch (found.kind) {
    case cctz::time_zone::civil_lookup::UNIQUE: break;
    case cctz::time_zone::civil_lookup::REPEATED:
        return written.is_day || which == bound::from ? found.pre : found.post;
    case cctz::time_zone::civil_lookup::SKIPPED:
        if (written.is_day &&
            cctz::civil_day(zone.lookup(found.trans).cs) == cctz::civil_day(written.time))
            return found.trans;
        throw std::invalid_argument(detail::describe_gap(written, zone, found.trans));
    }
    return found.pre;
}

// The moment that a text means. Throws std::invalid_argument, with what is wrong.
inline std::chrono::sys_seconds parse_local_time(std::string_view text, cctz::time_zone const& zone,
                                                 bound which) {
    auto const written = read_time(text);
    if (!written)
        throw std::invalid_argument("can't read \"" + told_name(text) +
                                    "\" as a time: write 2026-11-01, 2026-11-01T09:30 or "
                                    "2026-11-01T09:30:15, also with Z or +01:00 at the end");
    return resolve(*written, zone, which);
}

} // namespace tools

#endif
