// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls wait for the end of a pause, for the rate, for a connection: none is sent before its time,
// or waits without use. Connections wait for the next call.
#include <net/faults/matrix.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/limits/pauses") {

using namespace fixture;
using loop::testing::connection_end;
using loop::testing::virtual_clock;

namespace {

using state = loop::result<report::export_result>;

response_override limited() {
    return response_override(429, "{}");
}

// Keeps when each request was begun.
class timekeeper final : public loop::observer {
public:
    explicit timekeeper(std::shared_ptr<virtual_clock> clock) : clock_(std::move(clock)) {}
    void on_attempt_started(loop::attempt_started const&) override {
        at_.push_back(clock_->elapsed());
    }
    std::vector<virtual_clock::duration> const& at() const { return at_; }

private:
    std::shared_ptr<virtual_clock> const clock_;
    std::vector<virtual_clock::duration> at_;
};

} // namespace

TEST_CASE("calls that wait for a connection are not sent into the pause after a 429") {
    server s;
    s.respond_next(limited().header("Retry-After", "3600"));
    loop::options how = options_for(s);
    how.pool.max_connections = 1;
    how.retry.max_attempts = 3;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    int ended = 0;
    int not_sent = 0;
    for (int i = 0; i != 20; ++i)
        client.async_call(report::export_report, week(), [&](state r) {
            REQUIRE_FALSE(r);
            CHECK_MESSAGE(r.error().code() == errc::rate_limited, r.error());
            CHECK(r.error().retry_after >= 3000s);
            CHECK(r.elapsed() < how.deadline); // at once
            ++ended;
            not_sent += r.error().progress == request_progress::not_sent;
        });
    io.run();
    CHECK(ended == 20);
    CHECK(not_sent == 19);
    CHECK(s.requests().size() == 1);

    auto const later = call(client, io, report::export_report, week());
    REQUIRE_FALSE(later);
    CHECK(later.error().code() == errc::rate_limited);
    CHECK(s.requests().size() == 1);
}

TEST_CASE("a second pause ends the calls whose deadline is sooner, as the first one would") {
    auto const clock = std::make_shared<virtual_clock>();
    server_options timed;
    timed.clock = clock;
    server s(timed);
    s.respond_next(limited().header("Retry-After", "2"));
    s.respond_next(limited().header("Retry-After", "2"));
    s.respond_next(limited().header("Retry-After", "3600"));
    loop::options how = options_for(s);
    how.time = clock;
    how.limits.max_in_flight = 1; // the others wait for a permit
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::size_t not_sent = 0, patient = 0;
    loop::call_options with_time;
    with_time.deadline = 2h;
    for (int i = 0; i != 10; ++i)
        client.async_call(report::get_report, report::get_request("x"), [&](state r) {
            REQUIRE_FALSE(r);
            CHECK_MESSAGE(r.error().code() == errc::rate_limited, r.error());
            CHECK(clock->elapsed() <= 5s);
            not_sent += r.error().progress == request_progress::not_sent ? 1 : 0;
        });
    client.async_call(report::get_report, report::get_request("x"), with_time, [&](state r) {
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == errc::not_found, r.error());
        CHECK(clock->elapsed() >= 1h);
        ++patient;
    });
    clock->run(io);
    CHECK(not_sent == 7);
    CHECK(patient == 1);
    CHECK(s.requests().size() == 4);
}

TEST_CASE("a 429 that does not say how long makes other calls wait for the base of the pauses") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options timed;
    timed.clock = clock;
    server s(timed);
    loop::options how = options_for(s);
    how.retry.max_attempts = 1;
    asio::io_context io;
    auto const get = [&](loop::client& client) {
        return call(client, io, report::get_report, report::get_request("x"));
    };
    s.respond_next(limited());

    SUBCASE("of which the deadline is no part") {
        how.retry.throttled_base = how.retry.cap = 1h;
        loop::client client(io.get_executor(), how);
        CHECK(get(client).error().status == 429);
        auto const next = get(client);
        REQUIRE_FALSE(next);
        CHECK_MESSAGE(next.error().code() == errc::rate_limited, next.error());
        CHECK(next.error().progress == request_progress::not_sent);
        CHECK(next.elapsed() < how.deadline);
        CHECK(s.requests().size() == 1);
    }
    SUBCASE("within the deadline") {
        how.retry.throttled_base = 20s;
        how.time = clock;
        loop::client client(io.get_executor(), how);
        CHECK(get(client).error().status == 429);
        std::optional<state> next;
        client.async_call(report::get_report, report::get_request("x"),
                          [&](state r) { next.emplace(std::move(r)); });
        io.restart();
        clock->run(io);
        REQUIRE(next);
        CHECK(next->error().code() == errc::not_found);
        CHECK(clock->elapsed() == how.retry.throttled_base);
        CHECK(s.requests().size() == 2);
    }
}

TEST_CASE("what waited for a slow connection goes at the rate of the limits, not all at once") {
    constexpr std::size_t calls = 15;
    for (std::size_t const connections : {1u, 4u}) {
        CAPTURE(connections);
        server_options timed;
        timed.clock = std::make_shared<virtual_clock>();
        server s(timed);
        auto const log = std::make_shared<timekeeper>(timed.clock);
        loop::options how = options_for(s);
        how.time = timed.clock;
        how.pool.max_connections = connections;
        how.limits.requests_per_second = 20;
        how.limits.burst = 1;
        how.observer = log;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        std::size_t succeeded = 0;
        for (std::size_t i = 0; i != calls; ++i)
            client.async_call(report::export_report, week(), [&](auto r) {
                REQUIRE_MESSAGE(r, r.error());
                ++succeeded;
            });
        // A second goes by before a connection stands.
        run_until(io, [&] { return client.statistics().connections_being_made == connections; });
        timed.clock->advance(1s);
        timed.clock->run(io);
        CHECK(succeeded == calls);
        REQUIRE(log->at().size() == calls);
        CHECK(log->at().front() >= 1s);
        for (std::size_t i = 1; i != calls; ++i)
            CHECK(log->at()[i] - log->at()[i - 1] >= 50ms);
    }
}

TEST_CASE("the number of calls that may wait holds before anything is connected, too") {
    server s;
    loop::options how = options_for(s);
    how.pool.max_connections = 1;
    how.pool.max_waiting = 2;
    int accepted = 3; // one of them will have the connection
    SUBCASE("with the token there") {}
    SUBCASE("with a token that is yet to be fetched") {
        how.token = loop::secret();
        how.token_provider = [&](loop::token_request, loop::token_handler give) {
            std::move(give)(std::nullopt, loop::secret(s.token()));
        };
        accepted = 2;
    }
    SUBCASE("with a limit on what is in flight") {
        how.limits.max_in_flight = 1;
    }
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    int succeeded = 0;
    int refused = 0;
    for (int i = 0; i != 50; ++i)
        client.async_call(report::export_report, week(), [&](state r) {
            if (r) {
                ++succeeded;
                return;
            }
            CHECK_MESSAGE(r.error().code() == errc::queue_full, r.error());
            CHECK(r.error().progress == request_progress::not_sent);
            ++refused;
        });
    io.run();
    CHECK(succeeded == accepted);
    CHECK(refused == 50 - accepted);
    CHECK(s.requests().size() == static_cast<std::size_t>(accepted));
}

TEST_CASE("where no call may wait, those go that need not") {
    server s;
    loop::options how = options_for(s);
    how.pool.max_connections = 1;
    how.pool.max_waiting = 0;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    for (int i = 0; i != 2; ++i) {
        int succeeded = 0;
        int refused = 0;
        for (int j = 0; j != 3; ++j)
            client.async_call(report::export_report, week(), [&](auto r) {
                if (r)
                    ++succeeded;
                else if (r.error().code() == errc::queue_full)
                    ++refused;
            });
        io.restart();
        io.run();
        CHECK(succeeded == 1);
        CHECK(refused == 2);
    }
}

TEST_CASE("no options make a pause that is below zero, or above a year") {
    asio::io_context io;
    loop::client const client(io.get_executor(), options_for_port(1));
    loop::call_options how;
    how.retry.emplace();
    how.retry->max_attempts = 100;
    for (auto const base :
         {1ms, std::chrono::milliseconds::max() / 2 + 1ms, std::chrono::milliseconds::max() - 1ms,
          std::chrono::milliseconds::max()})
        for (unsigned attempt : {1u, 2u, 9u, 63u, 64u, 99u}) {
            CAPTURE(base.count());
            CAPTURE(attempt);
            how.retry->base = base;
            how.retry->cap = std::chrono::milliseconds::max();
            auto const why =
                client.explain(report::get_report, loop::answered_with(503), attempt, how);
            CHECK(why.longest_pause > 0ms);
            CHECK(why.longest_pause <= std::chrono::days(365));
            CHECK_FALSE(contains(printed(why), "-"));
        }
}

TEST_CASE("of several idle connections that have died, a call tries no more than one") {
    for (auto const end : {connection_end::close, connection_end::cut, connection_end::reset}) {
        CAPTURE(static_cast<int>(end));
        server s;
        asio::io_context io;
        loop::options how = options_for(s);
        loop::client client(io.get_executor(), how);
        response_override held(200, good_body);
        held.pause_after = 0; // no answer before all have come
        int succeeded = 0;
        for (int i = 0; i != 3; ++i) {
            s.respond_next(held);
            client.async_call(report::export_report, week(),
                              [&](state r) { succeeded += r ? 1 : 0; });
        }
        run_until(io, [&] { return s.requests().size() == 3; });
        run_until(io, [&] {
            s.release();
            return succeeded == 3;
        });
        io.run();
        REQUIRE(client.statistics().connections_idle == 3);

        s.respond_next(response_override::bytes("", end));
        s.respond_next(response_override(200, good_body));
        auto const r = call(client, io, report::get_report, report::get_request("x"));
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r.attempts() == 2);
        auto const sent = s.requests();
        REQUIRE(sent.size() == 5);
        CHECK(sent[3].connection <= 3);
        CHECK(sent[4].connection == 4);
        CHECK(client.statistics().connections_idle == 1); // the others are not trusted either
    }
}

} // TEST_SUITE("client/limits/pauses")
