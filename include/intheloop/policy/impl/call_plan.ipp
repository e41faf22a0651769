// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_CALL_PLAN_IPP
#define INTHELOOP_POLICY_IMPL_CALL_PLAN_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/policy/detail/call_plan.hpp>

#include <chrono>
#include <utility>

namespace intheloop::policy {

INTHELOOP_DECL call_step call_plan::begin(clock::time_point now) {
    if (rules_.pause.count() <= 0)
        return ask();
    state_ = state::pause;
    pause_ends_ = later(now, rules_.pause);
    return call_step::wait;
}

// Gets a token, a permit of the limiter and a connection before each attempt; each may have to be
// waited for.
INTHELOOP_DECL call_step call_plan::ask() {
    state_ = state::token;
    if (uses_token_)
        return call_step::ask_token;
    return rules_.limited ? on_token() : on_permit();
}

INTHELOOP_DECL call_step call_plan::on_token() {
    state_ = state::permit;
    return call_step::ask_permit;
}

INTHELOOP_DECL call_step call_plan::on_permit() {
    ++attempts_;
    if (!rules_.is_intercepted || has_passed_)
        return on_passed();
    state_ = state::interceptors;
    return call_step::ask_interceptors;
}

INTHELOOP_DECL call_step call_plan::on_passed() {
    state_ = state::connection;
    has_passed_ = true;
    return call_step::ask_connection;
}

INTHELOOP_DECL void call_plan::on_connection() {
    state_ = state::exchange;
    has_passed_ = false;
    ++sent_;
}

INTHELOOP_DECL call_step call_plan::on_begun_too_late(bool has_another_token) {
    --attempts_;
    has_passed_ = has_passed_ && !has_another_token;
    return ask();
}

INTHELOOP_DECL call_step call_plan::on_answered() {
    state_ = state::review;
    return call_step::show_answer;
}

INTHELOOP_DECL call_step call_plan::on_pause_over() {
    return ask();
}

INTHELOOP_DECL bool call_plan::is_stale(attempt_end const& ended) const {
    return is_sent() && ended.on_reused_connection && ended.can_send_again && earlier_.empty() &&
           ended.failure == errc::connection_lost &&
           ended.progress != request_progress::response_begun &&
           (rules_.idempotent || ended.was_never_all_sent) &&
           stale_connections_ < most_stale_connections;
}

INTHELOOP_DECL call_step call_plan::on_stale() {
    ++stale_connections_;
    return ask();
}

INTHELOOP_DECL call_step call_plan::on_ended(attempt_end const& ended,
                                             decision_inputs const& inputs) {
    last_ = ended;
    has_passed_ = false;
    bool const has_answer = is_sent() || state_ == state::review;
    // A body's source may have failed with any error code.
    if (ended.failure == errc::unauthorized && ended.status == 401 && has_answer && uses_token_)
        return call_step::refuse_token;
    return decide(inputs);
}

// A 401 means that the service did not act on the request, so even a POST may be sent again.
INTHELOOP_DECL call_step call_plan::on_token_refused(token_advice advice,
                                                     decision_inputs const& inputs) {
    if (advice == token_advice::refused || !last_.can_send_again ||
        std::exchange(had_another_token_, true))
        return decide(inputs);
    decision_ = {.verdict = retry_verdict::retry};
    asks_at_once_ = true;
    earlier_.push_back({*last_.failure, last_.status, last_.progress, decision_.delay});
    return call_step::retry;
}

INTHELOOP_DECL call_step call_plan::decide(decision_inputs const& inputs) {
    call_facts facts;
    facts.idempotent = rules_.idempotent;
    facts.may_act_twice = rules_.may_act_twice;
    unsigned const uncounted = stale_connections_ + (had_another_token_ ? 1 : 0);
    facts.attempts = attempts_ > uncounted ? attempts_ - uncounted : 1;
    facts.time_left = intheloop::detail::saturating_between<std::chrono::milliseconds>(
        inputs.now, later(started_, rules_.limits.call));
    retry_options retry = rules_.retry;
    if (last_.gave_to_sink || !last_.can_send_again)
        retry.max_attempts = 1;
    decision_ = policy::decide(last_, facts, retry, inputs.budget_left, inputs.random);
    if (decision_.verdict != retry_verdict::retry) {
        state_ = state::over;
        return call_step::end;
    }
    last_cost_ = decision_.cost;
    asks_at_once_ = false;
    earlier_.push_back({*last_.failure, last_.status, last_.progress, decision_.delay});
    return call_step::retry;
}

INTHELOOP_DECL call_step call_plan::on_retry(clock::time_point now) {
    if (asks_at_once_)
        return ask();
    state_ = state::pause;
    pause_ends_ = later(now, decision_.delay);
    return call_step::wait;
}

INTHELOOP_DECL call_step call_plan::await_second() {
    state_ = state::pause;
    pause_ends_ = clock::time_point::max();
    return call_step::wait;
}

INTHELOOP_DECL void call_plan::give_up(request_progress progress) noexcept {
    bool const may_have_acted = progress != request_progress::not_sent && !rules_.idempotent;
    decision_ = {may_have_acted ? retry_verdict::may_have_acted : retry_verdict::not_retryable};
    state_ = state::over;
}

INTHELOOP_DECL time_limit call_plan::limit(clock::time_point progress) const {
    return limit_of(is_sent() ? phase::exchange : phase::wait, progress, started_, rules_.limits);
}

INTHELOOP_DECL clock::time_point call_plan::wake_at(clock::time_point progress) const {
    return state_ == state::pause ? pause_ends_ : limit(progress).at;
}

INTHELOOP_DECL bool call_plan::is_outlasted_by(clock::time_point end_of_pause) const {
    return state_ == state::permit && end_of_pause >= limit({}).at;
}

INTHELOOP_DECL bool call_plan::pauses_for_token() const {
    return uses_token_ && state_ == state::pause && !earlier_.empty() &&
           earlier_.back().code == errc::rate_limited;
}

INTHELOOP_DECL std::optional<std::chrono::milliseconds> call_plan::pause_of_all() const {
    if (last_.failure != errc::rate_limited || last_.status != 429 || !rules_.limited)
        return std::nullopt;
    return policy::pause_of_all(last_.retry_after, rules_.retry);
}

} // namespace intheloop::policy

#endif
