// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_IPP
#define INTHELOOP_NET_IMPL_CALL_IPP

#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
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
        count_state();
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
    if (owner_.counts.calls_waiting_for_token > owner_.options.pool.max_waiting)
        return fail(error(errc::queue_full, "too many wait for the token provider"));
    return step::wait;
}

INTHELOOP_DECL policy::call_step call::fail_for_token() {
    return fail(error(errc::unauthorized, "not sent: the service refused this token before, and "
                                          "no other was set"));
}

INTHELOOP_DECL void call::on_token_refused() {
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
    if (limits_->limiter.waiting() >= owner_.options.pool.max_waiting)
        return fail(error(errc::queue_full, "too many wait for the limits of the client"));
    auto const now = owner_.now();
    if (limits_->limiter.enter(id_, request_.context.tenant(), now)) {
        holds_permit_ = true;
        return plan_.on_permit();
    }
    if (auto const until = limits_->limiter.paused_until(now);
        until && plan_.is_outlasted_by(*until))
        return outlasted_by(*until);
    return step::wait;
}

INTHELOOP_DECL void call::on_permit() {
    holds_permit_ = true;
    run(plan_.on_permit());
}

// All calls of the token, or to an origin without one, wait after a 429. A call whose deadline is
// earlier than the end of the pause ends at once.
INTHELOOP_DECL void call::on_pause(policy::clock::time_point until) {
    if (hedging_ && hedging_->second) // which may still be answered
        return;
    if (is_second() && !plan_.is_sent() && plan_.waits_for() != state::review)
        return cancel(errc::cancelled);
    if (plan_.is_outlasted_by(until))
        run(outlasted_by(until));
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

INTHELOOP_DECL void call::on_connection(std::uint64_t which, std::shared_ptr<connection> given,
                                        bool reused) {
    connection_ = which;
    reused_ = reused;
    // A decision of the interceptors holds for the token with which they were asked.
    bool const has_another_token = request_.has_credentials && plan_.is_intercepted() &&
                                   token_generation_ != owner_.tokens.generation();
    if (has_another_token || !may_begin()) {
        let_go(release_as::reusable, policy::limiter::outcome::failed);
        return run(plan_.on_begun_too_late(has_another_token));
    }
    if (request_.before_sending) {
        add_waiting_time(); // the connection is there: the journal's time does not count
        if (auto refused = request_.before_sending()) {
            plan_.on_not_begun();
            return run(fail(std::move(*refused)));
        }
        owner_.forget_time();
        counted_since_ = owner_.now();
    }
    if (interception_ || owner_.options.propagator)
        if (auto refused = renew_attempt_lines()) {
            plan_.on_not_begun();
            return run(fail(std::move(*refused)));
        }
    write_request();
    plan_.on_connection();
    count_state();
    send(std::move(given));
    if (plan_.is_sent())
        set_timer();
}

// Checks again: the token or the permit may have become invalid before the connection was
// available.
INTHELOOP_DECL bool call::may_begin() {
    return (!request_.has_credentials || owner_.tokens.may_send()) &&
           (!std::exchange(is_deferred_, false) || limits_->limiter.resume(id_, owner_.now()));
}

// Takes the current token for the attempt. A request that holds another one is incomplete then.
INTHELOOP_DECL void call::take_token() {
    if (!request_.has_credentials || token_generation_ == owner_.tokens.generation())
        return;
    token_generation_ = owner_.tokens.generation();
    if (outcome_.token)
        outcome_.earlier_tokens.push_back(std::move(outcome_.token));
    outcome_.token = owner_.tokens.current();
    request_.bytes.resize(request_.shared_size);
}

// Asks for the header lines of this attempt alone. A request that holds others is incomplete then.
INTHELOOP_DECL std::optional<error> call::renew_attempt_lines() {
    std::string lines = interception_ ? interception_->lines : std::string();
    if (auto refused = ask_propagator(lines))
        return refused;
    policy::add_credentials(request_.context.further_secrets, lines);
    if (lines != attempt_lines_) {
        attempt_lines_ = std::move(lines);
        request_.bytes.resize(request_.shared_size);
    }
    return std::nullopt;
}

// Completes the request, unless an earlier attempt has sent the same.
INTHELOOP_DECL void call::write_request() {
    take_token();
    std::string& bytes = request_.bytes;
    if (bytes.size() != request_.shared_size)
        return;
    bytes += attempt_lines_;
    if (request_.has_credentials) {
        bytes += "Authorization: Bearer ";
        bytes += outcome_.token->reveal();
        bytes += "\r\n";
    }
    bytes += "\r\n";
    bytes += request_.body;
}

INTHELOOP_DECL void call::send(std::shared_ptr<connection> on) {
    request_number_ = ++owner_.counts.requests_sent;
    resend_count_ = requests_before();
    count_request();
    attempt_began_ = owner_.now();
    tell_attempt_started();
    outcome_.response = codec::encoded_response();
    outcome_.response.body = owner_.take_memory();
    prepare_attempt_recording();
    attempt_.start(std::move(on), request_, outcome_.response, attempt_began_);
}

INTHELOOP_DECL void call::on_attempt_ended(std::optional<error> failure) {
    if (failure)
        return run(fail(std::move(*failure)));
    run(end_attempt(attempt_.leaves_connection_usable() ? release_as::reusable
                    : attempt_.is_all_sent()            ? release_as::finished
                                                        : release_as::broken));
}

INTHELOOP_DECL void call::resume_reading() {
    attempt_.resume();
}

INTHELOOP_DECL void call::resume_sending() {
    attempt_.resume_sending();
}

INTHELOOP_DECL policy::call_step call::fail(error failure) {
    outcome_.failure = std::make_unique<error>(std::move(failure));
    stop_interceptor();
    if (plan_.waits_for() == state::review)
        return end_review();
    // A connection on which nothing was sent is still reusable.
    return end_attempt(plan_.is_sent() ? release_as::broken : release_as::reusable);
}

INTHELOOP_DECL std::optional<errc> call::failure_of_attempt() const {
    if (outcome_.failure)
        return static_cast<errc>(outcome_.failure->code().value());
    return codec::failure_of_status(outcome_.response.status,
                                    request_.context.endpoint->further_success);
}

INTHELOOP_DECL policy::attempt_end call::describe_end() const {
    policy::attempt_end ended;
    ended.status = outcome_.response.status;
    ended.failure = failure_of_attempt();
    ended.progress = plan_.is_sent() ? attempt_.progress() : request_progress::not_sent;
    ended.on_reused_connection = reused_;
    ended.was_never_all_sent = attempt_.was_never_all_sent();
    ended.can_send_again = !request_.body_writer || !request_.body_writer->has_begun();
    return ended;
}

INTHELOOP_DECL policy::decision_inputs call::inputs() {
    return {owner_.now(), limits_->budget.left(), random_.next_share()};
}

// Gives back its resources, and leaves the queues.
INTHELOOP_DECL void call::let_go(release_as as, policy::limiter::outcome ended) {
    if (attempt_.is_running())
        attempt_.stop();
    if (connection_)
        pool_->release(*connection_, as, policy::parse_keep_alive(outcome_.response.headers));
    else if (pool_)
        pool_->leave(id_);
    connection_.reset();
    pool_ = nullptr;
    if (plan_.waits_for() == state::interceptors)
        defer_permit(); // nothing was sent
    if (holds_permit_)
        limits_->limiter.end(id_, ended, owner_.now());
    else
        limits_->limiter.leave(id_);
    holds_permit_ = false;
    is_deferred_ = false;
}

INTHELOOP_DECL policy::call_step call::end_attempt(release_as as) {
    bool const sent = plan_.is_sent();
    policy::attempt_end ended = describe_end();
    bool const stale = plan_.is_stale(ended);
    if (stale)
        pool_->distrust_idle();
    note_progress(ended.progress);
    if (stale)
        unrecorded_ = std::max(unrecorded_, ended.progress);
    read_retry_after();
    ended.retry_after = outcome_.retry_after;
    let_go(as, !sent || outcome_.failure ? policy::limiter::outcome::failed
               : ended.status == 429     ? policy::limiter::outcome::rate_limited
                                         : policy::limiter::outcome::answered);
    if (sent && !outcome_.failure && !outcome_.retry_after)
        follow_service();
    ended.gave_to_sink = attempt_.gave_to_sink(); // known only once it has stopped
    if (sent)
        tell_attempt_ended(ended);
    if (sent && !stale)
        record_attempt();
    if (stale) {
        outcome_.failure.reset();
        return plan_.on_stale();
    }
    if (is_limited() && (ended.status == 429 || ended.status == 503))
        limits_->refused_at = owner_.now();
    if (sent && !outcome_.failure && plan_.is_intercepted()) {
        interception_->ended = ended;
        interception_->come_back();
        return plan_.on_answered();
    }
    return conclude(ended);
}

// Decides how to go on, unless the second request may still be answered.
INTHELOOP_DECL policy::call_step call::conclude(policy::attempt_end const& ended) {
    if (hedging_ && waits_for_second(ended))
        return plan_.await_second();
    return plan_.on_ended(ended, inputs());
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
