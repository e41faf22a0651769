// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A call tells the causes of its waiting, and how long each took.
#include <client/observer/observed.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/observer/waiting") {

using namespace fixture;

namespace {

struct timed_scene : virtual_setup {
    explicit timed_scene(server_options options = server_options())
        : virtual_setup(std::move(options)) {
        how.observer = log;
        how.deadline = 1h;
        how.stall_timeout = 1h;
    }
    void post() {
        client().async_call(report::export_report, week(), [](auto) {});
    }
    void get() {
        client().async_call(report::get_report, report::get_request("x"), [](auto) {});
    }
    // The ends of the calls, in their order.
    std::vector<told> ended() {
        run();
        std::vector<told> found;
        for (told const& one : log->all())
            if (one.line.starts_with("call_ended"))
                found.push_back(one);
        return found;
    }

    std::shared_ptr<recorder> const log = std::make_shared<recorder>();
};

// "token limit connection pause", in seconds.
std::string seconds(loop::waiting_times const& waited) {
    std::string text;
    for (auto const time :
         {waited.for_token, waited.for_limit, waited.for_connection, waited.between_attempts}) {
        CHECK(time % 1s == 0s);
        text += (text.empty() ? "" : " ") + std::to_string(time / 1s);
    }
    return text;
}

} // namespace

TEST_CASE("a call that finds all it needs has not waited") {
    timed_scene t;
    t.s.script(report::export_report, {fault::delay(5s)});
    t.post();
    auto const calls = t.ended();
    REQUIRE(calls.size() == 1);
    CHECK(seconds(calls[0].waited) == "0 0 0 0");
    CHECK(calls[0].duration == 5s);
}

TEST_CASE("a call that waits for the token") {
    timed_scene t;
    t.how.token = {};
    t.how.token_provider = [&](loop::token_request) -> asio::awaitable<loop::secret> {
        co_await t.clock->async_sleep_for(7s, asio::use_awaitable);
        co_return loop::secret(t.s.token());
    };
    t.post();
    auto const calls = t.ended();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].line.starts_with("call_ended 1 200"));
    CHECK(seconds(calls[0].waited) == "7 0 0 0");
    CHECK(calls[0].duration == 7s);
}

TEST_CASE("calls that wait for the limits of the client") {
    timed_scene t;
    t.how.limits.requests_per_second = 0.5;
    for (int i = 0; i != 3; ++i)
        t.post();
    auto const calls = t.ended();
    REQUIRE(calls.size() == 3);
    for (std::size_t i = 0; i != 3; ++i)
        CHECK(seconds(calls[i].waited) == "0 " + std::to_string(2 * i) + " 0 0");
}

TEST_CASE("a call that waits for the end of another one's pause waits for the limits") {
    timed_scene t;
    t.how.retry.max_attempts = 2;
    t.s.script(report::export_report, {fault::status(429).retry_after(60s)});
    t.spawn([&]() -> asio::awaitable<void> {
        t.client().async_call(report::export_report, week(), [](auto) {});
        co_await t.clock->async_sleep_for(10s, asio::use_awaitable);
        t.client().async_call(drafts::create_draft, drafts::create_request(), [](auto) {});
    });
    auto const calls = t.ended();
    REQUIRE(calls.size() == 2);
    for (told const& one : calls)
        if (contains(one.about, "drafts"))
            CHECK(seconds(one.waited) == "0 50 0 0");
        else
            CHECK(seconds(one.waited) == "0 0 0 60");
}

TEST_CASE("calls that wait for a connection") {
    timed_scene t;
    t.how.pool.max_connections = 1;
    t.s.script(report::export_report, {fault::delay(4s), fault::delay(4s), fault::delay(4s)});
    for (int i = 0; i != 3; ++i)
        t.post();
    auto const calls = t.ended();
    REQUIRE(calls.size() == 3);
    for (std::size_t i = 0; i != 3; ++i) {
        CHECK(seconds(calls[i].waited) == "0 0 " + std::to_string(4 * i) + " 0");
        CHECK(calls[i].duration == 4s * (i + 1));
    }
}

TEST_CASE("the sums are over all attempts, and with the attempts they are the whole call") {
    timed_scene t;
    t.how.retry.max_attempts = 4;
    t.how.limits.requests_per_second = 0.1;
    t.s.script(report::get_report, {fault::status(503).retry_after(3s).delayed(1s),
                                    fault::status(503).retry_after(30s).delayed(2s),
                                    fault::status(503).retry_after(5s).delayed(1s)});
    t.get();
    auto const calls = t.ended();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].line.starts_with("call_ended 4 404"));
    std::chrono::nanoseconds attempts{};
    for (told const& one : t.log->all())
        if (one.line.starts_with("attempt_ended"))
            attempts += one.duration;
    auto const& waited = calls[0].waited;
    CHECK(waited.between_attempts == 38s);
    CHECK(waited.for_limit > 0s);
    CHECK(waited.for_token + waited.for_limit + waited.for_connection + waited.between_attempts +
              attempts ==
          calls[0].duration);
}

TEST_CASE("a call that ends while it waits has waited") {
    timed_scene t;
    t.how.pool.max_connections = 1;
    t.s.script(report::export_report, {fault::delay(1min)});
    t.post();
    asio::cancellation_signal stop;
    std::string expected;
    SUBCASE("cancelled") {
        t.client().async_call(report::get_report, report::get_request("x"),
                              asio::bind_cancellation_slot(stop.slot(), [](auto) {}));
        t.spawn([&]() -> asio::awaitable<void> {
            co_await t.clock->async_sleep_for(20s, asio::use_awaitable);
            stop.emit(asio::cancellation_type::terminal);
        });
        expected = "0 0 20 0";
    }
    SUBCASE("at its deadline") {
        loop::call_options how;
        how.deadline = 30s;
        t.client().async_call(report::get_report, report::get_request("x"), how, [](auto) {});
        expected = "0 0 30 0";
    }
    auto const calls = t.ended();
    REQUIRE(calls.size() == 2);
    CHECK(contains(calls[0].line, "not_sent"));
    CHECK(seconds(calls[0].waited) == expected);
}

} // TEST_SUITE("client/observer/waiting")
