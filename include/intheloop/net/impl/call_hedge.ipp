// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_HEDGE_IPP
#define INTHELOOP_NET_IMPL_CALL_HEDGE_IPP

// Sends a second request beside one that is slow. It is a call of its own, with one attempt, its
// own permit and its own connection, and tells the call that began it how it ended.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/hedge.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL unsigned call::requests_before() const {
    auto const first = hedging_ ? hedging_->first.lock() : nullptr;
    return first ? first->requests_ : requests_;
}

INTHELOOP_DECL void call::count_request() {
    auto const first = hedging_ ? hedging_->first.lock() : nullptr;
    ++(first ? first->requests_ : requests_);
}

INTHELOOP_DECL std::uint64_t call::told_id() const {
    return is_second() ? hedging_->first_id : id_;
}

// Returns when to decide whether the call has a second request.
INTHELOOP_DECL policy::clock::time_point call::hedge_at() const {
    if (hedging_->is_decided || !plan_.is_sent())
        return policy::clock::time_point::max();
    return policy::later(attempt_began_, request_.rules.hedge_after);
}

INTHELOOP_DECL void call::begin_second() {
    hedging_->is_decided = true;
    if (request_.sink || request_.body_writer || request_.before_sending)
        return; // what these take or give can't be had twice
    policy::hedge_facts facts;
    facts.has_failed = !plan_.earlier().empty();
    facts.response_begun = attempt_.progress() == request_progress::response_begun;
    facts.is_closing = owner_.closing();
    facts.is_held_back = limits_->limiter.holds_back(owner_.now());
    facts.others_wait = limits_->limiter.waiting() != 0;
    facts.refused_at = limits_->refused_at;
    facts.cost = request_.rules.retry.retry_cost;
    facts.budget_left = limits_->budget.left();
    if (!policy::may_hedge(facts, owner_.now()))
        return;
    std::shared_ptr<call> second;
    try {
        second = make_second();
    } catch (std::bad_alloc const&) { // the first request may still be answered
        return;
    }
    limits_->budget.take(facts.cost);
    hedging_->second = second;
    owner_.add_second(second);
    // Without memory to add it, it is over, and has told nobody.
    if (hedging_->second == second && second->plan_.waits_for() == state::over) {
        hedging_->second.reset();
        limits_->budget.give(facts.cost);
    }
}

INTHELOOP_DECL std::shared_ptr<call> call::make_second() {
    net::request copy;
    copy.context = request_.context;
    copy.bytes.assign(request_.bytes, 0, request_.shared_size);
    copy.shared_size = request_.shared_size;
    copy.body = request_.body;
    copy.has_credentials = request_.has_credentials;
    copy.carries_context = request_.carries_context;
    copy.rules = request_.rules;
    copy.rules.retry.max_attempts = 1;
    copy.rules.pause = copy.rules.hedge_after = std::chrono::milliseconds(0);
    copy.limits = request_.limits;
    auto made = std::make_shared<call>(owner_, std::move(copy), outcome_handler());
    made->hedging_ = std::make_unique<hedging>();
    made->hedging_->is_second = made->hedging_->is_decided = true;
    made->hedging_->first = weak_from_this();
    made->hedging_->first_id = id_;
    return made;
}

// Returns whether the call waits for its second request, now that the first one has ended. If not,
// nobody needs the second one any more.
INTHELOOP_DECL bool call::waits_for_second(policy::attempt_end const& ended) {
    if (!hedging_->second)
        return false;
    if (!policy::awaits_second(ended)) {
        drop_second();
        return false;
    }
    if (policy::may_have_acted(ended.progress, ended.status))
        unrecorded_ = std::max(unrecorded_, ended.progress);
    hedging_->ended = ended;
    hedging_->failure = std::move(outcome_.failure);
    hedging_->response = std::exchange(outcome_.response, {});
    hedging_->retry_after = std::exchange(outcome_.retry_after, std::nullopt);
    return true;
}

INTHELOOP_DECL void call::drop_second() {
    if (!hedging_->second)
        return;
    auto const second = std::exchange(hedging_->second, nullptr);
    second->hedging_->first.reset();
    second->cancel(errc::cancelled);
    take_over(*second);
}

INTHELOOP_DECL void call::end_second() {
    pause_others();
    owner_.keep_memory(std::move(request_.bytes));
    owner_.timers.cancel(*this);
    owner_.end(*this);
    if (auto const first = hedging_->first.lock())
        first->on_second_ended(*this);
}

INTHELOOP_DECL void call::on_second_ended(call& second) {
    auto const kept = std::exchange(hedging_->second, nullptr);
    take_over(second);
    if (policy::settles(second.plan_.last()))
        return run(end_with(second));
    if (!hedging_->ended)
        return; // the first request goes on
    outcome_.failure = std::move(hedging_->failure);
    outcome_.response = std::move(hedging_->response);
    outcome_.retry_after = hedging_->retry_after;
    auto const own = *std::exchange(hedging_->ended, std::nullopt);
    run(plan_.on_ended(own, inputs()));
}

// Ends the call with the answer to its second request. The first one is cancelled, unless it has
// failed before.
INTHELOOP_DECL policy::call_step call::end_with(call& second) {
    ++owner_.counts.hedges_won;
    stop_interceptor();
    interception_.reset();
    if (plan_.is_sent()) {
        outcome_.failure = std::make_unique<error>(errc::cancelled, "");
        policy::attempt_end const ended = describe_end();
        outcome_.progress = std::max(outcome_.progress, ended.progress);
        let_go(release_as::broken, policy::limiter::outcome::failed);
        tell_attempt_ended(ended);
        record_attempt();
    } else
        let_go(release_as::unused, policy::limiter::outcome::failed);
    record_first();
    outcome_.failure.reset();
    outcome_.response = std::move(second.outcome_.response);
    outcome_.retry_after = second.outcome_.retry_after;
    outcome_.answered_by_interceptor = second.outcome_.answered_by_interceptor;
    policy::attempt_end ended;
    static_cast<attempt_outcome&>(ended) = second.plan_.last();
    return plan_.on_ended(ended, inputs());
}

// Records the failure of the first request, after which the call has waited for the second one.
INTHELOOP_DECL void call::record_first() {
    if (auto const own = std::exchange(hedging_->ended, std::nullopt))
        plan_.earlier().push_back({*own->failure, own->status, own->progress, {}});
}

// Takes over what a result tells of all requests of its call. One that was not sent in time costs
// nothing.
INTHELOOP_DECL void call::take_over(call& second) {
    if (second.plan_.sent() == 0 && second.plan_.last().failure == errc::cancelled)
        limits_->budget.give(request_.rules.retry.retry_cost);
    outcome_.attempts += second.plan_.attempts();
    if (policy::may_have_acted(second.outcome_.progress, second.plan_.last().status))
        unrecorded_ = std::max(unrecorded_, second.outcome_.progress);
    outcome_.progress = std::max(outcome_.progress, second.outcome_.progress);
    auto& secrets = request_.context.further_secrets;
    for (std::string& secret : second.request_.context.further_secrets)
        if (std::find(secrets.begin(), secrets.end(), secret) == secrets.end())
            secrets.push_back(std::move(secret));
    auto& tokens = outcome_.earlier_tokens;
    for (auto& token : second.outcome_.earlier_tokens)
        tokens.push_back(std::move(token));
    if (second.outcome_.token && second.outcome_.token != outcome_.token)
        tokens.push_back(second.outcome_.token);
}

} // namespace intheloop::net

#endif
