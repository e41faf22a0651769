// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_SATURATING_HPP
#define INTHELOOP_BASE_DETAIL_SATURATING_HPP

// Arithmetic of times that stops at the limits of a type instead of overflowing. Options, clocks
// and responses may hold any value, seconds::max() included: all of them go through these
// functions.

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <utility>

namespace intheloop::detail {

// Converts a duration, rounding towards zero. A value out of range becomes the nearest one in
// range.
template <class To, class Rep, class Period>
constexpr To saturating_cast(std::chrono::duration<Rep, Period> from) {
    using factor = std::ratio_divide<Period, typename To::period>;
    using to = std::numeric_limits<typename To::rep>;
    static_assert(std::numeric_limits<Rep>::is_integer && to::is_integer);
    static_assert(factor::num == 1 || factor::den == 1);
    auto const value = static_cast<std::intmax_t>(from.count()) / factor::den;
    if (std::cmp_greater(value, to::max() / factor::num))
        return To::max();
    if (std::cmp_less(value, to::min() / factor::num))
        return To::min();
    return To(static_cast<typename To::rep>(value * factor::num));
}

// Adds two durations, in the unit of the first.
template <class Rep, class Period, class Rep2, class Period2>
constexpr std::chrono::duration<Rep, Period>
saturating_add(std::chrono::duration<Rep, Period> a, std::chrono::duration<Rep2, Period2> b) {
    using duration = std::chrono::duration<Rep, Period>;
    auto const by = saturating_cast<duration>(b);
    if (by > duration::zero() && a > duration::max() - by)
        return duration::max();
    if (by < duration::zero() && a < duration::min() - by)
        return duration::min();
    return a + by;
}

// Returns a time that is later by a duration, or earlier by a negative one.
template <class Clock, class Duration, class Rep, class Period>
constexpr std::chrono::time_point<Clock, Duration>
saturating_add(std::chrono::time_point<Clock, Duration> from,
               std::chrono::duration<Rep, Period> by) {
    return std::chrono::time_point<Clock, Duration>(saturating_add(from.time_since_epoch(), by));
}

// Returns the time from `begin` to `end`, in the unit `To`, rounded towards zero.
template <class To, class Clock, class Duration>
constexpr To saturating_between(std::chrono::time_point<Clock, Duration> begin,
                                std::chrono::time_point<Clock, Duration> end) {
    Duration const from = begin.time_since_epoch(), until = end.time_since_epoch();
    if (from < Duration::zero() && until > Duration::max() + from)
        return To::max();
    if (from > Duration::zero() && until < Duration::min() + from)
        return To::min();
    return saturating_cast<To>(until - from);
}

} // namespace intheloop::detail

#endif
