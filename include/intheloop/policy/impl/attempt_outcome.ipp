// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_ATTEMPT_OUTCOME_IPP
#define INTHELOOP_POLICY_IMPL_ATTEMPT_OUTCOME_IPP

#include <intheloop/codec/detail/response.hpp>
#include <intheloop/policy/attempt_outcome.hpp>

namespace intheloop {

INTHELOOP_DECL attempt_outcome answered_with(unsigned status,
                                             std::optional<std::chrono::seconds> retry_after) {
    attempt_outcome outcome;
    outcome.failure = codec::failure_of_status(status);
    outcome.status = status;
    outcome.progress = request_progress::response_begun;
    outcome.retry_after = retry_after;
    return outcome;
}

INTHELOOP_DECL attempt_outcome failed_with(errc failure, request_progress progress) {
    attempt_outcome outcome;
    outcome.failure = failure;
    outcome.progress = progress;
    return outcome;
}

} // namespace intheloop

#endif
