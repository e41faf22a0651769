// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A call can be ended at any point, in every way, and leaves nothing behind.
#include <client/black_hole.hpp>
#include <client/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

TEST_SUITE("client/cancellation") {

using namespace fixture;
using asio::cancellation_type;
using loop::request_progress;

namespace {

using state = loop::result<report::export_result>;

// Where a call can be when it is cancelled.
enum class point { begun, connecting, shaking_hands, answer_awaited, body_awaited };

struct scene {
    point where;
    request_progress progress;
};

constexpr scene scenes[] = {
    {point::begun, request_progress::not_sent},
    {point::connecting, request_progress::not_sent},
    {point::shaking_hands, request_progress::not_sent},
    {point::answer_awaited, request_progress::sent},
    {point::body_awaited, request_progress::response_begun},
};

// A server, or a port without one, at which a call gets just that far.
struct stage {
    explicit stage(point where) : s(server_for(where)), how(options_for(s)) {
        if (where == point::connecting)
            how = options_for_port(hole.port());
        if (where == point::answer_awaited)
            s.hold_next();
        if (where == point::body_awaited) {
            response_override half(200, R"({"id":"x","status":"Processing"})");
            half.pause_after = 150;
            s.respond_next(half);
        }
    }
    static server_options server_for(point where) {
        server_options made;
        made.stall_handshakes = where == point::shaking_hands;
        return made;
    }

    server s;
    black_hole hole;
    loop::options how;
};

// Runs the context until the call is at that point.
void run_until(point where, asio::io_context& io, server& s) {
    fixture::run_until(io, [&] {
        switch (where) {
        case point::begun: return true;
        case point::connecting: return io.poll() == 0; // it only waits for the connection now
        case point::shaking_hands: return s.wait_for_connections(1, 0ms);
        default: return s.wait_until_held(0ms);
        }
    });
    // The server is that far; the client still has to take notice.
    if (where == point::answer_awaited || where == point::body_awaited)
        run_until_quiet(io);
}

} // namespace

TEST_CASE("each cancellation type ends a call at each point, once, and leaves nothing behind") {
    for (auto type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        for (scene const& now : scenes) {
            CAPTURE(static_cast<int>(type));
            CAPTURE(static_cast<int>(now.where));
            stage here(now.where);
            server& s = here.s;
            asio::io_context io;
            loop::client client(io.get_executor(), here.how);
            asio::cancellation_signal signal;
            int completed = 0;
            client.async_call(report::export_report, week(),
                              asio::bind_cancellation_slot(signal.slot(), [&](state r) {
                                  ++completed;
                                  REQUIRE_FALSE(r);
                                  CHECK(r.error().code() == loop::errc::cancelled);
                                  CHECK(r.error().code() == loop::condition::cancelled);
                                  CHECK(r.error().progress == now.progress);
                              }));
            run_until(now.where, io, s);
            REQUIRE(completed == 0);
            signal.emit(type);
            CHECK(completed == 0); // not from within emit()
            io.restart();
            io.run(); // returns: no timer, no socket is waited for
            CHECK(completed == 1);
            CHECK(s.wait_until_idle(patience)); // the connection is closed, though the client lives
            CHECK(client.statistics().connections_idle == 0);
            CHECK(s.requests().size() <= 1);
            signal.emit(type); // too late: nobody is there
            io.restart();
            io.run();
            CHECK(completed == 1);
        }
    }
}

TEST_CASE("no cancellation is no cancellation") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    asio::cancellation_signal signal;
    int completed = 0;
    client.async_call(report::export_report, week(),
                      asio::bind_cancellation_slot(signal.slot(), [&](state r) {
                          ++completed;
                          CHECK(r);
                      }));
    signal.emit(cancellation_type::none);
    io.run();
    CHECK(completed == 1);
    signal.emit(cancellation_type::terminal); // after the end
    CHECK(completed == 1);
}

TEST_CASE("the slot is free again when the handler runs, so that it can serve the next call") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    asio::cancellation_signal signal;
    int completed = 0;
    client.async_call(
        report::export_report, week(), asio::bind_cancellation_slot(signal.slot(), [&](state r) {
            CHECK(r);
            s.hold_next();
            client.async_call(report::export_report, week(),
                              asio::bind_cancellation_slot(signal.slot(), [&](state second) {
                                  REQUIRE_FALSE(second);
                                  CHECK(second.error().code() == loop::errc::cancelled);
                                  ++completed;
                              }));
        }));
    fixture::run_until(io, [&] { return s.wait_until_held(0ms); });
    signal.emit(cancellation_type::total);
    io.run();
    CHECK(completed == 1);
}

TEST_CASE("a coroutine that races a call against a timer gets its call cancelled") {
    using namespace asio::experimental::awaitable_operators;
    server s;
    s.hold_next();
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    bool raced = false;
    auto const race = [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(io, 50ms);
        report::export_request request = week();
        auto operation = client.async_call(report::export_report, request, asio::use_awaitable) ||
                         timer.async_wait(asio::use_awaitable);
        auto first = co_await std::move(operation);
        CHECK(first.index() == 1);
        raced = true;
    };
    asio::co_spawn(io, race, [](std::exception_ptr e) { CHECK_FALSE(e); });
    io.run();
    CHECK(raced);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("destroying the client ends its calls, each of them once") {
    for (scene const& now : scenes) {
        CAPTURE(static_cast<int>(now.where));
        stage here(now.where);
        server& s = here.s;
        asio::io_context io;
        std::optional<loop::client> client(std::in_place, io.get_executor(), here.how);
        int completed = 0;
        client->async_call(report::export_report, week(), [&](state r) {
            ++completed;
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == loop::errc::client_closed);
            CHECK(r.error().code() == loop::condition::cancelled);
        });
        run_until(now.where, io, s);
        auto late = client->async_call(report::export_report, week(), asio::deferred);
        client.reset();
        CHECK(completed == 0);
        std::move(late)([&](state r) {
            ++completed;
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == loop::errc::client_closed);
        });
        io.restart();
        io.run();
        CHECK(completed == 2);
        CHECK(s.wait_until_idle(patience));
    }
}

TEST_CASE("a handler may destroy the client, or move another into its place") {
    server s;
    asio::io_context io;
    auto client = std::make_unique<loop::client>(io.get_executor(), options_for(s));
    int completed = 0;
    client->async_call(report::export_report, week(), [&](state r) {
        CHECK(r);
        client.reset();
        ++completed;
    });
    io.run();
    CHECK(completed == 1);
    CHECK(s.wait_until_idle(patience));

    s.hold_next();
    loop::client first(io.get_executor(), options_for(s));
    first.async_call(report::export_report, week(), [&](state r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::errc::client_closed);
        ++completed;
    });
    first = loop::client(io.get_executor(), options_for(s));
    s.release();
    first.async_call(report::export_report, week(), [&](state r) {
        CHECK(r);
        ++completed;
    });
    io.restart();
    io.run();
    CHECK(completed == 3);
}

TEST_CASE("calls on a context that several threads run, cancelled at any moment") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string const id = s.add_export();
    struct one_call {
        explicit one_call(asio::io_context& context)
            : strand(asio::make_strand(context)), timer(strand) {}
        asio::strand<asio::io_context::executor_type> strand;
        asio::steady_timer timer;
        asio::cancellation_signal signal; // used on the strand only
    };
    std::vector<std::unique_ptr<one_call>> calls;
    std::atomic<int> completed{0};
    std::atomic<int> odd{0};
    for (int i = 0; i != 200; ++i) {
        one_call& c = *calls.emplace_back(std::make_unique<one_call>(io));
        asio::post(c.strand, [&, i] {
            c.timer.expires_after(std::chrono::microseconds(i * 50));
            c.timer.async_wait([&](boost::system::error_code ec) {
                if (!ec)
                    c.signal.emit(cancellation_type::total);
            });
            client.async_call(report::get_report, report::get_request(id),
                              asio::bind_cancellation_slot(
                                  c.signal.slot(), asio::bind_executor(c.strand, [&](state r) {
                                      ++completed;
                                      if (!r && r.error().code() != loop::errc::cancelled)
                                          ++odd;
                                      c.timer.cancel();
                                  })));
        });
    }
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&] { io.run(); });
    for (std::thread& t : threads)
        t.join();
    CHECK(completed == 200);
    CHECK(odd == 0);
}

} // TEST_SUITE("client/cancellation")
