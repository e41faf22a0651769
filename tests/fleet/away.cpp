// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Clients go on when their fleet's engine does not answer, answers late, or has lost its memory.
#include <fleet/fleet_fixture.hpp>

TEST_SUITE("fleet/away") {

using namespace fixture;

namespace {

using names = std::vector<std::string>;

struct {
    char const* name;
    mood how;
    char const* news;
    std::chrono::milliseconds first_call; // waits so long
} const ways[] = {
    {"fails", mood::failing, "away: connection_lost", 0ms},
    {"does not answer", mood::silent, "away: deadline_exceeded", 100ms},
    {"drops the operation", mood::forgetful, "away: deadline_exceeded", 100ms},
    {"throws", mood::throwing, "away: invalid_option", 0ms},
};

} // namespace

TEST_CASE("no call fails for an engine that never answers, and only the first waits for it") {
    for (auto const& way : ways) {
        CAPTURE(way.name);
        fleet_setup t;
        t.engine->be(way.how);
        auto& one = t.add();
        one.get();
        t.run();
        CHECK(one.succeeded == 1);
        CHECK(t.clock->elapsed() == way.first_call);
        CHECK(one.news == names{way.news});
        CHECK(one.now().fleet_is_away);
        CHECK(one.now().fleet_failures == 1);
        CHECK(one.now().fleet_rate == doctest::Approx(80 * 0.02));

        auto const begin = t.clock->now();
        one.get(5);
        t.run();
        CHECK(one.succeeded == 6);
        CHECK(one.failed == 0);
        CHECK(t.clock->now() - begin >= 2400ms); // at the safe rate of 1.6 per second
        CHECK(t.clock->now() - begin <= 3800ms);
        CHECK(one.news == names{way.news});

        t.engine->be(mood::well);
        one.get(400);
        // It asks again after a random pause, and others have the time to come back, too.
        t.run_for(12s);
        CHECK(one.news == names{way.news, "back"});
        CHECK_FALSE(one.now().fleet_is_away);
        CHECK(one.now().fleet_rate == doctest::Approx(80));
        t.close();
    }
}

// Thousands of requests, to count them: other cases take the same ways.
TEST_CASE("an engine that goes away leaves each client its last share, which shrinks" *
          doctest::skip(support::is_sanitized)) {
    for (auto const& way : ways) {
        CAPTURE(way.name);
        fleet_setup t;
        t.add_busy(4, 3000);
        t.run_for(4s);
        t.engine->be(way.how);
        auto begin = t.clock->now();
        t.run_for(5s);
        CHECK(t.sent_after(begin) <= 408);
        CHECK(t.sent_after(begin) >= 350);
        for (auto const& each : t.all)
            CHECK(each->news == names{way.news});
        t.run_for(30s);
        begin = t.clock->now();
        t.run_for(5s);
        CHECK(t.sent_after(begin) <= 220); // about half
        CHECK(t.sent_after(begin) >= 120);

        t.engine->be(mood::well);
        t.run_for(12s);
        begin = t.clock->now();
        t.run_for(5s);
        CHECK(t.sent_after(begin) <= 408);
        CHECK(t.sent_after(begin) >= 380);
        for (auto const& each : t.all)
            CHECK(each->failed == 0);
        t.close();
    }
}

TEST_CASE("an engine that restarts with empty memory gives away no more than the limit") {
    fleet_setup t;
    t.add_busy(4, 3000);
    t.run_for(4s);
    auto const begin = t.clock->now();
    SUBCASE("at once") {
        t.engine->forget();
    }
    SUBCASE("after some time") {
        t.engine->be(mood::failing);
        t.run_for(5s);
        t.engine->forget();
        t.engine->be(mood::well);
    }
    auto const restarted = t.clock->now();
    auto& late = t.add();
    late.get(3000); // holds nothing, and is maybe the first
    t.run_for(3s);
    CHECK(t.sent_after(restarted) <= 80 * 3 * 1.1);
    t.run_for(17s);
    CHECK(t.sent_after(restarted) <= 80 * 20 * 1.02);
    CHECK(t.sent_after(restarted) >= 80 * 20 * 0.9);
    CHECK(t.sent_after(begin) >= 80 * 20 * 0.9);
    CHECK(late.sent_after(restarted + 10s) >= 0.8 * 160);
    t.close();
}

TEST_CASE("an engine that tells that it is back is asked at once") {
    fleet_setup t;
    auto& one = t.add();
    one.get();
    t.run();
    t.engine->announce();
    t.run();
    CHECK(t.engine->counted().claims == 1); // it was not away
    t.engine->be(mood::failing);
    one.get(400);
    t.run_for(20s); // by then it asks again after 2.5 s at the earliest
    auto const asked = t.engine->counted().claims;
    for (int i = 0; i != 1000 && t.engine->counted().claims == asked; ++i)
        t.run_for(10ms);
    REQUIRE(t.engine->counted().claims == asked + 1);
    SUBCASE("and is") {
        t.engine->be(mood::well);
        t.engine->announce();
        t.run_for(200ms);
        CHECK_FALSE(one.now().fleet_is_away);
        CHECK(t.engine->counted().claims >= asked + 2);
    }
    SUBCASE("and is not, again and again") {
        for (int i = 0; i != 100; ++i) {
            t.engine->announce();
            t.run_for(10ms);
        }
        CHECK(one.now().fleet_is_away);
        CHECK(t.engine->counted().claims > asked + 5);
        CHECK(t.engine->counted().claims < asked + 15);
    }
    t.close();
}

TEST_CASE("an engine that stands still for some seconds") {
    fleet_setup t;
    t.add_busy(4, 3000);
    t.run_for(4s);
    auto begin = t.clock->now();
    t.engine->be(mood::silent);
    t.run_for(5s);
    t.engine->be(mood::well);
    t.run_for(15s);
    CHECK(t.sent_after(begin) <= 80 * 20 * 1.02);
    CHECK(t.sent_after(begin) >= 80 * 20 * 0.9);
    t.close();
}

TEST_CASE("an engine that is slow") {
    fleet_setup t;
    SUBCASE("but answers in time") {
        t.engine->answer_after(60ms);
        auto& one = t.add();
        one.get();
        t.run();
        CHECK(t.clock->elapsed() == 60ms);
        CHECK(one.news.empty());
        one.get(500);
        t.run_for(2s);
        auto const begin = t.clock->now();
        t.run_for(3s);
        CHECK(one.sent_after(begin) >= 232);
        CHECK(one.news.empty());
    }
    SUBCASE("and answers too late is away") {
        t.engine->answer_after(300ms);
        auto& one = t.add();
        one.get();
        t.run();
        CHECK(t.clock->elapsed() == 100ms);
        CHECK(one.succeeded == 1);
        CHECK(one.news == names{"away: deadline_exceeded"});
        t.run_for(1s);
        CHECK(one.now().fleet_is_away);
    }
    t.close();
}

TEST_CASE("a call that waits for the first lease can be cancelled, and keeps its deadline") {
    fleet_setup t;
    t.engine->be(mood::silent);
    auto& one = t.add();
    SUBCASE("its deadline") {
        loop::call_options how;
        how.deadline = 50ms;
        one.get(1, how);
        t.run();
        CHECK(one.last_failure == errc::deadline_exceeded);
        CHECK(t.clock->elapsed() == 50ms);
    }
    SUBCASE("the client is closed") {
        one.get();
        one.end();
        t.run();
        CHECK(one.last_failure == errc::client_closed);
        CHECK(t.clock->elapsed() == 0ms);
    }
    CHECK(one.failed == 1);
}

TEST_CASE("an answer for a client that is gone") {
    fleet_setup t;
    t.engine->answer_after(50ms);
    auto& one = t.add();
    one.get();
    t.run_for(10ms);
    one.end();
    t.run();
    t.all.clear();
    t.clock->advance(1s);
    t.run();
    CHECK(t.engine->counted().claims == 1);
}

} // TEST_SUITE("fleet/away")
