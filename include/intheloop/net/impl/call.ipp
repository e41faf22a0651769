// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_IPP
#define INTHELOOP_NET_IMPL_CALL_IPP

#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/rate_limit_fields.hpp>
#include <intheloop/policy/detail/retry_after.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL call::call(runtime& owner, request&& request, outcome_handler&& handler)
    : owner_(owner), request_(std::move(request)), handler_(std::move(handler)),
      plan_(request_.rules, request_.context.started, request_.has_credentials) {
    if (request_.rules.hedge_after.count() != 0)
        hedging_ = std::make_unique<hedging>();
}

INTHELOOP_DECL void call::run(step next) {
    for (;;) {
        if (next != step::ask_token && next != step::ask_permit && next != step::ask_connection)
            count_state(); // these three do so once they have to wait
        switch (next) {
        case step::wait: return set_timer();
        case step::ask_token: next = ask_token(); break;
        case step::ask_permit: next = ask_permit(); break;
        case step::ask_interceptors: next = ask_interceptors(); break;
        case step::ask_connection: return ask_connection();
        case step::show_answer: next = show_answer(); break;
        case step::refuse_token: next = refuse_token(); break;
        case step::retry:
            note_retry();
            next = plan_.on_retry(owner_.now());
            break;
        case step::end: return end();
        }
    }
}

INTHELOOP_DECL void call::begin(std::uint64_t id) {
    id_ = id;
    limits_ = &owner_.limits_for(request_);
    random_ = {owner_.options.seed, intheloop::detail::random_use::call, id};
    outcome_.call_id = id;
    if (owner_.options.observer && !is_second())
        owner_.notify(&observer::on_call_started, call_started{attributes()});
    if (owner_.closing() || request_.client_is_closed)
        return cancel(errc::client_closed);
    run(plan_.begin(owner_.now()));
}

INTHELOOP_DECL void call::cancel(errc why) {
    if (plan_.waits_for() != state::over)
        run(fail(error(why, {})));
}

INTHELOOP_DECL policy::call_step call::ask_token() {
    auto const advice = owner_.tokens.ask();
    if (advice == policy::token_advice::use)
        return plan_.on_token();
    if (advice == policy::token_advice::refused)
        return fail_for_token();
    count_state();
    if (owner_.counts.calls_waiting_for_token > owner_.options.pool.max_waiting)
        return fail(error(errc::queue_full, "too many wait for the token provider"));
    return step::wait;
}

INTHELOOP_DECL policy::call_step call::fail_for_token() {
    return fail(error(errc::unauthorized, "not sent: the service refused this token before, and "
                                          "no other was set"));
}

INTHELOOP_DECL void call::on_token_refused() {
    if (request_.has_credentials && plan_.waits_for() == state::permit)
        run(fail_for_token());
}

INTHELOOP_DECL void call::on_token_fetched(error const* failure) {
    if (plan_.waits_for() == state::token)
        run(failure ? fail(*failure) : step::ask_token);
}

INTHELOOP_DECL void call::on_token_changed() {
    if (plan_.pauses_for_token())
        run(plan_.on_pause_over());
}

INTHELOOP_DECL policy::call_step call::ask_permit() {
    auto const now = owner_.now();
    if (limits_->limiter.enter(id_, request_.context.tenant(), now)) {
        holds_permit_ = true;
        return plan_.on_permit();
    }
    if (limits_->limiter.waiting() > owner_.options.pool.max_waiting)
        return fail(error(errc::queue_full, "too many wait for the limits of the client"));
    if (auto const until = limits_->limiter.paused_until(now);
        until && plan_.is_outlasted_by(*until))
        return outlasted_by(*until);
    note_deadline();
    return step::wait;
}

// Of a call that waits for a permit: a pause that ends earlier does not concern it.
INTHELOOP_DECL void call::note_deadline() {
    if (plan_.waits_for() == state::permit)
        limits_->first_deadline = std::min(limits_->first_deadline, plan_.limit({}).at);
}

INTHELOOP_DECL void call::on_permit() {
    holds_permit_ = true;
    run(plan_.on_permit());
}

// All calls of the token, or to an origin without one, wait after a 429. A call whose deadline is
// earlier than the end of the pause ends at once.
INTHELOOP_DECL void call::on_pause(policy::clock::time_point until) {
    if (is_second() && !plan_.is_sent() && plan_.waits_for() != state::review)
        return cancel(errc::cancelled);
    bool const may_be_answered = hedging_ && hedging_->second;
    if (plan_.is_outlasted_by(until) && !may_be_answered)
        return run(outlasted_by(until));
    note_deadline();
}

INTHELOOP_DECL policy::call_step call::outlasted_by(policy::clock::time_point end_of_pause) {
    auto const pause = std::chrono::ceil<std::chrono::seconds>(
        intheloop::detail::saturating_between<policy::clock::duration>(owner_.now(), end_of_pause));
    outcome_.retry_after = pause;
    return fail(error(errc::rate_limited, "not sent: the service asked to wait for " +
                                              std::to_string(pause.count()) +
                                              " s more, and the deadline is sooner"));
}

// A permit is valid now. If there is no connection yet, another call may begin meanwhile, and this
// one asks again when its connection comes. The pool may give one at once: then on_connection() has
// gone on by itself.
INTHELOOP_DECL void call::ask_connection() {
    auto const request_of_pool = ++asked_pool_;
    pool_ = &owner_.pool_for(request_);
    if (!pool_->want(id_, request_.context.tenant())) {
        plan_.on_not_begun();
        return run(fail(
            error(errc::queue_full, "too many wait for " + request_.context.origin->authority())));
    }
    if (plan_.waits_for() != state::connection || asked_pool_ != request_of_pool)
        return;
    count_state();
    defer_permit();
    set_timer();
}

INTHELOOP_DECL void call::defer_permit() {
    if (!holds_permit_ || is_deferred_)
        return;
    limits_->limiter.defer(id_);
    is_deferred_ = true;
}

INTHELOOP_DECL void call::on_no_connection(error failure) {
    run(fail(std::move(failure)));
}

// An answer to an earlier token says nothing of the limits of the current one.
INTHELOOP_DECL bool call::has_current_token() const {
    return !request_.has_credentials || token_generation_ == owner_.tokens.generation();
}

INTHELOOP_DECL void call::pause_others() {
    auto const pause = plan_.pause_of_all();
    if (pause && has_current_token())
        owner_.pause_until(*limits_, policy::later(owner_.now(), *pause));
}

// The answer to a download says nothing of the limits, which belong to the API or to an origin that
// an endpoint names.
INTHELOOP_DECL void call::follow_service() {
    auto const& fields = outcome_.response.headers;
    if (!is_limited() || !has_current_token() || !owner_.options.limits.follow_service ||
        !policy::tells_service_limit(fields))
        return;
    auto const said = policy::parse_service_limit(
        fields, std::chrono::floor<std::chrono::seconds>(
                    intheloop::detail::system_now(owner_.options.time)));
    if (said && said->remaining == 0)
        owner_.pause_until(*limits_, policy::later(owner_.now(), said->reset));
    else if (said)
        limits_->limiter.follow(*said, owner_.now());
}

INTHELOOP_DECL void call::read_retry_after() {
    auto const& fields = outcome_.response.headers;
    if (auto const wait = fields.find("Retry-After"))
        outcome_.retry_after =
            policy::parse_retry_after(*wait, fields.find("Date"),
                                      std::chrono::floor<std::chrono::seconds>(
                                          intheloop::detail::system_now(owner_.options.time)));
}

INTHELOOP_DECL policy::call_step call::refuse_token() {
    bool const is_current = has_current_token();
    auto const advice = owner_.tokens.refuse(*token_generation_);
    if (is_current && owner_.fleet())
        owner_.fleet()->on_refused();
    if (advice == policy::token_advice::refused)
        owner_.on_token_refused();
    return plan_.on_token_refused(advice, inputs());
}

INTHELOOP_DECL void call::note_retry() {
    limits_->budget.take(plan_.cost());
    pause_others();
    ++owner_.counts.retries;
    tell_retry();
    // The failure is recorded among the earlier attempts.
    outcome_.failure.reset();
    outcome_.response = codec::encoded_response();
    outcome_.retry_after.reset();
    outcome_.answered_by_interceptor = false;
}

} // namespace intheloop::net

#endif
