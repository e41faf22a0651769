// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls whose time limits and pauses are in virtual time: exact to the millisecond.
#include <testing/virtual_clock/fixture.hpp>

#include <vector>

TEST_SUITE("testing/virtual_clock/calls") {

using namespace fixture;

TEST_CASE("a deadline passes in virtual time while the server delays its answer") {
    virtual_setup t;
    t.how.deadline = 5min;
    t.how.stall_timeout = 1h;
    t.s.script(report::get_report, {fault::delay(10min)});
    auto const outcome = [&] {
        std::optional<loop::result<report::export_result>> got;
        t.client().async_call(report::get_report, report::get_request("x"),
                              [&](auto r) { got.emplace(std::move(r)); });
        t.run();
        return *got;
    }();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code() == errc::deadline_exceeded);
    CHECK(outcome.elapsed() == 5min);
    CHECK(t.clock->elapsed() == 5min);
    CHECK(t.s.wait_until_idle(patience)); // the server has let go of it
    CHECK(t.clock->waits().empty());
}

TEST_CASE("an answer that is delayed comes at its time") {
    virtual_setup t;
    t.how.deadline = 20min;
    t.how.stall_timeout = 15min;
    t.s.script(drafts::create_draft, {fault::delay(10min), fault::none(), fault::delay(1ms)});
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        for (auto const after : {600'000, 0, 1}) {
            auto const made =
                co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
            CHECK(made.status() == 201);
            CHECK(made.elapsed() == std::chrono::milliseconds(after));
        }
    });
    t.run();
    CHECK(t.clock->elapsed() == 10min + 1ms);
}

TEST_CASE("an answer in drops takes as long as its pauses") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.s.script(report::get_report, {fault::drip(50, 20s)});
    auto const id = t.s.add_export();
    t.spawn([&]() -> asio::awaitable<void> {
        report::get_request const which(id);
        auto const got =
            co_await t.client().async_call(report::get_report, which, asio::use_awaitable);
        REQUIRE(got);
        CHECK(got.elapsed().count() % 20'000 == 0);
        CHECK(got.elapsed() >= 80s); // a head of more than 200 bytes
    });
    t.run();
}

TEST_CASE("a request that is held stalls, and one that is released does not") {
    virtual_setup t;
    t.how.stall_timeout = 45s;
    t.how.deadline = 10min;
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        t.s.hold_next();
        auto const stalled =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(stalled);
        CHECK(stalled.error().code() == errc::stalled);
        CHECK(stalled.elapsed() == 45s);

        // Half of an answer counts as progress, once.
        auto broken = response_override(201, "{}");
        broken.pause_after = 10;
        t.s.script(drafts::create_draft, {fault::none()});
        t.s.respond_next(broken);
        auto const half =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(half);
        CHECK(half.error().progress == loop::request_progress::response_begun);
        CHECK(half.elapsed() == 45s);
    });
    t.run();
    CHECK(t.clock->elapsed() == 90s);

    t.s.hold_next();
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const made =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        CHECK(made.status() == 201);
        CHECK(made.elapsed() == 30s);
    });
    t.spawn([&]() -> asio::awaitable<void> {
        co_await t.clock->async_sleep_for(30s, asio::use_awaitable);
        t.s.release();
    });
    t.run();
}

TEST_CASE("Retry-After is obeyed to the second, in both of its forms") {
    virtual_setup t;
    t.how.retry.max_attempts = 3;
    t.how.deadline = 3h;
    auto const date = [](std::string const& text) {
        return fault(fault::status(503)).instead->header("Retry-After", text);
    };
    auto dated = fault::status(503);
    dated.instead = date("Thu, 01 Jan 2026 02:30:00 GMT"); // the clock begins at midnight
    t.s.script(report::get_report, {fault::status(429).retry_after(3600s), dated});
    auto const id = t.s.add_export();
    t.spawn([&]() -> asio::awaitable<void> {
        report::get_request const which(id);
        auto const got =
            co_await t.client().async_call(report::get_report, which, asio::use_awaitable);
        REQUIRE(got);
        CHECK(got.attempts() == 3);
        CHECK(got.elapsed() == 150min);
    });
    t.run();
    auto const seen = t.s.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[1].received - seen[0].received == 1h);
    CHECK(seen[2].received - seen[0].received == 150min);
}

TEST_CASE("a call takes as long as the pauses between its attempts") {
    virtual_setup t;
    t.how.retry.max_attempts = 5;
    t.how.deadline = 10min;
    t.s.script(report::get_report, std::vector<fault>(5, fault::status(503)));
    t.spawn([&]() -> asio::awaitable<void> {
        report::get_request const which("x");
        auto const got =
            co_await t.client().async_call(report::get_report, which, asio::use_awaitable);
        REQUIRE_FALSE(got);
        CHECK(got.attempts() == 5);
        REQUIRE(got.error().earlier_attempts.size() == 4);
        std::chrono::milliseconds pauses{0};
        for (auto const& each : got.error().earlier_attempts)
            pauses += each.pause;
        CHECK(got.elapsed() == pauses);
        CHECK(t.clock->elapsed() == pauses);
    });
    t.run();
}

TEST_CASE("a hundred calls at one a second take 99 seconds") {
    virtual_setup t;
    t.how.limits.requests_per_second = 1;
    t.how.deadline = 10min;
    unsigned made = 0;
    for (int i = 0; i != 100; ++i)
        t.client().async_call(drafts::create_draft, drafts::create_request(),
                              [&](auto r) { made += r ? 1 : 0; });
    t.run();
    CHECK(made == 100);
    CHECK(t.clock->elapsed() == 99s);
    auto const seen = t.s.requests();
    REQUIRE(seen.size() == 100);
    for (std::size_t i = 1; i != seen.size(); ++i)
        CHECK(seen[i].received - seen[i - 1].received == 1s);
}

TEST_CASE("many that are delayed end in the order of their delays") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.stall_timeout = 1h;
    std::vector<std::chrono::milliseconds> const delays{40s, 10s, 30s, 20s, 50s, 10s};
    std::vector<fault> script;
    for (auto const each : delays)
        script.push_back(fault::delay(each));
    t.s.script(drafts::create_draft, script);
    std::vector<std::chrono::milliseconds> ended;
    for (std::size_t i = 0; i != delays.size(); ++i)
        t.client().async_call(drafts::create_draft, drafts::create_request(),
                              [&](auto r) { ended.push_back(r.elapsed()); });
    t.run();
    CHECK(ended == std::vector<std::chrono::milliseconds>{10s, 10s, 20s, 30s, 40s, 50s});
}

TEST_CASE("idle connections are closed at their time, and old ones are not used again") {
    virtual_setup t;
    t.how.pool.idle_timeout = 4min;
    t.how.pool.max_lifetime = 5min;
    t.how.pool.idle_timer = true;
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        for (auto const rest : {0min, 3min, 3min, 5min}) {
            co_await t.clock->async_sleep_for(rest, asio::use_awaitable);
            auto const made =
                co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
            CHECK(made.status() == 201);
        }
    });
    t.run(); // the timer keeps it at work until the last one is closed
    auto const seen = t.s.requests();
    REQUIRE(seen.size() == 4);
    CHECK(seen[0].connection == seen[1].connection); // after 3 minutes
    CHECK(seen[2].connection != seen[1].connection); // 6 minutes old
    CHECK(seen[3].connection != seen[2].connection); // idle for 5
    CHECK(t.clock->elapsed() == 3min + 3min + 5min + 4min);
    CHECK(t.client().statistics().connections_open == 0);
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("a token provider that does not answer is given up at its time") {
    virtual_setup t;
    t.how.token = {};
    t.how.token_timeout = 25s;
    std::vector<loop::token_handler> asked;
    t.how.token_provider = [&](loop::token_request, loop::token_handler handler) {
        asked.push_back(std::move(handler));
    };
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const made =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == errc::token_unavailable);
        CHECK(made.elapsed() == 25s);
    });
    t.run();
}

TEST_CASE("a handshake that stalls ends at its time") {
    server_options stalling;
    stalling.stall_handshakes = true;
    virtual_setup t(stalling);
    t.how.handshake_timeout = 17s;
    t.clock->set_patience(1h); // the server tells of it, so none is needed
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const made =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == errc::handshake_timed_out);
        CHECK(made.elapsed() == 17s);
    });
    t.run();
}

TEST_CASE("a deadline may pass together with the time for the handshake") {
    server_options stalling;
    stalling.stall_handshakes = true;
    virtual_setup t(stalling);
    t.how.handshake_timeout = t.how.deadline = 17s;
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const made =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(made);
        CHECK(made.elapsed() == 17s);
    });
    t.run();
    CHECK(t.client().statistics().connections_open == 0);
}

TEST_CASE("two clients and a server share one clock") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.stall_timeout = 1h;
    loop::client other(t.io.get_executor(), t.how);
    t.s.script(drafts::create_draft, {fault::delay(10min)});
    std::vector<std::string> order;
    auto const now = [&] { return std::to_string(t.clock->elapsed() / 1s); };
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const made =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        order.push_back("slow at " + now());
    });
    t.spawn([&]() -> asio::awaitable<void> {
        report::get_request const which(t.s.add_export());
        for (int i = 0; i != 3; ++i) {
            co_await t.clock->async_sleep_for(4min, asio::use_awaitable);
            auto const got =
                co_await other.async_call(report::get_report, which, asio::use_awaitable);
            CHECK(got);
            order.push_back("quick at " + now());
        }
    });
    t.run();
    CHECK(order ==
          std::vector<std::string>{"quick at 240", "quick at 480", "slow at 600", "quick at 720"});
}

TEST_CASE("a context that is destroyed takes its calls along") {
    auto const kept = std::make_shared<int>(0);
    virtual_setup t;
    t.s.hold_next();
    {
        asio::io_context io;
        loop::client client(io.get_executor(), t.how);
        client.async_call(drafts::create_draft, drafts::create_request(), [kept](auto) {});
        CHECK(t.clock->run_for(io, 10s) > 0);
        CHECK(t.clock->elapsed() == 10s);
        CHECK_FALSE(t.clock->waits().empty());
    }
    CHECK(kept.use_count() == 1);
    CHECK(t.s.wait_until_idle(patience));
    CHECK(t.clock->waits().empty());
    t.clock->advance(1h);
}

TEST_CASE("closing waits for the last call, not for a year") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.stall_timeout = 1h;
    t.s.script(drafts::create_draft, {fault::delay(2min)});
    bool made = false;
    std::optional<std::chrono::nanoseconds> closed_at;
    t.client().async_call(drafts::create_draft, drafts::create_request(),
                          [&](auto r) { made = static_cast<bool>(r); });
    t.client().async_close([&] { closed_at = t.clock->elapsed(); });
    t.run();
    CHECK(made);
    CHECK(closed_at == 2min);
    CHECK(t.clock->elapsed() == 2min);
}

} // TEST_SUITE("testing/virtual_clock/calls")
