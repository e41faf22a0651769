// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_LIMIT_OPTIONS_HPP
#define INTHELOOP_POLICY_LIMIT_OPTIONS_HPP

namespace intheloop {

// How many requests a client sends. What goes beyond waits for its turn; nothing is refused.
class limit_options {
public:
    limit_options() {}

    // At most burst + requests_per_second * t requests begin within any t seconds. 0: no limit.
    double requests_per_second = 0;
    // So many may go at once after a time of rest. Without a rate it means nothing.
    unsigned burst = 1;
    // Requests that are on their way at the same time. 0: no limit.
    unsigned max_in_flight = 0;
};

} // namespace intheloop

#endif
