// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_LIMIT_OPTIONS_HPP
#define INTHELOOP_POLICY_LIMIT_OPTIONS_HPP

namespace intheloop {

// Limits on the requests of a client. Requests beyond them wait for their turn. A call ends instead
// with errc::queue_full if pool_options::max_waiting others wait, with errc::rate_limited if a
// pause that the service asked for ends after its deadline, and with errc::deadline_exceeded.
//
// The rate is a finite number and not negative, and the burst at least 1 where there is a rate;
// other values are errc::invalid_option.
class limit_options {
public:
    limit_options() {}

    // At most burst + requests_per_second * t requests begin within any t seconds. 0: no limit.
    double requests_per_second = 0;
    // How many requests may go at once after a quiet period. Ignored without a rate.
    unsigned burst = 1;
    // How many requests may be in flight at the same time. 0: no limit.
    unsigned max_in_flight = 0;
    // Tells whether to follow what the service says of its own limit in RateLimit or X-RateLimit-*
    // fields (that Loop sends any is neither documented nor observed). With no request left, none
    // begins until the reset, at most for an hour, and a call whose deadline is sooner ends at once
    // with errc::rate_limited, as after a 429. With fewer than ten left, they begin apart from each
    // other. A Retry-After in the same response overrides these fields.
    bool follow_service = true;
};

} // namespace intheloop

#endif
