// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RETRY_IPP
#define INTHELOOP_POLICY_IMPL_RETRY_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <algorithm>

namespace intheloop::policy {

INTHELOOP_DECL bool is_transient(attempt_outcome const& outcome) {
    switch (*outcome.failure) {
    case errc::resolve_failed:
    case errc::connect_failed:
    case errc::connection_lost:
    case errc::proxy_failed:
    case errc::rate_limited:
    case errc::connect_timed_out:
    case errc::handshake_timed_out:
    case errc::stalled: return true;
    case errc::bad_request:
    case errc::server_error:
        return outcome.status == 408 || outcome.status == 500 || outcome.status == 502 ||
               outcome.status == 503 || outcome.status == 504;
    default: return false; // TLS errors and the rest persist; the deadline has passed
    }
}

INTHELOOP_DECL bool may_have_acted(request_progress progress, unsigned status) {
    bool const is_refusal = status >= 400 && status <= 499 && status != 408 && status != 499;
    return progress != request_progress::not_sent && !is_refusal;
}

INTHELOOP_DECL request_progress furthest_progress(std::vector<attempt_record> const& earlier,
                                                  request_progress last) noexcept {
    for (attempt_record const& one : earlier)
        if (may_have_acted(one.progress, one.status))
            last = std::max(last, one.progress);
    return last;
}

INTHELOOP_DECL bool may_have_acted(error const& failure) {
    auto const& earlier = failure.earlier_attempts;
    return may_have_acted(failure.progress, failure.status) ||
           std::any_of(earlier.begin(), earlier.end(), [](attempt_record const& one) {
               return may_have_acted(one.progress, one.status);
           });
}

INTHELOOP_DECL bool is_rate_limited(attempt_outcome const& outcome) {
    return outcome.status == 429 || outcome.failure == errc::rate_limited;
}

INTHELOOP_DECL bool is_throttled(attempt_outcome const& outcome) {
    return is_rate_limited(outcome) || (outcome.status == 503 && outcome.retry_after);
}

INTHELOOP_DECL decision decide(attempt_outcome const& outcome, call_facts const& call,
                               retry_options const& options, unsigned budget_left, double random) {
    using intheloop::detail::saturating_cast;
    using std::chrono::milliseconds;
    if (!outcome.failure)
        return {retry_verdict::done};
    bool const may_act_again =
        !call.idempotent && !call.may_act_twice && may_have_acted(outcome.progress, outcome.status);
    if (!is_transient(outcome))
        return {may_act_again && outcome.status == 499 ? retry_verdict::may_have_acted
                                                       : retry_verdict::not_retryable};
    if (may_act_again)
        return {retry_verdict::may_have_acted};
    if (call.attempts >= options.max_attempts)
        return {retry_verdict::attempts_used_up};

    bool const throttled = is_throttled(outcome);
    constexpr milliseconds none(0);
    milliseconds const cap = std::clamp(options.cap, none, longest_timeout);
    milliseconds ceiling = std::clamp(throttled ? options.throttled_base : options.base, none, cap);
    for (unsigned i = 1; i < call.attempts && ceiling < cap && ceiling != none; ++i)
        ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
    milliseconds delay(
        static_cast<milliseconds::rep>(static_cast<double>(ceiling.count()) * random));
    if (outcome.retry_after) {
        auto asked = saturating_cast<milliseconds>(*outcome.retry_after);
        if (asked >= call.time_left && !is_rate_limited(outcome))
            asked = std::min(asked, delay + longest_clamped_addition);
        delay = std::max(delay, asked);
    }
    if (delay >= call.time_left)
        return {retry_verdict::too_late, delay};

    unsigned const cost = throttled ? options.throttled_cost : options.retry_cost;
    if (cost > budget_left)
        return {retry_verdict::budget_used_up};
    return {retry_verdict::retry, delay, cost};
}

INTHELOOP_DECL std::chrono::milliseconds
pause_of_all(std::optional<std::chrono::seconds> const& retry_after, retry_options const& options) {
    using std::chrono::milliseconds;
    constexpr milliseconds longest = std::chrono::hours(1);
    milliseconds const asked = retry_after
                                   ? intheloop::detail::saturating_cast<milliseconds>(*retry_after)
                                   : std::min(options.throttled_base, options.cap);
    return std::min(asked, longest);
}

} // namespace intheloop::policy

#endif
