// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_KEEP_ALIVE_HPP
#define INTHELOOP_POLICY_DETAIL_KEEP_ALIVE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/headers.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace intheloop::policy {

// Holds the promises of the Keep-Alive fields of a response about its connection.
struct keep_alive {
    // How long it may be idle and then carry a request: the server's time, less a margin for the
    // way there of a second, or of half of it. 0: it may not.
    std::optional<std::chrono::milliseconds> idle_limit = {};
    // How many further requests it carries. Servers disagree on whether `max` counts the one that
    // was answered; the smaller number is right for both.
    std::optional<std::uint64_t> requests_left = {};
};

// Reads `timeout` and `max` from all fields; of several values the smallest holds. Leaves out
// parameters that are unknown or no number. A number that is too large means a very large one.
INTHELOOP_DECL keep_alive parse_keep_alive(headers const& fields);

// Updates what a connection promises after one more request on it; returns whether it carries
// another one. A response without a value leaves the earlier one in force.
INTHELOOP_DECL bool promises_more(keep_alive& promised, keep_alive const& said);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/keep_alive.ipp>
#endif

#endif
