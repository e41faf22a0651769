// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_ENGINE_IPP
#define INTHELOOP_NET_IMPL_ENGINE_IPP

#include <intheloop/handler.hpp>
#include <intheloop/net/engine.hpp>
#include <intheloop/net/exchange.hpp>
#include <intheloop/net/tls.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace intheloop::net {

INTHELOOP_DECL engine::engine(boost::asio::any_io_executor on, transport_options how)
    : options(std::move(how)), executor(std::move(on)), runs_on(boost::asio::make_strand(executor)),
      timers(runs_on), limiter(options.limits, policy::clock::now()), tokens(*this),
      budget_(options.retry_budget), tls_(make_tls_context(options.tls)) {
    if (options.tls.has_certificate())
        tls_anonymous_.emplace(make_tls_context(options.tls.without_certificate()));
    publish();
}

INTHELOOP_DECL void engine::settle() {
    for (bool anything = true; anything;) {
        while (auto const call = limiter.next(policy::clock::now()))
            calls_.at(*call)->on_permit();
        anything = false;
        for (auto const& [key, one] : pools_)
            anything = one->pump() || anything;
    }
    tidy_pools();
    if (auto const at = limiter.wake_at(policy::clock::now()))
        timers.schedule(limiter_wake_, *at);
    else
        timers.cancel(limiter_wake_);
    publish();
    for (auto const& over : std::exchange(ended_, {}))
        over->deliver();
    finish_closing();
    timers.arm(shared_from_this());
}

INTHELOOP_DECL void engine::add(std::shared_ptr<exchange> begun) {
    ++counts.calls_started;
    exchange& call = *begun;
    calls_.emplace(++last_call_, std::move(begun));
    call.begin(last_call_);
}

INTHELOOP_DECL void engine::end(exchange& ended) {
    auto found = calls_.extract(ended.id());
    ended_.push_back(std::move(found.mapped()));
}

INTHELOOP_DECL exchange& engine::call(std::uint64_t id) const {
    return *calls_.at(id);
}

INTHELOOP_DECL pool& engine::pool_for(exchange_request const& request) {
    bool const ours = request.authorization_at.has_value();
    pool_key const key(request.origin.text(), ours);
    auto& found = pools_[key];
    if (!found)
        found = std::make_unique<pool>(*this, request.origin, ours, sessions_for(key));
    return *found;
}

INTHELOOP_DECL std::shared_ptr<session_store> engine::sessions_for(pool_key const& key) {
    constexpr std::size_t most = 64; // origins: a client talks to two or three
    if (sessions_.size() >= most && !sessions_.contains(key))
        sessions_.clear();
    auto& found = sessions_[key];
    if (!found)
        found = std::make_shared<session_store>();
    return found;
}

// With no call under way, nothing is worth being waited for.
INTHELOOP_DECL void engine::tidy_pools() {
    if (!calls_.empty())
        return;
    for (auto at = pools_.begin(); at != pools_.end();) {
        at->second->abandon_connects();
        if (closing_)
            at->second->close_idle();
        at->second->pump();
        at = at->second->plan().empty() ? pools_.erase(at) : std::next(at);
    }
}

INTHELOOP_DECL std::vector<std::shared_ptr<exchange>> engine::calls() const {
    std::vector<std::shared_ptr<exchange>> all;
    all.reserve(calls_.size());
    for (auto const& [id, call] : calls_)
        all.push_back(call);
    return all;
}

INTHELOOP_DECL void engine::on_token_fetched(error const* failure) {
    if (!failure)
        limiter.reset_pause(); // it was meant for the token before
    for (auto const& call : calls())
        call->on_token_fetched(failure);
}

INTHELOOP_DECL void engine::on_token_refused() {
    for (auto const& call : calls())
        if (call->waits_for_permit())
            call->on_token_refused();
}

INTHELOOP_DECL void engine::pause_until(policy::clock::time_point until) {
    limiter.pause_until(until);
    for (auto const& call : calls())
        call->on_pause(until);
}

INTHELOOP_DECL policy::decision engine::decide(policy::attempt_outcome const& outcome,
                                               policy::call_facts const& call,
                                               retry_options const& how) {
    double const random = std::uniform_real_distribution<double>()(random_);
    policy::decision const made = policy::decide(outcome, call, how, budget_.left(), random);
    budget_.take(made.cost);
    return made;
}

INTHELOOP_DECL void engine::close(bool now) {
    closing_ = true;
    awaits_delivery_ = true;
    if (!now)
        return;
    tokens.stop_fetching();
    for (auto const& call : calls())
        call->cancel(errc::client_closed);
}

INTHELOOP_DECL void engine::close(close_handler when_closed) {
    when_closed_.push_back(std::move(when_closed));
    close(false);
}

INTHELOOP_DECL void engine::delivered() {
    if (undelivered_.fetch_sub(1) == 1 && awaits_delivery_)
        boost::asio::post(runs_on, bind([] {}));
}

// Closed is who has no call left, and has seen the last one's handler return.
INTHELOOP_DECL void engine::finish_closing() {
    if (!closing_ || !calls_.empty() || undelivered_ != 0)
        return;
    for (auto& handler : std::exchange(when_closed_, {}))
        intheloop::detail::post_completion(executor, std::move(handler));
}

INTHELOOP_DECL void engine::publish() {
    client_statistics now = counts;
    now.calls = calls_.size();
    now.requests_in_flight = limiter.in_flight();
    now.retry_budget_left = budget_.left();
    for (auto const& [key, one] : pools_) {
        now.connections_open += one->plan().open();
        now.connections_idle += one->plan().idle();
        now.connections_being_made += one->plan().connecting();
    }
    std::lock_guard const lock(published_mutex_);
    published_ = now;
}

INTHELOOP_DECL client_statistics engine::statistics() const {
    std::lock_guard const lock(published_mutex_);
    return published_;
}

} // namespace intheloop::net

#endif
