// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DATE_TIME_HPP
#define INTHELOOP_ENDPOINT_DATE_TIME_HPP

#include <intheloop/base/config.hpp>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ostream>
#include <ratio>
#include <string>
#include <string_view>

namespace intheloop {

// A point in time in ISO 8601: "2026-11-01T08:00:00Z". Exact to 100 ns, which are the seven digits
// that .NET writes; further digits are dropped.
//
//     mine::comment made;
//     made.created = std::chrono::sys_days(2026y / 11 / 1) + 8h;
//     auto const age = std::chrono::system_clock::now() - made.created.time();
//
// Other forms of time: std::chrono::sys_seconds and sys_time<std::chrono::milliseconds> are whole
// numbers since the Unix epoch, std::chrono::year_month_day is a date, "2026-11-01".
class date_time {
public:
    using duration = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

    constexpr date_time() noexcept = default; // the Unix epoch
    template <class Duration>
    constexpr date_time(std::chrono::sys_time<Duration> time) noexcept
        : time_(std::chrono::floor<duration>(within_reach(time))) {}

    // Returns the time in units of 100 ns.
    constexpr std::chrono::sys_time<duration> time() const noexcept { return time_; }

    // Parses "2026-11-01T08:00:00.25+01:00": date, T or a space, hours (00 to 23), minutes,
    // optional seconds with an optional fraction, then Z or an offset (+01:00, +0100, +01). Without
    // Z or an offset, the time is UTC. A leap second becomes the second after it. Returns nothing
    // for other texts, and for years outside 1 to 9999.
    INTHELOOP_DECL static std::optional<date_time> from_text(std::string_view text);
    // Formats the time in UTC, with as many digits of a fraction as needed:
    // "2026-11-01T08:00:00.25Z". Empty for years outside 1 to 9999.
    INTHELOOP_DECL std::string text() const;

    friend constexpr auto operator<=>(date_time const&, date_time const&) = default;
    friend constexpr bool operator==(date_time const&, date_time const&) = default;
    friend std::ostream& operator<<(std::ostream& out, date_time const& a) {
        return out << a.text();
    }

private:
    // Clamps a time to the range of `duration`: the years -17000 to 21000. Coarser durations have a
    // wider range.
    template <class Duration>
    static constexpr std::chrono::sys_time<Duration>
    within_reach(std::chrono::sys_time<Duration> time) noexcept {
        if constexpr (std::ratio_greater_v<typename Duration::period, duration::period>) {
            constexpr duration reach(6'000'000'000'000'000'000);
            constexpr std::chrono::sys_time<Duration> last(
                std::chrono::duration_cast<Duration>(reach));
            constexpr std::chrono::sys_time<Duration> first(
                std::chrono::duration_cast<Duration>(-reach));
            return time < first ? first : last < time ? last : time;
        } else {
            return time;
        }
    }

    std::chrono::sys_time<duration> time_{};
};

namespace detail {

// A time that is a whole number since the Unix epoch in JSON.
template <class T>
concept epoch_time = std::same_as<T, std::chrono::sys_seconds> ||
    std::same_as<T, std::chrono::sys_time<std::chrono::milliseconds>>;

// Parses an ISO 8601 date of the years 1 to 9999.
INTHELOOP_DECL std::optional<std::chrono::year_month_day> date_from_text(std::string_view text);
// Formats a date in ISO 8601; empty if it is invalid or outside of these years.
INTHELOOP_DECL std::string text_of_date(std::chrono::year_month_day date);

} // namespace detail
} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/endpoint/impl/date_time.ipp>
#endif

#endif
