// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_COMMANDS_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_COMMANDS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/fleet/detail/redis_link.hpp>
#include <intheloop/fleet/detail/redis_reply.hpp>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::redis {

// A script in Lua, with the digest by which Redis knows it.
class script {
public:
    INTHELOOP_DECL explicit script(std::string source);

    std::string const text;
    std::string const sha1; // hexadecimal
};

// Says what becomes of a command without an answer when the connection is shut down.
enum class at_end : unsigned char {
    fails,
    is_awaited, // for its time at most: others wait for what it does
};

// Commands over one connection, sent without waiting for earlier answers. Each ends within its
// time, with an answer or an error; one that was sent may take effect all the same. Runs on the
// strand.
class commands final : public link {
public:
    // The reply means nothing with an error. An error of Redis is an error too: service_message is
    // its text, service_code its first word.
    using handler = std::function<void(std::optional<error> failure, reply&& got)>;

    // `when_idle` is called when the connection was closed for want of use, `when_back` when it can
    // be used again after a failure.
    INTHELOOP_DECL commands(net::strand on, std::shared_ptr<target const> settings,
                            std::function<void()> when_idle, std::function<void()> when_back = {});

    INTHELOOP_DECL void run(std::vector<std::string> const& words, handler done,
                            at_end end = at_end::fails);
    // Runs a script by its digest; sends its text if the server does not know it.
    INTHELOOP_DECL void run_script(script const& which, std::vector<std::string> keys,
                                   std::vector<std::string> arguments, handler done,
                                   at_end end = at_end::fails);
    // Puts off idleness, as a command does.
    INTHELOOP_DECL void note_use();
    // Ends all with the error client_closed, at once or, where it is awaited, with the answer or at
    // the end of its time. Takes no more.
    INTHELOOP_DECL void shut_down();
    bool is_over() const noexcept { return is_over_; }

private:
    struct entry {
        handler done; // empty: its time is over
        policy::clock::time_point begun;
        at_end end = at_end::fails;
        std::string bytes{}; // until it is sent
    };

    INTHELOOP_DECL void on_ready() override;
    INTHELOOP_DECL void on_answer(reply&& got) override;
    INTHELOOP_DECL void on_failed(error const& why) override;

    void run_bytes(std::string bytes, handler done, at_end end);
    void tell(handler const& done, reply&& got);
    template <class Condition>
    static void fail_where(std::list<entry>& some, error const& why, Condition is_meant);
    void fail_all(error const& why);
    void give_up();
    bool is_awaited() const;
    bool is_unused() const { return sent_.empty() && queued_.empty(); } // since used_at_
    void close_if_done();
    void arm();
    void arm_or_give_up();
    void arm_if_unused();
    void on_time();
    std::chrono::milliseconds stall_limit() const;

    std::function<void()> when_idle_;
    std::function<void()> when_back_;
    bool was_lost_ = false;   // since it was ready
    std::list<entry> queued_; // until the connection is open
    std::list<entry> sent_;
    net::timer timer_; // of the commands, and of idleness
    policy::clock::time_point armed_for_ = policy::clock::time_point::max();
    policy::clock::time_point used_at_{};
    bool is_over_ = false;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_commands.ipp>
#endif

#endif
