// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_AT_REST_HPP
#define INTHELOOP_TESTS_CLIENT_AT_REST_HPP

#include <client/fixture.hpp>

namespace fixture {

// Nothing is under way, and nothing was forgotten.
inline void check_at_rest(loop::client const& client) {
    loop::client_statistics const now = client.statistics();
    CHECK(now.calls == 0);
    CHECK(now.calls_waiting_for_token == 0);
    CHECK(now.calls_waiting_for_limit == 0);
    CHECK(now.calls_waiting_for_interceptors == 0);
    CHECK(now.calls_waiting_for_connection == 0);
    CHECK(now.calls_between_attempts == 0);
    CHECK(now.requests_in_flight == 0);
    CHECK(now.connections_being_made == 0);
    CHECK(now.connections_open == now.connections_idle);
    CHECK(now.connections_opened == now.connections_closed + now.connections_open);
}

} // namespace fixture

#endif
