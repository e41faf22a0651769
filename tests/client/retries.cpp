// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls that are tried again, over real sockets. (What is tried again is a table in
// tests/policy/retry.cpp.)
#include <client/black_hole.hpp>
#include <client/fixture.hpp>

#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

TEST_SUITE("client/retries") {

using namespace fixture;
using loop::errc;
using loop::request_progress;
using loop::retry_verdict;
using loop::testing::connection_end;

namespace {

// Three attempts, with pauses too short to wait for.
loop::options patient(server const& s) {
    loop::options how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.base = how.retry.throttled_base = 1ms;
    return how;
}

std::string const good_body = R"({"id":"x"})";

} // namespace

TEST_CASE("an idempotent call outlives failures of the service and of the network") {
    server s;
    s.respond_next(response_override(503, "{}"));
    s.respond_next(response_override::bytes("", connection_end::reset));
    s.respond_next(response_override(200, good_body));
    auto r = call(patient(s), report::get_report, report::get_request("x"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 3);
    auto const sent = s.requests();
    REQUIRE(sent.size() == 3);
    CHECK(sent[0].connection == sent[1].connection); // an answer of 503 costs no connection
    CHECK(sent[1].connection != sent[2].connection);
}

TEST_CASE("a connection that breaks in the middle of an answer leaves nothing of it behind") {
    server s;
    s.respond_next(
        response_override::bytes("HTTP/1.1 200 OK\r\nX-Old: 1\r\nContent-Length: 99\r\n\r\n"
                                 "{\"id\":\"old\",",
                                 connection_end::cut));
    s.respond_next(response_override(200, good_body));
    auto r = call(patient(s), report::get_report, report::get_request("x"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->id == "x");
    CHECK_FALSE(r.headers().find("X-Old"));
    CHECK(r.attempts() == 2);
}

TEST_CASE("when the attempts are used up, the error tells of each") {
    server s;
    s.respond_next(response_override(500, "{}"));
    s.respond_next(response_override::bytes(""));
    s.respond_next(response_override(502, R"({"message":"the last"})"));
    auto r = call(patient(s), report::get_report, report::get_request("x"));
    REQUIRE_FALSE(r);
    loop::error const& e = r.error();
    CHECK(e.status == 502);
    CHECK(e.attempts == 3);
    CHECK(e.verdict == retry_verdict::attempts_used_up);
    REQUIRE(e.earlier_attempts.size() == 2);
    CHECK(e.earlier_attempts[0].status == 500);
    CHECK(e.earlier_attempts[0].code == errc::server_error);
    CHECK(e.earlier_attempts[1].status == 0);
    CHECK(e.earlier_attempts[1].code == errc::connection_lost);
    CHECK(e.earlier_attempts[1].progress == request_progress::sent);
    CHECK(contains(printed(e), "before: HTTP status 500, before: the connection broke, "
                               "not tried again: attempts_used_up"));
    CHECK(s.requests().size() == 3);
}

TEST_CASE("a POST is never sent twice, unless nothing of it was sent or on 429") {
    server s;
    s.respond_next(response_override(503, "{}").header("Retry-After", "0"));
    auto unavailable = call(patient(s), report::export_report, week());
    REQUIRE_FALSE(unavailable);
    CHECK(unavailable.error().verdict == retry_verdict::may_have_acted);
    CHECK(contains(printed(unavailable.error()), "not tried again: may_have_acted"));
    s.respond_next(response_override::bytes("", connection_end::reset));
    CHECK_FALSE(call(patient(s), report::export_report, week()));
    CHECK(s.requests().size() == 2);

    s.respond_next(response_override(429, "{}").header("Retry-After", "0"));
    auto limited = call(patient(s), report::export_report, week());
    REQUIRE_MESSAGE(limited, limited.error());
    CHECK(limited.attempts() == 2);
    CHECK(s.requests().size() == 4);
}

TEST_CASE("a POST that was never sent is tried again") {
    asio::io_context io;
    loop::options how = options_for_port(1); // nobody listens
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    auto r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connect_failed);
    CHECK(r.error().attempts == 3);
    CHECK(r.error().progress == request_progress::not_sent);
}

TEST_CASE("a POST is sent again where the user acknowledges what that means") {
    server s;
    s.respond_next(response_override(503, "{}"));
    loop::call_options per_call;
    per_call.retry_when_sent(loop::service_may_act_twice);
    auto r = call(patient(s), report::export_report, week(), per_call);
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
}

TEST_CASE("the error says how far the furthest attempt got") {
    server s;
    loop::call_options per_call;
    per_call.retry_when_sent(loop::service_may_act_twice);
    per_call.retry.emplace();
    per_call.retry->max_attempts = 2;
    per_call.retry->base = 1ms;
    s.respond_next(response_override(503, "{}"));
    s.respond_next(response_override::bytes(""));
    auto r = call(options_for(s), report::export_report, week(), per_call);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connection_lost);
    CHECK(r.error().progress == request_progress::response_begun);
}

TEST_CASE("a POST that ends after it was refused, before it is sent again, was not sent") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options chosen;
    chosen.clock = clock;
    server s(chosen);
    loop::options how = patient(s);
    how.time = clock;
    how.deadline = 2min;
    asio::io_context io;
    std::optional<loop::client> client(std::in_place, io.get_executor(), how);
    s.respond_next(response_override(429, "{}").header("Retry-After", "60"));
    asio::cancellation_signal stop;
    std::optional<loop::error> failure;
    errc expected = errc::cancelled;
    unsigned attempts = 1;
    client->async_call(report::export_report, week(),
                       asio::bind_cancellation_slot(stop.slot(), [&](auto r) {
                           REQUIRE_FALSE(r);
                           failure = r.error();
                       }));
    clock->run_for(io, 30s); // into the pause
    REQUIRE_FALSE(failure);
    SUBCASE("cancelled") {
        stop.emit(asio::cancellation_type::terminal);
    }
    SUBCASE("its client is destroyed") {
        client.reset();
        expected = errc::client_closed;
    }
    SUBCASE("refused once more") {
        s.respond_next(response_override(429, "{}").header("Retry-After", "3600"));
        expected = errc::rate_limited;
        attempts = 2;
    }
    clock->run(io);
    REQUIRE(failure);
    CHECK(failure->code() == expected);
    CHECK(failure->attempts == attempts);
    CHECK(failure->earlier_attempts.size() == 1);
    CHECK(failure->progress == (expected == errc::rate_limited ? request_progress::response_begun
                                                               : request_progress::not_sent));
    CHECK_FALSE(loop::policy::may_have_acted(*failure));
}

TEST_CASE("a Retry-After beyond the deadline fails at once, and says so") {
    server s;
    s.respond_next(response_override(429, "{}").header("Retry-After", "3600"));
    loop::options how = patient(s);
    how.deadline = 30s;
    auto r = call(how, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(r);
    CHECK(r.error().verdict == retry_verdict::too_late);
    CHECK(r.error().retry_after == 3600s);
    CHECK(r.elapsed() < 30s);
    CHECK(contains(printed(r.error()), "not tried again: too_late"));
}

TEST_CASE("timeouts of attempts are followed by another on a new connection") {
    server_options silent;
    silent.stall_handshakes = true;
    server s(silent);
    loop::options how = patient(s);
    how.handshake_timeout = 50ms;
    auto r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::handshake_timed_out);
    CHECK(r.error().attempts == 3);
    CHECK(s.wait_for_connections(3, patience)); // the server may see the last one late
    CHECK(s.connections_accepted() == 3);
    CHECK(s.wait_until_idle(patience));

    black_hole hole;
    loop::options nowhere = options_for_port(hole.port());
    nowhere.retry = how.retry;
    nowhere.connect_timeout = 30ms;
    auto unconnected = call(nowhere, report::export_report, week());
    REQUIRE_FALSE(unconnected);
    CHECK(unconnected.error().code() == errc::connect_timed_out);
    CHECK(unconnected.error().attempts == 3);
}

TEST_CASE("a pause between attempts is cancelled at once, in every way") {
    for (auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                      asio::cancellation_type::total}) {
        server s;
        s.respond_next(response_override(503, "{}").header("Retry-After", "3000"));
        asio::io_context io;
        loop::options how = patient(s);
        how.deadline = 1h;
        loop::client client(io.get_executor(), how);
        asio::cancellation_signal signal;
        int completed = 0;
        client.async_call(report::get_report, report::get_request("x"),
                          asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                              REQUIRE_FALSE(r);
                              CHECK(r.error().code() == errc::cancelled);
                              CHECK(r.error().attempts == 1);
                              REQUIRE(r.error().earlier_attempts.size() == 1);
                              CHECK(r.error().earlier_attempts[0].pause == 3000s);
                              ++completed;
                          }));
        run_until(io, [&] { return client.statistics().calls_between_attempts == 1; });
        CHECK(completed == 0);
        signal.emit(type);
        io.restart();
        io.run();
        CHECK(completed == 1);
        auto const now = client.statistics();
        CHECK(now.calls == 0);
        CHECK(now.connections_open == now.connections_idle);
    }
}

TEST_CASE("in an outage the budget ends the retries of all calls") {
    asio::io_context io;
    loop::options how = options_for_port(1);
    how.retry.max_attempts = 3;
    how.retry.base = 0ms;
    how.retry.budget = 5 * how.retry.retry_cost + 1;
    loop::client client(io.get_executor(), how);
    unsigned attempts = 0;
    for (int i = 0; i != 20; ++i) {
        auto r = call(client, io, report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        attempts += r.error().attempts;
        if (i == 19)
            CHECK(r.error().verdict == retry_verdict::budget_used_up);
    }
    CHECK(attempts == 20 + how.retry.budget / how.retry.retry_cost);
}

TEST_CASE("a retry is paid for before its pause, so that no other call counts on the same") {
    server s;
    s.respond_next(response_override(503, "{}").header("Retry-After", "3000"));
    asio::io_context io;
    loop::options how = patient(s);
    how.deadline = 1h;
    how.retry.budget = how.retry.throttled_cost + 2;
    loop::client client(io.get_executor(), how);
    asio::cancellation_signal signal;
    bool is_over = false;
    client.async_call(report::get_report, report::get_request("x"),
                      asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                          CHECK_FALSE(r);
                          is_over = true;
                      }));
    run_until(io, [&] { return client.statistics().calls_between_attempts != 0; });
    CHECK(client.statistics().retry_budget_left == 2);

    // Another call fails in the meantime.
    s.respond_next(response_override(503, "{}").header("Retry-After", "0"));
    std::optional<loop::result<report::export_result>> other;
    client.async_call(report::get_report, report::get_request("x"),
                      [&](auto r) { other.emplace(std::move(r)); });
    run_until(io, [&] { return other.has_value(); });
    CHECK(other->error().verdict == retry_verdict::budget_used_up);
    CHECK_FALSE(is_over);

    // The price of a retry that a call never made is not given back.
    signal.emit(asio::cancellation_type::terminal);
    io.run();
    CHECK(is_over);
    CHECK(client.statistics().retry_budget_left == 2);
    CHECK(s.requests().size() == 2);
}

TEST_CASE("destroying the client ends a pause") {
    server s;
    s.respond_next(response_override(503, "{}").header("Retry-After", "3000"));
    asio::io_context io;
    loop::options how = patient(s);
    how.deadline = 1h;
    std::optional<loop::client> client(std::in_place, io.get_executor(), how);
    int completed = 0;
    client->async_call(report::get_report, report::get_request("x"), [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::client_closed);
        ++completed;
    });
    run_until(io, [&] { return client->statistics().calls_between_attempts == 1; });
    client.reset();
    io.restart();
    io.run();
    CHECK(completed == 1);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("a client explains what it would do, and sends nothing") {
    server s;
    asio::io_context io;
    loop::options how = options_for(s);
    how.retry.max_attempts = 3;
    loop::client const client(io.get_executor(), how);
    auto const& get = report::get_report;
    auto const& post = drafts::create_draft;

    CHECK(printed(client.explain(get, loop::answered_with(503))) ==
          "again after up to 50 ms: another attempt may end better");
    CHECK(printed(client.explain(get, loop::answered_with(503), 2)) ==
          "again after up to 100 ms: another attempt may end better");
    CHECK(printed(client.explain(get, loop::answered_with(429), 2)) ==
          "again after up to 2000 ms: another attempt may end better");
    CHECK(client.explain(get, loop::answered_with(503)).cost == how.retry.retry_cost);
    CHECK(client.explain(get, loop::answered_with(503, 7s)).cost == how.retry.throttled_cost);
    CHECK(client.explain(get, loop::answered_with(503, 7s)).longest_pause == 7s);
    CHECK(printed(client.explain(get, loop::answered_with(503), 3)) ==
          "not again: retry_options::max_attempts is reached");
    CHECK(printed(client.explain(get, loop::answered_with(404))) ==
          "not again: a failure of this kind ends the call");
    CHECK(client.explain(get, loop::answered_with(200)).verdict == retry_verdict::done);

    auto const lost = loop::failed_with(errc::connection_lost, request_progress::sent);
    CHECK(client.explain(get, lost).is_retried());
    CHECK(printed(client.explain(post, lost)) ==
          "not again: the service may have acted on it, and must not twice");
    CHECK(client.explain(post, loop::answered_with(429)).is_retried());
    CHECK(client.explain(post, loop::failed_with(errc::connect_failed, request_progress::not_sent))
              .is_retried());
    loop::call_options acknowledged;
    acknowledged.retry_when_sent(loop::service_may_act_twice);
    CHECK(client.explain(post, lost, 1, acknowledged).is_retried());

    CHECK(s.requests().empty());
    CHECK(client.statistics().retry_budget_left == how.retry.budget);
}

} // TEST_SUITE("client/retries")
