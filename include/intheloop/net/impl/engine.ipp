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

// Counts the handlers that were called and have not returned. A handler may outlive the engine, on
// another context; and it may throw, or be destroyed uncalled, which counts like returning.
class engine::deliveries : public std::enable_shared_from_this<deliveries> {
public:
    void belong_to(std::weak_ptr<engine> owner) { owner_ = std::move(owner); }

    std::shared_ptr<void const> add() {
        ++pending_;
        return std::shared_ptr<void const>(this, [self = shared_from_this()](void const*) {
            if (--self->pending_ == 0 && self->awaited_)
                if (auto const owner = self->owner_.lock())
                    boost::asio::post(owner->runs_on, owner->bind([] {}));
        });
    }
    bool are_pending() const { return pending_ != 0; }
    void tell_when_none() { awaited_ = true; }

private:
    std::weak_ptr<engine> owner_;
    std::atomic<std::size_t> pending_ = 0;
    std::atomic<bool> awaited_ = false;
};

INTHELOOP_DECL std::shared_ptr<engine::work> engine::under_way() {
    auto now = work_.lock();
    if (!now) {
        now = std::make_shared<work>();
        work_ = now;
    }
    return now;
}

INTHELOOP_DECL engine::engine(boost::asio::any_io_executor on, transport_options how)
    : options(std::move(how)), executor(std::move(on)), runs_on(boost::asio::make_strand(executor)),
      timers(runs_on), limiter(options.limits, policy::clock::now()), tokens(*this),
      budget_(options.retry_budget), tls_(make_tls_context(options.tls)) {
    if (options.tls.has_certificate())
        tls_anonymous_.emplace(make_tls_context(options.tls.without_certificate()));
    deliveries_ = std::make_shared<deliveries>();
    publish();
}

INTHELOOP_DECL std::shared_ptr<engine> engine::make(boost::asio::any_io_executor on,
                                                    transport_options how) {
    auto made = std::make_shared<engine>(std::move(on), std::move(how));
    made->deliveries_->belong_to(made);
    return made;
}

INTHELOOP_DECL void engine::settle() {
    auto const now_under_way = under_way();
    for (bool anything = true; anything;) {
        while (auto const call = limiter.next(policy::clock::now()))
            this->call(*call).on_permit();
        anything = false;
        for (auto const& [key, one] : pools_)
            anything = one->pump() || anything;
    }
    if (now_under_way->calls.empty())
        come_to_rest();
    std::erase_if(pools_, [](auto const& each) { return each.second->plan().empty(); });
    if (auto const at = limiter.wake_at(policy::clock::now()))
        timers.schedule(limiter_wake_, *at);
    else
        timers.cancel(limiter_wake_);
    publish();
    for (auto const& over : std::exchange(now_under_way->ended, {}))
        over->deliver();
    finish_closing();
    timers.arm(shared_from_this(), now_under_way);
}

INTHELOOP_DECL void engine::add(std::shared_ptr<exchange> begun) {
    ++counts.calls_started;
    exchange& call = *begun;
    under_way()->calls.emplace(++last_call_, std::move(begun));
    call.begin(last_call_);
}

INTHELOOP_DECL void engine::end(exchange& ended) {
    auto const all = under_way();
    auto found = all->calls.extract(ended.id());
    all->ended.push_back(std::move(found.mapped()));
}

INTHELOOP_DECL exchange& engine::call(std::uint64_t id) {
    return *under_way()->calls.at(id);
}

INTHELOOP_DECL pool& engine::pool_for(exchange_request const& request) {
    bool const ours = request.authorization_at.has_value();
    auto const found = pools_.find(pool_key_view(request.origin, ours));
    if (found != pools_.end())
        return *found->second;
    pool_key const key(request.origin, ours);
    auto made = std::make_unique<pool>(*this, request.origin, ours, sessions_for(key));
    return *pools_.emplace(key, std::move(made)).first->second;
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
INTHELOOP_DECL void engine::come_to_rest() {
    tokens.abandon_fetch();
    for (auto const& [key, one] : pools_) {
        one->abandon_connects();
        if (closing_)
            one->close_idle();
        one->pump();
    }
}

INTHELOOP_DECL std::vector<std::shared_ptr<exchange>> engine::calls() {
    auto const now_under_way = under_way();
    std::vector<std::shared_ptr<exchange>> all;
    all.reserve(now_under_way->calls.size());
    for (auto const& [id, call] : now_under_way->calls)
        all.push_back(call);
    return all;
}

INTHELOOP_DECL void engine::on_token_fetched(error const* failure) {
    for (auto const& call : calls())
        call->on_token_fetched(failure);
}

INTHELOOP_DECL void engine::on_token_changed() {
    limiter.reset_pause(); // it was meant for the token before
    for (auto const& call : calls())
        call->on_token_changed();
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
    if (!now)
        return;
    for (auto const& call : calls())
        call->cancel(errc::client_closed);
}

INTHELOOP_DECL void engine::close(close_handler when_closed) {
    under_way()->when_closed.push_back(std::move(when_closed));
    deliveries_->tell_when_none();
    timers.schedule(closing_wait_, policy::later(policy::clock::now(), policy::longest_timeout));
    close(false);
}

INTHELOOP_DECL std::shared_ptr<void const> engine::expect_delivery() {
    return deliveries_->add();
}

// Closed is who has no call left, and has seen the last one's handler return.
INTHELOOP_DECL void engine::finish_closing() {
    auto const all = under_way();
    if (!closing_ || !all->calls.empty() || deliveries_->are_pending())
        return;
    timers.cancel(closing_wait_);
    for (auto& handler : std::exchange(all->when_closed, {}))
        intheloop::detail::post_completion(executor, std::move(handler));
}

INTHELOOP_DECL void engine::publish() {
    client_statistics now = counts;
    now.calls = under_way()->calls.size();
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
