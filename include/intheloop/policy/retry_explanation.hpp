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

// How an attempt ended, or is supposed to have ended: see client::explain.
struct attempt_outcome {
    std::optional<errc> failure; // nothing: a proper answer
    unsigned status = 0;
    request_progress progress = request_progress::not_sent;
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// An answer with this status.
INTHELOOP_DECL attempt_outcome
answered_with(unsigned status, std::optional<std::chrono::seconds> retry_after = std::nullopt);
// No answer, or none that could be read, when so much of the request was sent.
INTHELOOP_DECL attempt_outcome failed_with(errc failure, request_progress progress);

namespace policy {

// The verdict in words: "the service may have acted on it, and must not twice".
INTHELOOP_DECL std::string_view reason_for(retry_verdict verdict) noexcept;

} // namespace policy

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
#include <intheloop/policy/impl/retry_explanation.ipp>
#endif

#endif
