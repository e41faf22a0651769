// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Starts of exports that take long, fail, or lose their browser.
#include <tools/export_server/fixture.hpp>

#include <algorithm>
#include <csignal>

TEST_SUITE("tools/export_server/starts") {

using namespace fixture;

namespace {

http::request<http::string_body> keyed_start(std::string const& key,
                                             std::string const& body = any_week,
                                             char const* prefer = nullptr) {
    auto asked = browser::made_start(body);
    asked.set("Idempotency-Key", key);
    if (prefer)
        asked.set(http::field::prefer, prefer);
    return asked;
}

std::ptrdiff_t count_starts(scene const& s) {
    auto const all = s.loop.requests(origin::api);
    return std::count_if(all.begin(), all.end(),
                         [](auto const& each) { return each.method == "POST"; });
}

// The id in the line of the log that says that an export is started.
std::string started_id(scene& s) {
    REQUIRE(s.program().says(" is started\n"));
    std::string const& said = s.program().err();
    std::string_view const before = "the export ";
    std::size_t const begin = said.find(before) + before.size();
    return said.substr(begin, said.find(" is started\n") - begin);
}

} // namespace

TEST_CASE("a start outlives its browser, and can be found again") {
    scene s({}, {"--grace", "3600"});
    s.loop.hold_next();
    auto const gone = s.open();
    gone->send(keyed_start("k1"));
    REQUIRE(s.loop.wait_until_held(patience));
    gone->hang_up();
    SUBCASE("by its key, while it is under way") {
        auto const b = s.open();
        b->send(keyed_start("k1"));
        s.loop.release();
        CHECK(b->open() == 201);
        CHECK(contains(b->read_all(), started_id(s)));
    }
    SUBCASE("by its key, later") {
        s.loop.release();
        std::string const id = started_id(s);
        auto const again = s.open()->ask(keyed_start("k1"));
        CHECK(again.result_int() == 201);
        CHECK(again[http::field::location] == "/exports/" + id);
    }
    SUBCASE("by its id, which the log tells") {
        s.loop.release();
        CHECK(s.open()->get("/exports/" + started_id(s)).result_int() == 200);
    }
    SUBCASE("while the server ends") {
        s.program().kill(SIGTERM);
        REQUIRE(s.program().says("stopping"));
        s.loop.release();
        CHECK_FALSE(started_id(s).empty());
        CHECK(s.program().wait() == 0);
    }
    CHECK(count_starts(s) == 1);
}

TEST_CASE("the log tells a start from one that joined it") {
    scene s;
    s.loop.hold_next();
    auto const b = s.open();
    for (char const* key : {"k1", "k2", "k2"})
        CHECK(b->ask(keyed_start(key, any_week, "respond-async")).result_int() == 202);
    REQUIRE(s.loop.wait_until_held(patience));
    s.loop.release();
    for (char const* key : {"k1", "k2"})
        CHECK(b->ask(keyed_start(key, any_week, "respond-async, wait=60")).result_int() == 201);
    REQUIRE(s.program().says(" is joined by another start\n"));
    std::string const& said = s.program().err();
    CHECK(said.find(" is started\n") == said.rfind(" is started\n"));
    CHECK(count_starts(s) == 1);
}

TEST_CASE("a start that nobody waits for is ended with the grace") {
    scene s({}, {"--grace", "0.1"});
    s.loop.hold_next();
    auto const gone = s.open();
    gone->send(browser::made_start(any_week));
    REQUIRE(s.loop.wait_until_held(patience));
    gone->hang_up();
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK(contains(s.program().err(), "an export can't be started: "));
}

TEST_CASE("a browser need not wait for a start to which it can come back") {
    scene s;
    s.loop.hold_next();
    auto const b = s.open();
    for (char const* prefer : {"respond-async", "respond-async, wait=0", "wait=0, respond-async"}) {
        auto const early = b->ask(keyed_start("k", any_week, prefer));
        CHECK(early.result_int() == 202);
        CHECK(parsed(early.body()).at("phase") == "starting");
        CHECK(early["Preference-Applied"] == "respond-async");
    }
    REQUIRE(s.loop.wait_until_held(patience));
    s.loop.release();
    CHECK(b->ask(keyed_start("k", any_week, "respond-async, wait=60")).result_int() == 201);
    CHECK(b->ask(keyed_start("k", any_week, "respond-async")).result_int() == 201);
    CHECK(count_starts(s) == 1);
}

TEST_CASE("preferences are one list over several fields, of which the first of a name counts") {
    scene s;
    s.loop.hold_next();
    auto const b = s.open();
    auto asked = keyed_start("k", any_week, "handling=lenient; wait=60, x=\"a, wait=60\"");
    asked.insert(http::field::prefer, "\tWait = 0\t,,\tRespond-Async");
    asked.insert(http::field::prefer, "wait=60");
    CHECK(b->ask(asked).result_int() == 202);
    REQUIRE(s.loop.wait_until_held(patience));
    s.loop.release();
    CHECK(b->ask(keyed_start("k")).result_int() == 201);
}

TEST_CASE("another key is another export, and a key stays with its form") {
    scene s(with_content("[]"));
    auto const b = s.open();
    std::string const other = R"({"from": "2026-11-01", "to": "2026-11-09"})";
    auto const first = b->ask(keyed_start("k1"));
    CHECK(first.result_int() == 201);
    auto const reused = b->ask(keyed_start("k1", other));
    CHECK(reused.result_int() == 422);
    CHECK(told(reused, "code") == "key_reused");
    auto const second = b->ask(keyed_start("k2", other));
    CHECK(second.result_int() == 201);
    CHECK(first[http::field::location] != second[http::field::location]);
    CHECK(b->ask(keyed_start(std::string(256, 'k'))).result_int() == 400);
    CHECK(b->ask(keyed_start(std::string(255, 'k'))).result_int() == 201);
    s.loop.hold_next();
    CHECK(b->ask(keyed_start("k3", other, "respond-async")).result_int() == 202);
    CHECK(b->ask(keyed_start("k3")).result_int() == 422);
    s.loop.release();
}

TEST_CASE("a start that failed can be tried again with its key") {
    scene s;
    s.loop.respond_next(response_override(500));
    auto const b = s.open();
    CHECK(b->ask(keyed_start("k")).result_int() == 502);
    CHECK(b->ask(keyed_start("k")).result_int() == 201);
}

TEST_CASE("a failure after which an export may have begun is told once before another start") {
    scene s;
    auto const b = s.open();
    s.loop.hold_next();
    s.loop.respond_next(response_override(502));
    SUBCASE("to a browser that did not wait") {
        CHECK(b->ask(keyed_start("k", any_week, "respond-async")).result_int() == 202);
        REQUIRE(s.loop.wait_until_held(patience));
    }
    SUBCASE("to a browser that was gone") {
        auto const gone = s.open();
        gone->send(keyed_start("k"));
        REQUIRE(s.loop.wait_until_held(patience));
        gone->end_requests();
        CHECK(gone->read_raw().empty());
    }
    s.loop.release();
    REQUIRE(s.program().says("an export can't be started: "));
    CHECK(b->ask(keyed_start("k", any_week, "respond-async, wait=1")).result_int() == 502);
    CHECK(count_starts(s) == 1);
    CHECK(b->ask(keyed_start("k")).result_int() == 201); // somebody has decided it
    CHECK(count_starts(s) == 2);
}

TEST_CASE("a failure that nobody was told of holds up no start that is another one") {
    scene s;
    auto const b = s.open();
    auto const fail = [&](unsigned status) {
        s.loop.hold_next();
        s.loop.respond_next(response_override(status));
        CHECK(b->ask(keyed_start("k", any_week, "respond-async")).result_int() == 202);
        REQUIRE(s.loop.wait_until_held(patience));
        s.loop.release();
        REQUIRE(s.program().says("an export can't be started: "));
    };
    auto asked = keyed_start("k");
    SUBCASE("after a refusal") {
        fail(400);
    }
    SUBCASE("with another form") {
        fail(502);
        asked = keyed_start("k", R"({"from": "2026-11-01", "to": "2026-11-09"})");
    }
    SUBCASE("if told to start again") {
        fail(502);
        asked.set(http::field::prefer, "start-again");
    }
    auto const started = b->ask(asked);
    CHECK(started.result_int() == 201);
    CHECK(b->ask(asked)[http::field::location] == started[http::field::location]);
    CHECK(count_starts(s) == 2);
}

TEST_CASE("a service that asks for a long pause is told of at once") {
    scene s;
    s.loop.respond_next(response_override(429).header("Retry-After", "30"));
    auto const refused = s.open()->post(any_week);
    CHECK(refused.result_int() == 503);
    CHECK(refused[http::field::retry_after] == "30");
    CHECK(told(refused, "code") == "rate_limited");
    CHECK(count_starts(s) == 1);
}

TEST_CASE("a short pause is made") {
    scene s;
    s.loop.respond_next(response_override(429).header("Retry-After", "1"));
    CHECK(s.open()->post(any_week).result_int() == 201);
    CHECK(count_starts(s) == 2);
}

TEST_CASE("no more are started at once than can be kept") {
    scene s({}, {"--keep", "1"});
    s.loop.hold_next();
    auto const b = s.open();
    CHECK(b->ask(keyed_start("k1", any_week, "respond-async")).result_int() == 202);
    auto const refused = b->ask(keyed_start("k2"));
    CHECK(refused.result_int() == 503);
    CHECK(refused[http::field::retry_after] == "5");
    s.loop.release();
    CHECK(b->ask(keyed_start("k1")).result_int() == 201);
}

} // TEST_SUITE("tools/export_server/starts")
