// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_POLL_OPTIONS_HPP
#define INTHELOOP_POLICY_POLL_OPTIONS_HPP

#include <chrono>

namespace intheloop {

// When an export is polled, and for how long. The defaults follow the documented advice.
//
// Times are milliseconds. `interval` and `deadline` are above zero, no other time is below it,
// `jitter` is 0 to 1, and `max_failed_polls` at least 1; other values are errc::invalid_option.
class poll_options {
public:
    poll_options() {}

    // From the start of the export to the first poll, and from poll to poll; a longer Retry-After
    // of the service takes precedence.
    std::chrono::milliseconds first_poll = std::chrono::seconds(10);
    std::chrono::milliseconds interval = std::chrono::seconds(10);
    // Adds a random share of the interval, up to this one, so that many programs don't poll at the
    // same moment.
    double jitter = 0.1;
    // The status "PendingOrExpired" is ambiguous: it means pending for this long after the start of
    // the export, and expired later, or once the export was completed.
    std::chrono::milliseconds pending_for = std::chrono::hours(1);
    // Of one wait without a deadline of its own.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    // After this many failed polls in a row, waits end with the last error. (Each poll is a call of
    // the client, which retries by itself; see retry_options.) A poll that can't get better ends
    // them at once: 401, 403, 404, 451 and any other 4xx but 408 and 429, an answer whose JSON
    // can't be read, and an invalid option or request.
    unsigned max_failed_polls = 6;
};

} // namespace intheloop

#endif
