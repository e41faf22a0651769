// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TOKEN_SOURCE_IPP
#define INTHELOOP_NET_IMPL_TOKEN_SOURCE_IPP

#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/runtime.hpp>
#include <intheloop/net/detail/token_source.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <utility>

namespace intheloop::net {

INTHELOOP_DECL token_source::token_source(runtime& owner)
    : owner_(owner), provider_runs_on_(client_executor(owner.executor)),
      state_(static_cast<bool>(owner.options.fetch_token)),
      current_(std::make_shared<secret const>(owner.options.token)) {}

INTHELOOP_DECL policy::token_advice token_source::ask() {
    return begin_if_asked(state_.ask());
}

INTHELOOP_DECL policy::token_advice token_source::refuse(std::uint64_t generation) {
    return begin_if_asked(state_.refuse(generation));
}

INTHELOOP_DECL policy::token_advice token_source::begin_if_asked(policy::token_advice advice) {
    if (advice != policy::token_advice::fetch)
        return advice;
    begin_fetching();
    return policy::token_advice::wait;
}

INTHELOOP_DECL void token_source::begin_fetching() {
    run_ = std::make_shared<boost::asio::cancellation_signal>();
    if (auto* const fleet = owner_.fleet())
        fleet->ask_turn();
    else
        on_turn();
}

INTHELOOP_DECL void token_source::on_turn() {
    auto const started = run_;
    if (!started)
        return;
    owner_.timers.schedule(*this, policy::later(owner_.timers.now(), owner_.options.token_timeout));
    auto const complete = owner_.bind_outside(
        [this, started](std::optional<error> const& failure, secret const& fetched) {
            if (run_ == started)
                on_fetched(failure, fetched);
        });
    token_request const why{state_.was_refused(), provider_runs_on_};
    provider_runs_on_.post([runtime = owner_.shared_from_this(), started, complete, why] {
        try {
            runtime->options.fetch_token(
                why, boost::asio::bind_cancellation_slot(started->slot(), complete));
        } catch (...) {
            complete(thrown_by_provider(), secret());
        }
    });
}

INTHELOOP_DECL void token_source::on_fetched(std::optional<error> failure, secret fetched) {
    run_.reset();
    owner_.timers.cancel(*this);
    end_turn();
    if (failure) {
        state_.fetch_failed();
    } else {
        bool const same = fetched == *current_;
        auto next = same ? current_ : std::make_shared<secret const>(std::move(fetched));
        state_.fetched(same);
        if (!same) {
            current_ = std::move(next);
            owner_.on_token_changed();
        } else if (!state_.is_good()) {
            failure.emplace(errc::unauthorized, "not sent: the token provider gave again the "
                                                "token that the service had refused");
        }
    }
    owner_.on_token_fetched(failure ? &*failure : nullptr);
}

INTHELOOP_DECL void token_source::end_turn() noexcept {
    if (auto* const fleet = owner_.fleet())
        fleet->end_turn();
}

INTHELOOP_DECL void token_source::on_time() {
    stop_fetching();
    on_fetched(error(errc::token_unavailable, "the token provider took too long"), {});
}

INTHELOOP_DECL void token_source::set(secret changed) {
    auto next = std::make_shared<secret const>(std::move(changed));
    stop_fetching();
    current_ = std::move(next);
    state_.set();
    owner_.on_token_changed();
    owner_.on_token_fetched(nullptr);
}

INTHELOOP_DECL void token_source::abandon_fetch() {
    if (!run_)
        return;
    stop_fetching();
    state_.fetch_failed();
}

INTHELOOP_DECL void token_source::give_up() noexcept {
    try {
        stop_fetching();
    } catch (...) { // the provider goes on, and its token is not taken
    }
    state_.fetch_failed();
}

INTHELOOP_DECL void token_source::stop_fetching() {
    owner_.timers.cancel(*this);
    if (run_)
        end_turn();
    if (auto const stopped = std::exchange(run_, nullptr))
        provider_runs_on_.post([stopped] {
            intheloop::detail::emit_guarded(*stopped, boost::asio::cancellation_type::all);
        });
}

} // namespace intheloop::net

#endif
