// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_POOL_IPP
#define INTHELOOP_NET_IMPL_POOL_IPP

#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/connector.hpp>
#include <intheloop/net/detail/pool.hpp>
#include <intheloop/net/detail/runtime.hpp>

#include <openssl/ssl.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL pool::pool(runtime& owner, net::origin to, bool certificate,
                          std::shared_ptr<session_store> sessions)
    : origin(std::move(to)), with_certificate(certificate), owner_(owner),
      sessions_(std::move(sessions)), plan_(owner.options.pool) {}

INTHELOOP_DECL pool::~pool() = default;

INTHELOOP_DECL bool pool::want(std::uint64_t call, std::string_view tenant) {
    if (auto const step =
            plan_.take(call, owner_.boot_now(), [this](id idle) { return is_alive(idle); })) {
        carry_out(*step);
        return true;
    }
    return plan_.want(call, tenant);
}

INTHELOOP_DECL void pool::leave(std::uint64_t call) {
    plan_.leave(call);
}

INTHELOOP_DECL bool pool::is_alive(id idle) {
    entry& asked = connections_.at(idle);
    auto const now = owner_.boot_now();
    if (asked.seen_open && now < policy::later(*asked.seen_open, look_holds))
        return true;
    return look_at(asked, now);
}

// Calls that begin together take connections that became idle together: one system call looks at
// all of these. A peer may close every connection after its first answer, and the end then comes at
// this very moment: so a connection that was not reused yet is looked at by itself.
INTHELOOP_DECL bool pool::look_at(entry& asked, policy::clock::time_point now) {
    std::array<pollfd, 30> looks; // for more of them, the system takes memory
    std::array<entry*, looks.max_size()> looked_at;
    std::size_t count = 0;
    auto const add = [&](entry& one) {
        looks[count] = one.made->look();
        looked_at[count++] = &one;
    };
    add(asked);
    auto const& idle = plan_.idle_connections();
    for (auto next = idle.rbegin(); next != idle.rend() && count != looks.size(); ++next) {
        entry& one = connections_.at(*next);
        if (&one == &asked)
            continue;
        // Those that rest for longer come behind it; of these, each is looked at once.
        if (one.times_returned < 2 || one.seen_open != asked.seen_open)
            break;
        add(one);
    }
    bool const was_told = ::poll(looks.data(), count, 0) >= 0;
    for (std::size_t i = 1; i < count; ++i)
        if (was_told && looked_at[i]->made->is_untouched(looks[i].revents))
            looked_at[i]->seen_open = now;
    return asked.made->is_reusable(looks.front().revents);
}

INTHELOOP_DECL bool pool::is_still_open(id given) {
    connection& made = *connections_.at(given).made;
    pollfd look = made.look();
    return ::poll(&look, 1, 0) >= 0 && made.is_reusable(look.revents);
}

INTHELOOP_DECL void pool::release(id which, release_as as, policy::keep_alive const& said) {
    entry& returned = connections_.at(which);
    returned.seen_open.reset();
    if (as == release_as::unused)
        return plan_.give_back(which, owner_.boot_now());
    if (as == release_as::reusable)
        ++returned.times_returned;
    else if (as == release_as::finished)
        returned.made->close_politely();
    else
        returned.made->abort();
    plan_.release(which, as == release_as::reusable, owner_.boot_now(), said);
}

INTHELOOP_DECL void pool::distrust_idle() {
    plan_.close_idle(policy::close_reason::dead);
}

INTHELOOP_DECL void pool::close_idle() {
    plan_.close_idle(policy::close_reason::closed);
}

INTHELOOP_DECL void pool::abandon_connects() {
    plan_.abandon_connects();
}

INTHELOOP_DECL void pool::shrink_idle() {
    while (auto const step = plan_.next_to_shrink(policy::clock::time_point::max()))
        connections_.at(step->connection).made->shrink();
}

INTHELOOP_DECL bool pool::pump() {
    bool anything = false;
    auto const now = owner_.boot_now();
    auto const alive = [this](id idle) { return is_alive(idle); };
    while (auto const step = plan_.next(now, alive)) {
        anything = true;
        if (step.close)
            carry_out(*step.close);
        else if (step.give)
            carry_out(*step.give);
        else if (step.shrink)
            connections_.at(step.shrink->connection).made->shrink();
        else
            carry_out(*step.connect);
    }
    auto at = owner_.options.pool.idle_timer ? plan_.wake_at() : std::nullopt;
    if (at) {
        at = std::min(*at, plan_.shrink_at().value_or(*at));
        owner_.timers.schedule(idle_wake_, owner_.from_boot(*at));
    } else
        owner_.timers.cancel(idle_wake_);
    return anything;
}

INTHELOOP_DECL void pool::carry_out(policy::pool_plan::give const& step) {
    auto const given = connections_.at(step.connection).made;
    given->keep_buffers(keeps_buffers());
    owner_.call_of(step.call).on_connection(step.connection, given, step.reused);
}

INTHELOOP_DECL void pool::carry_out(policy::pool_plan::connect const& step) {
    auto const making = std::make_shared<connector>(owner_, *this, step.connection);
    connections_[step.connection] = {making, nullptr, owner_.now()};
    making->start();
}

INTHELOOP_DECL void pool::carry_out(policy::pool_plan::close const& step) {
    auto const closed = connections_.extract(step.connection);
    entry const& was = closed.mapped();
    if (was.making)
        return was.making->abort();
    if (step.reason == policy::close_reason::dead)
        was.made->close();
    else
        was.made->close_politely();
    tell_closed(was, step.reason);
}

INTHELOOP_DECL void pool::give_up() noexcept {
    for (auto const& [which, one] : connections_)
        try {
            if (one.making)
                one.making->abort();
            if (one.made) {
                one.made->abort();
                tell_closed(one, policy::close_reason::used_up);
            }
        } catch (...) { // the socket closes with its object
        }
}

INTHELOOP_DECL void pool::tell_closed(entry const& was, policy::close_reason reason) {
    ++owner_.counts.connections_closed;
    connection_event event;
    event.kind = connection_event_kind::closed;
    event.close_reason = to_string(reason);
    event.duration = owner_.since(was.since);
    notify(event);
}

INTHELOOP_DECL void pool::on_connected(id which, std::shared_ptr<connection> made) {
    entry& found = connections_.at(which);
    auto const now = owner_.now();
    connection_event event;
    event.kind = connection_event_kind::opened;
    event.duration = owner_.since(std::exchange(found.since, now));
    event.tls_session_resumed =
        origin.secure && SSL_session_reused(made->tls().native_handle()) == 1;
    owner_.counts.tls_sessions_resumed += event.tls_session_resumed ? 1 : 0;
    ++owner_.counts.connections_opened;
    found.making.reset();
    found.made = std::move(made);
    last_failure_.reset();
    plan_.connected(which, owner_.boot_now());
    notify(event);
}

INTHELOOP_DECL void pool::on_connect_failed(id which, error const& failure) {
    auto const began = connections_.at(which).since;
    connections_.erase(which);
    last_failure_ = failure;
    ++owner_.counts.connections_failed;
    auto const waiting = plan_.connect_failed(which);
    connection_event event;
    event.kind = connection_event_kind::failed;
    event.error_type = to_string(static_cast<errc>(failure.code().value()));
    event.duration = owner_.since(began);
    notify(event);
    if (waiting)
        owner_.call_of(*waiting).on_no_connection(failure);
}

INTHELOOP_DECL std::string pool::lookup_state() const {
    for (auto const& [number, each] : connections_)
        if (std::string found = each.making ? each.making->lookup_state() : std::string();
            !found.empty())
            return found;
    return {};
}

INTHELOOP_DECL void pool::notify(connection_event event) {
    if (!owner_.options.observer)
        return;
    event.server_address = origin.host;
    event.server_port = origin.port_number();
    event.connections_open = plan_.open();
    event.connections_idle = plan_.idle();
    event.calls_waiting = plan_.waiting();
    owner_.notify(&observer::on_connection_event, event);
}

} // namespace intheloop::net

#endif
