// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TRANSPORT_IPP
#define INTHELOOP_NET_IMPL_TRANSPORT_IPP

#include <intheloop/net/exchange.hpp>
#include <intheloop/net/transport.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL void transport_state::take_expired(std::vector<std::shared_ptr<connection>>& out) {
    auto const oldest = policy::clock::now() - longest_idle;
    auto const expired = [&](auto const& idle) { return idle->idle_since < oldest; };
    std::copy_if(idle_.begin(), idle_.end(), std::back_inserter(out), expired);
    std::erase_if(idle_, expired);
}

INTHELOOP_DECL std::shared_ptr<connection> transport_state::take_idle(origin const& to,
                                                                      bool certificate) {
    std::vector<std::shared_ptr<connection>> dead; // destroyed after the lock
    std::lock_guard const lock(mutex_);
    take_expired(dead);
    for (auto i = idle_.size(); i-- != 0;) {
        if (idle_[i]->peer != to || idle_[i]->certificate != certificate)
            continue;
        std::shared_ptr<connection> found = std::move(idle_[i]);
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        if (found->is_reusable())
            return found;
        dead.push_back(std::move(found));
    }
    return nullptr;
}

INTHELOOP_DECL void transport_state::put_idle(std::shared_ptr<connection> free) {
    std::vector<std::shared_ptr<connection>> dead; // destroyed after the lock
    std::lock_guard const lock(mutex_);
    take_expired(dead);
    if (closed_) {
        dead.push_back(std::move(free));
        return;
    }
    if (idle_.size() >= most_idle) {
        dead.push_back(std::move(idle_.front()));
        idle_.erase(idle_.begin());
    }
    idle_.push_back(std::move(free));
}

INTHELOOP_DECL std::size_t transport_state::idle_count() const {
    std::lock_guard const lock(mutex_);
    return idle_.size();
}

INTHELOOP_DECL policy::decision transport_state::decide(policy::attempt_outcome const& outcome,
                                                        policy::call_facts const& call,
                                                        retry_options const& how) {
    std::lock_guard const lock(mutex_);
    double const random = std::uniform_real_distribution<double>()(random_);
    policy::decision const made = policy::decide(outcome, call, how, budget_.left(), random);
    budget_.take(made.cost);
    return made;
}

INTHELOOP_DECL void transport_state::give_back(unsigned amount) {
    std::lock_guard const lock(mutex_);
    budget_.give(amount);
}

INTHELOOP_DECL bool transport_state::add(std::shared_ptr<exchange> const& begun) {
    std::lock_guard const lock(mutex_);
    if (closed_)
        return false;
    active_.insert_or_assign(begun.get(), begun);
    return true;
}

INTHELOOP_DECL void transport_state::remove(exchange const* ended) {
    std::lock_guard const lock(mutex_);
    active_.erase(ended);
}

INTHELOOP_DECL void transport_state::close() {
    std::vector<std::shared_ptr<connection>> idle;
    std::vector<std::shared_ptr<exchange>> active;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        idle.swap(idle_);
        for (auto const& [key, begun] : active_)
            if (auto alive = begun.lock())
                active.push_back(std::move(alive));
    }
    for (auto const& begun : active)
        begun->cancel(errc::client_closed);
}

INTHELOOP_DECL transport::transport(boost::asio::any_io_executor executor, tls_options const& tls,
                                    unsigned retry_budget)
    : executor_(std::move(executor)),
      state_(std::make_shared<transport_state>(executor_, tls, retry_budget)) {}

INTHELOOP_DECL transport::~transport() {
    close();
}

INTHELOOP_DECL void transport::async_exchange(exchange_request request, exchange_handler handler) {
    std::make_shared<exchange>(state_, std::move(request), std::move(handler))->start();
}

INTHELOOP_DECL void transport::close() {
    state_->close();
}

INTHELOOP_DECL std::size_t transport::idle_connections() const {
    return state_->idle_count();
}

} // namespace intheloop::net

#include <intheloop/net/impl/exchange.ipp>

#endif
