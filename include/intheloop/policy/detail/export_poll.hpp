// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_EXPORT_POLL_HPP
#define INTHELOOP_POLICY_DETAIL_EXPORT_POLL_HPP

// Watches an export: when to poll, what the responses mean, when to give up. A state machine
// without a clock of its own.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/export_phase.hpp>
#include <intheloop/policy/poll_options.hpp>

#include <chrono>
#include <optional>

namespace intheloop::policy {

// Returns the problem with the options, or null.
INTHELOOP_DECL char const* validate(poll_options const& options);

// The status of an export in a response, as far as it matters here.
enum class reported_status : unsigned char {
    pending, // or an unknown status, or none
    pending_or_expired,
    completed,             // with a download address
    completed_without_url, // not usable yet
    failed,
    expired
};

// Returns whether the poll after a failed one may succeed: not if the token, the request or the
// shape of the response is at fault.
INTHELOOP_DECL bool may_get_better(attempt_outcome const& failed);

// Plans the polls of one export, from its start on. A failed poll never changes the phase of the
// export. Not thread-safe.
class export_poll {
public:
    export_poll(poll_options const& options, clock::time_point started)
        : options_(options), started_(started), next_poll_(later(started, options.first_poll)) {}

    export_phase phase() const noexcept { return phase_; }
    // Returns whether polling was given up while the export was pending.
    bool has_given_up() const noexcept { return has_given_up_; }
    // Returns whether polling has ended, until begin_again().
    bool has_ended() const noexcept { return phase_ != export_phase::pending || has_given_up_; }

    // Returns when to poll next. A time in the past means at once.
    clock::time_point next_poll() const noexcept { return next_poll_; }
    unsigned polls() const noexcept { return polls_; }               // with a response
    unsigned failed_polls() const noexcept { return failed_polls_; } // in a row, most recent

    // Called with the response to the start.
    void start_answered(reported_status status, clock::time_point now) { learn(status, now); }
    // Called when a poll has ended; `random` is in [0, 1].
    INTHELOOP_DECL void poll_answered(reported_status status, clock::time_point now, double random,
                                      std::optional<std::chrono::seconds> retry_after);
    INTHELOOP_DECL void poll_failed(attempt_outcome const& failed, clock::time_point now,
                                    double random);
    // Resumes polling after it was given up.
    INTHELOOP_DECL void begin_again() noexcept;

private:
    INTHELOOP_DECL void learn(reported_status status, clock::time_point now);
    INTHELOOP_DECL export_phase meaning_of(reported_status status, clock::time_point now) const;
    INTHELOOP_DECL void plan_next_poll(clock::time_point now, double random,
                                       std::optional<std::chrono::seconds> retry_after);

    poll_options options_;
    clock::time_point started_;
    clock::time_point next_poll_;
    export_phase phase_ = export_phase::pending;
    bool was_completed_ = false;
    bool has_given_up_ = false;
    unsigned polls_ = 0;
    unsigned failed_polls_ = 0;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/export_poll.ipp>
#endif

#endif
