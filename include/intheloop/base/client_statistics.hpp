// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_CLIENT_STATISTICS_HPP
#define INTHELOOP_BASE_CLIENT_STATISTICS_HPP

#include <cstddef>
#include <cstdint>

namespace intheloop {

// A snapshot of a client's activity.
struct client_statistics {
    // now
    std::size_t calls = 0;                          // under way, including waiting ones
    std::size_t calls_waiting_for_token = 0;        // for a token from the token provider
    std::size_t calls_waiting_for_limit = 0;        // for limit_options, or a pause after 429
    std::size_t calls_waiting_for_interceptors = 0; // for asynchronous ones
    std::size_t calls_waiting_for_connection = 0;
    std::size_t calls_between_attempts = 0;
    std::size_t requests_in_flight = 0; // holding a permit of the limiter
    std::size_t connections_open = 0;
    std::size_t connections_idle = 0; // included in connections_open
    std::size_t connections_being_made = 0;
    unsigned retry_budget_left = 0; // for calls to the API
    // In a fleet (options::fleet): the requests per second that the client may send now, 0 without
    // a rate in the limits; and whether the fleet's last answer did not come.
    double fleet_rate = 0;
    bool fleet_is_away = false;
    // since the client was created
    std::uint64_t calls_started = 0;
    std::uint64_t requests_sent = 0; // of which sending began, including retries
    std::uint64_t retries = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_failed = 0;
    std::uint64_t connections_closed = 0;
    std::uint64_t tls_sessions_resumed = 0;
    std::uint64_t hedges = 0;     // second requests begun beside slow ones; see call_options::hedge
    std::uint64_t hedges_won = 0; // of these, answered first
    std::uint64_t fleet_claims = 0;   // leases asked for
    std::uint64_t fleet_failures = 0; // of these, not answered, or with an error
};

} // namespace intheloop

#endif
