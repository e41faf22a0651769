// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How clients with one token share its limits.
#include <fleet/fleet_fixture.hpp>

TEST_SUITE("fleet/shares") {

using namespace fixture;

TEST_CASE("clients with more calls than the limit share all of it, equally") {
    fleet_setup t;
    t.add_busy(8, 500);
    t.run_for(3s);
    auto const begin = t.clock->now();
    t.run_for(10s);
    int const sent = t.sent_after(begin);
    CHECK(sent <= 816); // of 800
    CHECK(sent >= 760);
    for (auto const& each : t.all) {
        CHECK(each->sent_after(begin) >= 80);
        CHECK(each->sent_after(begin) <= 120);
        CHECK(each->failed == 0);
        CHECK(each->now().fleet_rate == doctest::Approx(10).epsilon(0.1));
    }
    t.close();
}

TEST_CASE("from the first moment on, no more are sent than the limit") {
    fleet_setup t;
    t.add(8);
    auto const begin = t.clock->now();
    for (auto const& each : t.all)
        each->get(100);
    t.run_for(2s);
    CHECK(t.sent_after(begin) <= 168); // 160, and one of each at most
    t.close();
}

TEST_CASE("who wants less gets what it wants, and the others share the rest") {
    fleet_setup t;
    t.add(3);
    t.all[1]->get(1000);
    t.all[2]->get(1000);
    t.run_for(3s);
    auto const begin = t.clock->now();
    for (int i = 0; i != 20; ++i) { // four per second
        t.all[0]->get();
        t.run_for(250ms);
    }
    t.run_for(1s);
    CHECK(t.all[0]->succeeded == 20);
    double const rest = 80.0 * 6 - 20;
    for (int i : {1, 2}) {
        CHECK(t.all[static_cast<std::size_t>(i)]->sent_after(begin) >= 0.8 * rest / 2);
        CHECK(t.all[static_cast<std::size_t>(i)]->sent_after(begin) <= 1.2 * rest / 2);
    }
    t.close();
}

TEST_CASE("the share of a client that rests, or is closed, goes to the others") {
    fleet_setup t;
    t.add(2);
    t.all[0]->get(60);
    t.all[1]->get(2000);
    SUBCASE("rests") {
        t.run_for(4s);
    }
    SUBCASE("is closed") {
        t.run_for(1s);
        t.all[0]->end();
        t.run_for(1s);
        CHECK(t.engine->counted().leaves == 1);
    }
    t.run_for(2s);
    auto const begin = t.clock->now();
    t.run_for(5s);
    CHECK(t.sent_after(begin) >= 380);
    CHECK(t.sent_after(begin) <= 408);
    t.close();
}

TEST_CASE("a client that comes gets its share within two leases") {
    fleet_setup t;
    t.add(3);
    t.all[0]->get(2000);
    t.all[1]->get(2000);
    t.run_for(5s);
    t.all[2]->get(2000);
    t.run_for(3s);
    auto const begin = t.clock->now();
    t.run_for(6s);
    for (auto const& each : t.all)
        CHECK(each->sent_after(begin) >= 0.8 * 160);
    CHECK(t.sent_after(begin) <= 490); // of 480
    t.close();
}

TEST_CASE("requests in flight are shared, too") {
    fleet_setup t;
    t.how.limits.requests_per_second = 0;
    t.how.limits.max_in_flight = 6;
    for (int i = 0; i != 100; ++i)
        t.s.hold_next();
    t.add_busy(3, 20);
    t.run_for(10s);
    CHECK(t.s.requests().size() == 6);
    t.s.release();
    t.run();
    for (auto const& each : t.all)
        CHECK(each->succeeded == 20);
}

TEST_CASE("fewer requests in flight than clients: they take turns") {
    fleet_setup t;
    t.how.limits.requests_per_second = 0;
    t.how.limits.max_in_flight = 1;
    t.add_busy(3, 5);
    t.run();
    for (auto const& each : t.all)
        CHECK(each->succeeded == 5);
}

TEST_CASE("clients with different tokens share nothing") {
    fleet_setup t;
    t.add();
    server other(fleet_setup::timed_by(t.clock));
    t.how.base_url = other.base_url();
    t.how.token = other.token();
    t.how.tls.ca_pem = other.ca_certificate();
    t.add();
    for (auto const& each : t.all)
        each->get(500);
    t.run_for(1s);
    auto const begin = t.clock->now();
    t.run_for(2s);
    for (auto const& each : t.all) {
        CHECK(each->sent_after(begin) >= 152);
        CHECK(each->sent_after(begin) <= 165);
    }
    CHECK(t.engine->groups().size() == 2);
    t.close();
}

// Thousands of requests, to count them: other cases take the same ways.
TEST_CASE("a client asks about once per lease, whatever its calls" *
          doctest::skip(support::is_sanitized)) {
    fleet_setup t;
    t.how.limits.requests_per_second = 400;
    t.add(2);
    t.all[0]->get(4000);
    t.all[1]->goes_on = true;
    t.all[1]->get();
    t.run_for(3s);
    auto const before = t.engine->counted().claims;
    t.run_for(10s);
    int const claims = t.engine->counted().claims - before;
    CHECK(claims >= 18); // each lease of 1.5 s is renewed after 0.9 to 1.05 s
    CHECK(claims <= 26);
    for (auto const& each : t.all)
        CHECK(each->now().fleet_rate == doctest::Approx(200).epsilon(0.05));
    CHECK(t.engine->counted().locks == 0);
    CHECK(t.engine->counted().tells == 0);
    t.close();
}

TEST_CASE("a client at rest asks nothing, and lets its context end") {
    fleet_setup t;
    auto& one = t.add();
    one.get();
    t.run();
    CHECK(one.succeeded == 1);
    CHECK(t.engine->counted().claims == 1);
    t.clock->advance(1h);
    CHECK(t.engine->counted().claims == 1);
    one.get();
    t.run();
    CHECK(one.succeeded == 2);
    CHECK(t.engine->counted().claims == 2);
    CHECK(t.clock->elapsed() == 1h); // no call waited
}

TEST_CASE("with another token under load, the clients bring their shares along") {
    fleet_setup t;
    t.add(4);
    auto const first = t.s.token();
    for (auto const& each : t.all) {
        each->client->set_token("a_token_before");
        for (int i = 0; i != 10; ++i)
            t.s.respond_next(not_found());
    }
    for (auto const& each : t.all)
        each->get(3000);
    for (int i = 0; i != 400; ++i)
        t.s.respond_next(not_found());
    t.run_for(4s);
    for (auto const& each : t.all)
        each->client->set_token(first);
    auto const changed = t.clock->now();
    t.run_for(2s);
    CHECK(t.sent_after(changed) >= 80 * 2 * 0.8);
    CHECK(t.sent_after(changed) <= 80 * 2 * 1.1);
    for (auto const& each : t.all)
        CHECK(each->failed == 0);
    CHECK(t.engine->groups().size() >= 2);
    t.close();
}

TEST_CASE("an engine never sees the token, nor who is impersonated") {
    fleet_setup t;
    t.how.impersonate_user = loop::secret(user);
    auto& one = t.add();
    one.get(20);
    t.run();
    one.end();
    t.run();
    CHECK_FALSE(t.engine->seen().empty());
    CHECK_FALSE(contains(t.engine->seen(), t.s.token()));
    CHECK_FALSE(contains(t.engine->seen(), user));
    REQUIRE(t.engine->groups().size() == 1);
    CHECK(t.engine->groups()[0].size() == 32);

    // Another key gives another group.
    auto other = memory_fleet::usual();
    other.key = "another key for the tests";
    auto const before = t.engine->groups()[0];
    t.engine = std::make_shared<memory_fleet>(t.clock, other);
    t.how.impersonate_user.reset();
    t.add().get();
    t.run();
    REQUIRE(t.engine->groups().size() == 1);
    CHECK(t.engine->groups()[0] != before);
}

TEST_CASE("a fleet with options that can't be used is refused") {
    auto const clock = std::make_shared<virtual_clock>();
    auto wrong = memory_fleet::usual();
    wrong.key = "short";
    try {
        memory_fleet(clock, wrong);
        FAIL("it was accepted");
    } catch (loop::exception const& e) {
        CHECK(e.error().code() == errc::invalid_option);
        CHECK_FALSE(contains(printed(e.error()), "short"));
    }
}

} // TEST_SUITE("fleet/shares")
