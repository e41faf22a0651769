// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_POLL_OPTIONS_HPP
#define INTHELOOP_POLICY_POLL_OPTIONS_HPP

#include <chrono>

namespace intheloop {

// When an export is looked at, and for how long. The defaults are the documented advice.
class poll_options {
public:
    poll_options() {}

    // From the start of the export to the first look, and from one look to the next; a longer
    // Retry-After of the service counts instead.
    std::chrono::milliseconds first_poll = std::chrono::seconds(10);
    std::chrono::milliseconds interval = std::chrono::seconds(10);
    // The share of the interval, up to 1, that is added to it at most, at random: so that many
    // programs don't look at the same moment.
    double jitter = 0.1;
    // The status "PendingOrExpired" is ambiguous. So long after the start of the export it means
    // that the export is pending, later that it has expired.
    std::chrono::milliseconds pending_for = std::chrono::hours(1);
    // Of one wait, if it has none of its own.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    // After so many in a row the waits end with the last one's error. (Each look is a call of the
    // client, which tries again by itself; see retry_options.)
    unsigned max_failed_polls = 6;
};

} // namespace intheloop

#endif
