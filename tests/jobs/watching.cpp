// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The states of a job, for whoever wants to follow them.
#include <jobs/fixture.hpp>

TEST_SUITE("jobs/watching") {

using namespace fixture;
using loop::export_phase;
using loop::export_state;

namespace {

// Follows a job to its end.
struct follower {
    follower(asio::io_context& io, loop::export_job const& job) : watch(job.watch()) {
        asio::co_spawn(io, follow(), [this](std::exception_ptr e) {
            CHECK_FALSE(e);
            has_ended = true;
        });
    }
    follower(follower const&) = delete;
    follower& operator=(follower const&) = delete;

    asio::awaitable<void> follow() {
        while (auto now = co_await watch.async_next())
            states.push_back(*now);
    }

    loop::export_watch watch;
    std::vector<export_state> states;
    bool has_ended = false;
};

std::optional<std::optional<export_state>> next(job_fixture& t, loop::export_watch& watch) {
    std::optional<std::optional<export_state>> got;
    watch.async_next([&](std::optional<export_state> state) { got = std::move(state); });
    CHECK(runs_out(t.io));
    return got;
}

} // namespace

TEST_CASE("a watch gives each state up to the last, and keeps the export polled") {
    job_fixture t(with_statuses({"Processing", "Quantum", "Completed"}));
    auto const job = t.start(quick());
    follower one(t.io, job);
    follower two(t.io, job);
    CHECK(runs_out(t.io));
    for (follower const* each : {&one, &two}) {
        CHECK(each->has_ended);
        REQUIRE(each->states.size() == 4);
        unsigned polls = 0;
        for (char const* status : {"Processing", "Processing", "Quantum", "Completed"}) {
            CHECK(each->states[polls].status == status);
            CHECK(each->states[polls].polls == polls);
            CHECK(each->states[polls].has_ended == (polls == 3));
            ++polls;
        }
        CHECK(each->states.back().phase == export_phase::completed);
    }
    CHECK(t.polls() == 3);
}

TEST_CASE("a slow watch misses states, never the last; a late one begins with the present") {
    job_fixture t(with_statuses({"Processing", "Processing", "Completed"}));
    auto const job = t.start(quick());
    auto slow = job.watch();
    CHECK(next(t, slow)->value().polls == 0);
    CHECK(t.wait(job).has_value());
    auto late = job.watch();
    for (loop::export_watch* each : {&slow, &late}) {
        auto const last = next(t, *each);
        REQUIRE(last->has_value());
        CHECK((*last)->polls == 3);
        CHECK((*last)->phase == export_phase::completed);
        for (int i = 0; i != 2; ++i) {
            auto const end = next(t, *each);
            REQUIRE(end);
            CHECK_FALSE(end->has_value());
        }
    }
    CHECK(t.polls() == 3);
}

TEST_CASE("polls that fail are states too, and end a watch when they are given up") {
    job_fixture t;
    loop::poll_options how = quick();
    how.max_failed_polls = 2;
    auto const job = t.start(how);
    t.s.respond_next(response_override(503));
    t.s.respond_next(response_override(500));
    follower one(t.io, job);
    CHECK(runs_out(t.io));
    CHECK(one.has_ended);
    REQUIRE(one.states.size() == 3);
    CHECK(one.states[1].failed_polls == 1);
    CHECK_FALSE(one.states[1].has_ended);
    CHECK(one.states[2].failed_polls == 2);
    CHECK(one.states[2].has_ended);
    CHECK(one.states[2].phase == export_phase::pending);
    CHECK(one.states[2].status == "Processing");
    REQUIRE(one.states[2].last_failure);
    CHECK(one.states[2].last_failure->status == 500);
}

TEST_CASE("an error that ends a watch, and that nobody looked at, is thrown by the next read") {
    struct {
        char const* what;
        std::vector<std::string> statuses;
        unsigned failed_poll; // its HTTP status; 0: none fails
        bool is_dropped;
        loop::errc code;
    } const rows[] = {
        {"failed", {"Processing", "Failed"}, 0, false, loop::errc::export_failed},
        {"expired", {"Expired"}, 0, false, loop::errc::export_expired},
        {"polls given up", {}, 403, false, loop::errc::forbidden},
        {"dropped", {}, 0, true, loop::errc::cancelled},
    };
    for (auto const& row : rows)
        for (bool const looks : {false, true}) {
            CAPTURE(row.what);
            CAPTURE(looks);
            job_fixture t(row.statuses.empty() ? server_options() : with_statuses(row.statuses));
            std::optional<loop::export_job> job = t.start(row.is_dropped ? asleep() : quick());
            if (row.failed_poll != 0)
                t.s.respond_next(response_override(row.failed_poll));
            auto watch = job->watch();
            std::optional<loop::errc> thrown;
            bool has_ended = false;
            auto const count = [&]() -> asio::awaitable<void> {
                int states = 0;
                try {
                    while (auto now = co_await watch.async_next()) {
                        ++states;
                        if (looks)
                            (void)now->phase;
                    }
                } catch (loop::exception const& e) {
                    thrown = static_cast<loop::errc>(e.code().value());
                }
                CHECK(states >= 2);
                auto const end = co_await watch.async_next();
                CHECK_FALSE(end);
                CHECK(end == std::nullopt);
                has_ended = true;
            };
            asio::co_spawn(t.io, count, asio::detached);
            if (row.is_dropped) {
                t.io.restart();
                t.io.poll();
                job.reset();
            }
            CHECK(runs_out(t.io));
            CHECK(has_ended);
            CHECK(thrown.has_value() == !looks);
            if (thrown)
                CHECK(*thrown == row.code);
        }
}

TEST_CASE("an export that ends well throws nothing, and a state is an optional's") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    auto watch = job.watch();
    bool has_ended = false;
    auto const count = [&]() -> asio::awaitable<void> {
        std::optional<export_state> const first = co_await watch.async_next();
        CHECK(first->status == "Processing");
        while (auto now = co_await watch.async_next()) {
        }
        has_ended = true;
    };
    asio::co_spawn(t.io, count, asio::detached);
    CHECK(runs_out(t.io));
    CHECK(has_ended);
}

TEST_CASE("a watch that is cancelled gets nothing, and may go on") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(asleep());
    auto watch = job.watch();
    CHECK(next(t, watch)->has_value());
    asio::cancellation_signal stop;
    std::optional<std::optional<export_state>> got;
    watch.async_next(asio::bind_cancellation_slot(
        stop.slot(), [&](std::optional<export_state> state) { got = std::move(state); }));
    t.io.restart();
    t.io.poll();
    CHECK_FALSE(got);
    stop.emit(asio::cancellation_type::partial);
    CHECK(runs_out(t.io));
    REQUIRE(got);
    CHECK_FALSE(got->has_value());
    CHECK(t.poll(job).has_value());
    CHECK(next(t, watch)->value().phase == export_phase::completed);
}

TEST_CASE("a watch ends with its job") {
    job_fixture t;
    std::optional<loop::export_job> job = t.start(asleep());
    follower one(t.io, *job);
    t.io.restart();
    t.io.poll();
    CHECK(one.states.size() == 1);
    bool dropped = false;
    SUBCASE("that is dropped") {
        job.reset();
        dropped = true;
    }
    SUBCASE("whose client is destroyed") {
        t.client.reset();
    }
    CHECK(runs_out(t.io));
    CHECK(one.has_ended);
    REQUIRE(one.states.size() == 2);
    CHECK(one.states.back().has_ended);
    REQUIRE(one.states.back().last_failure);
    CHECK(one.states.back().last_failure->code() ==
          (dropped ? loop::errc::cancelled : loop::errc::client_closed));
}

TEST_CASE("the age counts from the start") {
    job_fixture t;
    auto const token = "loop-export/1/https/localhost:" + std::to_string(t.s.api_port()) + "/0/x";
    auto const old = loop::resume_export(*t.client, token);
    REQUIRE_MESSAGE(old, old.error());
    CHECK(old->state().age >= 24h * 365);
    auto const young = loop::attach_export(*t.client, "x");
    CHECK(young.state().age < patience);
}

} // TEST_SUITE("jobs/watching")
