// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_POOL_IPP
#define INTHELOOP_POLICY_IMPL_POOL_IPP

#include <intheloop/policy/detail/pool.hpp>

#include <algorithm>
#include <utility>

namespace intheloop::policy {

INTHELOOP_DECL char const* validate(pool_options const& options) {
    if (options.max_connections == 0)
        return "pool.max_connections is zero";
    if (options.idle_timeout.count() <= 0)
        return "pool.idle_timeout is not above zero";
    if (options.max_lifetime.count() < 0)
        return "pool.max_lifetime is below zero";
    return nullptr;
}

INTHELOOP_DECL std::string_view to_string(close_reason reason) noexcept {
    switch (reason) {
    case close_reason::idle: return "idle";
    case close_reason::lifetime: return "lifetime";
    case close_reason::surplus: return "surplus";
    case close_reason::dead: return "dead";
    case close_reason::abandoned: return "abandoned";
    case close_reason::used_up: return "used_up";
    case close_reason::closed: return "closed";
    }
    return "unknown";
}

INTHELOOP_DECL bool pool_plan::want(id call, std::string_view tenant) {
    // The number of waiting calls that get a connection as soon as one is idle or open.
    std::size_t const busy = connections_.size() - connecting_.size() - idle_.size();
    std::size_t const expected =
        options_.max_connections - std::min(busy, options_.max_connections);
    if (waiting_.size() >= options_.max_waiting &&
        waiting_.size() - options_.max_waiting >= expected)
        return false;
    waiting_.push(tenant, call);
    return true;
}

INTHELOOP_DECL bool pool_plan::leave(id call) {
    if (!waiting_.remove(call))
        return false;
    if (connecting_.size() > waiting_.size()) { // this call's connection
        to_close_.push_back({connecting_.back(), close_reason::abandoned});
        connections_.erase(connecting_.back());
        connecting_.pop_back();
    }
    return true;
}

INTHELOOP_DECL void pool_plan::connected(id connection, clock::time_point now) {
    if (std::erase(connecting_, connection) == 0)
        return; // abandoned
    bool const rests = waiting_.empty();
    state& made = connections_[connection] = {now, now, now, rests, {}};
    rest(connection, made, now);
}

INTHELOOP_DECL std::optional<pool_plan::id> pool_plan::connect_failed(id connection) {
    if (std::erase(connecting_, connection) == 0) {
        // Abandoned, but not closed yet: two time limits may expire at once.
        std::erase_if(to_close_, [&](close const& each) { return each.connection == connection; });
        return std::nullopt;
    }
    connections_.erase(connection);
    if (waiting_.size() <= connecting_.size())
        return std::nullopt;
    return waiting_.pop();
}

INTHELOOP_DECL void pool_plan::release(id connection, bool reusable, clock::time_point now,
                                       keep_alive const& said) {
    auto const found = connections_.find(connection);
    if (found == connections_.end())
        return;
    bool const goes_on = promises_more(found->second.promised, said);
    if (!reusable || !goes_on || is_old(found->second, now)) {
        to_close_.push_back(
            {connection, reusable && goes_on ? close_reason::lifetime : close_reason::used_up});
        connections_.erase(found);
        return;
    }
    found->second.used_at = now;
    rest(connection, found->second, now);
}

INTHELOOP_DECL void pool_plan::give_back(id connection, clock::time_point now) {
    auto const found = connections_.find(connection);
    if (found != connections_.end())
        rest(connection, found->second, now);
}

INTHELOOP_DECL void pool_plan::rest(id connection, state& s, clock::time_point now) {
    s.idle_since = now;
    none_expires_before_ = std::min(none_expires_before_, expires_at(s));
    none_shrinks_before_ = std::min(none_shrinks_before_, later(now, ready_for));
    idle_.push_back(connection);
    drop_surplus();
}

INTHELOOP_DECL void pool_plan::drop_surplus() {
    if (waiting_.empty() && idle_.size() > options_.max_idle)
        drop_idle(0, close_reason::surplus);
}

INTHELOOP_DECL void pool_plan::abandon_connects() {
    for (id const connection : connecting_) {
        to_close_.push_back({connection, close_reason::abandoned});
        connections_.erase(connection);
    }
    connecting_.clear();
}

INTHELOOP_DECL void pool_plan::close_idle(close_reason reason) {
    while (!idle_.empty())
        drop_idle(idle_.size() - 1, reason);
}

INTHELOOP_DECL std::optional<clock::time_point> pool_plan::wake_at() const {
    if (idle_.empty())
        return std::nullopt;
    auto at = clock::time_point::max();
    for (id const connection : idle_)
        at = std::min(at, expires_at(connections_.at(connection)));
    return at;
}

INTHELOOP_DECL clock::time_point pool_plan::is_idle_until(state const& s) const {
    return later(s.used_at, std::min(options_.idle_timeout,
                                     s.promised.idle_limit.value_or(options_.idle_timeout)));
}

INTHELOOP_DECL clock::time_point pool_plan::expires_at(state const& s) const {
    auto const at = is_idle_until(s);
    return options_.max_lifetime.count() == 0 ? at
                                              : std::min(at, later(s.made, options_.max_lifetime));
}

INTHELOOP_DECL void pool_plan::poll_for_expired(clock::time_point now) {
    for (std::size_t i = 0; i != idle_.size();) {
        if (is_idle_until(connections_.at(idle_[i])) <= now)
            drop_idle(i, close_reason::idle);
        else
            ++i;
    }
    for (std::size_t i = idle_.size(); options_.max_lifetime.count() != 0 && i-- != 0;)
        if (is_old(connections_.at(idle_[i]), now))
            drop_idle(i, close_reason::lifetime);
    none_expires_before_ = wake_at().value_or(clock::time_point::max());
}

INTHELOOP_DECL std::optional<pool_plan::close> pool_plan::next_to_close() {
    if (to_close_.empty())
        return std::nullopt;
    close const closing = to_close_.back();
    to_close_.pop_back();
    return closing;
}

INTHELOOP_DECL std::optional<pool_plan::connect> pool_plan::next_to_connect() {
    if (connecting_.size() >= waiting_.size() || connections_.size() >= options_.max_connections)
        return std::nullopt;
    id const connection = ++last_connection_;
    connections_.emplace(connection, state());
    connecting_.push_back(connection);
    return connect{connection};
}

// Those at the front have been idle for longest.
INTHELOOP_DECL std::optional<pool_plan::shrink> pool_plan::find_to_shrink(clock::time_point now) {
    none_shrinks_before_ = clock::time_point::max();
    if (shrunk_ == idle_.size())
        return std::nullopt;
    if (auto const at = later(connections_.at(idle_[shrunk_]).idle_since, ready_for); now < at) {
        none_shrinks_before_ = at;
        return std::nullopt;
    }
    none_shrinks_before_ = now; // there may be more
    return shrink{idle_[shrunk_++]};
}

INTHELOOP_DECL pool_plan::give pool_plan::give_idle(id call) {
    id const connection = idle_.back();
    idle_.pop_back();
    shrunk_ = std::min(shrunk_, idle_.size());
    return {connection, call, std::exchange(connections_.at(connection).rested, true)};
}

INTHELOOP_DECL void pool_plan::drop_idle(std::size_t index, close_reason reason) {
    to_close_.push_back({idle_[index], reason});
    connections_.erase(idle_[index]);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(index));
    if (index < shrunk_)
        --shrunk_;
}

} // namespace intheloop::policy

#endif
