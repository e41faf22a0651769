// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_POOL_HPP
#define INTHELOOP_NET_DETAIL_POOL_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/net/detail/connection.hpp>
#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/pool.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace intheloop::net {

class connector;
class runtime;

// The connections of one origin: carries out the steps of policy::pool_plan. Runs on the runtime's
// strand.
class pool {
public:
    using id = policy::pool_plan::id;

    INTHELOOP_DECL pool(runtime& owner, net::origin to, bool with_certificate,
                        std::shared_ptr<session_store> sessions);
    INTHELOOP_DECL ~pool();

    net::origin const origin;
    bool const with_certificate; // may present the client's certificate

    // Queues a call; pump() later calls its on_connection or on_no_connection. Returns false if too
    // many calls are waiting.
    INTHELOOP_DECL bool want(std::uint64_t call, std::string_view tenant);
    INTHELOOP_DECL void leave(std::uint64_t call);
    // Looks again at a reused connection that a call was given and has not used yet.
    INTHELOOP_DECL bool is_still_open(id given);
    enum class release_as : unsigned char {
        unused, // nothing was sent on it
        reusable,
        finished, // in order, but not to be reused
        broken,   // in an unknown state, or with an operation under way
    };
    // `said` is of the response on a reusable connection.
    INTHELOOP_DECL void release(id which, release_as as, policy::keep_alive const& said = {});
    // Closes all idle connections: one turned out to be dead, so the others may be too.
    INTHELOOP_DECL void distrust_idle();

    INTHELOOP_DECL void on_connected(id which, std::shared_ptr<connection> made);
    INTHELOOP_DECL void on_connect_failed(id which, error const& failure);

    // The TLS sessions that the next connection may resume.
    std::shared_ptr<session_store> const& sessions() const noexcept { return sessions_; }
    void use_sessions(std::shared_ptr<session_store> others) noexcept {
        sessions_ = std::move(others);
    }

    // Returns whether a connection that is used now keeps OpenSSL's buffers: where many are, their
    // memory costs more than what it takes to give it back and take it again.
    bool keeps_buffers() const {
        return plan_.open() - plan_.idle() + plan_.connecting() <= most_with_buffers;
    }

    // Carries out the steps of the plan; returns whether there were any.
    INTHELOOP_DECL bool pump();
    INTHELOOP_DECL void abandon_connects();
    INTHELOOP_DECL void close_idle();
    // No call is under way, and none is about to begin: idle connections give back their buffers.
    INTHELOOP_DECL void shrink_idle();
    // Drops all connections, also after a step that failed in between; the pool ends then.
    INTHELOOP_DECL void give_up() noexcept;

    policy::pool_plan const& plan() const { return plan_; }
    // Returns why the last connection failed, unless one has succeeded since.
    std::optional<error> const& last_failure() const { return last_failure_; }
    // Returns how far the look-up of the host name is; empty if none is under way.
    INTHELOOP_DECL std::string lookup_state() const;

private:
    struct entry {
        std::shared_ptr<connector> making;
        std::shared_ptr<connection> made;
        policy::clock::time_point since{};
        unsigned times_returned = 0; // in order, after a call
        // When the system was asked last, if it was since then: the connection was open.
        std::optional<policy::clock::time_point> seen_open = {};
    };

    // For so long the system is not asked again. An end that comes later than the look is met as
    // one that is still under way on the network.
    static constexpr std::chrono::milliseconds look_holds{1};

    static constexpr std::size_t most_with_buffers = 64;

    INTHELOOP_DECL bool is_alive(id idle);
    INTHELOOP_DECL bool look_at(entry& asked, policy::clock::time_point now);
    INTHELOOP_DECL void carry_out(policy::pool_plan::give const& step);
    INTHELOOP_DECL void carry_out(policy::pool_plan::connect const& step);
    INTHELOOP_DECL void carry_out(policy::pool_plan::close const& step);
    INTHELOOP_DECL void tell_closed(entry const& was, policy::close_reason reason);
    INTHELOOP_DECL void notify(connection_event event);

    runtime& owner_;
    std::shared_ptr<session_store> sessions_;
    policy::pool_plan plan_;
    std::unordered_map<id, entry> connections_;
    std::optional<error> last_failure_;
    wake_up idle_wake_;
};

} // namespace intheloop::net

#endif
