// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_EXPORT_POLL_IPP
#define INTHELOOP_POLICY_IMPL_EXPORT_POLL_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/export_poll.hpp>

#include <algorithm>

namespace intheloop::policy {

INTHELOOP_DECL char const* validate(poll_options const& options) {
    if (options.first_poll.count() < 0)
        return "poll: first_poll is below zero";
    if (options.interval.count() <= 0)
        return "poll: interval is not above zero";
    if (!(options.jitter >= 0 && options.jitter <= 1)) // false for NaN too
        return "poll: jitter is not between 0 and 1";
    if (options.pending_for.count() < 0)
        return "poll: pending_for is below zero";
    if (options.deadline.count() <= 0)
        return "poll: deadline is not above zero";
    if (options.max_failed_polls == 0)
        return "poll: max_failed_polls is zero";
    return nullptr;
}

INTHELOOP_DECL bool may_get_better(attempt_outcome const& failed) {
    switch (*failed.failure) {
    case errc::bad_request: return failed.status == 408; // the request was slow, not wrong
    case errc::unauthorized:
    case errc::forbidden:
    case errc::not_found:
    case errc::account_not_verified:
    case errc::invalid_json:
    case errc::unexpected_json:
    case errc::invalid_option:
    case errc::invalid_request:
    case errc::cancelled:
    case errc::client_closed: return false;
    default: return true;
    }
}

INTHELOOP_DECL void export_poll::learn(reported_status status, clock::time_point now) {
    phase_ = meaning_of(status, now);
    was_completed_ = was_completed_ || phase_ == export_phase::completed;
}

INTHELOOP_DECL void export_poll::poll_answered(reported_status status, clock::time_point now,
                                               double random,
                                               std::optional<std::chrono::seconds> retry_after) {
    ++polls_;
    begin_again();
    learn(status, now);
    plan_next_poll(now, random, retry_after);
}

INTHELOOP_DECL void export_poll::poll_failed(attempt_outcome const& failed, clock::time_point now,
                                             double random) {
    ++failed_polls_;
    if (phase_ == export_phase::pending &&
        (!may_get_better(failed) || failed_polls_ >= options_.max_failed_polls))
        has_given_up_ = true;
    plan_next_poll(now, random, failed.retry_after);
}

INTHELOOP_DECL void export_poll::begin_again() noexcept {
    has_given_up_ = false;
    failed_polls_ = 0;
}

INTHELOOP_DECL export_phase export_poll::meaning_of(reported_status status,
                                                    clock::time_point now) const {
    switch (status) {
    case reported_status::pending:
    case reported_status::completed_without_url: break;
    case reported_status::pending_or_expired:
        return was_completed_ || now >= later(started_, options_.pending_for)
                   ? export_phase::expired
                   : export_phase::pending;
    case reported_status::completed: return export_phase::completed;
    case reported_status::failed: return export_phase::failed;
    case reported_status::expired: return export_phase::expired;
    }
    return export_phase::pending;
}

INTHELOOP_DECL void export_poll::plan_next_poll(clock::time_point now, double random,
                                                std::optional<std::chrono::seconds> retry_after) {
    using std::chrono::milliseconds;
    milliseconds const interval = std::min(options_.interval, longest_timeout);
    milliseconds const pause =
        retry_after
            ? std::max(interval, intheloop::detail::saturating_cast<milliseconds>(*retry_after))
            : interval;
    auto const added = static_cast<double>(interval.count()) * options_.jitter * random;
    next_poll_ = later(now, intheloop::detail::saturating_add(
                                pause, milliseconds(static_cast<milliseconds::rep>(added))));
}

} // namespace intheloop::policy

#endif
