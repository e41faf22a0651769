// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_RUNTIME_NEWS_IPP
#define INTHELOOP_NET_IMPL_RUNTIME_NEWS_IPP

// Tells all calls of a client about its token, and about pauses.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/runtime.hpp>

namespace intheloop::net {

INTHELOOP_DECL void runtime::on_token_fetched(error const* failure) {
    for (auto const& call : calls())
        call->on_token_fetched(failure);
}

INTHELOOP_DECL void runtime::on_token_changed() {
    api_limits_.limiter.reset_pause(); // it applied to the previous token
    if (fleet_)
        fleet_->on_token();
    for (auto const& call : calls())
        call->on_token_changed();
}

INTHELOOP_DECL void runtime::on_token_refused() {
    for (auto const& call : calls())
        if (call->waits_to_send_token())
            call->on_token_refused();
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
    for (auto const& call : calls())
        if (call->has_limits(limits))
            call->on_pause(until);
}

} // namespace intheloop::net

#endif
