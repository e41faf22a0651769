// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Interceptors that take their time, and what happens to the call meanwhile.
#include <client/interceptors/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>

TEST_SUITE("client/interceptors/asynchronous") {

using namespace fixture;

namespace {

// A coroutine, which waits for a timer before it decides.
class coroutine : public loop::async_interceptor {
public:
    std::vector<std::string> notes;
    std::chrono::milliseconds time = 1ms;
    bool throws = false;

    void async_before(intercepted_request request, loop::interception_handler handler) override {
        asio::co_spawn(handler.get_executor(), before(std::move(request)), std::move(handler));
    }
    void async_after(intercepted_request request, intercepted_response response,
                     loop::interception_handler handler) override {
        asio::co_spawn(handler.get_executor(), after(std::move(request), std::move(response)),
                       std::move(handler));
    }

private:
    asio::awaitable<interception> before(intercepted_request request) {
        asio::steady_timer timer(co_await asio::this_coro::executor, time);
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (boost::system::system_error const&) {
            notes.push_back("stopped");
            throw;
        }
        if (throws)
            throw std::runtime_error("password=hunter2");
        notes.push_back("before " + std::string(request.attributes().http_request_method));
        co_return interception().header("X-Late", "1");
    }
    asio::awaitable<interception> after(intercepted_request, intercepted_response response) {
        asio::steady_timer timer(co_await asio::this_coro::executor, time);
        co_await timer.async_wait(asio::use_awaitable);
        notes.push_back("after " + std::to_string(response.status()));
        co_return interception();
    }
};

} // namespace

TEST_CASE("a coroutine before and after an attempt") {
    scene t;
    auto const it = std::make_shared<coroutine>();
    t.add("sync");
    t.how.interceptors.push_back(it);
    SUBCASE("lets it pass") {
        auto const r = t.post();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(it->notes == lines{"before POST", "after 200"});
        CHECK(t.s.requests().at(0).header("X-Late") == "1");
        CHECK(t.notes == lines{"before sync", "after sync 200"});
    }
    SUBCASE("throws") {
        it->throws = true;
        auto const r = t.post();
        check_failed(
            r, errc::invalid_option,
            "interceptors[1]: threw an exception before the attempt, of which nothing was sent");
        CHECK_FALSE(contains(printed(r.error()), "hunter2"));
        CHECK(t.s.requests().empty());
    }
}

TEST_CASE("one completes later, from within, or from another thread, before and after") {
    scene t;
    auto const it = t.add_slow();
    std::optional<loop::result<report::export_result>> outcome;
    auto const begin = [&] {
        t.client().async_call(report::get_report, report::get_request(t.s.add_export()),
                              [&](auto r) { outcome.emplace(std::move(r)); });
    };
    SUBCASE("later") {
        begin();
        run_until(t.io, [&] { return it->asked.size() == 1; });
        CHECK(t.s.requests().empty());
        it->decide(interception().header("X-Late", "1"));
        run_until(t.io, [&] { return it->asked.size() == 2; });
        REQUIRE(it->asked.back().response);
        CHECK(it->asked.back().response->status() == 200);
        // It waits for the interceptor, and keeps neither a connection nor a permit meanwhile.
        CHECK(t.client().statistics().connections_idle == 1);
        CHECK(t.client().statistics().requests_in_flight == 0);
        it->decide(interception::answer(json(200, completed)));
        t.io.run();
        CHECK(t.s.requests().at(0).header("X-Late") == "1");
    }
    SUBCASE("from within") {
        it->takes_its_time_before = it->takes_its_time_after = false;
        begin();
        t.io.run();
        CHECK(it->asked.size() == 2);
    }
    SUBCASE("from another thread") {
        begin();
        for (std::size_t i = 1; i != 3; ++i) {
            run_until(t.io, [&] { return it->asked.size() == i; });
            std::thread([&] { it->decide(); }).join();
        }
        t.io.run();
    }
    SUBCASE("twice: the second time counts for nothing") {
        begin();
        run_until(t.io, [&] { return it->asked.size() == 1; });
        it->decide();
        it->decide(interception::refuse(errc::queue_full, "too late"));
        run_until(t.io, [&] { return it->asked.size() == 2; });
        it->decide();
        t.io.run();
    }
    REQUIRE(outcome);
    CHECK_MESSAGE(*outcome, outcome->error());
}

TEST_CASE("an exception of one, thrown at once or passed on") {
    class throws : public loop::async_interceptor {
    public:
        bool passes_on = false;
        std::optional<loop::interception_handler> kept;
        void async_before(intercepted_request, loop::interception_handler handler) override {
            auto const failure = std::make_exception_ptr(std::runtime_error("password=hunter2"));
            if (passes_on)
                return handler(failure, {});
            kept.emplace(std::move(handler));
            std::rethrow_exception(failure);
        }
    };
    scene t;
    auto const it = std::make_shared<throws>();
    t.how.interceptors.push_back(it);
    SUBCASE("at once") {}
    SUBCASE("passed on") {
        it->passes_on = true;
    }
    auto const r = t.post();
    check_failed(
        r, errc::invalid_option,
        "interceptors[0]: threw an exception before the attempt, of which nothing was sent");
    CHECK_FALSE(contains(printed(r.error()), "hunter2"));
    CHECK(t.s.requests().empty());
    if (it->kept) {
        (*it->kept)(interception()); // too late
        t.io.restart();
        t.io.run();
        CHECK(t.s.requests().empty());
    }
}

TEST_CASE("what ends the call while one is at work") {
    for (bool const after : {false, true})
        for (errc const expected : {errc::cancelled, errc::client_closed}) {
            CAPTURE(after);
            CAPTURE(expected);
            scene t;
            auto const it = t.add_slow();
            it->takes_its_time_before = !after;
            asio::cancellation_signal cancel;
            std::optional<loop::result<report::export_result>> outcome;
            auto const note = [&](loop::result<report::export_result> r) {
                outcome.emplace(std::move(r));
            };
            t.client().async_call(report::get_report, report::get_request(t.s.add_export()),
                                  asio::bind_cancellation_slot(cancel.slot(), note));
            std::size_t const questions = after ? 2 : 1;
            run_until(t.io, [&] { return it->asked.size() == questions; });
            int stops = 0;
            it->asked.back().handler->get_cancellation_slot().assign([&](asio::cancellation_type) {
                ++stops;
                throw std::runtime_error("password=hunter2"); // which counts for nothing
            });
            if (expected == errc::cancelled)
                cancel.emit(asio::cancellation_type::terminal);
            else
                t.made.reset();
            t.io.run(); // returns
            REQUIRE(outcome);
            REQUIRE_FALSE(*outcome);
            CHECK(outcome->error().code() == expected);
            CHECK(outcome->error().progress ==
                  (after ? request_progress::response_begun : request_progress::not_sent));
            CHECK(stops == 1);
            it->decide(interception::answer(json(200, completed))); // too late
            t.io.restart();
            t.io.run();
            CHECK(t.s.requests().size() == questions - 1);
        }
}

TEST_CASE("a coroutine is told when nobody waits for it any more") {
    scene t;
    auto const it = std::make_shared<coroutine>();
    it->time = 1h;
    t.how.interceptors.push_back(it);
    asio::cancellation_signal cancel;
    std::optional<loop::result<report::export_result>> outcome;
    t.client().async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(
                              cancel.slot(), [&](auto r) { outcome.emplace(std::move(r)); }));
    t.io.poll();
    REQUIRE_FALSE(outcome);
    cancel.emit(asio::cancellation_type::terminal);
    t.io.run(); // returns, as the timer does
    REQUIRE(outcome);
    CHECK(outcome->error().code() == errc::cancelled);
    CHECK(it->notes == lines{"stopped"});
}

TEST_CASE("the deadline goes on while one is at work, and the error names it") {
    for (bool const after : {false, true}) {
        CAPTURE(after);
        auto const clock = std::make_shared<loop::testing::virtual_clock>();
        server_options shared;
        shared.clock = clock;
        server s(shared);
        loop::options how = options_for(s);
        how.time = clock;
        how.deadline = 7s;
        auto const it = std::make_shared<slow>();
        it->takes_its_time_before = !after;
        std::vector<std::string> notes;
        how.interceptors = {std::make_shared<scripted>(notes), it};
        asio::io_context io;
        loop::client client(io, how);
        std::optional<loop::result<report::export_result>> outcome;
        client.async_call(report::get_report, report::get_request(s.add_export()),
                          [&](auto r) { outcome.emplace(std::move(r)); });
        clock->run(io);
        REQUIRE(outcome);
        check_failed(*outcome, errc::deadline_exceeded, "while waiting for interceptors[1]");
        CHECK(clock->elapsed() == 7s);
        it->decide(); // too late
        io.restart();
        io.run();
        CHECK(s.requests().size() == (after ? 1 : 0));
    }
}

TEST_CASE("a token that is set meanwhile makes the client ask again, for another audience") {
    scene t;
    std::string const good = t.s.token();
    t.how.token = "an_old_token";
    auto const it = t.add_slow();
    it->takes_its_time_after = false;
    std::optional<loop::result<report::export_result>> outcome;
    t.client().async_call(report::get_report, report::get_request(t.s.add_export()),
                          [&](auto r) { outcome.emplace(std::move(r)); });
    run_until(t.io, [&] { return it->asked.size() == 1; });
    t.client().set_token(good);
    run_until_quiet(t.io);
    CHECK(it->asked.size() == 1); // each is asked once at a time
    it->decide(interception().header("X-Of", "the old token"));
    run_until(t.io, [&] { return it->asked.size() == 2; });
    CHECK(it->asked[0].request.audience() != it->asked[1].request.audience());
    it->decide(interception().header("X-Of", "the new token"));
    t.io.run();
    REQUIRE(outcome);
    REQUIRE_MESSAGE(*outcome, outcome->error());
    CHECK(outcome->attempts() == 1);
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].header("X-Of") == "the new token");
    CHECK(sent[0].header("Authorization") == "Bearer " + good);
}

TEST_CASE("a permit that others took meanwhile is waited for again, without another question") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options shared;
    shared.clock = clock;
    server s(shared);
    loop::options how = options_for(s);
    how.time = clock;
    how.limits.requests_per_second = 1;
    how.limits.burst = 1;
    auto const it = std::make_shared<slow>();
    it->takes_its_time_after = false;
    how.interceptors = {it};
    asio::io_context io;
    loop::client client(io, how);
    std::string const id = s.add_export();
    int completed_calls = 0;
    for (int i = 0; i != 3; ++i)
        client.async_call(report::get_report, report::get_request(id), [&](auto r) {
            CHECK_MESSAGE(r, r.error());
            ++completed_calls;
        });
    io.poll();
    REQUIRE(it->asked.size() == 3); // each has a permit, which it does not use yet
    for (auto& each : it->asked)
        (*each.handler)(interception());
    clock->run(io);
    CHECK(completed_calls == 3);
    CHECK(it->asked.size() == 6); // before and after
    auto const sent = s.requests();
    REQUIRE(sent.size() == 3);
    CHECK(clock->elapsed() == 2s); // the limit holds for what is sent
}

TEST_CASE("so many calls may wait for one, and the statistics count them") {
    scene t;
    t.how.pool.max_waiting = 2;
    auto const it = t.add_slow();
    it->takes_its_time_after = false;
    std::string const id = t.s.add_export();
    int succeeded = 0;
    int refused = 0;
    for (int i = 0; i != 3; ++i)
        t.client().async_call(report::get_report, report::get_request(id), [&](auto r) {
            if (r)
                return ++succeeded;
            check_failed(r, errc::queue_full, "too many wait for interceptors[0]");
            return ++refused;
        });
    run_until_quiet(t.io);
    CHECK(t.client().statistics().calls_waiting_for_interceptors == 2);
    CHECK(refused == 1);
    for (std::size_t i = 0; i != 2; ++i)
        (*it->asked[i].handler)(interception());
    t.io.run();
    CHECK(succeeded == 2);
    CHECK(t.client().statistics().calls_waiting_for_interceptors == 0);
}

TEST_CASE("a client that is closed in order waits for them") {
    scene t;
    auto const it = t.add_slow();
    int completed_calls = 0;
    bool closed = false;
    t.client().async_call(report::get_report, report::get_request(t.s.add_export()), [&](auto r) {
        CHECK_MESSAGE(r, r.error());
        ++completed_calls;
    });
    run_until(t.io, [&] { return it->asked.size() == 1; });
    t.client().async_close([&] { closed = true; });
    run_until_quiet(t.io);
    CHECK_FALSE(closed);
    it->decide();
    run_until(t.io, [&] { return it->asked.size() == 2; });
    CHECK_FALSE(closed);
    it->decide();
    t.io.run();
    CHECK(closed);
    CHECK(completed_calls == 1);
}

TEST_CASE("a context that ends takes their calls with it") {
    auto const it = std::make_shared<slow>();
    {
        scene t;
        t.how.interceptors.push_back(it);
        t.client().async_call(report::export_report, week(), [](auto) { FAIL("called"); });
        t.io.poll();
        REQUIRE(it->asked.size() == 1);
    }
    it->decide(); // too late, and harmless
}

TEST_CASE("on a client of several threads they run one at a time") {
    class counting : public loop::async_interceptor {
    public:
        int inside = 0; // no atomic: the strand is the lock
        int asked = 0;
        void async_before(intercepted_request, loop::interception_handler handler) override {
            CHECK(++inside == 1);
            ++asked;
            --inside;
            auto const strand = handler.get_executor();
            asio::post(strand,
                       [handler = std::move(handler)]() mutable { handler(interception()); });
        }
    };
    server s;
    loop::options how = options_for(s);
    auto const it = std::make_shared<counting>();
    how.interceptors = {it};
    asio::io_context io;
    loop::client client(io, how);
    std::string const id = s.add_export();
    std::atomic<int> completed_calls = 0;
    for (int i = 0; i != 50; ++i)
        client.async_call(report::get_report, report::get_request(id), [&](auto r) {
            if (r)
                ++completed_calls;
        });
    std::thread other([&] { io.run(); });
    io.run();
    other.join();
    CHECK(completed_calls == 50);
    CHECK(it->asked == 50);
}

} // TEST_SUITE("client/interceptors/asynchronous")
