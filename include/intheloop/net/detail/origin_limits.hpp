// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_ORIGIN_LIMITS_HPP
#define INTHELOOP_NET_DETAIL_ORIGIN_LIMITS_HPP

#include <intheloop/net/detail/runtime_options.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <optional>

namespace intheloop::net {

// The limits on the calls to one origin: when their requests may be sent, and how many retries are
// left. Of the API's origin, and of each one that an endpoint names: the answers of one say nothing
// about another.
class origin_limits {
public:
    origin_limits(runtime_options const& options, policy::clock::time_point now)
        : limiter(options.limits, now), budget(options.retry_budget) {}

    policy::limiter limiter;
    policy::retry_budget budget;
    wake_up limiter_wake;
    std::optional<policy::clock::time_point> refused_at; // by the last 429 or 503
    // No call that waits for a permit has an earlier deadline.
    policy::clock::time_point first_deadline = policy::clock::time_point::max();
};

} // namespace intheloop::net

#endif
