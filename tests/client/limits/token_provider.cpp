// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Where the token comes from a provider: when it is asked, for whom, and what becomes of the calls.
#include <client/limits/token_fixture.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>

TEST_SUITE("client/limits/token_provider") {

using namespace fixture;

TEST_CASE("the provider is asked before the first call, and not again") {
    for (bool coroutine : {true, false}) {
        token_setup t;
        giver gives({t.s.token()});
        t.use(coroutine ? gives.coroutine() : gives.function());
        for (int i = 0; i != 3; ++i) {
            auto r = t.post();
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r.attempts() == 1);
        }
        CHECK(gives.asked == answers{false});
    }
}

TEST_CASE("many first calls wait for one question") {
    token_setup t;
    slow_giver gives;
    t.use(gives.provider());
    loop::client client(t.io.get_executor(), t.how);
    int completed = 0;
    for (int i = 0; i != 20; ++i)
        client.async_call(report::export_report, week(), [&](auto r) {
            CHECK(r);
            ++completed;
        });
    t.io.poll();
    CHECK(gives.asked.size() == 1);
    CHECK(client.statistics().calls_waiting_for_token == 20);
    CHECK(client.statistics().connections_being_made == 0);
    gives.answer(t.s.token());
    t.io.run();
    CHECK(completed == 20);
    CHECK(gives.asked.size() == 1);
    CHECK(client.statistics().calls_waiting_for_token == 0);
}

TEST_CASE("calls that waited for the token go in their order") {
    token_setup t;
    slow_giver gives;
    t.use(gives.provider());
    t.how.pool.max_connections = 1;
    loop::client client(t.io.get_executor(), t.how);
    std::vector<std::string> expected;
    for (int i = 0; i != 10; ++i) {
        std::string const id = t.s.add_export();
        expected.push_back("/api/v1/report/exports/" + id);
        client.async_call(report::get_report, report::get_request(id), [](auto r) { CHECK(r); });
    }
    t.io.poll();
    gives.answer(t.s.token());
    t.io.run();
    std::vector<std::string> sent;
    for (auto const& each : t.s.requests())
        sent.push_back(each.target);
    CHECK(sent == expected);
}

TEST_CASE("after a 401 the provider is asked once, and even a POST is sent again") {
    token_setup t;
    giver gives({"old_token", t.s.token()});
    t.use(gives.coroutine());
    auto r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
    CHECK(gives.asked == answers{false, true});
    CHECK(t.tokens_sent() == std::vector<std::string>{"old_token", t.s.token()});
    auto const sent = t.s.requests();
    CHECK(sent[0].body == sent[1].body);
    CHECK(sent[0].connection == sent[1].connection);
    REQUIRE(t.post());
    CHECK(gives.asked.size() == 2);
    CHECK(t.client->statistics().retries == 1);
}

TEST_CASE("an error after that tells of the attempt with the old token") {
    token_setup t;
    giver gives({"old_token", t.s.token()});
    t.use(gives.function());
    t.s.respond_next(response_override(401, "{}"));
    t.s.respond_next(response_override(500, "{}"));
    auto r = t.post();
    REQUIRE_FALSE(r);
    CHECK(r.error().status == 500);
    CHECK(r.error().attempts == 2);
    REQUIRE(r.error().earlier_attempts.size() == 1);
    loop::attempt_record const& before = r.error().earlier_attempts[0];
    CHECK(before.code == errc::unauthorized);
    CHECK(before.status == 401);
    CHECK(before.progress == request_progress::response_begun);
    CHECK(before.pause == 0ms);
}

TEST_CASE("calls that are refused at the same time share one question") {
    token_setup t;
    giver gives({"old_token", t.s.token()});
    t.use(gives.coroutine());
    for (int i = 0; i != 10; ++i)
        t.s.hold_next();
    loop::client client(t.io.get_executor(), t.how);
    int completed = 0;
    for (int i = 0; i != 10; ++i)
        client.async_call(report::export_report, week(), [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r.attempts() == 2);
            ++completed;
        });
    run_until(t.io, [&] { return t.s.requests().size() == 10; });
    t.s.release();
    t.io.run();
    CHECK(completed == 10);
    CHECK(gives.asked == answers{false, true});
    CHECK(t.s.requests().size() == 20);
}

TEST_CASE("a token that was refused is not sent again, should the provider give it once more") {
    token_setup t;
    giver gives({"old_token"});
    t.use(gives.coroutine());
    auto r = t.post();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::unauthorized);
    CHECK(r.error().attempts == 1);
    CHECK(gives.asked == answers{false, true});
    CHECK(t.s.requests().size() == 1);
    gives.asked.resize(2);
    gives.tokens = {"old_token", "old_token", t.s.token()}; // in time for the next call
    auto next = t.post();
    REQUIRE_MESSAGE(next, next.error());
    CHECK(gives.asked == answers{false, true, true});
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("when the new token is refused too, that is the answer") {
    token_setup t;
    giver gives({"old_token", "another"});
    t.use(gives.function());
    auto r = t.post();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::unauthorized);
    CHECK(r.error().status == 401);
    CHECK(r.error().attempts == 2);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("a provider may keep its last handler, and assign the next one to it") {
    token_setup t;
    std::optional<loop::token_handler> last;
    std::size_t asked = 0;
    t.use([&](loop::token_request, loop::token_handler handler) {
        last = std::move(handler);
        ++asked;
    });
    loop::client client(t.io.get_executor(), t.how);
    int completed = 0;
    client.async_call(report::export_report, week(), [&](auto r) {
        CHECK_MESSAGE(r, r.error());
        ++completed;
    });
    std::vector<std::string> const tokens = {"old_token", t.s.token()};
    for (std::string const& token : tokens) {
        run_until(t.io, [&] { return asked != 0; });
        asked = 0;
        CHECK(asio::get_associated_cancellation_slot(*last).is_connected());
        loop::token_handler called = std::move(*last);
        std::move(called)(std::nullopt, loop::secret(token));
    }
    t.io.restart();
    t.io.run();
    CHECK(completed == 1);
    CHECK(t.tokens_sent() == tokens);
}

TEST_CASE("a handler of a provider has the executor of the handler that is in it") {
    asio::io_context io;
    loop::token_handler const handler = asio::bind_executor(
        io.get_executor(), [](std::optional<loop::error> const&, loop::secret const&) {});
    bool const is_same =
        asio::get_associated_executor(handler) == asio::any_completion_executor(io.get_executor());
    CHECK(is_same);
}

TEST_CASE("a token that is set counts at once, and more than what the provider says later") {
    token_setup t;
    slow_giver gives;
    t.use(gives.provider());
    loop::client client(t.io.get_executor(), t.how);
    int completed = 0;
    auto const count = [&](auto r) {
        CHECK(r);
        ++completed;
    };
    client.async_call(report::export_report, week(), count);
    t.io.poll();
    client.set_token(t.s.token());
    t.io.run(); // it goes, though the provider has not answered
    CHECK(completed == 1);
    gives.answer("too late");
    client.async_call(report::export_report, week(), count);
    t.io.restart();
    t.io.run();
    CHECK(completed == 2);
    CHECK(gives.asked.size() == 1);
}

TEST_CASE("no token stands in an error, neither the old one nor the new one") {
    token_setup t;
    giver gives({"t0ken_one", "t0ken_two"});
    t.use(gives.coroutine());
    t.s.respond_next(response_override(401, R"({"message":"bad: t0ken_one"})"));
    t.s.respond_next(response_override(500, R"({"message":"first t0ken_one, then t0ken_two",)"
                                            R"("errorCode":"t0ken_two"})")
                         .header("X-Request-Id", "t0ken_one"));
    auto r = t.post();
    REQUIRE_FALSE(r);
    loop::error const& e = r.error();
    CHECK(e.status == 500);
    for (std::string const& text :
         {printed(e), e.detail, e.service_message, e.service_code, e.body, e.request_id})
        CHECK_FALSE(contains(text, "t0ken"));
}

TEST_CASE("nor any other token that the call has sent") {
    token_setup t;
    t.how.token = "t0ken_1";
    t.how.retry.max_attempts = 3;
    t.how.retry.base = 1ms;
    loop::client client(t.io.get_executor(), t.how);
    bool failed = false;
    for (int i = 0; i != 3; ++i) {
        response_override busy(503, R"({"message":"not t0ken_1, t0ken_2 or t0ken_3"})");
        busy.pause_after = 0;
        t.s.respond_next(busy);
    }
    client.async_call(report::get_report, report::get_request("x"), [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().attempts == 3);
        CHECK_FALSE(contains(printed(r.error()), "t0ken"));
        CHECK_FALSE(contains(r.error().body, "t0ken"));
        failed = true;
    });
    std::size_t sent = 0;
    for (char const* next : {"t0ken_2", "t0ken_3", "t0ken_4"}) {
        ++sent;
        run_until(t.io, [&] { return t.s.requests().size() == sent && t.s.wait_until_held(0ms); });
        client.set_token(next);
        t.io.poll();
        t.s.release();
    }
    t.io.run();
    CHECK(failed);
}

TEST_CASE("a token and a provider together can't be used") {
    token_setup t;
    giver gives({"x"});
    t.use(gives.function());
    t.how.token = "y";
    CHECK_THROWS_AS(loop::client(t.io.get_executor(), t.how), loop::exception);
    t.how.token = {};
    t.how.token_timeout = 0ms;
    CHECK_THROWS_AS(loop::client(t.io.get_executor(), t.how), loop::exception);
}

} // TEST_SUITE("client/limits/token_provider")
