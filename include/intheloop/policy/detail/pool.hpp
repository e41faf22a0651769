// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_POOL_HPP
#define INTHELOOP_POLICY_DETAIL_POOL_HPP

// Assigns connections to calls, and decides when to open and to close them: a state machine that
// knows connections and calls by number only.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/fair_queue.hpp>
#include <intheloop/policy/detail/keep_alive.hpp>
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

// Returns the problem with the options, or null.
INTHELOOP_DECL char const* validate(pool_options const& options);

// Why a connection was closed.
enum class close_reason : unsigned char {
    idle,      // idle_timeout, or the server's own
    lifetime,  // max_lifetime
    surplus,   // max_idle
    dead,      // the peer closed it, or sent unexpected bytes
    abandoned, // still being opened when the last call that needed it left
    used_up,   // not reusable after its call, or as often as the server allows
    closed,    // the client was closed
};
INTHELOOP_DECL std::string_view to_string(close_reason reason) noexcept;

// The connections of one origin. All times are of a clock that counts suspend: the machine's steady
// clock may stand still while a server closes connections. Tenants take turns among the waiting
// calls. There are never more connections than calls that needed one at the same time. Not
// thread-safe.
class pool_plan {
public:
    using id = std::uint64_t;

    struct give { // hand the connection over to the call
        id connection;
        id call;
        bool reused; // was idle before, so the peer may have closed it meanwhile
    };
    struct connect { // open a connection
        id connection;
    };
    struct close { // close it, or stop opening it
        id connection;
        close_reason reason;
    };
    struct shrink { // it may be idle for long: give back the memory that a call would use
        id connection;
    };
    // An idle connection is ready for a call at once for this long.
    static constexpr std::chrono::seconds ready_for{1};
    // Has at most one member.
    struct step {
        std::optional<pool_plan::give> give = {};
        std::optional<pool_plan::connect> connect = {};
        std::optional<pool_plan::close> close = {};
        std::optional<pool_plan::shrink> shrink = {};
        explicit operator bool() const { return give || connect || close || shrink; }
    };

    explicit pool_plan(pool_options const& options) : options_(options) {}

    // Events. After each of them, carry out the steps of next() until there is none.

    // Gives the call an idle connection at once if no other call waits.
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
    // Puts the call in the queue; returns false if it is full.
    INTHELOOP_DECL bool want(id call, std::string_view tenant);
    // Removes a waiting call; returns false if it is not waiting.
    INTHELOOP_DECL bool leave(id call);
    INTHELOOP_DECL void connected(id connection, clock::time_point now);
    // Returns the call to fail, if one waits without another connection being opened for it.
    INTHELOOP_DECL std::optional<id> connect_failed(id connection);
    // The call has finished with its connection. `said` is of the response, if there was one.
    INTHELOOP_DECL void release(id connection, bool reusable, clock::time_point now,
                                keep_alive const& said = {});
    // The call has sent nothing on its connection, which is no younger and promises no less.
    INTHELOOP_DECL void give_back(id connection, clock::time_point now);
    // No call is under way any more: abandons all connections being opened.
    INTHELOOP_DECL void abandon_connects();
    INTHELOOP_DECL void close_idle(close_reason reason);

    // Returns the next step. `is_alive(id)` says whether an idle connection is still usable.
    template <class IsAlive>
    step next(clock::time_point now, IsAlive is_alive) {
        for (;;) {
            drop_expired(now);
            if (auto const closing = next_to_close())
                return {.close = closing};
            if (waiting_.empty())
                return {.shrink = next_to_shrink(now)};
            if (idle_.empty())
                return {.connect = next_to_connect()};
            // A new connection goes to its call unchecked: checking and replacing it could go on
            // forever with a peer that closes every connection.
            if (!connections_.at(idle_.back()).rested || is_alive(idle_.back()))
                return {.give = give_idle(waiting_.pop())};
            drop_idle(idle_.size() - 1, close_reason::dead);
        }
    }
    // Returns when to close the next idle connection.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at() const;
    // Returns the next idle connection that is to shrink by then. next() includes it.
    std::optional<shrink> next_to_shrink(clock::time_point now) {
        if (now < none_shrinks_before_)
            return std::nullopt;
        return find_to_shrink(now);
    }
    // Returns when it is.
    std::optional<clock::time_point> shrink_at() const {
        return shrunk_ == idle_.size() ? std::nullopt : std::optional(none_shrinks_before_);
    }

    std::size_t open() const noexcept { return connections_.size() - connecting_.size(); }
    std::size_t connecting() const noexcept { return connecting_.size(); }
    std::size_t idle() const noexcept { return idle_.size(); }
    std::size_t waiting() const noexcept { return waiting_.size(); }
    // The most recently used one is the last, and is given next.
    std::vector<id> const& idle_connections() const noexcept { return idle_; }
    bool empty() const noexcept { return connections_.empty() && waiting_.empty(); }

private:
    struct state {
        clock::time_point made{};
        clock::time_point used_at{}; // last
        clock::time_point idle_since{};
        bool rested = false;
        keep_alive promised = {};
    };

    INTHELOOP_DECL void rest(id connection, state& s, clock::time_point now);
    INTHELOOP_DECL void drop_surplus();
    void drop_expired(clock::time_point now) {
        if (now >= none_expires_before_)
            poll_for_expired(now);
    }
    INTHELOOP_DECL void poll_for_expired(clock::time_point now);
    INTHELOOP_DECL clock::time_point expires_at(state const& s) const;
    INTHELOOP_DECL clock::time_point is_idle_until(state const& s) const;
    INTHELOOP_DECL std::optional<close> next_to_close();
    INTHELOOP_DECL std::optional<connect> next_to_connect();
    INTHELOOP_DECL std::optional<shrink> find_to_shrink(clock::time_point now);
    INTHELOOP_DECL give give_idle(id call);
    INTHELOOP_DECL void drop_idle(std::size_t index, close_reason reason);
    bool is_old(state const& s, clock::time_point now) const {
        return options_.max_lifetime.count() != 0 && later(s.made, options_.max_lifetime) <= now;
    }

    pool_options options_;
    std::unordered_map<id, state> connections_;
    std::vector<id> connecting_; // newest last
    std::vector<id> idle_;       // most recently used last
    std::size_t shrunk_ = 0;     // of the idle ones, the first
    std::vector<close> to_close_;
    fair_queue waiting_;
    id last_connection_ = 0;
    // Of the idle connections.
    clock::time_point none_expires_before_ = clock::time_point::max();
    clock::time_point none_shrinks_before_ = clock::time_point::max();
};

} // namespace policy
} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/pool.ipp>
#endif

#endif
