// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RETRY_EXPLANATION_IPP
#define INTHELOOP_POLICY_IMPL_RETRY_EXPLANATION_IPP

#include <intheloop/policy/retry_explanation.hpp>

#include <ostream>

namespace intheloop {

namespace policy {

INTHELOOP_DECL std::string_view reason_for(retry_verdict verdict) noexcept {
    switch (verdict) {
    case retry_verdict::done: return "there is nothing to repeat";
    case retry_verdict::retry: return "another attempt may end better";
    case retry_verdict::not_retryable: return "a failure of this kind ends the call";
    case retry_verdict::may_have_acted:
        return "the service may have acted on it, and must not twice";
    case retry_verdict::attempts_used_up: return "retry_options::max_attempts is reached";
    case retry_verdict::budget_used_up: return "the client's budget of retries is used up";
    case retry_verdict::too_late: return "the pause would end after the deadline";
    }
    return "unknown";
}

} // namespace policy

INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, retry_explanation const& why) {
    if (why.is_retried())
        out << "again after up to " << std::to_string(why.longest_pause.count()) << " ms: ";
    else
        out << "not again: ";
    return out << why.reason();
}

} // namespace intheloop

#endif
