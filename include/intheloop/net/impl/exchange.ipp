// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_EXCHANGE_IPP
#define INTHELOOP_NET_IMPL_EXCHANGE_IPP

#include <intheloop/net/detail/exchange.hpp>
#include <intheloop/policy/detail/retry_after.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL exchange::exchange(engine& owner, exchange_request&& request,
                                  exchange_handler&& handler)
    : owner_(owner), request_(std::move(request)), handler_(std::move(handler)) {
    prepare_recording();
}

INTHELOOP_DECL void exchange::begin(std::uint64_t id) {
    id_ = id;
    outcome_.call_id = id;
    if (owner_.options.observer)
        owner_.tell(&observer::on_call_started, call_started{attributes()});
    if (owner_.closing() || request_.client_is_closed)
        return cancel(errc::client_closed);
    if (request_.pause.count() > 0)
        return wait_for(request_.pause);
    ask_token();
}

INTHELOOP_DECL void exchange::wait_for(std::chrono::milliseconds pause) {
    enter(state::pause);
    pause_ends_ = policy::later(owner_.now(), pause);
    set_timer();
}

INTHELOOP_DECL void exchange::cancel(errc why) {
    if (state_ != state::over)
        fail(error(why, {}));
}

INTHELOOP_DECL void exchange::enter(state next) {
    if (std::size_t* const left = counter_of(state_))
        --*left;
    state_ = next;
    if (std::size_t* const entered = counter_of(next))
        ++*entered;
}

INTHELOOP_DECL std::size_t* exchange::counter_of(state which) {
    switch (which) {
    case state::token: return &owner_.counts.calls_waiting_for_token;
    case state::permit: return &owner_.counts.calls_waiting_for_limit;
    case state::connection: return &owner_.counts.calls_waiting_for_connection;
    case state::pause: return &owner_.counts.calls_between_attempts;
    default: return nullptr;
    }
}

// Before each attempt: a token, a permit of the limiter, a connection; each may take its time.

INTHELOOP_DECL void exchange::ask_token() {
    enter(state::token);
    if (request_.authorization_at)
        ask_for_use();
    else
        ask_connection(); // no credentials, and the limits are those of the token
    if (state_ == state::token || state_ == state::permit || state_ == state::connection)
        set_timer();
}

INTHELOOP_DECL void exchange::ask_for_use() {
    auto const advice = owner_.tokens.ask();
    if (advice == policy::token_advice::use)
        ask_permit();
    else if (advice == policy::token_advice::refused)
        on_token_refused();
    else if (owner_.counts.calls_waiting_for_token > owner_.options.pool.max_waiting)
        fail(error(errc::queue_full, "too many wait for the token provider"));
}

INTHELOOP_DECL void exchange::on_token_refused() {
    fail(error(errc::unauthorized, "not sent: the service refused this token before, and "
                                   "no other was set"));
}

INTHELOOP_DECL void exchange::on_token_fetched(error const* failure) {
    if (state_ != state::token)
        return;
    if (failure)
        return fail(*failure);
    ask_token();
}

// Who pauses after a 429 does so for the token before.
INTHELOOP_DECL void exchange::on_token_changed() {
    auto const& earlier = outcome_.earlier_attempts;
    if (state_ == state::pause && !earlier.empty() && earlier.back().code == errc::rate_limited)
        ask_token();
}

INTHELOOP_DECL void exchange::ask_permit() {
    if (owner_.limiter.waiting() >= owner_.options.pool.max_waiting)
        return fail(error(errc::queue_full, "too many wait for the limits of the client"));
    enter(state::permit);
    auto const now = owner_.now();
    if (owner_.limiter.enter(id_, request_.tenant, now))
        return on_permit();
    if (auto const until = owner_.limiter.paused_until(now))
        on_pause(*until);
}

// A permit is for now. If there is no connection yet, another call may begin in the meantime, and
// this one asks again when its connection comes.
INTHELOOP_DECL void exchange::on_permit() {
    holds_permit_ = true;
    ask_connection();
    if (state_ == state::connection) {
        owner_.limiter.defer(id_);
        is_deferred_ = true;
    }
}

// All calls of the token wait after a 429. If that ends after the deadline, there is no use in it.
INTHELOOP_DECL void exchange::on_pause(policy::clock::time_point until) {
    if (state_ != state::permit || until < limit().at)
        return;
    auto const pause = std::chrono::ceil<std::chrono::seconds>(until - owner_.now());
    outcome_.retry_after = pause;
    fail(error(errc::rate_limited, "not sent: the service asked to wait for " +
                                       std::to_string(pause.count()) +
                                       " s more, and the deadline is sooner"));
}

INTHELOOP_DECL void exchange::ask_connection() {
    enter(state::connection);
    ++outcome_.attempts;
    pool_ = &owner_.pool_for(request_);
    if (pool_->want(id_, request_.tenant))
        return;
    --outcome_.attempts; // it was not even begun
    fail(error(errc::queue_full, "too many wait for " + request_.origin->authority()));
}

INTHELOOP_DECL void exchange::on_no_connection(error failure) {
    fail(std::move(failure));
}

INTHELOOP_DECL void exchange::on_connection(std::uint64_t which, std::shared_ptr<connection> given,
                                            bool reused) {
    connection_ = which;
    reused_ = reused;
    if (request_.authorization_at && !may_begin())
        return;
    if (request_.before_sending) {
        if (auto refused = request_.before_sending()) {
            --outcome_.attempts; // it was not even begun
            return fail(std::move(*refused));
        }
        owner_.forget_time();
    }
    enter(state::answer);
    request_number_ = ++owner_.counts.requests_sent;
    ++sent_;
    attempt_began_ = owner_.now();
    tell_attempt_started();
    outcome_.response = codec::encoded_response();
    outcome_.response.body = owner_.take_memory();
    prepare_attempt_recording();
    attempt_.start(std::move(given), request_, outcome_.response, attempt_began_);
    set_timer();
}

// What allowed the attempt may be over by the time that the connection is there.
INTHELOOP_DECL bool exchange::may_begin() {
    if (owner_.tokens.may_send() &&
        (!std::exchange(is_deferred_, false) || owner_.limiter.resume(id_, owner_.now()))) {
        write_token();
        return true;
    }
    --outcome_.attempts;
    let_go(release_as::reusable, policy::limiter::outcome::failed);
    ask_token();
    return false;
}

// Completes the request with the token, in the place of an earlier one.
INTHELOOP_DECL void exchange::write_token() {
    if (token_generation_ == owner_.tokens.generation())
        return;
    token_generation_ = owner_.tokens.generation();
    if (outcome_.token)
        outcome_.earlier_tokens.push_back(std::move(outcome_.token));
    outcome_.token = owner_.tokens.current();
    std::string& bytes = request_.bytes;
    bytes.resize(*request_.authorization_at);
    bytes += "Authorization: Bearer ";
    bytes += outcome_.token->reveal();
    bytes += "\r\n\r\n";
    bytes += request_.body;
}

INTHELOOP_DECL void exchange::on_attempt_ended(std::optional<error> failure) {
    if (failure)
        return fail(std::move(*failure));
    end_attempt(attempt_.leaves_connection_usable() ? release_as::reusable
                : attempt_.is_all_sent()            ? release_as::finished
                                                    : release_as::broken);
}

INTHELOOP_DECL void exchange::resume_reading() {
    attempt_.resume();
}

INTHELOOP_DECL void exchange::resume_sending() {
    attempt_.resume_sending();
}

// An idle connection may end just when it is used again. If nothing of an answer came, and the
// request may be repeated or was never all sent, that is nobody's error. (Where an attempt failed
// before, it is likelier that the service is in trouble.)
INTHELOOP_DECL bool exchange::was_stale() const {
    return state_ == state::answer && reused_ && can_send_again() &&
           outcome_.earlier_attempts.empty() && outcome_.failure &&
           outcome_.failure->code() == errc::connection_lost &&
           attempt_.progress() != request_progress::response_begun &&
           (request_.idempotent || attempt_.was_never_all_sent()) &&
           stale_connections_ < most_stale_connections;
}

INTHELOOP_DECL void exchange::fail(error failure) {
    outcome_.failure = std::make_unique<error>(std::move(failure));
    bool const stale = was_stale();
    if (stale)
        pool_->distrust_idle();
    // Where nothing was sent on it, the connection is as good as it was.
    end_attempt(state_ == state::answer ? release_as::broken : release_as::reusable, stale);
}

INTHELOOP_DECL void exchange::give_back_connection(release_as as) {
    if (connection_)
        pool_->release(*connection_, as);
    else if (pool_)
        pool_->leave(id_);
    connection_.reset();
    pool_ = nullptr;
}

// Gives back what it holds, and leaves where it waits.
INTHELOOP_DECL void exchange::let_go(release_as as, policy::limiter::outcome ended) {
    if (attempt_.is_running())
        attempt_.stop();
    give_back_connection(as);
    if (holds_permit_)
        owner_.limiter.end(id_, ended, owner_.now());
    else
        owner_.limiter.leave(id_);
    holds_permit_ = false;
    is_deferred_ = false;
}

INTHELOOP_DECL void exchange::end_attempt(release_as as, bool stale) {
    bool const sent = state_ == state::answer;
    attempt_outcome ended;
    ended.progress = sent ? attempt_.progress() : request_progress::not_sent;
    outcome_.progress = std::max(outcome_.progress, ended.progress);
    ended.status = outcome_.response.status;
    if (outcome_.failure)
        ended.failure = static_cast<errc>(outcome_.failure->code().value());
    else
        ended.failure = codec::failure_of_status(ended.status);
    auto const& fields = outcome_.response.headers;
    if (auto const wait = fields.find("Retry-After"))
        outcome_.retry_after =
            policy::parse_retry_after(*wait, fields.find("Date"),
                                      std::chrono::floor<std::chrono::seconds>(
                                          intheloop::detail::system_now(owner_.options.time)));
    ended.retry_after = outcome_.retry_after;
    let_go(as, !sent || outcome_.failure ? policy::limiter::outcome::failed
               : ended.status == 429     ? policy::limiter::outcome::rate_limited
                                         : policy::limiter::outcome::answered);
    if (sent)
        tell_attempt_ended(ended);
    if (sent && !stale)
        record_attempt();
    if (stale) {
        ++stale_connections_;
        outcome_.failure.reset();
        return ask_token();
    }
    // The source of a body may have failed with anything.
    if (ended.failure == errc::unauthorized && ended.status == 401 && sent &&
        request_.authorization_at && try_with_another_token(ended))
        return;
    decide(ended);
}

// A 401 says that the request was not acted on, so that even a POST may be sent again.
INTHELOOP_DECL bool exchange::try_with_another_token(attempt_outcome const& ended) {
    auto const advice = owner_.tokens.refuse(*token_generation_);
    if (advice == policy::token_advice::refused)
        owner_.on_token_refused();
    if (advice == policy::token_advice::refused || !can_send_again() ||
        std::exchange(had_another_token_, true))
        return false;
    plan_another(ended, std::chrono::milliseconds(0));
    ask_token();
    return true;
}

INTHELOOP_DECL void exchange::decide(attempt_outcome const& ended) {
    policy::call_facts call;
    call.idempotent = request_.idempotent;
    call.may_act_twice = request_.may_act_twice;
    unsigned const uncounted = stale_connections_ + (had_another_token_ ? 1 : 0);
    call.attempts = outcome_.attempts > uncounted ? outcome_.attempts - uncounted : 1;
    if (ended.failure)
        call.time_left =
            std::chrono::duration_cast<std::chrono::milliseconds>(limit_of_call() - owner_.now());
    retry_options retry = request_.retry;
    if (attempt_.gave_to_sink() || !can_send_again())
        retry.max_attempts = 1; // what the sink has can't be taken back, what a source gave is gone
    auto const next = owner_.decide(ended, call, retry);
    outcome_.verdict = next.verdict;
    if (ended.failure == errc::rate_limited && ended.status == 429 && request_.authorization_at)
        owner_.pause_until(
            policy::later(owner_.now(), policy::pause_of_all(ended.retry_after, request_.retry)));
    if (next.verdict != retry_verdict::retry) {
        if (next.verdict == retry_verdict::done)
            owner_.give_back(last_cost_ == 0 ? 1 : last_cost_);
        return end();
    }
    last_cost_ = next.cost;
    plan_another(ended, next.delay);
    wait_for(next.delay);
}

INTHELOOP_DECL void exchange::plan_another(attempt_outcome const& ended,
                                           std::chrono::milliseconds pause) {
    ++owner_.counts.retries;
    outcome_.earlier_attempts.push_back({*ended.failure, ended.status, ended.progress, pause});
    retry_planned event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = sent_;
    std::string const type = type_of_error(ended.failure, ended.status);
    event.error_type = type;
    event.pause = pause;
    owner_.tell(&observer::on_retry_planned, event);
    // What it said stands in earlier_attempts.
    outcome_.failure.reset();
    outcome_.response = codec::encoded_response();
    outcome_.retry_after.reset();
}

INTHELOOP_DECL void exchange::end() {
    enter(state::over);
    owner_.keep_memory(std::move(request_.bytes));
    owner_.timers.cancel(*this);
    owner_.end(*this);
}

// The handler must not run on our strand: what it does, and for how long, would hold up all other
// calls, their deadlines and their cancellation too. By then the engine may be gone.
INTHELOOP_DECL void exchange::deliver() {
    delivery_ = owner_.expect_delivery();
    if (request_.completes_here)
        return boost::asio::post(owner_.executor,
                                 [self = shared_from_this(),
                                  until_begun = owner_.expect_hand_over()] { self->hand_over(); });
    auto own = boost::asio::get_associated_executor(handler_, owner_.executor);
    boost::asio::post(owner_.executor, [self = shared_from_this(), own = std::move(own),
                                        until_begun = owner_.expect_hand_over()]() mutable {
        boost::asio::dispatch(own, [self = std::move(self)] { self->hand_over(); });
    });
}

// The slot belongs to whoever runs on the handler's executor, and is cleared there.
INTHELOOP_DECL void exchange::hand_over() {
    auto const until_returned = std::move(delivery_);
    boost::asio::get_associated_cancellation_slot(handler_).clear();
    std::move(handler_)(std::move(outcome_));
}

// Time.

INTHELOOP_DECL policy::clock::time_point exchange::limit_of_call() const {
    return policy::later(request_.started, request_.timeouts.call);
}

INTHELOOP_DECL policy::time_limit exchange::limit() const {
    bool const on_the_wire = state_ == state::answer;
    return policy::limit_of(on_the_wire ? policy::phase::exchange : policy::phase::wait,
                            attempt_.last_progress(), request_.started, request_.timeouts);
}

INTHELOOP_DECL void exchange::set_timer() {
    owner_.timers.schedule(*this, state_ == state::pause ? pause_ends_ : limit().at);
}

INTHELOOP_DECL void exchange::on_time() {
    if (state_ == state::pause)
        return ask_token();
    // Progress moves the limit without touching the timer.
    auto const now_limit = limit();
    if (owner_.now() < now_limit.at)
        return set_timer();
    fail(error(now_limit.code, what_it_waits_for()));
}

INTHELOOP_DECL std::string exchange::what_it_waits_for() const {
    switch (state_) {
    case state::token: return "while waiting for the token provider";
    case state::permit: return "while waiting for the limits of the client";
    case state::connection: break;
    default: return {};
    }
    std::string text = "while waiting for a connection to " + request_.origin->authority();
    if (auto const& failure = pool_->last_failure())
        text += "; the last one failed: " + failure->code().message() + ": " + failure->detail;
    return text;
}

} // namespace intheloop::net

#endif
