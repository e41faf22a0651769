// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The service tells one client, and all have to know: pauses and refused tokens.
#include <fleet/fleet_fixture.hpp>

TEST_SUITE("fleet/news") {

using namespace fixture;

namespace {

using names = std::vector<std::string>;

response_override too_many(char const* retry_after) {
    return response_override(429, "{}").header("Retry-After", retry_after);
}

} // namespace

TEST_CASE("a pause that the service asks of one client holds all") {
    fleet_setup t;
    t.add_busy(4, 1); // all have a lease
    t.run();
    bool publishes = true;
    SUBCASE("at once") {}
    SUBCASE("with the next lease") {
        publishes = false;
    }
    t.engine->publish(publishes);
    t.s.respond_next(too_many("20"));
    t.all[0]->get();
    t.run();
    auto const begin = t.clock->now() + 1ms;
    CHECK(t.engine->counted().tells == 1);
    if (!publishes)
        t.clock->advance(2s); // so that the leases are renewed
    for (auto const& each : t.all)
        each->get(10);
    t.run_for(17s);
    CHECK(t.sent_after(begin) == 0);
    CHECK(t.all[1]->news == names{"paused"});
    CHECK(t.all[0]->news.empty());
    t.run();
    for (auto const& each : t.all)
        CHECK(each->sent_after(begin) == 10);
    CHECK(t.engine->counted().tells == 1); // nobody tells what it has heard
}

TEST_CASE("a client that hears late of a pause makes it longer for nobody else") {
    asio::io_context late;
    fleet_setup t;
    auto& one = t.add();
    auto& two = t.add(late);
    one.get();
    t.run();
    two.get();
    t.clock->run(late);
    t.s.respond_next(too_many("10"));
    one.get();
    t.run();
    auto const told = t.clock->now();
    CHECK(t.engine->counted().tells == 1);
    one.get();
    two.get();
    t.run_for(500ms); // in which the other one does something else
    for (int i = 0; i != 1000; ++i) {
        late.restart();
        late.poll();
        t.run_for(10ms);
    }
    CHECK(t.engine->counted().claims > 6); // it has got some grants meanwhile
    CHECK(t.engine->counted().tells == 1);
    t.run();
    late.restart();
    t.clock->run(late);
    CHECK(one.succeeded == 2);
    CHECK(one.sent.back() - told >= 10s);
    CHECK(one.sent.back() - told < 10400ms);
    CHECK(two.succeeded == 2);
    CHECK(two.sent.back() - told >= 10s);
    CHECK(two.news == names{"paused"});
    CHECK(one.news.empty());
}

TEST_CASE("a pause lasts an hour at most, whoever tells of it") {
    fleet_setup t;
    t.how.deadline = 3h;
    t.add_busy(2, 1);
    t.run();
    loop::fleet_notice told;
    told.group = t.engine->groups().at(0);
    told.paused = 365 * 24h;
    t.engine->async_tell(told, [](std::optional<loop::error> const&) {});
    t.run_for(1ms);
    t.all[0]->get();
    t.all[1]->get();
    t.run_for(59min);
    CHECK(t.all[0]->succeeded == 1);
    t.run_for(2min);
    CHECK(t.all[0]->succeeded == 2);
    CHECK(t.all[1]->succeeded == 2);
}

TEST_CASE("when a pause is over, the clients begin one after the other") {
    fleet_setup t;
    t.how.limits.requests_per_second = 10;
    t.add_busy(20, 1);
    t.run();
    for (int i = 0; i != 2; ++i) { // so that all know how many they are
        for (auto const& each : t.all)
            each->get();
        t.run();
    }
    t.s.respond_next(too_many("30"));
    t.all[0]->get();
    t.run_for(10ms);
    auto const end_of_pause = t.clock->now() + 30s;
    for (auto const& each : t.all)
        each->get(2);
    t.run();
    std::vector<clock_type::time_point> first;
    for (auto const& each : t.all) {
        auto const at = std::find_if(each->sent.begin(), each->sent.end(),
                                     [&](auto sent) { return sent >= end_of_pause - 100ms; });
        REQUIRE(at != each->sent.end());
        first.push_back(*at);
    }
    std::sort(first.begin(), first.end());
    CHECK(first.back() - first.front() >= 800ms);
    CHECK(std::count_if(first.begin(), first.end(),
                        [&](auto at) { return at < end_of_pause + 200ms; }) <= 6);
}

TEST_CASE("a pause that the engine could not be told of is told later") {
    fleet_setup t;
    t.add(2);
    t.all[0]->get();
    t.all[1]->get();
    t.run();
    t.engine->be(mood::failing);
    t.s.respond_next(too_many("60"));
    t.all[0]->get();
    t.run_for(10ms);
    t.engine->be(mood::well);
    t.all[0]->get(); // waits, and claims
    t.all[1]->get(5);
    t.run_for(6s);
    auto const begin = t.clock->now();
    t.all[1]->get(5);
    t.run_for(30s);
    CHECK(t.sent_after(begin) == 0);
    t.close();
}

TEST_CASE("a refused token stops all that have it, until they have another") {
    fleet_setup t;
    t.how.token = "a_token_that_is_refused_soon";
    t.s.respond_next(not_found());
    t.s.respond_next(not_found());
    t.add(2);
    t.all[0]->get();
    t.all[1]->get();
    t.run();
    bool publishes = true;
    SUBCASE("at once") {}
    SUBCASE("with the next lease") {
        publishes = false;
    }
    t.engine->publish(publishes);
    t.all[0]->get();
    t.run();
    CHECK(t.all[0]->last_failure == errc::unauthorized);
    CHECK(t.engine->counted().tells == 1);
    if (!publishes)
        t.clock->advance(2s);
    auto const before = t.s.requests().size();
    t.all[1]->get(10);
    t.run();
    CHECK(t.all[1]->failed == 10);
    CHECK(t.all[1]->last_failure == errc::unauthorized);
    CHECK(t.s.requests().size() == before);
    CHECK(t.all[1]->news == names{"refused"});

    t.all[1]->client->set_token(t.s.token());
    t.all[1]->get(10);
    t.run();
    CHECK(t.all[1]->failed == 10);
    CHECK(t.all[1]->succeeded == 11);
    CHECK(t.engine->counted().tells == 1);
}

TEST_CASE("with a provider, a refused token makes each client ask for another") {
    fleet_setup t;
    t.s.respond_next(not_found());
    t.s.respond_next(not_found());
    int asked = 0;
    t.how.token = {};
    t.how.token_provider = [&](loop::token_request why, loop::token_handler give) {
        asked += why.refused ? 1 : 0;
        std::move(give)(std::nullopt, why.refused ? t.s.token() : "a_token_that_is_refused_soon");
    };
    t.add(2);
    t.all[0]->get();
    t.all[1]->get();
    t.run();
    t.all[0]->get();
    t.run();
    auto const before = t.s.requests().size();
    t.all[1]->get();
    t.run();
    CHECK(t.s.requests().size() == before + 1); // the first with the other token
    CHECK(asked == 2);
    for (auto const& each : t.all) {
        CHECK(each->succeeded == 2);
        CHECK(each->failed == 0);
    }
    CHECK(t.engine->groups().size() == 2);
}

} // TEST_SUITE("fleet/news")
