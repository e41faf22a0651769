// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_RETRY_OPTIONS_HPP
#define INTHELOOP_POLICY_RETRY_OPTIONS_HPP

#include <chrono>

namespace intheloop {

// How often and with which backoff a call is retried. max_attempts is at least 1, and no pause
// below zero; other values are errc::invalid_option.
class retry_options {
public:
    retry_options() {}

    // Includes the first attempt; 1: no retries. (One more attempt with a new token after a 401
    // does not count: the service did not act on the request.)
    unsigned max_attempts = 3;
    // The n-th pause is a random time up to base * 2^(n-1), or up to cap if that is less. Where the
    // service asks to wait (429, or 503 with a Retry-After), `throttled_base` takes the place of
    // `base`, and a longer Retry-After the place of the pause.
    std::chrono::milliseconds base = std::chrono::milliseconds(50);
    std::chrono::milliseconds throttled_base = std::chrono::seconds(1);
    std::chrono::milliseconds cap = std::chrono::seconds(20);
    // All calls of a client to the API share a budget, and so do those to each other origin that
    // endpoints name, so that an outage is not made worse: a retry takes `retry_cost` from it, and
    // where the service asks to wait `throttled_cost`, both before its pause. A call that succeeds
    // at its first attempt gives 1 back, one that succeeds later as much as its last retry took.
    unsigned budget = 500;
    unsigned retry_cost = 14;
    unsigned throttled_cost = 5;
};

} // namespace intheloop

#endif
