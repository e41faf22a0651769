// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_RETRY_EXPLANATION_HPP
#define INTHELOOP_POLICY_RETRY_EXPLANATION_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string_view>

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

namespace policy {

// Returns the verdict in words: "the service may have acted on it, and must not twice".
INTHELOOP_DECL std::string_view reason_for(retry_verdict verdict) noexcept;

} // namespace policy

// The decision after an attempt, and its reason. Prints as one line.
class retry_explanation {
public:
    retry_verdict verdict = retry_verdict::done;
    std::chrono::milliseconds longest_pause{0}; // of a retry; the actual pause is random
    unsigned cost = 0;                          // taken from the client's budget

    // Returns whether another attempt would follow.
    bool is_retried() const noexcept { return verdict == retry_verdict::retry; }
    // Returns the verdict in words; static storage.
    std::string_view reason() const noexcept { return policy::reason_for(verdict); }
};
INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, retry_explanation const& why);

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/retry_explanation.ipp>
#endif

#endif
