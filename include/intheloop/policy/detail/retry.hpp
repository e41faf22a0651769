// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RETRY_HPP
#define INTHELOOP_POLICY_DETAIL_RETRY_HPP

// Decides whether, when and why a call is retried: pure functions, without a clock of their own.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/retry_options.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace intheloop::policy {

// The facts about a call that a decision needs.
struct call_facts {
    bool idempotent = false;
    bool may_act_twice = false;             // acknowledged by the user
    unsigned attempts = 1;                  // begun so far
    std::chrono::milliseconds time_left{0}; // until its deadline
};

// Returns whether the service may have acted on an attempt that failed: it got a part of the
// request at least, and did not refuse it. A 4xx is a refusal, but for 408 and 499: these say that
// somebody on the way gave up waiting, perhaps for a service that had the whole request. A 5xx is
// none: it may come of a gateway, or of a service that failed after the act. (RFC 9110 for all but
// 499, which nginx writes; it is not documented what the Loop API's gateway answers.)
INTHELOOP_DECL bool may_have_acted(request_progress progress, unsigned status);
// Returns the furthest progress of the attempts of a call, the last of which got to `last`. An
// earlier one that the service refused, as with 429, does not count: it did not act.
INTHELOOP_DECL request_progress furthest_progress(std::vector<attempt_record> const& earlier,
                                                  request_progress last) noexcept;
// The same for all attempts of a call that failed.
INTHELOOP_DECL bool may_have_acted(error const& failure);

// Returns whether another attempt may succeed after one that has failed.
INTHELOOP_DECL bool is_transient(attempt_outcome const& outcome);
// Returns whether the service answered 429, to this call or to one before it, so that this one was
// not sent.
INTHELOOP_DECL bool is_rate_limited(attempt_outcome const& outcome);
// Returns whether the service asked to wait: 429, or 503 with a Retry-After.
INTHELOOP_DECL bool is_throttled(attempt_outcome const& outcome);

// Limits a Retry-After that the deadline does not allow: the pause is so much longer than drawn.
inline constexpr std::chrono::milliseconds longest_clamped_addition = std::chrono::seconds(5);

struct decision {
    retry_verdict verdict = retry_verdict::done;
    std::chrono::milliseconds delay{0};
    unsigned cost = 0; // to take from the budget
};

// Returns how long all calls of a token wait after a 429. At most an hour: the service may be
// wrong, and the first call after the pause will learn it. Without a Retry-After it is the base of
// the pauses of throttled calls.
INTHELOOP_DECL std::chrono::milliseconds
pause_of_all(std::optional<std::chrono::seconds> const& retry_after, retry_options const& options);

// The retry budget shared by all calls. Not thread-safe.
class retry_budget {
public:
    explicit retry_budget(unsigned full) : full_(full), left_(full) {}

    unsigned left() const noexcept { return left_; }
    bool take(unsigned cost) noexcept {
        if (cost > left_)
            return false;
        left_ -= cost;
        return true;
    }
    void give(unsigned amount) noexcept { left_ = full_ - left_ < amount ? full_ : left_ + amount; }

private:
    unsigned full_;
    unsigned left_;
};

// Decides how to go on after an attempt. `random` is in [0, 1], and `budget_left` is the rest of
// the shared budget; the caller takes `cost` from it.
//
// Idempotent calls are repeated after a network failure, a timeout of an attempt, and 408, 429,
// 500, 502, 503 and 504; others only if the service can't have acted on it: no byte of the request
// was sent, or on 429.
//
// A longer Retry-After replaces the pause. If it ends after the deadline, the call fails at once
// after a 429; after another status the pause is at most `longest_clamped_addition` longer than
// drawn, and only one that still ends after the deadline fails the call.
INTHELOOP_DECL decision decide(attempt_outcome const& outcome, call_facts const& call,
                               retry_options const& options, unsigned budget_left, double random);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/retry.ipp>
#endif

#endif
