// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How a client ends: in order, at once, and whatever its calls are at.
#include <client/black_hole.hpp>
#include <client/fixture.hpp>
#include <net/faults/matrix.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("client/lifetimes/closing") {

using namespace fixture;
using outcome = loop::result<report::export_result>;

namespace {

// Names the causes for which a call waits.
enum class point { token, limit, connection, connecting, handshake, answer, next_attempt };

constexpr point points[] = {point::token,     point::limit,  point::connection,  point::connecting,
                            point::handshake, point::answer, point::next_attempt};

// A client of which each call gets just that far; of those that wait for each other, the first one
// waits for its answer.
class stage {
public:
    explicit stage(point where) : where_(where), s(options_at(where)), how(options_for(s)) {
        how.deadline = 1h;
        how.token_timeout = 1h;
        how.connect_timeout = how.handshake_timeout = how.stall_timeout = 1h;
        if (where == point::token) {
            how.token = {};
            how.token_provider = [this](loop::token_request, loop::token_handler handler) {
                kept_.push_back(std::move(handler));
            };
        }
        if (where == point::limit)
            how.limits.max_in_flight = 1;
        if (where == point::connection)
            how.pool.max_connections = 1;
        if (where == point::connecting) {
            how.base_url = "https://127.0.0.1:" + std::to_string(hole_.port());
        }
        how.retry.max_attempts = 2;
        for (int i = 0; i != calls; ++i)
            if (where == point::next_attempt)
                s.respond_next(response_override(503, "{}").header("Retry-After", "3000"));
            else
                s.hold_next();
    }

    static constexpr int calls = 3;

    // Begins the calls, and runs the context until they are at that point.
    template <class Handler>
    void begin(loop::client& client, asio::io_context& io, Handler handler) {
        for (int i = 0; i != calls; ++i)
            client.async_call(report::get_report, report::get_request("x"), handler);
        run_until(io, [&] { return is_reached(client.statistics()); });
    }

private:
    static server_options options_at(point where) {
        server_options made;
        made.stall_handshakes = where == point::handshake;
        return made;
    }
    bool is_reached(loop::client_statistics const& now) const {
        switch (where_) {
        case point::token: return now.calls_waiting_for_token == 3 && !kept_.empty();
        case point::limit: return now.calls_waiting_for_limit == 2 && s.requests().size() == 1;
        case point::connection:
            return now.calls_waiting_for_connection == 2 && s.requests().size() == 1;
        case point::connecting: return now.connections_being_made == 3;
        case point::handshake: return s.connections_accepted() == 3;
        case point::answer: return s.requests().size() == 3;
        case point::next_attempt: return now.calls_between_attempts == 3;
        }
        return false;
    }

    point const where_;
    black_hole hole_;
    std::vector<loop::token_handler> kept_;

public:
    server s;
    loop::options how;
};

void check_closed(outcome const& r) {
    REQUIRE_FALSE(r);
    CHECK_MESSAGE(r.error().code() == loop::errc::client_closed, r.error());
}

struct setup {
    server s;
    loop::options how = options_for(s);
    asio::io_context io;
    std::optional<loop::client> made;
    std::string log; // of what completed: c for a call, X for a closed one, E for the end

    loop::client& client() { return made ? *made : made.emplace(io.get_executor(), how); }
    void begin() {
        client().async_call(report::export_report, week(), [this](outcome const& r) {
            if (r)
                log += 'c';
            else
                log += r.error().code() == loop::errc::client_closed ? 'X' : '?';
        });
    }
    auto at_end() {
        return [this] { log += 'E'; };
    }
    void hold_and_begin() {
        s.hold_next();
        begin();
        run_until_held();
    }
    void run_until_held() {
        run_until(io, [this] { return s.wait_until_held(0ms); });
    }
    void poll() {
        io.restart();
        while (io.poll() != 0) {
        }
    }
    void run() {
        io.restart();
        io.run();
    }
};

// Waits for other threads; returns false if that takes too long.
template <class Condition>
bool wait_until(Condition reached) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!reached()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace

TEST_CASE("destroying the client ends its calls, whatever they wait for") {
    for (point const where : points) {
        CAPTURE(static_cast<int>(where));
        no_descriptor_leaks const none;
        asio::io_context io;
        stage here(where);
        std::optional<loop::client> client(std::in_place, io.get_executor(), here.how);
        int closed = 0;
        here.begin(*client, io, [&](outcome const& r) {
            check_closed(r);
            ++closed;
        });
        client.reset();
        CHECK(closed == 0); // not from within
        io.run();
        CHECK(closed == 3);
        if (where != point::connecting)
            CHECK(here.s.wait_until_idle(patience));
    }
}

TEST_CASE("cancelling async_close does the same, and then completes") {
    for (point const where : points) {
        CAPTURE(static_cast<int>(where));
        no_descriptor_leaks const none;
        asio::io_context io;
        stage here(where);
        loop::client client(io.get_executor(), here.how);
        int closed = 0;
        here.begin(client, io, [&](outcome const& r) {
            check_closed(r);
            ++closed;
        });
        asio::cancellation_signal signal;
        bool ended = false;
        client.async_close(asio::bind_cancellation_slot(signal.slot(), [&] {
            CHECK(closed == 3);
            ended = true;
        }));
        io.poll();
        CHECK_FALSE(ended);
        signal.emit(asio::cancellation_type::partial);
        io.restart();
        io.run(); // returns, though the client lives
        CHECK(ended);
        CHECK(client.statistics().calls == 0);
        CHECK(client.statistics().connections_open == 0);
        CHECK(client.statistics().connections_being_made == 0);
    }
}

TEST_CASE("a context may be destroyed with calls in it: their handlers are gone then, uncalled") {
    for (bool with_client : {true, false})
        for (point const where : points) {
            CAPTURE(static_cast<int>(where));
            no_descriptor_leaks const none;
            auto const mark = std::make_shared<int>();
            {
                asio::io_context io;
                stage here(where);
                std::optional<loop::client> client(std::in_place, io.get_executor(), here.how);
                here.begin(*client, io, [mark](outcome const& r) { FAIL(r.error()); });
                client->async_close([mark] { FAIL("called"); });
                if (with_client)
                    client.reset();
            }
            CHECK(mark.use_count() == 1);
        }
}

TEST_CASE("a context may be destroyed with a coroutine in it that owns the client") {
    server s;
    loop::options how = options_for(s);
    for (bool on_strand : {false, true}) {
        CAPTURE(on_strand);
        auto const mark = std::make_shared<int>();
        auto const observer = std::make_shared<loop::observer>();
        how.observer = observer;
        {
            asio::io_context io;
            asio::steady_timer never(io, 1h); // its waits end after the strands of the program
            asio::any_io_executor on = io.get_executor();
            if (on_strand)
                on = asio::make_strand(io);
            auto const owner = [&]() -> asio::awaitable<void> {
                loop::client client(on, how);
                client.async_call(report::export_report, week(), [mark](outcome const&) {});
                co_await never.async_wait(asio::use_awaitable);
            };
            s.hold_next();
            asio::co_spawn(on, owner, asio::detached);
            run_until(io, [&] { return s.wait_until_held(0ms); });
        }
        s.release();
        how.observer = nullptr;
        CHECK(mark.use_count() == 1);
        CHECK(observer.use_count() == 1);
    }
}

TEST_CASE("async_close lets the calls under way go on, takes no other, and closes what is open") {
    setup t;
    t.begin();
    t.run();
    CHECK(t.client().statistics().connections_idle == 1);
    t.hold_and_begin();
    t.client().async_close(t.at_end());
    t.begin();
    t.poll();
    CHECK(t.log == "cX");
    t.s.release();
    t.run();
    CHECK(t.log == "cXcE");
    CHECK(t.client().statistics().connections_open == 0);
    CHECK(t.s.wait_until_idle(patience));
    t.begin();
    t.run();
    CHECK(t.log == "cXcEX");
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("a client without a call is closed at once, and again") {
    setup t;
    for (int i = 0; i != 3; ++i)
        t.client().async_close(t.at_end());
    CHECK(t.log == ""); // not from within
    t.run();
    CHECK(t.log == "EEE");
    t.client().async_close(t.at_end());
    t.run();
    CHECK(t.log == "EEEE");
}

TEST_CASE("idle connections are closed, and their timer no longer keeps the context at work") {
    setup t;
    t.how.pool.idle_timer = true;
    t.how.pool.idle_timeout = 1h;
    t.begin();
    run_until(t.io, [&] { return !t.log.empty(); });
    t.client().async_close(t.at_end());
    t.run();
    CHECK(t.log == "cE");
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("every async_close waits for the last call") {
    setup t;
    t.hold_and_begin();
    for (int i = 0; i != 3; ++i)
        t.client().async_close(t.at_end());
    t.poll();
    CHECK(t.log == "");
    t.s.release();
    t.run();
    CHECK(t.log == "cEEE");
}

TEST_CASE("a client that is destroyed while it closes ends its calls, and then closes") {
    setup t;
    t.hold_and_begin();
    t.client().async_close(t.at_end());
    t.poll();
    t.made.reset();
    t.run();
    CHECK(t.log == "XE");
}

TEST_CASE("a call that is tried again while the client closes gets its other attempt") {
    setup t;
    t.how.retry.max_attempts = 2;
    t.how.retry.throttled_base = 1ms;
    response_override busy(429, "{}");
    busy.pause_after = 0;
    t.s.respond_next(busy);
    t.begin();
    t.run_until_held();
    t.client().async_close(t.at_end());
    t.s.release();
    t.run();
    CHECK(t.log == "cE");
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("async_close waits for the handlers to return, wherever they run") {
    setup t;
    asio::io_context elsewhere;
    for (int i = 0; i != 2; ++i)
        t.client().async_call(report::export_report, week(),
                              asio::bind_executor(elsewhere.get_executor(), [&](outcome const& r) {
                                  CHECK(r);
                                  t.poll(); // what would come too early comes now
                                  t.log += 'c';
                              }));
    t.client().async_close(t.at_end());
    run_until(t.io, [&] {
        auto const now = t.client().statistics();
        return now.calls_started == 2 && now.calls == 0;
    });
    t.poll();
    CHECK(t.log == "");
    elsewhere.run_one();
    t.poll();
    CHECK(t.log == "c");
    elsewhere.run();
    t.run();
    CHECK(t.log == "ccE");
}

TEST_CASE("it waits for the handler of a call that was refused, too") {
    setup t;
    asio::io_context elsewhere;
    loop::call_options bad;
    bad.headers.append("No Token", "x");
    t.client().async_call(report::export_report, week(), bad,
                          asio::bind_executor(elsewhere.get_executor(), [&](outcome const& r) {
                              REQUIRE_FALSE(r);
                              CHECK(r.error().code() == loop::errc::invalid_option);
                              t.poll(); // what would come too early comes now
                              t.log += 'r';
                          }));
    t.client().async_close(t.at_end());
    t.poll();
    CHECK(t.log == "");
    elsewhere.run();
    t.run();
    CHECK(t.log == "rE");
}

TEST_CASE("a handler that throws has returned too") {
    setup t;
    t.client().async_call(report::export_report, week(),
                          [](outcome const&) { throw std::runtime_error("a handler's own"); });
    CHECK_THROWS_AS(t.io.run(), std::runtime_error);
    t.client().async_close(t.at_end());
    t.poll();
    CHECK(t.log == "E");
}

TEST_CASE("a handler may begin a call, and close the client") {
    setup t;
    t.client().async_call(report::export_report, week(), [&](outcome const& r) {
        CHECK(r);
        t.client().async_close(t.at_end());
        t.begin();
        t.log += 'h';
    });
    t.run();
    CHECK(t.log == "hXE");
}

TEST_CASE("a coroutine awaits the end") {
    setup t;
    auto const all = [&]() -> asio::awaitable<void> {
        report::export_request const request = week();
        auto const r = co_await t.client().async_call(report::export_report, request);
        CHECK(r);
        co_await t.client().async_close();
        t.log += 'E';
        auto const late = co_await t.client().async_call(report::export_report, request);
        check_closed(late);
    };
    asio::co_spawn(t.io, all, [](std::exception_ptr e) { CHECK_FALSE(e); });
    t.run();
    CHECK(t.log == "E");
}

TEST_CASE("closed from another thread, every handler has returned when it completes") {
    server s;
    for (int round = 0; round != 20; ++round) {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        std::atomic<int> begun = 0;
        std::atomic<int> returned = 0;
        std::atomic<int> odd = 0;
        for (int i = 0; i != 20; ++i)
            asio::post(io, [&] {
                client.async_call(report::export_report, week(), [&](outcome const& r) {
                    if (!r)
                        ++odd;
                    std::this_thread::yield();
                    ++returned;
                });
                ++begun;
            });
        std::vector<std::thread> threads;
        for (int i = 0; i != 3; ++i)
            threads.emplace_back([&] { io.run(); });
        CHECK(wait_until([&] { return begun == 20; }));
        std::future<void> const closed = client.async_close(asio::use_future);
        CHECK(closed.wait_for(patience) == std::future_status::ready);
        int const at_end = returned;
        for (std::thread& each : threads)
            each.join();
        CHECK(at_end == 20);
        CHECK(returned == 20);
        CHECK(odd == 0);
    }
}

TEST_CASE("destroyed while several threads run its calls") {
    server s;
    for (int round = 0; round != 20; ++round) {
        asio::io_context io;
        std::optional<loop::client> client(std::in_place, io.get_executor(), options_for(s));
        std::atomic<int> completed = 0;
        std::atomic<int> odd = 0;
        for (int i = 0; i != 20; ++i)
            client->async_call(report::export_report, week(), [&](outcome const& r) {
                if (!r && r.error().code() != loop::errc::client_closed)
                    ++odd;
                ++completed;
            });
        std::vector<std::thread> threads;
        for (int i = 0; i != 3; ++i)
            threads.emplace_back([&] { io.run(); });
        CHECK(wait_until([&] { return completed >= round / 2; }));
        client.reset();
        for (std::thread& each : threads)
            each.join();
        CHECK(completed == 20);
        CHECK(odd == 0);
    }
    CHECK(s.wait_until_idle(patience));
}

} // TEST_SUITE("client/lifetimes/closing")
