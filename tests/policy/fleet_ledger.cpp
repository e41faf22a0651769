// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

TEST_SUITE("policy/fleet_ledger") {

namespace {

using namespace std::chrono_literals;
using intheloop::fleet_claim;
using intheloop::fleet_grant;
using intheloop::fleet_notice;
using intheloop::fleet_share;
using intheloop::policy::clock;
using intheloop::policy::fair_level;
using intheloop::policy::fleet_ledger;

constexpr clock::time_point start{1h};
constexpr std::chrono::milliseconds lease = 1500ms;

fleet_claim claim_of(std::string member, fleet_share limits, fleet_share wanted) {
    fleet_claim made;
    made.group = "g";
    made.member = std::move(member);
    made.limits = limits;
    made.wanted = wanted;
    made.safe = {limits.rate / 50, 1};
    made.lease = lease;
    return made;
}

fleet_claim of_rate(std::string member, double limit, double wanted) {
    return claim_of(std::move(member), {limit, 0}, {wanted, 0});
}

// Each member claims twice per lease, for so many leases; returns what each has in the end.
std::vector<fleet_share> settled(fleet_ledger& ledger, std::vector<fleet_claim> const& claims,
                                 clock::time_point& now, int rounds = 6) {
    std::vector<fleet_share> got(claims.size());
    for (int i = 0; i != rounds; ++i) {
        for (std::size_t each = 0; each != claims.size(); ++each) {
            fleet_claim again = claims[each];
            again.held.rate = got[each].rate;
            again.held.in_flight = got[each].in_flight; // all in use
            got[each] = ledger.claim(again, now).share;
            CHECK(ledger.given().rate <= again.limits.rate * (1 + 1e-9));
            CHECK(ledger.given().in_flight <= again.limits.in_flight);
        }
        now += 300ms; // before a lease that was cut ends
    }
    return got;
}

} // namespace

TEST_CASE("the level of max-min fair shares") {
    double const enough = HUGE_VAL;
    struct {
        std::vector<intheloop::policy::weighted_want> wants;
        double limit;
        double level;
    } const cases[] = {
        {{}, 100, enough},
        {{{10, 1}}, 100, enough},
        {{{100, 1}}, 100, enough},
        {{{200, 1}}, 100, 100},
        {{{200, 1}, {200, 1}}, 100, 50},
        {{{10, 1}, {200, 1}, {300, 1}}, 100, 45},
        {{{300, 1}, {10, 1}, {50, 1}}, 100, 45},
        {{{30, 1}, {30, 1}, {40, 1}}, 100, enough},
        {{{0, 1}, {0, 1}, {500, 1}}, 100, 100},
        {{{200, 1}, {200, 3}}, 100, 25}, // 25 and 75
        {{{10, 1}, {200, 3}}, 100, 30},  // 10 and 90
        {{{5, 1}, {5, 1}}, 0, 0},
    };
    for (auto const& c : cases) {
        CAPTURE(c.limit);
        CAPTURE(c.wants.size());
        double const level = fair_level(c.wants, c.limit);
        CHECK((level == c.level || level == doctest::Approx(c.level)));
    }
}

TEST_CASE("a member gets all that it wants if the limit is enough for all") {
    fleet_ledger ledger(false);
    auto now = start;
    auto const got = settled(ledger, {of_rate("a", 100, 20), of_rate("b", 100, 79)}, now);
    CHECK(got[0].rate == doctest::Approx(20));
    CHECK(got[1].rate == doctest::Approx(79));
}

TEST_CASE("a ledger learns for no longer than all others need to come back") {
    fleet_ledger ledger(false);
    auto now = start;
    auto slow = of_rate("a", 100, 50);
    slow.held.rate = 50;
    slow.lease = 24h; // as if the clock had been set back
    CHECK(ledger.claim(slow, now).share.rate == 50);
    auto const other = of_rate("b", 100, 50);
    CHECK(ledger.claim(other, now).share.rate == doctest::Approx(2)); // the safe share
    now += lease + fleet_ledger::longest_pause;
    CHECK(ledger.claim(other, now).share.rate == doctest::Approx(50));
}

TEST_CASE("members share the limit by what they want, those that want much equally") {
    fleet_ledger ledger(false);
    auto now = start;
    std::vector<fleet_claim> claims{of_rate("a", 100, 10), of_rate("b", 100, 500),
                                    of_rate("c", 100, 500)};
    auto got = settled(ledger, claims, now);
    CHECK(got[0].rate == doctest::Approx(10));
    CHECK(got[1].rate == doctest::Approx(45));
    CHECK(got[2].rate == doctest::Approx(45));

    SUBCASE("what one gives back goes to the others") {
        claims[1].wanted.rate = 5;
        got = settled(ledger, claims, now);
        CHECK(got[2].rate == doctest::Approx(85));
    }
    SUBCASE("one that leaves frees its share at once") {
        ledger.leave("b");
        CHECK(ledger.claim(claims[2], now).share.rate == doctest::Approx(90));
        ledger.leave("unknown"); // is ignored
    }
    SUBCASE("one that dies frees it when its lease ends") {
        claims.pop_back();
        got = settled(ledger, claims, now, 2);
        CHECK(got[1].rate == doctest::Approx(45));
        got = settled(ledger, claims, now, 6);
        CHECK(got[1].rate == doctest::Approx(90));
    }
    SUBCASE("one with twice the weight gets twice as much") {
        claims[1].weight = 2;
        got = settled(ledger, claims, now);
        CHECK(got[1].rate == doctest::Approx(60));
        CHECK(got[2].rate == doctest::Approx(30));
    }
}

TEST_CASE("a new member gets what the leases of others leave, for a short time") {
    fleet_ledger ledger(false);
    CHECK(ledger.claim(of_rate("a", 100, 80), start).share.rate == doctest::Approx(80));
    auto const first = ledger.claim(of_rate("b", 100, 80), start);
    CHECK(first.share.rate == doctest::Approx(20));
    CHECK(first.lease == lease / 4);
    CHECK(first.members == 2);
    CHECK(ledger.claim(of_rate("a", 100, 80), start + 100ms).share.rate == doctest::Approx(50));
    auto const second = ledger.claim(of_rate("b", 100, 80), start + 200ms);
    CHECK(second.share.rate == doctest::Approx(50));
    CHECK(second.lease == lease);
}

TEST_CASE("without limits there is nothing to share") {
    fleet_ledger ledger(false);
    auto const got = ledger.claim(claim_of("a", {0, 0}, {0, 0}), start);
    CHECK(got.share == fleet_share{0, 0});
    CHECK(got.lease == lease);
}

TEST_CASE("requests in flight are shared in whole numbers, and all of them") {
    fleet_ledger ledger(false);
    auto now = start;
    std::vector<fleet_claim> claims;
    for (char name = 'a'; name != 'i'; ++name)
        claims.push_back(claim_of(std::string(1, name), {0, 10}, {0, 10}));
    for (auto& each : claims)
        ledger.claim(each, now);
    // None holds more than its share for long.
    std::vector<double> got(claims.size());
    for (int round = 0; round != 8; ++round, now += 300ms)
        for (std::size_t i = 0; i != claims.size(); ++i) {
            claims[i].held.in_flight = std::min(got[i], 1.0);
            got[i] = ledger.claim(claims[i], now).share.in_flight;
        }
    double all = 0;
    for (double each : got) {
        CHECK(each >= 1);
        CHECK(each <= 2);
        all += each;
    }
    CHECK(all == 10);
}

TEST_CASE("a share in flight counts until its requests have ended") {
    fleet_ledger ledger(false);
    CHECK(ledger.claim(claim_of("a", {0, 4}, {0, 4}), start).share.in_flight == 4);
    CHECK(ledger.claim(claim_of("b", {0, 4}, {0, 4}), start).share.in_flight == 0);
    auto a = claim_of("a", {0, 4}, {0, 4});
    a.held.in_flight = 4; // still
    CHECK(ledger.claim(a, start + 100ms).share.in_flight == 2);
    CHECK(ledger.claim(claim_of("b", {0, 4}, {0, 4}), start + 200ms).share.in_flight == 0);
    a.held.in_flight = 2;
    CHECK(ledger.claim(a, start + 300ms).share.in_flight == 2);
    CHECK(ledger.claim(claim_of("b", {0, 4}, {0, 4}), start + 400ms).share.in_flight == 2);
}

TEST_CASE("members take turns if fewer requests may be in flight than there are members") {
    fleet_ledger ledger(false);
    auto now = start;
    int turns[3] = {};
    char const* const names[] = {"a", "b", "c"};
    for (int round = 0; round != 60; ++round, now += 200ms)
        for (int i = 0; i != 3; ++i) {
            auto const got = ledger.claim(claim_of(names[i], {0, 1}, {0, 5}), now);
            turns[i] += got.share.in_flight > 0 ? 1 : 0;
            CHECK(ledger.given().in_flight <= 1);
        }
    for (int each : turns)
        CHECK(each >= 10);
}

TEST_CASE("without memory, members keep what they hold at first") {
    auto now = start;
    std::vector<fleet_claim> claims{of_rate("a", 100, 500), of_rate("b", 100, 500)};
    claims[0].held.rate = 70;
    claims[1].held.rate = 25;
    SUBCASE("of an engine that begins") {
        fleet_ledger ledger(true);
        auto fresh = of_rate("c", 100, 500);
        CHECK(ledger.claim(fresh, now).share.rate == doctest::Approx(2)); // the safe share
        CHECK(ledger.claim(claims[0], now).share.rate == doctest::Approx(70));
        CHECK(ledger.claim(claims[1], now).share.rate == doctest::Approx(25));
        CHECK(ledger.claim(fresh, now).lease < lease);
        auto const got = settled(ledger, {claims[0], claims[1], fresh}, now, 30);
        for (auto const& each : got)
            CHECK(each.rate == doctest::Approx(100.0 / 3));
    }
    SUBCASE("of an engine that does not know that it has lost it") {
        fleet_ledger ledger(false);
        CHECK(ledger.claim(claims[0], now).share.rate == doctest::Approx(70));
        CHECK(ledger.claim(claims[1], now).share.rate == doctest::Approx(25));
    }
    SUBCASE("a first member that holds nothing gets what it wants") {
        fleet_ledger ledger(false);
        CHECK(ledger.claim(of_rate("a", 100, 60), now).share.rate == doctest::Approx(60));
    }
}

TEST_CASE("until all have come back, those that come first keep what they hold") {
    bool is_fresh = false;
    SUBCASE("the ledger was away") {}
    SUBCASE("it has lost its memory") {
        is_fresh = true;
    }
    fleet_ledger ledger(is_fresh);
    auto first = of_rate("a", 100, 500), late = of_rate("b", 100, 500);
    first.held.rate = 70;
    late.held.rate = 25;
    auto now = start;
    for (; now < start + fleet_ledger::longest_pause; now += lease / 3)
        CHECK(ledger.claim(first, now).share.rate == doctest::Approx(70));
    CHECK(ledger.claim(late, now).share.rate == doctest::Approx(25));
    now = start + fleet_ledger::longest_pause + lease;
    auto const got = settled(ledger, {first, late}, now, 12);
    CHECK(got[0].rate == doctest::Approx(50));
    CHECK(got[1].rate == doctest::Approx(50));
}

TEST_CASE("a grant tells the pause and the refusal in force") {
    fleet_ledger ledger(false);
    fleet_notice told;
    told.paused = 30s;
    ledger.tell(told, start);
    told.paused = 10s; // ends earlier
    told.refused = 60s;
    ledger.tell(told, start + 1s);
    auto const got = ledger.claim(of_rate("a", 100, 10), start + 5s);
    CHECK(got.paused == 25s);
    CHECK(got.refused == 56s);
    auto const later = ledger.claim(of_rate("a", 100, 10), start + 2min);
    CHECK(later.paused == 0s);
    CHECK(later.refused == 0s);
}

// Any claims at any times.
TEST_CASE("shares never exceed the limit, whatever members do") {
    intheloop::detail::random_numbers random(7);
    auto const up_to = [&](double most) { return most * random.next_share(); };
    fleet_ledger ledger(true);
    auto now = start;
    for (int i = 0; i != 20000; ++i) {
        now += std::chrono::milliseconds(static_cast<int>(up_to(40)));
        auto const member = std::to_string(static_cast<int>(up_to(200)));
        if (up_to(1) < 0.02) {
            ledger.leave(member);
            continue;
        }
        auto claim = claim_of(member, {1000, 50}, {up_to(300), std::ceil(up_to(20))});
        claim.held = {up_to(100), std::floor(up_to(5))};
        claim.weight = 1 + std::floor(up_to(3));
        auto const got = ledger.claim(claim, now);
        REQUIRE(got.share.rate <= claim.wanted.rate + 1e-9);
        REQUIRE(got.share.in_flight <= claim.wanted.in_flight);
        REQUIRE(ledger.given().rate <= 1000 * (1 + 1e-9));
        REQUIRE(ledger.given().in_flight <= 50);
    }
}

} // TEST_SUITE("policy/fleet_ledger")
