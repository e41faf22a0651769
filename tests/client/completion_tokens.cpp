// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// async_call is an asynchronous operation like Asio's own: with any completion token.
#include <client/fixture.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <tuple>
#include <vector>

TEST_SUITE("client/completion_tokens") {

using namespace fixture;

namespace {

struct setup {
    server s;
    asio::io_context io;
    loop::client client{io.get_executor(), options_for(s)};
    report::get_request which{s.add_export()};

    // Runs a coroutine to its end.
    template <class Coroutine>
    void run(Coroutine coroutine) {
        bool done = false;
        asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
            done = true;
        });
        io.run();
        CHECK(done);
    }
};

using state = loop::result<report::export_result>;

} // namespace

TEST_CASE("no token: deferred, awaited in a coroutine") {
    setup t;
    t.run([&]() -> asio::awaitable<void> {
        auto r = co_await t.client.async_call(report::get_report, t.which);
        static_assert(std::is_same_v<decltype(r), state>);
        CHECK(r.has_value());
        // A request that is made in the expression.
        auto again =
            co_await t.client.async_call(report::get_report, report::get_request(t.which.id));
        CHECK(again.has_value());
    });
}

TEST_CASE("deferred does nothing until it is launched, and may outlive its arguments") {
    setup t;
    auto request = std::make_unique<report::get_request>(t.which.id);
    auto call_options = std::make_unique<loop::call_options>();
    auto operation =
        t.client.async_call(report::get_report, *request, *call_options, asio::deferred);
    request.reset();
    call_options.reset();
    t.io.run();
    CHECK(t.s.requests().empty());
    int completed = 0;
    std::move(operation)([&](state r) { completed += r.has_value() ? 1 : 100; });
    t.io.restart();
    t.io.run();
    CHECK(completed == 1);
}

TEST_CASE("a deferred call that is launched as an lvalue may be launched again") {
    setup t;
    auto const get = t.client.async_call(report::get_report, t.which);
    int completed = 0;
    for (int i = 0; i != 2; ++i)
        get([&](state r) { completed += r.has_value() ? 1 : 0; });
    t.io.run();
    CHECK(completed == 2);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("a deferred call that is const may be launched as an rvalue too, and again") {
    setup t;
    auto const get = t.client.async_call(report::get_report, t.which, asio::deferred);
    int completed = 0;
    for (int i = 0; i != 2; ++i)
        static_cast<decltype(get)&&>(get)([&](state r) { completed += r.has_value() ? 1 : 0; });
    t.io.run();
    CHECK(completed == 2);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("use_awaitable and as_tuple") {
    setup t;
    t.run([&]() -> asio::awaitable<void> {
        auto r = co_await t.client.async_call(report::get_report, t.which, asio::use_awaitable);
        CHECK(r.has_value());
        std::tuple<state> tupled = co_await t.client.async_call(
            report::get_report, t.which, asio::as_tuple(asio::use_awaitable));
        CHECK(std::get<0>(tupled).has_value());
        std::tuple<state> again = co_await t.client.async_call(report::get_report, t.which,
                                                               asio::as_tuple(asio::deferred));
        CHECK(std::get<0>(again).has_value());
    });
}

TEST_CASE("use_future, while another thread runs the context") {
    setup t;
    auto future = t.client.async_call(report::get_report, t.which, asio::use_future);
    std::thread runner([&] { t.io.run(); });
    REQUIRE(future.wait_for(patience) == std::future_status::ready);
    CHECK(future.get().has_value());
    runner.join();
}

TEST_CASE("a callback that can only be moved, called once and never from within") {
    setup t;
    int completed = 0;
    bool initiating = true;
    t.client.async_call(report::get_report, t.which,
                        [&, only_movable = std::make_unique<int>(1)](state r) {
                            CHECK_FALSE(initiating);
                            CHECK(r.has_value());
                            completed += *only_movable;
                        });
    initiating = false;
    t.io.run();
    CHECK(completed == 1);

    // Not even where it fails at once.
    initiating = true;
    t.client.async_call(report::get_report, report::get_request(""), [&](state r) {
        CHECK_FALSE(initiating);
        CHECK_FALSE(r.has_value());
        ++completed;
    });
    initiating = false;
    t.io.restart();
    t.io.run();
    CHECK(completed == 2);
}

TEST_CASE("within a handler of the same context, too") {
    setup t;
    int completed = 0;
    bool initiating = true;
    asio::post(t.io, [&] {
        t.client.async_call(report::get_report, report::get_request(""), [&](state r) {
            CHECK_FALSE(initiating);
            CHECK_FALSE(r.has_value());
            ++completed;
        });
        initiating = false;
    });
    t.io.run();
    CHECK(completed == 1);
}

TEST_CASE("the handler's executor is used, and kept at work") {
    setup t;
    asio::thread_pool pool(1);
    auto strand = asio::make_strand(pool);
    std::promise<bool> on_strand;
    t.client.async_call(report::get_report, t.which, asio::bind_executor(strand, [&](state) {
                            on_strand.set_value(strand.running_in_this_thread());
                        }));
    t.client.async_call(
        report::get_report, report::get_request(""),
        asio::bind_executor(strand, [&](state) { CHECK(strand.running_in_this_thread()); }));
    std::thread runner([&] { t.io.run(); });
    pool.join(); // returns only when the handlers have run: their executors are kept at work
    auto ran = on_strand.get_future();
    REQUIRE(ran.wait_for(0s) == std::future_status::ready);
    CHECK(ran.get());
    runner.join();
}

namespace {
// Counts what is allocated through it.
template <class T>
struct counting_allocator {
    using value_type = T;
    std::shared_ptr<std::atomic<int>> live;

    explicit counting_allocator(std::shared_ptr<std::atomic<int>> counter)
        : live(std::move(counter)) {}
    template <class U>
    counting_allocator(counting_allocator<U> const& other) : live(other.live) {}
    T* allocate(std::size_t n) {
        live->fetch_add(1);
        live_ever.fetch_add(1);
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) {
        live->fetch_sub(1);
        std::allocator<T>().deallocate(p, n);
    }
    friend bool operator==(counting_allocator const& a, counting_allocator const& b) {
        return a.live == b.live;
    }
    static inline std::atomic<int> live_ever{0};
};
} // namespace

TEST_CASE("the handler's allocator is used, and its memory is free before the handler runs") {
    setup t;
    auto const live = std::make_shared<std::atomic<int>>(0);
    counting_allocator<void*> const allocator(live);
    int completed = 0;
    t.client.async_call(report::get_report, t.which, asio::bind_allocator(allocator, [&](state r) {
                            CHECK(r.has_value());
                            CHECK(*live == 0);
                            ++completed;
                        }));
    CHECK(*live > 0);
    t.io.run();
    CHECK(completed == 1);
    CHECK(*live == 0);
}

TEST_CASE("a context that is destroyed with calls under way leaks nothing") {
    server s;
    s.hold_next();
    auto const token = std::make_shared<int>(0);
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        client.async_call(report::export_report, week(), [token](auto) { FAIL("never called"); });
        run_until(io, [&] { return s.wait_until_held(0ms); });
    }
    CHECK(token.use_count() == 1);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("a handler that takes its time, or waits for another call, holds up no other call") {
    server s;
    asio::thread_pool pool(2);
    loop::client client(pool.get_executor(), options_for(s));
    report::get_request const which(s.add_export());
    std::promise<bool> in_time;
    client.async_call(report::get_report, which, [&](state) {
        // The connection of the first call is free, and the second takes it.
        auto second = client.async_call(report::get_report, which, asio::use_future);
        in_time.set_value(second.wait_for(patience) == std::future_status::ready &&
                          second.get().has_value());
    });
    CHECK(in_time.get_future().get());
    pool.join();
    CHECK(s.connections_accepted() == 1);
}

TEST_CASE("calls from many coroutines at once, on a context that several threads run") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string const id = s.add_export();
    std::atomic<int> good{0};
    auto const worker = [&]() -> asio::awaitable<void> {
        report::get_request const which(id);
        for (int i = 0; i != 10; ++i) {
            auto r = co_await client.async_call(report::get_report, which);
            good += r.has_value() && r->id == id ? 1 : 0;
        }
    };
    for (int i = 0; i != 16; ++i)
        asio::co_spawn(io, worker, [](std::exception_ptr e) { CHECK_FALSE(e); });
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] { io.run(); });
    for (std::thread& t : threads)
        t.join();
    CHECK(good == 160);
    CHECK(s.requests().size() == 160);
    CHECK(s.connections_accepted() <= 16);
}

TEST_CASE("a client of an execution context, and a handler bound to a strand of any executor") {
    server s;
    asio::io_context io;
    loop::client client(io, options_for(s));
    CHECK(client.get_executor() == asio::any_io_executor(io.get_executor()));
    report::get_request const which(s.add_export());

    asio::thread_pool elsewhere(1);
    asio::strand<asio::any_io_executor> const strand(elsewhere.get_executor());
    std::promise<bool> ran_there;
    client.async_call(report::get_report, which, asio::bind_executor(strand, [&](state const& r) {
                          ran_there.set_value(r.has_value() && strand.running_in_this_thread());
                      }));
    io.run();
    elsewhere.join(); // kept at work until the handler was called
    auto ran = ran_there.get_future();
    REQUIRE(ran.wait_for(0s) == std::future_status::ready);
    CHECK(ran.get());
}

} // TEST_SUITE("client/completion_tokens")
