// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_ATTEMPT_OUTCOME_HPP
#define INTHELOOP_POLICY_ATTEMPT_OUTCOME_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <chrono>
#include <optional>

namespace intheloop {

// How an attempt ended, or is assumed to have ended: see client::explain.
struct attempt_outcome {
    std::optional<errc> failure; // nothing: a success
    unsigned status = 0;
    request_progress progress = request_progress::not_sent;
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// A response with this status.
INTHELOOP_DECL attempt_outcome
answered_with(unsigned status, std::optional<std::chrono::seconds> retry_after = std::nullopt);
// A failure without a readable response, after this much of the request was sent.
INTHELOOP_DECL attempt_outcome failed_with(errc failure, request_progress progress);

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/attempt_outcome.ipp>
#endif

#endif
