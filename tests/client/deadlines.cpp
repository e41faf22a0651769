// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// No call hangs: each phase has its limit, and the call has one. (The rules are tables in
// tests/policy; here it is seen that they bite.)
#include <client/black_hole.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <optional>

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
