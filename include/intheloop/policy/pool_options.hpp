// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_POOL_OPTIONS_HPP
#define INTHELOOP_POLICY_POOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>

namespace intheloop {

// The connections that a client keeps for each origin (scheme, host and port). max_connections is
// at least 1, idle_timeout above zero, and max_lifetime not below it; other values are
// errc::invalid_option.
class pool_options {
public:
    pool_options() {}

    std::size_t max_connections = 16; // open or being opened; more calls wait for one
    std::size_t max_idle = 16;        // kept open without a call
    // Calls that may wait for a token, for the limits, for the connections of one origin, and
    // before interceptors, each counted by itself. One more ends at once with errc::queue_full.
    std::size_t max_waiting = 100'000;
    // Idle timeout of a connection. Servers close idle connections too, often after 60 s or more;
    // closing them earlier costs no call. If a server says in `Keep-Alive: timeout=N` that it waits
    // for a shorter time, that time less a second counts (less half of it, if it is below two
    // seconds); after `max=N` requests the connection is closed. The time during which the machine
    // is suspended counts too, here and in max_lifetime.
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(30);
    // No call begins on an older connection, so that DNS changes take effect. 0: no limit.
    std::chrono::milliseconds max_lifetime = std::chrono::minutes(30);
    // Closes idle connections in time even while no call is under way. A timer then keeps the
    // executor's context busy until the client is closed: io_context::run() does not return.
    // Without it, idle connections are closed by the next call, or with the client.
    bool idle_timer = false;
};

} // namespace intheloop

#endif
