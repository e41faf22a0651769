// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_FIXTURE_HPP
#define INTHELOOP_TESTS_JOBS_FIXTURE_HPP

#include <client/fixture.hpp>

#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

using outcome = loop::result<report::export_result>;

// Polling without pauses worth the name.
inline loop::poll_options quick() {
    loop::poll_options how;
    how.first_poll = 0ms;
    how.interval = 1ms;
    return how;
}
// The next look is so far away that none comes during a test.
inline loop::poll_options asleep() {
    loop::poll_options how;
    how.first_poll = 1h;
    how.interval = 1h;
    return how;
}
inline loop::start_options starting(loop::poll_options const& poll) {
    loop::start_options how;
    how.poll = poll;
    return how;
}

inline server_options with_statuses(std::vector<std::string> statuses) {
    server_options how;
    how.statuses = std::move(statuses);
    return how;
}

// Runs what is left. False if something keeps the context at work.
inline bool runs_out(asio::io_context& io) {
    io.restart();
    io.run_for(patience);
    return io.stopped();
}

// A server, a client and a context for both.
struct job_fixture {
    explicit job_fixture(server_options how = server_options())
        : s(std::move(how)), client(std::in_place, io.get_executor(), options_for(s)) {}

    loop::result<loop::export_job> try_start(loop::start_options const& how) {
        std::optional<loop::result<loop::export_job>> started;
        loop::async_start_export(*client, week(), how, [&](auto r) { started = std::move(r); });
        CHECK(runs_out(io));
        REQUIRE(started);
        return *started;
    }
    loop::export_job start(loop::poll_options const& how) {
        auto started = try_start(starting(how));
        REQUIRE_MESSAGE(started, started.error());
        return *started;
    }
    outcome wait(loop::export_job const& job, std::chrono::milliseconds deadline = patience) {
        std::optional<outcome> ended;
        job.async_wait(deadline, [&](outcome r) { ended = std::move(r); });
        CHECK(runs_out(io));
        REQUIRE(ended);
        return *ended;
    }
    outcome poll(loop::export_job const& job) {
        std::optional<outcome> ended;
        job.async_poll([&](outcome r) { ended = std::move(r); });
        CHECK(runs_out(io));
        REQUIRE(ended);
        return *ended;
    }

    std::size_t requests(std::string_view method) const {
        auto const all = s.requests();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [&](auto const& one) { return one.method == method; }));
    }
    std::size_t starts() const { return requests("POST"); }
    std::size_t polls() const { return requests("GET"); }

    server s;
    asio::io_context io;
    std::optional<loop::client> client;
};

// A wait, and how it ended.
struct waiting {
    explicit waiting(loop::export_job const& job, std::chrono::milliseconds deadline = patience) {
        job.async_wait(deadline, asio::bind_cancellation_slot(stop.slot(), [this](outcome r) {
                           ended = std::move(r);
                           ++completed;
                       }));
    }
    waiting(waiting const&) = delete;
    waiting& operator=(waiting const&) = delete;

    asio::cancellation_signal stop;
    std::optional<outcome> ended;
    int completed = 0;
};

inline response_override answer(std::string const& json) {
    return response_override(200, json);
}

} // namespace fixture

#endif
