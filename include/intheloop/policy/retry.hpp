// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_RETRY_HPP
#define INTHELOOP_POLICY_RETRY_HPP

// Whether a call is tried again, when, and why: pure functions, without a clock of their own.

#include <intheloop/config.hpp>
#include <intheloop/error.hpp>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace intheloop {

// How often and how patiently a client tries again.
class retry_options {
public:
    retry_options() {}

    // The first one included; 1: never again. (One more with a new token after a 401, if there is
    // one, does not count: the service did not act on the request.)
    unsigned max_attempts = 3;
    // The n-th pause is a random time up to base * 2^(n-1), and never more than cap.
    std::chrono::milliseconds base = std::chrono::seconds(1);
    std::chrono::milliseconds cap = std::chrono::seconds(20);
    // All calls of a client share a budget, so that an outage is not made worse: a retry takes
    // `retry_cost` from it, one after a timeout `timeout_cost`; a call that succeeds at its first
    // attempt gives 1 back, one that succeeds later what its last retry took.
    unsigned budget = 500;
    unsigned retry_cost = 5;
    unsigned timeout_cost = 10;
};

namespace policy {

// How one attempt ended, as far as it matters here.
struct attempt_outcome {
    std::optional<errc> failure; // nothing: a proper answer
    unsigned status = 0;
    request_progress progress = request_progress::not_sent;
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// What is known of the call.
struct call_facts {
    bool idempotent = false;
    bool may_act_twice = false;             // the user said so
    unsigned attempts = 1;                  // begun so far
    std::chrono::milliseconds time_left{0}; // until its deadline
};

struct decision {
    retry_verdict verdict = retry_verdict::done;
    std::chrono::milliseconds delay{0};
    unsigned cost = 0; // taken from the budget
};

// How long all calls of a token wait after a 429. At most an hour: the service may be wrong, and
// then the first call that goes after it will be told again. If it does not say, the base of the
// pauses between attempts.
INTHELOOP_DECL std::chrono::milliseconds
pause_of_all(std::optional<std::chrono::seconds> const& retry_after, retry_options const& how);

// The verdict in words: "the service may have acted on it, and must not twice".
INTHELOOP_DECL std::string_view reason_for(retry_verdict verdict) noexcept;

// The shared budget of retries. Not thread-safe.
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

// What to do after an attempt. `random` is in [0, 1], and `budget_left` what the shared budget
// holds; the caller takes `cost` from it.
//
// Idempotent calls are repeated after a network failure, a timeout of an attempt, and 408, 429,
// 500, 502, 503 and 504; others only if no byte of the request was sent, or on 429. A Retry-After
// replaces the pause where it is longer; if it ends after the deadline the call fails at once.
INTHELOOP_DECL decision decide(attempt_outcome const& outcome, call_facts const& call,
                               retry_options const& how, unsigned budget_left, double random);

} // namespace policy

// How an attempt ended, or is supposed to have ended: see client::explain.
using attempt_outcome = policy::attempt_outcome;

// An answer with this status.
INTHELOOP_DECL attempt_outcome
answered_with(unsigned status, std::optional<std::chrono::seconds> retry_after = std::nullopt);
// No answer, or none that could be read, when so much of the request was sent.
INTHELOOP_DECL attempt_outcome failed_with(errc failure, request_progress progress);

// What would be done after an attempt, and why. It prints as one line.
class retry_explanation {
public:
    retry_verdict verdict = retry_verdict::done;
    std::chrono::milliseconds longest_pause{0}; // of a retry; the pause is random
    unsigned cost = 0;                          // from the budget of the client

    // Whether there would be another attempt.
    bool is_retried() const noexcept { return verdict == retry_verdict::retry; }
    // The verdict in words; static storage.
    std::string_view reason() const noexcept { return policy::reason_for(verdict); }
};
INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, retry_explanation const& why);

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/retry.ipp>
#endif

#endif
