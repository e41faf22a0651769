// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_HEDGE_HPP
#define INTHELOOP_POLICY_DETAIL_HEDGE_HPP

// Decides whether a second request is sent beside one that is slow, and which of both ends the
// call: pure functions, without a clock of their own.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <chrono>
#include <optional>

namespace intheloop::policy {

// After a 429 or a 503, no call of the client is hedged for this long.
inline constexpr std::chrono::seconds no_hedge_after_refusal{10};

// The facts when the answer to a call's request has not come in time.
struct hedge_facts {
    bool has_failed = false;     // an earlier attempt of the call
    bool response_begun = false; // its first bytes have come
    bool is_closing = false;     // the client
    bool is_held_back = false;   // by a pause after a 429, or by what follows it
    bool others_wait = false;    // for a permit of the limiter, who would come later
    std::optional<clock::time_point> refused_at; // the last 429 or 503 to any call of the client
    unsigned cost = 0;                           // of the second request
    unsigned budget_left = 0;
};

// Returns whether to send the second request now; otherwise the call gets none.
INTHELOOP_DECL bool may_hedge(hedge_facts const& facts, clock::time_point now);

// Returns whether the end of one of two requests ends the call: a success, or an answer that the
// other one would only repeat. A 401 speaks of a token, which may be another one's.
INTHELOOP_DECL bool settles(attempt_outcome const& ended);

// Returns whether a call whose first request has ended so waits for the answer to its second one,
// in place of a pause: it failed in a way that may be its own alone, and the service did not ask to
// wait.
INTHELOOP_DECL bool awaits_second(attempt_outcome const& ended);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/hedge.ipp>
#endif

#endif
