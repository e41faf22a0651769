// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The clock by itself, and what waits for it.
#include <testing/virtual_clock/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

TEST_SUITE("testing/virtual_clock/clock") {

using namespace fixture;
using boost::system::error_code;
using loop::time_source;

TEST_CASE("a virtual clock stands where it was put, and goes as far as it is moved") {
    std::chrono::sys_seconds const start = std::chrono::sys_days(std::chrono::year(2030) / 2 / 1);
    auto const clock = std::make_shared<virtual_clock>(start);
    auto const before = clock->now();
    CHECK(clock->system_now() == start);
    CHECK(clock->elapsed() == 0s);
    clock->advance(90min);
    CHECK(clock->now() - before == 90min);
    CHECK(clock->system_now() == start + 90min);
    CHECK(clock->elapsed() == 90min);
    CHECK_THROWS_AS(clock->advance(-1s), std::invalid_argument);
    CHECK(clock->elapsed() == 90min);
    CHECK(std::make_shared<virtual_clock>()->system_now() ==
          std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
}

TEST_CASE("coroutines sleep in virtual time, and wake in its order") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    std::vector<std::string> order;
    auto const sleeps = [&](std::string name, std::chrono::seconds time) -> asio::awaitable<void> {
        co_await clock->async_sleep_for(time, asio::use_awaitable);
        order.push_back(name + " at " + std::to_string(clock->elapsed() / 1s));
        co_await clock->async_sleep_for(time, asio::use_awaitable);
        order.push_back(name + " at " + std::to_string(clock->elapsed() / 1s));
    };
    asio::co_spawn(io, sleeps("a", 3600s), asio::detached);
    asio::co_spawn(io, sleeps("b", 1800s), asio::detached);
    asio::co_spawn(io, sleeps("c", 2000s), asio::detached);
    CHECK(clock->run(io) > 0);
    CHECK(io.stopped());
    CHECK(order == std::vector<std::string>{"b at 1800", "c at 2000", "a at 3600", "b at 3600",
                                            "c at 4000", "a at 7200"});
    CHECK(clock->waits().empty());
}

TEST_CASE("a wait for what is past is over at once, but not from within") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    bool called = false;
    clock->async_wait_until(clock->now() - 1s,
                            asio::bind_executor(io, [&](error_code ec) { called = !ec; }));
    CHECK_FALSE(called);
    clock->run(io);
    CHECK(called);
    CHECK(clock->elapsed() == 0s);
}

TEST_CASE("a sleep that is cancelled says so, and time does not pass for it") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    asio::cancellation_signal stop;
    std::optional<error_code> ended;
    clock->async_sleep_for(
        1h, asio::bind_executor(
                io, asio::bind_cancellation_slot(stop.slot(), [&](error_code ec) { ended = ec; })));
    CHECK(clock->waits() == std::vector{clock->now() + 1h});
    asio::post(io, [&] { stop.emit(asio::cancellation_type::total); });
    clock->run(io);
    REQUIRE(ended);
    CHECK(*ended == asio::error::operation_aborted);
    CHECK(clock->elapsed() == 0s);
    CHECK(clock->waits().empty());
}

TEST_CASE("run_for stops at its time exactly, with what is due by then done") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    int ticks = 0;
    auto const ticking = [&]() -> asio::awaitable<void> {
        for (; ticks != 10; ++ticks)
            co_await clock->async_sleep_for(1min);
    };
    asio::co_spawn(io, ticking(), asio::detached);
    clock->run_for(io, 150s);
    CHECK(ticks == 2);
    CHECK(clock->elapsed() == 150s);
    CHECK_FALSE(io.stopped());
    clock->run_for(io, 30s); // up to what is due then, and with it
    CHECK(ticks == 3);
    CHECK(clock->elapsed() == 180s);
    clock->run_for(io, 1h); // out of work before that
    CHECK(ticks == 10);
    CHECK(io.stopped());
    CHECK(clock->elapsed() == 10min);
}

TEST_CASE("one context is run at a time") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io, other;
    bool refused = false;
    asio::post(io, [&] {
        try {
            clock->run(other);
        } catch (std::logic_error const&) {
            refused = true;
        }
    });
    clock->run(io);
    CHECK(refused);
    CHECK(clock->run(other) == 0); // afterwards it may
}

TEST_CASE("moved by hand from another thread, it wakes those who wait on theirs") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::thread_pool pool(2);
    std::atomic<int> woken = 0;
    for (int i = 1; i <= 100; ++i)
        clock->async_sleep_for(
            std::chrono::seconds(i),
            asio::bind_executor(pool, [&](error_code ec) { woken += ec ? 0 : 1; }));
    CHECK(clock->waits().size() == 100);
    std::thread mover([&] {
        for (int i = 0; i != 50; ++i)
            clock->advance(2s);
    });
    mover.join();
    pool.join();
    CHECK(woken == 100);
    CHECK(clock->elapsed() == 100s);
}

TEST_CASE("a clock that is held still waits for what takes real time elsewhere") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    asio::thread_pool elsewhere(1);
    std::optional<std::chrono::nanoseconds> result_at;
    auto work = std::make_shared<asio::executor_work_guard<asio::io_context::executor_type>>(
        io.get_executor());
    clock->async_sleep_for(1min, asio::bind_executor(io, [](error_code) {}));
    asio::post(elsewhere, [&, still = clock->hold_still()] {
        std::this_thread::sleep_for(20ms); // time for run() to get it wrong
        asio::post(io, [&] {
            result_at = clock->elapsed();
            work.reset();
        });
    });
    clock->run(io);
    elsewhere.join();
    CHECK(result_at == 0s);
    CHECK(clock->elapsed() == 1min);
}

TEST_CASE("who waits goes with its context, and does not wait any more") {
    auto const clock = std::make_shared<virtual_clock>();
    auto const kept = std::make_shared<int>(0);
    {
        asio::io_context io;
        clock->async_sleep_for(1h, asio::bind_executor(io, [kept](error_code) {}));
        auto const sleeps = [&]() -> asio::awaitable<void> {
            auto const also_kept = kept;
            co_await clock->async_sleep_for(2h, asio::use_awaitable);
        };
        asio::co_spawn(io, sleeps(), asio::detached);
        io.poll();
        CHECK(clock->waits().size() == 2);
        CHECK(kept.use_count() > 1);
    }
    CHECK(kept.use_count() == 1);
    CHECK(clock->waits().empty());
    clock->advance(3h);
}

TEST_CASE("a sum of times that is too large for a clock is its end") {
    using duration = virtual_clock::duration;
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    std::optional<error_code> ended;
    asio::cancellation_signal stop;
    clock->async_sleep_for(
        duration::max(),
        asio::bind_executor(
            io, asio::bind_cancellation_slot(stop.slot(), [&](error_code ec) { ended = ec; })));
    bool woken = false;
    clock->async_sleep_for(1h, asio::bind_executor(io, [&](error_code) { woken = true; }));
    clock->run_for(io, 1min);
    CHECK_FALSE(ended);
    CHECK(clock->elapsed() == 1min);
    asio::post(io, [&] {
        clock->async_sleep_for(2h, asio::bind_executor(io, [&](error_code) {
                                   stop.emit(asio::cancellation_type::total);
                               }));
    });
    clock->run_for(io, duration::max());
    CHECK(woken);
    CHECK(ended == asio::error::operation_aborted);
    CHECK(clock->elapsed() == 2h + 1min);

    bool called = false;
    auto const never = clock->begin_wait(time_source::time_point::max(), [&] { called = true; });
    clock->advance(std::chrono::years(290));
    CHECK(clock->now() == time_source::time_point::max());
    CHECK(clock->system_now() == std::chrono::system_clock::time_point::max());
    clock->advance(1s);
    CHECK(clock->now() == time_source::time_point::max());
    CHECK_FALSE(called); // that one is until it is cancelled
    clock->cancel_wait(never);
}

TEST_CASE("a wait that is over when it begins may ask the clock") {
    auto const clock = std::make_shared<virtual_clock>();
    std::optional<std::chrono::nanoseconds> due_at;
    clock->begin_wait(clock->now(), [&] { due_at = clock->elapsed(); });
    CHECK(due_at == 0s);
}

TEST_CASE("a wait that could not be told that it is due, for lack of memory, is told again") {
    auto const clock = std::make_shared<virtual_clock>();
    int failures = 1;
    int told = 0;
    bool later_told = false;
    clock->begin_wait(clock->now() + 1min, [&] {
        if (failures-- > 0)
            throw std::bad_alloc();
        ++told;
    });
    clock->begin_wait(clock->now() + 2min, [&] { later_told = true; });
    CHECK_THROWS_AS(clock->advance(1h), std::bad_alloc);
    CHECK(clock->elapsed() == 1h);
    CHECK(clock->waits().size() == 2);
    CHECK_FALSE(later_told);
    clock->advance(0s);
    CHECK(told == 1);
    CHECK(later_told);
    CHECK(clock->waits().empty());
}

TEST_CASE("patience without end is never over") {
    auto const clock = std::make_shared<virtual_clock>();
    clock->set_patience(std::chrono::milliseconds::max());
    asio::io_context io;
    clock->async_sleep_for(1min, asio::bind_executor(io, [](error_code) {}));
    clock->io_began(1);
    std::optional<std::chrono::nanoseconds> answered_at;
    std::thread peer([&] {
        std::this_thread::sleep_for(20ms); // time for run() to get it wrong
        asio::post(io, [&] {
            answered_at = clock->elapsed();
            clock->io_ended(1);
        });
    });
    clock->run(io);
    peer.join();
    CHECK(answered_at == 0s);
    CHECK(clock->elapsed() == 1min);
}

TEST_CASE("a peer that was given up is not waited for again, until something of it comes") {
    auto const clock = std::make_shared<virtual_clock>();
    clock->set_patience(1ms);
    asio::io_context io;
    auto work = asio::make_work_guard(io);
    clock->io_began(1);
    clock->run_for(io, 1s);
    clock->set_patience(1h); // in which no test ends
    int ticks = 0;
    auto const ticking = [&]() -> asio::awaitable<void> {
        for (; ticks != 100; ++ticks)
            co_await clock->async_sleep_for(1s);
    };
    asio::co_spawn(io, ticking(), asio::detached);
    clock->run_for(io, 100s);
    CHECK(ticks == 100);
    CHECK(clock->elapsed() == 101s);

    auto const answers = [&](std::uint64_t connection) {
        std::optional<std::chrono::nanoseconds> answered_at;
        clock->async_sleep_for(1min, asio::bind_executor(io, [&](error_code) { io.stop(); }));
        std::thread peer([&] {
            std::this_thread::sleep_for(20ms); // time for run() to get it wrong
            asio::post(io, [&] {
                answered_at = clock->elapsed();
                clock->io_ended(connection);
            });
        });
        io.restart();
        clock->run(io);
        peer.join();
        return answered_at;
    };
    clock->io_began(2); // another one
    CHECK(answers(2) == 101s);
    CHECK(clock->elapsed() == 161s);
    clock->io_progressed(1);
    CHECK(answers(1) == 161s);
    CHECK(clock->elapsed() == 221s);
}

TEST_CASE("a suspended machine: dates and ages go on, waits do not") {
    auto const clock = std::make_shared<virtual_clock>();
    asio::io_context io;
    auto const steady = clock->now();
    auto const boot = clock->boot_now();
    auto const date = clock->system_now();
    bool due = false;
    auto const wait = clock->begin_wait(steady + 1h, [&] { due = true; });
    clock->suspend(2h);
    CHECK_FALSE(due);
    CHECK(clock->now() == steady);
    CHECK(clock->elapsed() == 0s);
    CHECK(clock->boot_now() - boot == 2h);
    CHECK(clock->system_now() - date == 2h);
    clock->advance(1h);
    CHECK(due);
    CHECK(clock->boot_now() - boot == 3h);
    CHECK(clock->system_now() - date == 3h);
    clock->cancel_wait(wait);
    CHECK_THROWS_AS(clock->suspend(-1ns), std::invalid_argument);
    clock->suspend(virtual_clock::duration::max());
    clock->suspend(virtual_clock::duration::max());
    CHECK(clock->boot_now() == time_source::time_point::max());
    CHECK(clock->system_now() == std::chrono::system_clock::time_point::max());
}

TEST_CASE("a clock that knows of no suspend has one time") {
    class plain final : public time_source {
        time_point now() const override { return time_point(7s); }
        std::chrono::system_clock::time_point system_now() const override { return {}; }
        wait_id begin_wait(time_point, std::function<void()>) override { return 0; }
        void cancel_wait(wait_id) noexcept override {}
    };
    std::shared_ptr<time_source> const clock = std::make_shared<plain>();
    CHECK(loop::detail::boot_now(clock) == time_source::time_point(7s));
    auto const system = loop::detail::boot_now(nullptr);
    CHECK(system.time_since_epoch() >= 0s);
    CHECK(loop::detail::boot_now(nullptr) >= system);
}

} // TEST_SUITE("testing/virtual_clock/clock")
