// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_HEDGE_IPP
#define INTHELOOP_POLICY_IMPL_HEDGE_IPP

#include <intheloop/codec/detail/response.hpp>
#include <intheloop/policy/detail/hedge.hpp>
#include <intheloop/policy/detail/retry.hpp>

namespace intheloop::policy {

INTHELOOP_DECL bool may_hedge(hedge_facts const& facts, clock::time_point now) {
    bool const was_refused =
        facts.refused_at && now < later(*facts.refused_at, no_hedge_after_refusal);
    return !facts.has_failed && !facts.response_begun && !facts.is_closing && !facts.is_held_back &&
           !facts.others_wait && !was_refused && facts.cost <= facts.budget_left;
}

INTHELOOP_DECL bool settles(attempt_outcome const& ended) {
    if (!ended.failure)
        return true;
    bool const is_answer = ended.status != 0 && ended.status != 401 &&
                           ended.failure == codec::failure_of_status(ended.status);
    return is_answer && !is_transient(ended);
}

INTHELOOP_DECL bool awaits_second(attempt_outcome const& ended) {
    return ended.failure && is_transient(ended) && !is_throttled(ended);
}

} // namespace intheloop::policy

#endif
