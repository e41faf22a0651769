// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Peers that do not share the clock: they are waited for in real time, up to the patience.
#include <testing/virtual_clock/fixture.hpp>

#include <client/black_hole.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>

TEST_SUITE("testing/virtual_clock/peers") {

using namespace fixture;

TEST_CASE("a peer that knows nothing of the clock is waited for, but not for ever") {
    black_hole nobody;
    auto const clock = std::make_shared<virtual_clock>();
    clock->set_patience(50ms);
    auto how = options_for_port(nobody.port());
    how.time = clock;
    how.connect_timeout = 8s;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::optional<loop::error> failure;
    client.async_call(drafts::create_draft, drafts::create_request(),
                      [&](auto r) { failure = r.error(); });
    clock->run(io);
    REQUIRE(failure);
    CHECK(failure->code() == errc::connect_timed_out);
    CHECK(failure->elapsed == 8s);

    // And one that is slow in real time only costs no virtual time at all.
    server s;
    s.script(drafts::create_draft, {fault::delay(30ms)});
    how = options_for(s);
    how.time = clock;
    how.stall_timeout = 1ms;
    clock->set_patience(patience);
    loop::client other(io.get_executor(), how);
    std::optional<std::chrono::milliseconds> took;
    other.async_call(drafts::create_draft, drafts::create_request(),
                     [&](auto r) { took = r ? r.elapsed() : -1ms; });
    io.restart();
    clock->run(io);
    CHECK(took == 0ms);
}

TEST_CASE("a silent peer costs the patience once, however often others look at the clock") {
    asio::io_context io;
    asio::ip::tcp::acceptor const silent(io, {asio::ip::address_v4::loopback(), 0});
    auto const clock = std::make_shared<virtual_clock>();
    clock->set_patience(50ms);
    auto how = options_for_port(silent.local_endpoint().port());
    how.time = clock;
    how.handshake_timeout = 60s;
    how.deadline = 10min;
    loop::client client(io.get_executor(), how);
    std::optional<loop::error> failure;
    client.async_call(drafts::create_draft, drafts::create_request(),
                      [&](auto r) { failure = r.error(); });
    auto const ticking = [&]() -> asio::awaitable<void> {
        while (!failure) {
            co_await clock->async_sleep_for(1s, asio::use_awaitable);
            clock->set_patience(1h); // in which no test ends
        }
    };
    asio::co_spawn(io, ticking(), asio::detached);
    clock->run(io);
    REQUIRE(failure);
    CHECK(failure->code() == errc::handshake_timed_out);
    CHECK(failure->elapsed == 60s);
}

TEST_CASE("a peer that was given up, and answers in part, is waited for again") {
    server s; // which knows nothing of the clock
    auto half = response_override(201, "{}");
    half.pause_after = 10;
    s.respond_next(half);
    s.hold_next();
    auto const clock = std::make_shared<virtual_clock>();
    clock->set_patience(50ms);
    auto how = options_for(s);
    how.time = clock;
    how.stall_timeout = 1h;
    how.deadline = 2h;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::optional<loop::error> failure;
    client.async_call(drafts::create_draft, drafts::create_request(),
                      [&](auto r) { failure = r.error(); });
    bool held = false;
    for (auto const end = std::chrono::steady_clock::now() + patience;
         !held && std::chrono::steady_clock::now() < end; held = s.wait_until_held(1ms))
        io.poll();
    REQUIRE(held);
    clock->run_for(io, 10s);
    CHECK(clock->elapsed() == 10s);
    clock->set_patience(1h); // in which no test ends
    s.release();
    CHECK(io.run_one_for(patience) == 1); // the part
    std::optional<std::chrono::nanoseconds> seen_at;
    std::thread later([&] {
        std::this_thread::sleep_for(20ms); // time for run() to get it wrong
        asio::post(io, [&] {
            seen_at = clock->elapsed();
            clock->set_patience(50ms);
        });
    });
    clock->run(io);
    later.join();
    CHECK(seen_at == 10s);
    REQUIRE(failure);
    CHECK(failure->code() == errc::stalled);
    CHECK(failure->progress == loop::request_progress::response_begun);
    CHECK(failure->elapsed == 1h + 10s);
}

TEST_CASE("the clock stands still while a handler runs, however long that takes") {
    virtual_setup v;
    std::promise<void> moved;
    auto const has_moved = moved.get_future();
    bool stood_still = false;
    v.s.on(report::get_report, [&](report::get_request const& request) {
        v.clock->set_patience(1ms);
        asio::post(v.io, [] {}); // run() waits anew, with that patience
        stood_still = has_moved.wait_for(100ms) == std::future_status::timeout;
        v.clock->set_patience(patience);
        report::export_result result;
        result.id = request.id;
        return result;
    });
    std::optional<std::chrono::milliseconds> took;
    v.client().async_call(report::get_report, report::get_request("x"),
                          [&](auto r) { took = r ? r.elapsed() : -1ms; });
    v.spawn([&]() -> asio::awaitable<void> {
        co_await v.clock->async_sleep_for(1s, asio::use_awaitable);
        moved.set_value();
    });
    v.run();
    CHECK(stood_still);
    CHECK(took == 0ms);
}

} // TEST_SUITE("testing/virtual_clock/peers")
