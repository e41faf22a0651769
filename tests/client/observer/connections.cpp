// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An observer is told of connections.
#include <client/observer/observed.hpp>

#include <vector>

TEST_SUITE("client/observer/connections") {

using namespace fixture;
using loop::testing::connection_end;

TEST_CASE("a connection that is used again, and one that ended just then") {
    scene t;
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());
    t.log->clear();
    SUBCASE("used again") {
        t.s.respond_next(response_override(200, good_body));
        REQUIRE(t.get());
        CHECK(t.log->lines() == lines{"call_started", "attempt_started 0 reused",
                                      "attempt_ended 0 200 response_begun",
                                      "call_ended 1 200 response_begun"});
    }
    SUBCASE("ended under the request, which is sent again although no retry is allowed") {
        t.s.respond_next(response_override::bytes(""));
        t.s.respond_next(response_override(200, good_body));
        REQUIRE(t.get());
        CHECK(t.log->lines() == lines{"call_started", "attempt_started 0 reused",
                                      "attempt_ended 0 0 sent error=connection_lost",
                                      "connection closed used_up", "connection opened",
                                      "attempt_started 1 new", "attempt_ended 1 200 response_begun",
                                      "call_ended 2 200 response_begun"});
    }
    SUBCASE("seen to have ended before the request") {
        t.s.respond_next(response_override::bytes("HTTP/1.1 200 OK\r\nContent-Type: "
                                                  "application/json\r\nContent-Length: 10\r\n\r\n" +
                                                  good_body));
        REQUIRE(t.get());
        REQUIRE(t.s.wait_until_idle(patience));
        t.log->clear();
        REQUIRE(t.post());
        CHECK(t.log->lines() == lines{"call_started", "connection closed dead", "connection opened",
                                      "attempt_started 0 new", "attempt_ended 0 200 response_begun",
                                      "call_ended 1 200 response_begun"});
    }
}

TEST_CASE("of a call without a connection: no attempt, and why there is none") {
    asio::io_context io;
    loop::options how = options_for_port(1);
    how.retry.max_attempts = 2;
    how.retry.base = 0ms;
    auto const log = std::make_shared<recorder>();
    how.observer = log;
    loop::client client(io.get_executor(), how);
    CHECK_FALSE(call(client, io, report::export_report, week()));
    CHECK(log->lines() == lines{"call_started", "connection failed connect_failed",
                                "retry_planned 0 error=connect_failed",
                                "connection failed connect_failed",
                                "call_ended 2 0 not_sent error=connect_failed"});
    for (told const& one : log->all())
        CHECK(one.about.ends_with("127.0.0.1:1"));
}

TEST_CASE("of the pool: what is opened and closed, why, and how many are left") {
    scene t;
    auto const closed_with = [&] { return t.log->only("connection closed"); };
    SUBCASE("with the client") {
        REQUIRE(t.post());
        CHECK(t.log->only("connection opened").open == 1);
        t.made.reset();
        t.run();
        CHECK(closed_with().line == "connection closed closed");
    }
    SUBCASE("with async_close, before that completes") {
        REQUIRE(t.post());
        bool told_before = false;
        t.client().async_close(
            [&] { told_before = t.log->lines().back() == "connection closed closed"; });
        t.run();
        CHECK(told_before);
    }
    SUBCASE("idle for too long") {
        t.how.pool.idle_timeout = 1ms;
        t.how.pool.idle_timer = true;
        bool done = false;
        t.client().async_call(report::export_report, week(), [&](auto) { done = true; });
        run_until(t.io, [&] { return done && t.client().statistics().connections_open == 0; });
        CHECK(closed_with().line == "connection closed idle");
        t.made.reset();
        t.run();
    }
    SUBCASE("at the end of its call") {
        response_override last(200, good_body);
        last.end = connection_end::close;
        t.s.respond_next(last);
        REQUIRE(t.get());
        CHECK(closed_with().line == "connection closed used_up");
    }
    CHECK(closed_with().open == 0);
    CHECK(closed_with().idle == 0);
    CHECK(closed_with().duration.count() > 0);
    CHECK(closed_with().about == "localhost:" + std::to_string(t.s.api_port()));
}

TEST_CASE("a shorter handshake is told of") {
    scene t;
    for (int i = 0; i != 2; ++i) {
        response_override last(200, good_body);
        last.end = connection_end::close;
        t.s.respond_next(last);
        REQUIRE(t.get());
    }
    std::vector<bool> resumed;
    for (told const& one : t.log->all())
        if (one.line == "connection opened")
            resumed.push_back(one.resumed);
    CHECK(resumed == std::vector<bool>{false, true});
    CHECK(t.client().statistics().tls_sessions_resumed == 1);
}

} // TEST_SUITE("client/observer/connections")
