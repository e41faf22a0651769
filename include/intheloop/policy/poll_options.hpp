// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_POLL_OPTIONS_HPP
#define INTHELOOP_POLICY_POLL_OPTIONS_HPP

#include <chrono>

namespace intheloop {

// When an export is polled, and for how long. The defaults follow the documented advice.
class poll_options {
public:
    poll_options() {}

    // From the start of the export to the first poll, and from poll to poll; a longer Retry-After
    // of the service takes precedence.
    std::chrono::milliseconds first_poll = std::chrono::seconds(10);
    std::chrono::milliseconds interval = std::chrono::seconds(10);
    // Adds a random share of the interval, up to this one (at most 1), so that many programs don't
    // poll at the same moment.
    double jitter = 0.1;
    // The status "PendingOrExpired" is ambiguous: it means pending for this long after the start of
    // the export, and expired later.
    std::chrono::milliseconds pending_for = std::chrono::hours(1);
    // Of one wait without a deadline of its own.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    // After this many failed polls in a row, waits end with the last error. (Each poll is a call of
    // the client, which retries by itself; see retry_options.)
    unsigned max_failed_polls = 6;
};

} // namespace intheloop

#endif
