// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_DEADLINE_HPP
#define INTHELOOP_POLICY_DETAIL_DEADLINE_HPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <chrono>

namespace intheloop::policy {

using clock = std::chrono::steady_clock;

// The phase of a call, as its time limits distinguish it.
enum class phase : unsigned char {
    wait,      // for a token, the limiter, a connection, the next attempt
    connect,   // resolving the host name, connecting
    handshake, // TLS
    exchange,  // sending the request, reading the response
};

struct timeouts {
    std::chrono::milliseconds connect{0};
    std::chrono::milliseconds handshake{0};
    std::chrono::milliseconds call{0};
    std::chrono::milliseconds stall{0}; // without a byte coming or going; 0: no limit of its own
    slow_transfer_options slow_transfer{};
};

// A year: longer than any call.
inline constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours(24 * 365);

constexpr clock::time_point later(clock::time_point from, std::chrono::milliseconds by) {
    return intheloop::detail::saturating_add(from, by < longest_timeout ? by : longest_timeout);
}

// The time to give up, and the error then.
struct time_limit {
    clock::time_point at;
    errc code;
};

// Returns the limit in force in a phase that began (or last made progress) at `since`, of a call
// that began at `started`.
constexpr time_limit limit_of(phase now_in, clock::time_point since, clock::time_point started,
                              timeouts const& limits) {
    time_limit const whole{later(started, limits.call), errc::deadline_exceeded};
    time_limit own = whole;
    if (now_in == phase::connect)
        own = {later(since, limits.connect), errc::connect_timed_out};
    else if (now_in == phase::handshake)
        own = {later(since, limits.handshake), errc::handshake_timed_out};
    else if (now_in == phase::exchange && limits.stall.count() != 0)
        own = {later(since, limits.stall), errc::stalled};
    return own.at < whole.at ? own : whole;
}

} // namespace intheloop::policy

#endif
