// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_REDIS_REDIS_HPP
#define INTHELOOP_TESTS_REDIS_REDIS_HPP

#include <client/fixture.hpp>
#include <support/program.hpp>
#include <support/redis_program.hpp>
#include <support/wait_until.hpp>

#include <intheloop/fleet/detail/redis_connection.hpp>
#include <intheloop/fleet/fleet.hpp>
#include <intheloop/fleet/redis_options.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

namespace redis = intheloop::redis;

// A Redis in the foreground, in a directory of its own, that stores nothing on the disk.
class redis_server {
public:
    // `settings` are lines of its configuration. `listens` begins the line with the port.
    explicit redis_server(std::string const& settings = {}, char const* listens = "port") {
        write_file(directory_.path / "redis.conf",
                   (std::string(listens) != "port" ? "port 0\n" : "") + std::string(listens) + ' ' +
                       port.text() +
                       "\nbind 127.0.0.1\nsave \"\"\nappendonly no\ndaemonize no\n"
                       "repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\n" +
                       settings);
        start();
    }
    // A Sentinel, which writes into its configuration.
    redis_server(char const*, std::string const& settings) {
        write_file(directory_.path / "redis.conf",
                   "port " + port.text() + "\nbind 127.0.0.1\ndaemonize no\n" + settings);
        start("--sentinel");
    }

    void start(std::string const& argument = {}) {
        std::vector<std::string> command{tests::redis_program(), "redis.conf"};
        if (!argument.empty())
            command.push_back(argument);
        running_.emplace(directory_.path, command);
        running_->wait_for(port);
    }
    // Its memory is lost.
    void kill() { running_.reset(); }
    // It keeps its connections, and takes new ones, but does nothing.
    void freeze() const {
        running_->signal(SIGSTOP);
        REQUIRE(tests::wait_until([&] { return is_stopped(); }, patience));
    }
    void go_on() const { running_->signal(SIGCONT); }
    std::string output() const { return running_->output(); }

    loop::redis_options options() const {
        return loop::redis_options("redis://127.0.0.1:" + port.text());
    }
    std::filesystem::path const& directory() const { return directory_.path; }

    loopback_port port;

private:
    // The state stands behind the name: "123 (redis-server) T 1 ...".
    bool is_stopped() const {
        auto const told = content_of("/proc/" + std::to_string(running_->id()) + "/stat");
        auto const name_end = told.rfind(") ");
        return name_end != told.npos && told.substr(name_end + 2, 1) == "T";
    }

    scratch_directory directory_;
    std::optional<program> running_;
};

struct redis_outcome {
    std::optional<loop::error> failure;
    redis::reply got;
};

// Keeps what a command answers.
inline redis::commands::handler into(std::optional<redis_outcome>& out) {
    return [&out](std::optional<loop::error> failure, redis::reply&& got) {
        REQUIRE(!out);
        out.emplace(redis_outcome{std::move(failure), std::move(got)});
    };
}

inline redis_outcome run(asio::io_context& io, redis::connection& through,
                         std::vector<std::string> words) {
    std::optional<redis_outcome> out;
    through.async_command(std::move(words), into(out));
    run_until(io, [&] { return out.has_value(); });
    return std::move(*out);
}

// Again until it succeeds: the connection may wait for its next try.
inline redis_outcome run_at_last(asio::io_context& io, redis::connection& through,
                                 std::vector<std::string> const& words) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto out = run(io, through, words);
        if (!out.failure)
            return out;
        INFO(*out.failure);
        REQUIRE(std::chrono::steady_clock::now() < end);
        io.restart();
        io.run_for(5ms);
    }
}

// Waits for what a handler on another thread tells. It shares the promise: it may come too late.
template <class T>
T told_by(std::shared_ptr<std::promise<T>> const& handler) {
    auto told = handler->get_future();
    REQUIRE(told.wait_for(2 * patience) == std::future_status::ready);
    return told.get();
}

// The name of a group, or of a lock.
inline constexpr char const* some_group = "0123456789abcdef0123456789abcdef";

inline loop::fleet_options keyed_options() {
    loop::fleet_options how;
    how.key = "a key of the processes";
    return how;
}

struct taken_lock {
    std::uint64_t fence; // 0: it is held by another
    std::chrono::milliseconds free_in;
};

// Asks for the lock of this name.
inline taken_lock take_lock(loop::fleet& of, std::chrono::milliseconds time_limit = 60s) {
    auto const out = std::make_shared<std::promise<taken_lock>>();
    of.async_lock(some_group, time_limit,
                  [out](std::optional<loop::error> failure, std::uint64_t fence,
                        std::chrono::milliseconds free_in) {
                      CHECK(!failure);
                      out->set_value({fence, free_in});
                  });
    return told_by(out);
}

// Slow machines and sanitizers take longer than a program should wait.
inline loop::redis_options patient(loop::redis_options how) {
    how.command_timeout = patience;
    how.connect_timeout = patience;
    how.first_pause = 10ms;
    how.longest_pause = 50ms;
    return how;
}

} // namespace fixture

#endif
