// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_LINK_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_LINK_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/fleet/detail/redis_reply.hpp>
#include <intheloop/fleet/detail/redis_stream.hpp>
#include <intheloop/fleet/detail/redis_target.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/policy/detail/reconnect.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::redis {

// A connection to a master that can be used, and that is opened again after it was lost: finds it
// (through Sentinel, or by trying the hosts in turn), logs in, checks version and role. Runs on the
// strand.
class link : public std::enable_shared_from_this<link> {
public:
    INTHELOOP_DECL link(net::strand on, std::shared_ptr<target const> settings);
    INTHELOOP_DECL virtual ~link();
    link(link const&) = delete;
    link& operator=(link const&) = delete;

    enum class state : unsigned char {
        closed,
        waiting, // after a failure, until it is opened again
        opening,
        ready,
    };
    state now() const noexcept { return state_; }
    // Why it is waiting.
    error const& failure() const noexcept { return failure_; }

    // Opens it, unless it is open or will be.
    INTHELOOP_DECL void want();
    // Does what a timer should have done by now that could not be set, for want of memory.
    INTHELOOP_DECL void catch_up();
    // Closes it until it is wanted again. Nothing waits any more then.
    INTHELOOP_DECL void close();

protected:
    net::strand const& runs_on() const noexcept { return on_; }
    redis_options const& options() const noexcept { return settings_->options; }
    void write(std::string_view bytes) { stream_->write(bytes); }
    // Ends the connection as if it had failed.
    INTHELOOP_DECL void drop(error why);
    // Does so with a peer that does not answer. What it has not got by now must not reach it behind
    // what the next connection brings.
    INTHELOOP_DECL void abort(error why);
    INTHELOOP_DECL error failed_at_peer(errc code, std::string const& why) const;

private:
    virtual void on_ready() = 0;
    virtual void on_answer(reply&& got) = 0;
    // The connection was lost, or no host let it be opened.
    virtual void on_failed(error const& why) = 0;

    friend class stream;
    INTHELOOP_DECL void on_open();
    INTHELOOP_DECL void on_reply(reply&& got);
    INTHELOOP_DECL void on_end(error&& why); // once; nothing comes after it

    enum class step : unsigned char { sentinel_login, sentinel_address, hello, database, done };
    void open_next();
    void open(net::origin const& peer);
    void ask(step next);
    void on_greeted(reply const& got);
    std::optional<error> problem_of_hello(reply const& got) const;
    error refusal(reply const& got, std::string const& asked_for) const;
    void start_timer(std::chrono::milliseconds after);
    void stop_timer();
    void on_due();

    net::strand on_;
    std::shared_ptr<target const> settings_;
    intheloop::detail::random_numbers random_;
    policy::reconnect_plan plan_;
    net::timer timer_; // of the opening of a connection to one peer, or of the pause
    std::uint64_t timer_round_ = 0;
    policy::clock::time_point due_at_ = policy::clock::time_point::max();
    bool timer_is_set_ = false;
    state state_ = state::closed;
    step step_ = step::done;
    std::shared_ptr<stream> stream_;
    std::size_t next_host_ = 0;
    std::size_t tried_ = 0; // hosts, one after the other without a pause
    error failure_;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_link.ipp>
#include <intheloop/fleet/impl/redis_stream.ipp>
#include <intheloop/net/detail/send.hpp>
#endif

#endif
