// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_TIME_IPP
#define INTHELOOP_NET_IMPL_CALL_TIME_IPP

// Counts the calls by their states, and ends a call whose time is up.

#include <intheloop/net/detail/call.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace intheloop::net {

INTHELOOP_DECL void call::count_state() {
    state const now = plan_.waits_for();
    if (now == counted_)
        return;
    add_waiting_time();
    count_as(now);
}

INTHELOOP_DECL void call::count_as(state now) noexcept {
    if (std::size_t* const left = counter_of(counted_))
        --*left;
    counted_ = now;
    if (std::size_t* const entered = counter_of(now))
        ++*entered;
}

INTHELOOP_DECL std::size_t* call::counter_of(state which) {
    if (is_second())
        return nullptr; // its call counts
    switch (which) {
    case state::token: return &owner_.counts.calls_waiting_for_token;
    case state::permit: return &owner_.counts.calls_waiting_for_limit;
    case state::interceptors:
    case state::review: return &owner_.counts.calls_waiting_for_interceptors;
    case state::connection: return &owner_.counts.calls_waiting_for_connection;
    case state::pause: return &owner_.counts.calls_between_attempts;
    default: return nullptr;
    }
}

INTHELOOP_DECL void call::set_timer() {
    auto at = std::min(plan_.wake_at(attempt_.last_progress()), attempt_.check_rate_at());
    if (hedging_)
        at = std::min(at, hedge_at());
    if (!is_linked() || this->at() != at)
        owner_.timers.schedule(*this, at);
}

INTHELOOP_DECL void call::on_time() {
    if (plan_.waits_for() == state::pause)
        return run(plan_.on_pause_over());
    if (hedging_ && owner_.now() >= hedge_at())
        begin_second();
    if (plan_.waits_for() == state::over) // an interceptor has answered the second request at once
        return;
    // Progress moves the limit without resetting the timer.
    auto const limit = plan_.limit(attempt_.last_progress());
    if (owner_.now() >= limit.at)
        return run(fail(error(limit.code, what_it_waits_for())));
    if (attempt_.is_too_slow(owner_.now()))
        return run(fail(error(errc::stalled, slower_than())));
    set_timer();
}

INTHELOOP_DECL std::string call::slower_than() const {
    auto const& slow = request_.rules.limits.slow_transfer;
    auto const time = slow.duration.count();
    return "slower than " + std::to_string(slow.bytes_per_second) + " bytes a second for " +
           (time % 1000 == 0 ? std::to_string(time / 1000) + " s" : std::to_string(time) + " ms");
}

INTHELOOP_DECL std::string call::what_it_waits_for() const {
    switch (plan_.waits_for()) {
    case state::token: return "while waiting for the token provider";
    case state::permit: return "while waiting for the limits of the client";
    case state::interceptors:
    case state::review: return "while waiting for " + interceptor_asked();
    case state::connection: break;
    default: return {};
    }
    std::string text = "while waiting for a connection to " + request_.context.origin->authority();
    if (auto const& failure = pool_->last_failure())
        text += "; the last one failed: " + failure->code().message() + ": " + failure->detail;
    if (auto const looking_up = pool_->lookup_state(); !looking_up.empty())
        text += "; " + looking_up;
    return text;
}

} // namespace intheloop::net

#endif
