// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// No call hangs: each phase has its limit, and the call has one. (The rules are tables in
// tests/policy; here it is seen that they bite.)
#include <client/black_hole.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

TEST_SUITE("client/deadlines") {

using namespace fixture;
using loop::errc;
using loop::request_progress;

namespace {

void timed_out(loop::result<report::export_result> const& r, errc code, request_progress progress,
               std::chrono::milliseconds at_least) {
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == code);
    CHECK(r.error().code() == loop::condition::timeout);
    CHECK(r.error().progress == progress);
    CHECK(r.elapsed() >= at_least);
    CHECK(r.elapsed() < at_least + patience);
}

// Its waits never end: all else comes first, as after a moment in which the client has stood still.
class late_clock final : public loop::time_source {
public:
    time_point now() const override { return std::chrono::steady_clock::now() + moved_; }
    std::chrono::system_clock::time_point system_now() const override {
        return std::chrono::system_clock::now() + moved_;
    }
    wait_id begin_wait(time_point, std::function<void()>) override { return 0; }
    void cancel_wait(wait_id) noexcept override {}

    void move(std::chrono::seconds by) { moved_ += by; }

private:
    std::chrono::seconds moved_{0};
};

// Takes its time.
class slow_interceptor final : public loop::interceptor {
public:
    explicit slow_interceptor(std::shared_ptr<virtual_clock> clock) : clock_(std::move(clock)) {}

    loop::interception before(loop::intercepted_request const&) override {
        clock_->advance(takes);
        return loop::interception();
    }

    std::chrono::seconds takes{0};

private:
    std::shared_ptr<virtual_clock> const clock_;
};

} // namespace

TEST_CASE("connecting takes too long") {
    black_hole hole;
    loop::options how = options_for_port(hole.port());
    how.connect_timeout = 60ms;
    timed_out(call(how, report::export_report, week()), errc::connect_timed_out,
              request_progress::not_sent, 60ms);
    how.connect_timeout = 1h;
    how.deadline = 60ms;
    timed_out(call(how, report::export_report, week()), errc::deadline_exceeded,
              request_progress::not_sent, 60ms);
}

TEST_CASE("the TLS handshake takes too long") {
    server_options silent;
    silent.stall_handshakes = true;
    server s(silent);
    loop::options how = options_for(s);
    how.handshake_timeout = 60ms;
    timed_out(call(how, report::export_report, week()), errc::handshake_timed_out,
              request_progress::not_sent, 60ms);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("the answer takes too long, as a whole or for one call") {
    virtual_setup t;
    t.how.stall_timeout = 1h;
    auto const ended = [&](std::chrono::milliseconds deadline, loop::call_options const& per_call) {
        t.how.deadline = deadline;
        asio::io_context io;
        loop::client client(io.get_executor(), t.how);
        std::optional<loop::result<report::export_result>> outcome;
        client.async_call(report::export_report, week(), per_call,
                          [&](auto r) { outcome.emplace(std::move(r)); });
        t.clock->run(io);
        REQUIRE(outcome);
        CHECK(t.s.wait_until_idle(patience));
        return *std::move(outcome);
    };
    t.s.hold_next();
    auto const whole = ended(5min, loop::call_options());
    timed_out(whole, errc::deadline_exceeded, request_progress::sent, 5min);
    CHECK(whole.elapsed() == 5min);

    loop::call_options per_call;
    per_call.deadline = 3min;
    t.s.hold_next();
    timed_out(ended(1h, per_call), errc::deadline_exceeded, request_progress::sent, 3min);

    response_override half(200, R"({"id":"x"})");
    half.pause_after = 60;
    t.s.respond_next(half);
    timed_out(ended(1h, per_call), errc::deadline_exceeded, request_progress::response_begun, 3min);
    CHECK(t.clock->elapsed() == 11min);
    CHECK(t.s.requests().size() == 3); // none was sent twice
}

TEST_CASE("a call whose connection comes after its deadline is not sent") {
    server s;
    auto const clock = std::make_shared<late_clock>();
    loop::options how = options_for(s);
    how.time = clock;
    how.pool.max_connections = 1;
    how.deadline = how.stall_timeout = 1h;
    loop::call_options short_time;
    short_time.deadline = 60s;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    using outcome = loop::result<report::export_result>;
    std::optional<outcome> first, late;
    s.hold_next();
    client.async_call(report::export_report, week(), [&](outcome r) { first = std::move(r); });
    run_until(io, [&] { return s.wait_until_held(0ms); });
    client.async_call(report::export_report, week(), short_time,
                      [&](outcome r) { late = std::move(r); });
    run_until(io, [&] { return client.statistics().calls_waiting_for_connection == 1; });
    clock->move(70s);
    s.release();
    run_until(io, [&] { return first && late; });
    CHECK(first->has_value());
    timed_out(*late, errc::deadline_exceeded, request_progress::not_sent, 60s);
    CHECK(late->attempts() == 0);
    CHECK(s.requests().size() == 1);
}

TEST_CASE("a call whose interceptor takes too long is not sent") {
    virtual_setup t;
    auto const asked = std::make_shared<slow_interceptor>(t.clock);
    t.how.interceptors = {asked};
    t.how.deadline = 10s;
    int completed = 0;
    std::optional<loop::result<report::export_result>> late;
    auto const begin = [&] {
        t.client().async_call(report::export_report, week(), [&](auto r) {
            ++completed;
            late = std::move(r);
        });
        t.run();
    };
    begin();
    REQUIRE_MESSAGE(*late, late->error()); // and leaves its connection
    asked->takes = 20s;
    begin();
    CHECK(completed == 2);
    timed_out(*late, errc::deadline_exceeded, request_progress::not_sent, 20s);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("a call that is over leaves no timer: the context comes to rest at once") {
    server s;
    loop::options how = options_for(s);
    how.deadline = 1h;
    auto const before = std::chrono::steady_clock::now();
    REQUIRE(call(how, report::export_report, week()));
    CHECK(std::chrono::steady_clock::now() - before < patience);
}

TEST_CASE("time limits beyond all bounds are no limits") {
    server s;
    loop::options how = options_for(s);
    how.deadline = how.connect_timeout = how.handshake_timeout = std::chrono::milliseconds::max();
    auto r = call(how, report::export_report, week());
    REQUIRE_MESSAGE(r, r.error());
}

} // TEST_SUITE("client/deadlines")
