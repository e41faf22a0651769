// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal exports of several processes whose engine is away, or is no good.
#include <fleet/export_fleet.hpp>

TEST_SUITE("fleet/exports_away") {

using namespace fixture;

// From an engine that somebody else writes into.
TEST_CASE("a key that can't stand in a header, or that no call has, is never sent") {
    export_fleet t;
    std::string key;
    SUBCASE("it adds a header") {
        key = "k\r\nX-Impersonate-User: victim";
    }
    SUBCASE("it has a NUL") {
        key = std::string("k\0", 2);
    }
    SUBCASE("it is too long") {
        key = std::string(256, 'k');
    }
    t.engine->distort([&](loop::fleet_start_answer& got) {
        got.advice = journal_advice::repeat;
        got.idempotency_key = key;
    });
    std::optional<export_fleet::outcome> got;
    auto needs = shared();
    needs.needs_fleet = true;
    loop::async_start_export(*t.all[0]->client, keyed_export, week(), needs,
                             [&](export_fleet::outcome r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    REQUIRE_FALSE(*got);
    CHECK(got->error().code() == errc::unexpected_content);
    CHECK_FALSE(contains(got->error().detail, "victim"));
    CHECK(t.starts() == 0);
    CHECK(t.start(1)); // its endpoint has no key
    CHECK(t.starts() == 1);
    CHECK_FALSE(contains(t.s.requests()[0].body, "victim"));
}

TEST_CASE("an age that can't be is no harm") {
    export_fleet t;
    auto const first = t.start(0);
    REQUIRE(first);
    std::chrono::milliseconds age(std::int64_t{1} << 62);
    SUBCASE("old") {}
    SUBCASE("from the future") {
        age = -age;
    }
    t.engine->distort([&](loop::fleet_start_answer& got) { got.age = age; });
    auto const joined = t.start(1);
    REQUIRE(joined);
    CHECK(joined->id() == first->id());
    CHECK(joined->state().age >= 0ms);
    CHECK(joined->state().age <= 366 * 24h);
    CHECK(loop::resume_export(*t.all[2]->client, joined->resume_token()));
}

TEST_CASE("an engine that refuses each note of a start is asked for a while, and no longer") {
    export_fleet t;
    t.engine->be(mood::refusing_notes);
    auto how = shared();
    SUBCASE("and the start goes on alone") {}
    SUBCASE("and the start needs it") {
        how.needs_fleet = true;
    }
    auto& got = t.begin(0, how);
    t.run_for(3s);
    CHECK(t.engine->counted().notes > 1);
    CHECK(t.engine->counted().notes < 50);
    REQUIRE(got);
    CHECK(got->has_value() == !how.needs_fleet);
    CHECK(t.starts() == (how.needs_fleet ? 0 : 1));
    if (how.needs_fleet)
        CHECK(got->error().code() == errc::unexpected_content);
    auto const before = t.engine->counted().notes;
    t.pass(1min);
    CHECK(t.engine->counted().notes == before);
}

TEST_CASE("a start that has a successor notes nothing more") {
    export_fleet t;
    t.s.hold_next();
    auto& slow = t.begin(0);
    run_until_sent(t);
    t.engine->be(mood::refusing_notes);
    t.run_for(5s); // the lease is renewed
    t.engine->be(mood::well);
    auto const before = t.engine->counted().notes;
    t.run_for(5s);
    t.s.release();
    t.run();
    REQUIRE(slow);
    CHECK(slow->has_value());
    CHECK(t.engine->counted().notes == before);
}

TEST_CASE("a start that is cancelled while it asks gives back what it gets") {
    export_fleet t;
    t.engine->answer_after(50ms);
    std::optional<export_fleet::outcome> got;
    asio::cancellation_signal stop;
    loop::async_start_export(
        *t.all[0]->client, week(), shared(),
        asio::bind_cancellation_slot(stop.slot(),
                                     [&](export_fleet::outcome r) { got.emplace(std::move(r)); }));
    t.run_for(20ms); // its claim is there, and has no answer yet
    stop.emit(asio::cancellation_type::partial);
    t.run_for(1ms);
    REQUIRE(got);
    CHECK(got->error().code() == errc::cancelled);
    t.run();
    t.engine->answer_after(0ms);
    auto const began = t.clock->now();
    REQUIRE(t.start(1));
    CHECK(t.clock->now() - began < 1s);
    CHECK(t.starts() == 1);
}

TEST_CASE("a start that sends nothing takes back what it has announced until the engine hears it") {
    export_fleet t;
    t.engine->be(mood::hanging_at_notes);
    auto how = shared();
    asio::cancellation_signal stop;
    SUBCASE("it needs the engine") {
        how.needs_fleet = true;
    }
    SUBCASE("it is cancelled") {}
    std::optional<export_fleet::outcome> got;
    loop::async_start_export(
        *t.all[0]->client, week(), how,
        asio::bind_cancellation_slot(stop.slot(),
                                     [&](export_fleet::outcome r) { got.emplace(std::move(r)); }));
    t.run_for(1s);
    REQUIRE_FALSE(got);
    if (!how.needs_fleet)
        stop.emit(asio::cancellation_type::partial);
    t.run_for(how.needs_fleet ? 1100ms : 1ms);
    REQUIRE(got); // which waits for no note
    REQUIRE_FALSE(*got);
    CHECK(got->error().code() == (how.needs_fleet ? errc::deadline_exceeded : errc::cancelled));
    t.run_for(1s);
    t.engine->be(mood::well);
    auto const back_at = t.clock->now();
    auto const next = t.start(1);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(t.starts() == 1);
    CHECK(t.clock->now() - back_at < 5s); // which is no lease
}

TEST_CASE("a start that is refused tells no engine of it for long") {
    export_fleet t;
    t.engine->be(mood::hanging_at_notes);
    auto how = shared();
    how.needs_fleet = true;
    auto const began = t.clock->now();
    auto longest = 34s;
    auto& got = t.begin(0, how);
    SUBCASE("with an open client") {}
    SUBCASE("with one that is closed") {
        t.run_for(4s);
        t.all[0]->end();
        longest = 8s;
    }
    t.run();
    REQUIRE(got);
    CHECK_FALSE(*got);
    CHECK(t.clock->now() - began <= longest);
    CHECK(t.engine->counted().notes < 80);
}

TEST_CASE("an engine that throws at the notes ends a start that needs it") {
    export_fleet t;
    t.engine->be(mood::throwing_at_notes);
    auto needs = shared();
    needs.needs_fleet = true;
    auto const refused = t.start(0, needs);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().detail, "needs_fleet"));
    CHECK(t.starts() == 0);
    CHECK(t.start(1));
}

TEST_CASE("notes that fail after the end of a start are told again") {
    export_fleet t;
    auto how = shared();
    SUBCASE("of one that needs the engine") {
        how.needs_fleet = true;
    }
    SUBCASE("of one that does not") {}
    t.s.hold_next();
    auto& ended = t.begin(0, how);
    run_until_sent(t);
    t.engine->be(mood::silent);
    t.s.release();
    t.run_for(500ms); // several notes of the end are under way
    REQUIRE(ended);
    t.engine->be(mood::well);
    auto const before = t.engine->counted().notes;
    t.engine->fail_all(loop::error(errc::invalid_option, "refused"));
    t.pass(1min);
    CHECK(t.engine->counted().notes == before + 1);
    auto const next = t.start(1);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(next->id() == (*ended)->id());
    CHECK(t.starts() == 1);
}

TEST_CASE("an engine that is back learns the end of a start") {
    export_fleet t;
    t.s.hold_next();
    auto& ended = t.begin(0);
    bool is_refused = false;
    SUBCASE("with an id") {}
    SUBCASE("refused by the service") {
        is_refused = true;
        t.s.respond_next(response_override(400, "{}"));
    }
    run_until_sent(t);
    t.engine->be(mood::failing);
    SUBCASE("silent meanwhile") {
        t.engine->be(mood::silent);
    }
    t.s.release();
    t.run_for(5s);
    REQUIRE(ended); // which nobody waits for
    CHECK(ended->has_value() == !is_refused);
    t.engine->be(mood::well);
    t.run_for(2s);
    auto const next = t.start(1);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(t.starts() == (is_refused ? 2 : 1));
}

TEST_CASE(
    "an export that ended before the engine knew of it takes starts for a minute, as others") {
    export_fleet t;
    auto how = shared();
    how.poll.first_poll = 1s;
    how.poll.interval = 1s;
    t.s.hold_next();
    auto& started = t.begin(0, how);
    run_until_sent(t);
    t.engine->be(mood::failing);
    t.s.release();
    t.run_for(1s);
    REQUIRE(started);
    REQUIRE(*started);
    std::optional<loop::result<report::export_result>> done;
    (*started)->async_wait([&](auto r) { done.emplace(std::move(r)); });
    bool is_failed = false;
    SUBCASE("or for none, if it failed") {
        is_failed = true;
        t.s.respond_next(response_override(200, R"({"id": "x", "status": "Failed"})"));
    }
    SUBCASE("if it is completed") {}
    for (int i = 0; i != 25 && !done; ++i)
        t.run_for(1s);
    REQUIRE(done);
    t.engine->be(mood::well);
    t.run(); // the note of the start arrives
    if (!is_failed) {
        auto const joined = t.start(1);
        REQUIRE(joined);
        CHECK(joined->id() == (*started)->id());
        t.pass(61s);
    }
    auto const next = t.start(2);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(next->id() != (*started)->id());
    CHECK(t.starts() == 2);
}

TEST_CASE("an engine that stays away keeps no program from its end for long") {
    export_fleet t;
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    t.engine->be(mood::failing);
    t.s.release();
    auto const began = t.clock->now();
    auto longest = 32s;
    SUBCASE("with an open client") {}
    SUBCASE("with one that is closed") {
        t.run_for(4s);
        t.all[0]->end();
        longest = 8s;
    }
    t.run();
    CHECK(t.clock->now() - began <= longest);
    CHECK(t.engine->counted().notes < 60);
}

} // TEST_SUITE("fleet/exports_away")
