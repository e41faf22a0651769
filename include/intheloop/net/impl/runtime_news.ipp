// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_RUNTIME_NEWS_IPP
#define INTHELOOP_NET_IMPL_RUNTIME_NEWS_IPP

// Tells the calls of a client about its token, and about pauses. A pause, which each of many calls
// may cause, is told to those alone that it may concern: to tell all of them would take time in
// proportion to the square of their number.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/runtime.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace intheloop::net {

INTHELOOP_DECL void runtime::on_token_fetched(error const* failure) {
    for (auto const& call : calls())
        call->on_token_fetched(failure);
}

INTHELOOP_DECL void runtime::on_token_changed() {
    api_limits_.limiter.reset_pause(); // it applied to the previous token
    if (fleet_)
        fleet_->on_token();
    if (counts.calls_between_attempts == 0) // the others have no pause to leave
        return;
    for (auto const& call : calls())
        call->on_token_changed();
}

INTHELOOP_DECL void runtime::on_token_refused() {
    for_calls(waiting_at(api_limits_), [](call& one) { one.on_token_refused(); });
}

INTHELOOP_DECL void runtime::pause_until(origin_limits& limits, policy::clock::time_point until) {
    pause(limits, until);
    if (fleet_ && &limits == &api_limits_)
        fleet_->on_paused(until);
}

INTHELOOP_DECL void runtime::hear_pause(policy::clock::time_point until) {
    pause(api_limits_, until);
}

INTHELOOP_DECL void runtime::hear_refusal() {
    if (tokens.may_send() && tokens.refuse(tokens.generation()) == policy::token_advice::refused)
        on_token_refused();
}

INTHELOOP_DECL void runtime::pause(origin_limits& limits, policy::clock::time_point until) {
    limits.limiter.pause_until(until);
    auto const tell = [&](call& one) {
        if (one.has_limits(limits))
            one.on_pause(until);
    };
    auto const& seconds = work_now_->seconds;
    if (!seconds.empty())
        for_calls({seconds.begin(), seconds.end()}, tell);
    if (until < limits.first_deadline)
        return;
    limits.first_deadline = policy::clock::time_point::max(); // those that go on note theirs
    for_calls(waiting_at(limits), tell);
}

INTHELOOP_DECL std::vector<std::uint64_t> runtime::waiting_at(origin_limits const& limits) {
    auto waiting = limits.limiter.waiting_ids();
    std::sort(waiting.begin(), waiting.end());
    return waiting;
}

} // namespace intheloop::net

#endif
