// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_RUNTIME_IPP
#define INTHELOOP_NET_IMPL_RUNTIME_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/runtime.hpp>

#include <boost/asio/bind_executor.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <new>
#include <utility>

namespace intheloop::net {

// The calls are gone with the context, or with the wait of the timer that kept them.
INTHELOOP_DECL runtime::work::~work() {
    for (auto const& [id, one] : calls)
        one->forget();
}

INTHELOOP_DECL void runtime::work::make_room() {
    std::size_t const most = calls.size() + ended.size() + spare.size() + 1;
    for (auto* const nodes : {&ended, &spare})
        if (nodes->capacity() < most)
            nodes->reserve(2 * most);
}

INTHELOOP_DECL std::shared_ptr<runtime::work> runtime::under_way() {
    auto now = work_.lock();
    if (!now) {
        now = std::make_shared<work>();
        work_ = now;
        timers.forget_wait(); // it would have kept the work
        auto const is_busy = [](auto const& each) {
            auto const& plan = each.second->plan();
            return plan.waiting() != 0 || plan.open() != plan.idle();
        };
        bool is_left = std::any_of(pools_.begin(), pools_.end(), is_busy);
        for_all_limits([&](origin_limits const& each) {
            is_left |= each.limiter.in_flight() != 0 || each.limiter.waiting() != 0;
        });
        if (is_left)
            drop_everything(); // of calls that were destroyed
    }
    return now;
}

INTHELOOP_DECL runtime::runtime(boost::asio::any_io_executor on, runtime_options given)
    : options(std::move(given)), executor(std::move(on)), runs_on(client_executor(executor)),
      gate(runs_on), timers(runs_on, options.time), tokens(*this),
      api_limits_(options, timers.now()), tls_(std::make_shared<tls_contexts>(options.tls)) {
    publish();
}

INTHELOOP_DECL std::shared_ptr<runtime> runtime::make(boost::asio::any_io_executor on,
                                                      runtime_options options) {
    intheloop::detail::memory_reserve::fill();
    auto made = std::make_shared<runtime>(std::move(on), std::move(options));
    auto const settle = made->bind_outside([] {});
    made->deliveries_->when_none(settle);
    made->hand_overs_->when_none(settle);
    if (auto const& joined = made->options.fleet) {
        made->fleet_ = joined->join(*made);
        made->fleet_->on_token();
    }
    return made;
}

INTHELOOP_DECL void runtime::settle() {
    auto const now = this->now();
    for (bool anything = true; anything;) {
        for_all_limits([&](origin_limits& each) {
            while (auto const call = each.limiter.next(now))
                call_of(*call).on_permit();
        });
        anything = false;
        for (auto const& [key, one] : pools_)
            anything = one->pump() || anything;
    }
    if (work_now_->calls.empty())
        come_to_rest();
    else if (fleet_)
        fleet_->settle();
    if (std::erase_if(pools_, [](auto const& each) { return each.second->plan().empty(); }) != 0)
        api_pool_ = nullptr;
    for_all_limits([&](origin_limits& each) {
        if (auto const at = each.limiter.wake_at(now))
            timers.schedule(each.limiter_wake, *at);
        else
            timers.cancel(each.limiter_wake);
    });
    publish();
    deliver_ended();
    finish_closing();
    set_timer();
}

INTHELOOP_DECL void runtime::deliver_ended() {
    auto const& ended = work_now_->ended;
    std::size_t delivered = 0;
    try {
        for (; delivered != ended.size(); ++delivered)
            ended[delivered].mapped()->deliver();
    } catch (...) {
        retire(delivered);
        throw;
    }
    retire(delivered);
}

// Keeps the nodes of the first ended calls for calls to come.
INTHELOOP_DECL void runtime::retire(std::size_t count) noexcept {
    auto& ended = work_now_->ended;
    auto const end = ended.begin() + static_cast<std::ptrdiff_t>(count);
    for (auto over = ended.begin(); over != end; ++over) {
        over->mapped().reset();
        work_now_->spare.push_back(std::move(*over));
    }
    ended.erase(ended.begin(), end);
}

INTHELOOP_DECL void runtime::give_up() {
    errc const why = intheloop::detail::thrown_code();
    auto& calls = work_now_->calls;
    while (!calls.empty()) {
        calls.begin()->second->give_up(why);
        work_now_->ended.push_back(calls.extract(calls.begin()));
    }
    work_now_->seconds.clear();
    bool const somebody_is_told = !work_now_->ended.empty();
    drop_everything();
    try {
        publish();
        deliver_ended();
        finish_closing();
        set_timer();
    } catch (...) {
        timers.wake(); // and tries again
        throw;
    }
    if (!somebody_is_told && why == errc::out_of_memory)
        throw;
}

INTHELOOP_DECL void runtime::drop_everything() noexcept {
    for_all_limits([&](origin_limits& each) {
        each.limiter.forget_attempts();
        timers.cancel(each.limiter_wake);
    });
    tokens.give_up();
    if (fleet_)
        fleet_->give_up();
    for (auto const& [key, one] : pools_)
        one->give_up();
    pools_.clear();
    api_pool_ = nullptr;
}

// A handler that is being called may begin the next call: the timer stays set until it returns.
INTHELOOP_DECL void runtime::set_timer() {
    bool const is_superfluous = timers.waits_for_nothing();
    hand_overs_->await(is_superfluous);
    if (is_superfluous && !hand_overs_->are_any()) {
        for (auto const& [key, one] : pools_)
            one->shrink_idle();
        read_memory = boost::beast::flat_buffer();
        timers.stop();
    } else if (timers.must_wait())
        timers.async_wait(*this, bind([this, kept = under_way()] { timers.run(); }));
}

INTHELOOP_DECL void runtime::add(std::shared_ptr<call> begun) {
    ++counts.calls_started;
    enter(std::move(begun));
}

INTHELOOP_DECL void runtime::add_second(std::shared_ptr<call> begun) {
    ++counts.hedges;
    enter(std::move(begun));
}

INTHELOOP_DECL void runtime::enter(std::shared_ptr<call> begun) {
    ++last_call_;
    call& call = *begun;
    if (fleet_)
        fleet_->on_call();
    auto& calls = work_now_->calls;
    auto& spare = work_now_->spare;
    bool const has_spare = !spare.empty();
    try {
        work_now_->make_room();
        if (call.is_second())
            work_now_->seconds.insert(last_call_);
        if (!has_spare)
            calls.emplace_hint(calls.end(), last_call_, begun);
    } catch (std::bad_alloc const&) {
        work_now_->seconds.erase(last_call_);
        call.give_up(errc::out_of_memory);
        return call.deliver();
    }
    if (has_spare) {
        auto place = std::move(spare.back());
        spare.pop_back();
        place.key() = last_call_;
        place.mapped() = std::move(begun);
        calls.insert(calls.end(), std::move(place));
    }
    call.begin(last_call_);
}

INTHELOOP_DECL void runtime::end(call& ended) {
    if (auto node = work_now_->calls.extract(ended.id())) {
        if (ended.is_second())
            work_now_->seconds.erase(ended.id());
        work_now_->ended.push_back(std::move(node));
    }
}

INTHELOOP_DECL call& runtime::call_of(std::uint64_t id) {
    return *work_now_->calls.at(id);
}

INTHELOOP_DECL pool& runtime::pool_for(request const& request) {
    bool const ours = request.has_credentials;
    // All requests with credentials go to one origin; finding its pool takes longer.
    if (ours && api_pool_ && api_pool_->origin == *request.context.origin)
        return *api_pool_;
    auto const found = pools_.find(pool_key_view(*request.context.origin, ours));
    if (found != pools_.end()) {
        api_pool_ = ours ? found->second.get() : api_pool_;
        return *found->second;
    }
    pool_key const key(*request.context.origin, ours);
    auto made = std::make_unique<pool>(*this, *request.context.origin, ours, sessions_for(key));
    return *pools_.emplace(key, std::move(made)).first->second;
}

INTHELOOP_DECL origin_limits& runtime::limits_for(request const& request) {
    if (request.has_credentials || !request.rules.limited)
        return api_limits_;
    auto const& to = *request.context.origin;
    auto const known = other_limits_.find(to);
    if (known != other_limits_.end())
        return known->second;
    { // publish() must need no memory
        std::lock_guard const lock(published_mutex_);
        published_budgets_.emplace(to, options.retry_budget);
    }
    return other_limits_.try_emplace(to, options, now()).first->second;
}

INTHELOOP_DECL std::string runtime::take_memory() {
    std::string taken;
    if (!memory_.empty()) {
        taken = std::move(memory_.back());
        memory_.pop_back();
    }
    return taken;
}

INTHELOOP_DECL void runtime::keep_memory(std::string&& of_request) noexcept {
    constexpr std::size_t most = 16, largest = 4096;
    // It holds the token, and maybe a longer earlier one behind its end.
    if (of_request.capacity() > largest)
        return OPENSSL_cleanse(of_request.data(), of_request.size());
    of_request.assign(of_request.capacity(), '\0');
    of_request.clear();
    if (memory_.size() == most)
        return;
    try {
        memory_.push_back(std::move(of_request));
    } catch (std::bad_alloc const&) { // then it is of no use any more
    }
}

INTHELOOP_DECL std::shared_ptr<session_store> runtime::sessions_for(pool_key const& key) {
    constexpr std::size_t most = 64; // origins: a client talks to two or three
    if (sessions_.size() >= most && !sessions_.contains(key))
        sessions_.clear();
    auto& found = sessions_[key];
    if (!found)
        found = std::make_shared<session_store>(options.time);
    return found;
}

// Connections that are there keep the earlier store, into which their peers may still send
// sessions.
INTHELOOP_DECL void runtime::use_tls(std::shared_ptr<tls_contexts> changed) {
    std::map<pool_key, std::shared_ptr<session_store>> fresh;
    for (auto const& [key, one] : pools_)
        fresh.emplace(key, std::make_shared<session_store>(options.time));
    tls_ = std::move(changed);
    sessions_ = std::move(fresh);
    for (auto const& [key, one] : pools_)
        one->use_sessions(sessions_.at(key));
}

// Without a call under way, nothing needs to be awaited.
INTHELOOP_DECL void runtime::come_to_rest() {
    tokens.abandon_fetch();
    if (fleet_)
        fleet_->on_rest(closing_);
    for (auto const& [key, one] : pools_) {
        one->abandon_connects();
        if (closing_)
            one->close_idle();
        one->pump();
    }
}

INTHELOOP_DECL std::vector<std::shared_ptr<call>> runtime::calls() {
    std::vector<std::shared_ptr<call>> all;
    all.reserve(work_now_->calls.size());
    for (auto const& [id, call] : work_now_->calls)
        all.push_back(call);
    return all;
}

INTHELOOP_DECL void runtime::close(bool now) {
    closing_ = true;
    if (!now)
        return;
    for (auto const& call : calls())
        call->cancel(errc::client_closed);
}

INTHELOOP_DECL void runtime::close(close_handler& when_closed) {
    auto& waiting = work_now_->when_closed;
    waiting.push_back(intheloop::detail::with_reserve([&] {
        waiting.reserve(waiting.size() + 1);
        return std::make_shared<close_handler>(std::move(when_closed));
    }));
    deliveries_->await(true);
    timers.schedule(closing_wait_, policy::clock::time_point::max());
    close(false);
}

// The client is closed when no call is left, and the last handler has returned. A handler that
// can't be posted for lack of memory stays for a later turn.
INTHELOOP_DECL void runtime::finish_closing() {
    if (!closing_ || !work_now_->calls.empty() || deliveries_->are_any())
        return;
    using intheloop::detail::associated_executor_of;
    auto& waiting = work_now_->when_closed;
    while (!waiting.empty()) {
        auto const own = associated_executor_of(*waiting.front(), executor);
        intheloop::detail::post_completion(
            executor, boost::asio::bind_executor(
                          own, [handler = waiting.front()] { (std::move(*handler))(); }));
        waiting.erase(waiting.begin());
    }
    timers.cancel(closing_wait_);
}

INTHELOOP_DECL void runtime::publish() {
    std::lock_guard const lock(published_mutex_);
    client_statistics& now = published_ = counts;
    now.calls = work_now_ ? work_now_->calls.size() - work_now_->seconds.size() : 0;
    for_all_limits(
        [&](origin_limits const& each) { now.requests_in_flight += each.limiter.in_flight(); });
    now.retry_budget_left = api_limits_.budget.left();
    for (auto const& [key, one] : pools_) {
        now.connections_open += one->plan().open();
        now.connections_idle += one->plan().idle();
        now.connections_being_made += one->plan().connecting();
    }
    for (auto const& [of, limits] : other_limits_)
        published_budgets_.find(of)->second = limits.budget.left();
}

INTHELOOP_DECL client_statistics runtime::statistics() const {
    std::lock_guard const lock(published_mutex_);
    return published_;
}

INTHELOOP_DECL unsigned runtime::retry_budget_left(origin const& of) const {
    std::lock_guard const lock(published_mutex_);
    auto const found = published_budgets_.find(of);
    return found != published_budgets_.end() ? found->second : options.retry_budget;
}

} // namespace intheloop::net

#endif
