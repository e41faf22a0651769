// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_POOL_HPP
#define INTHELOOP_POLICY_DETAIL_POOL_HPP

// Which call gets which connection, when a new one is made and when one is closed: a state machine
// that knows connections and calls by number only.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/fair_queue.hpp>
#include <intheloop/policy/pool_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace intheloop {

namespace policy {

// Says what can't be used, or nothing.
INTHELOOP_DECL char const* validate(pool_options const& options);

// Why a connection was closed.
enum class close_reason : unsigned char {
    idle,      // idle_timeout
    lifetime,  // max_lifetime
    surplus,   // max_idle
    dead,      // the peer closed it, or sent what no one asked for
    abandoned, // it was being made, and the calls that wanted it have left
    used_up,   // not to be used again after its call
    closed,    // the client was closed
};
INTHELOOP_DECL std::string_view to_string(close_reason reason) noexcept;

// The connections of one origin. Calls wait in turns of their tenants. There are as many
// connections as calls at the same time needed, at most. Not thread-safe.
class pool_plan {
public:
    using id = std::uint64_t;

    struct give { // hand the connection over to the call
        id connection;
        id call;
        bool reused; // it was idle before, so that the peer may have closed it by now
    };
    struct connect { // make a connection
        id connection;
    };
    struct close { // close it, or stop making it
        id connection;
        close_reason reason;
    };
    // At most one of them.
    struct step {
        std::optional<pool_plan::give> give = {};
        std::optional<pool_plan::connect> connect = {};
        std::optional<pool_plan::close> close = {};
        explicit operator bool() const { return give || connect || close; }
    };

    explicit pool_plan(pool_options const& options) : options_(options) {}

    // What happens. After each of these, do what next() says until it says nothing.

    // A call wants a connection, and gets an idle one at once if nobody waits.
    template <class IsAlive>
    std::optional<give> take(id call, clock::time_point now, IsAlive is_alive) {
        if (!waiting_.empty())
            return std::nullopt;
        drop_expired(now);
        while (!idle_.empty()) {
            if (is_alive(idle_.back()))
                return give_idle(call);
            drop_idle(idle_.size() - 1, close_reason::dead);
        }
        return std::nullopt;
    }
    // Else it waits; false if too many do already.
    INTHELOOP_DECL bool want(id call, std::string_view tenant);
    // A call that waits does so no more; false if it did not wait.
    INTHELOOP_DECL bool leave(id call);
    INTHELOOP_DECL void connected(id connection, clock::time_point now);
    // The call that is to be told, if one waits for whom no other connection is being made.
    INTHELOOP_DECL std::optional<id> connect_failed(id connection);
    // The call is done with its connection.
    INTHELOOP_DECL void release(id connection, bool reusable, clock::time_point now);
    // No call is under way any more: what is still being made is abandoned.
    INTHELOOP_DECL void abandon_connects();
    INTHELOOP_DECL void close_idle(close_reason reason);

    // The next thing to do. `is_alive(id)` says whether an idle connection can still be used.
    template <class IsAlive>
    step next(clock::time_point now, IsAlive is_alive) {
        for (;;) {
            drop_expired(now);
            if (auto const closing = next_to_close())
                return {.close = closing};
            if (waiting_.empty())
                return {};
            if (idle_.empty())
                return {.connect = next_to_connect()};
            // One that was just made goes to its call in any case: to look at it and make another
            // instead could go on for ever where a peer hangs up on everyone.
            if (!connections_.at(idle_.back()).rested || is_alive(idle_.back()))
                return {.give = give_idle(next_waiting())};
            drop_idle(idle_.size() - 1, close_reason::dead);
        }
    }
    // When the next idle connection is to be closed.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at() const;

    std::size_t open() const noexcept { return connections_.size() - connecting_.size(); }
    std::size_t connecting() const noexcept { return connecting_.size(); }
    std::size_t idle() const noexcept { return idle_.size(); }
    std::size_t waiting() const noexcept { return waiting_.size(); }
    bool empty() const noexcept { return connections_.empty() && waiting_.empty(); }

private:
    struct state {
        clock::time_point made{};
        clock::time_point idle_since{};
        bool rested = false;
    };

    INTHELOOP_DECL void rest(id connection, state& s, clock::time_point now);
    INTHELOOP_DECL void drop_surplus();
    void drop_expired(clock::time_point now) {
        if (now >= none_expires_before_)
            poll_for_expired(now);
    }
    INTHELOOP_DECL void poll_for_expired(clock::time_point now);
    INTHELOOP_DECL clock::time_point expires_at(state const& s) const;
    INTHELOOP_DECL std::optional<close> next_to_close();
    INTHELOOP_DECL std::optional<connect> next_to_connect();
    INTHELOOP_DECL give give_idle(id call);
    INTHELOOP_DECL id next_waiting();
    INTHELOOP_DECL void drop_idle(std::size_t index, close_reason reason);
    bool is_old(state const& s, clock::time_point now) const {
        return options_.max_lifetime.count() != 0 && later(s.made, options_.max_lifetime) <= now;
    }

    pool_options options_;
    std::unordered_map<id, state> connections_;
    std::vector<id> connecting_; // newest at the back
    std::vector<id> idle_;       // used last: at the back
    std::vector<close> to_close_;
    fair_queue<id> waiting_;
    std::unordered_map<id, fair_queue<id>::ticket> tickets_;
    id last_connection_ = 0;
    clock::time_point none_expires_before_ = clock::time_point::max(); // of those that are idle
};

} // namespace policy
} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/pool.ipp>
#endif

#endif
