// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/fleet_lease.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>

TEST_SUITE("policy/fleet_lease") {

namespace {

using namespace std::chrono_literals;
using intheloop::fleet_claim;
using intheloop::fleet_grant;
using intheloop::fleet_options;
using intheloop::limit_options;
using intheloop::policy::clock;
using intheloop::policy::fleet_demand;
using intheloop::policy::fleet_lease;
using intheloop::policy::validate;

constexpr clock::time_point start{1h};

fleet_options with_key() {
    fleet_options made;
    made.key = "a key for the tests";
    return made;
}

limit_options limits_of(double rate, unsigned in_flight) {
    limit_options made;
    made.requests_per_second = rate;
    made.max_in_flight = in_flight;
    return made;
}

fleet_grant grant_of(fleet_claim const& claim, double rate, std::chrono::milliseconds lease) {
    fleet_grant made;
    made.share = {rate, claim.wanted.in_flight};
    made.lease = lease;
    made.members = 8;
    return made;
}

fleet_demand waiting(std::size_t how_many, std::uint64_t begun = 0) {
    fleet_demand made;
    made.waiting = how_many;
    made.begun = begun;
    return made;
}

// A client that got this share at `start`, for a whole lease.
fleet_lease leased(double rate) {
    fleet_lease made(with_key(), limits_of(100, 0));
    auto const claim = made.claim(waiting(100), start);
    made.on_granted(grant_of(claim, rate, 1500ms), start, 0.5);
    REQUIRE(made.changed_capacity(start));
    return made;
}

double rate_of(std::optional<intheloop::policy::fleet_capacity> const& capacity) {
    REQUIRE(capacity);
    REQUIRE(capacity->limits);
    return capacity->limits->requests_per_second;
}

} // namespace

TEST_CASE("options of a fleet that can't be used are told") {
    CHECK(validate(with_key()).empty());
    auto const is_refused = [](auto change) {
        fleet_options changed = with_key();
        change(changed);
        return !validate(changed).empty();
    };
    CHECK(is_refused([](fleet_options& o) { o.key = "too short"; }));
    CHECK(is_refused([](fleet_options& o) { o.lease = 0ms; }));
    CHECK(is_refused([](fleet_options& o) { o.timeout = 0ms; }));
    CHECK(is_refused([](fleet_options& o) { o.timeout = 400ms; }));
    CHECK(is_refused([](fleet_options& o) { o.half_life = -1ms; }));
    CHECK(is_refused([](fleet_options& o) { o.refusal = 0ms; }));
    CHECK(is_refused([](fleet_options& o) { o.safe_share = 0; }));
    CHECK(is_refused([](fleet_options& o) { o.safe_share = 1.1; }));
    CHECK(is_refused([](fleet_options& o) { o.provider_turn = -1ms; }));
}

TEST_CASE("a client waits for its first lease, no longer than the timeout") {
    fleet_lease lease(with_key(), limits_of(100, 0));
    CHECK(lease.must_ask(waiting(1), start));
    auto const claim = lease.claim(waiting(1), start);
    CHECK(claim.held.rate == 0);
    CHECK(claim.wanted.rate > 0);
    CHECK(claim.safe.rate == doctest::Approx(2));
    CHECK_FALSE(lease.must_ask(waiting(1), start)); // it is asking
    auto const held = lease.changed_capacity(start);
    REQUIRE(held);
    CHECK(held->held_until == clock::time_point::max()); // until on_granted() or on_failed()
    CHECK_FALSE(held->limits);
    CHECK(lease.wake_at(waiting(1), start) == start + 100ms);
    CHECK_FALSE(lease.changed_capacity(start));

    SUBCASE("it gets one") {
        lease.on_granted(grant_of(claim, 10, 1500ms), start + 1ms, 0.5);
        auto const got = lease.changed_capacity(start + 1ms);
        CHECK(rate_of(got) == 10);
        CHECK(got->held_until <= start);
        CHECK(got->saved == 1); // not its burst, of which all clients may have one
    }
    SUBCASE("it gets nothing") {
        lease.on_granted(grant_of(claim, 0, 375ms), start + 1ms, 0.5);
        CHECK(lease.changed_capacity(start + 1ms)->held_until == clock::time_point::max());
        CHECK(lease.wake_at(waiting(1), start + 1ms) < start + 375ms);
    }
    SUBCASE("no answer comes") {
        lease.on_failed(start + 100ms, 0.5);
        CHECK(lease.is_away());
        auto const safe = lease.changed_capacity(start + 100ms);
        CHECK(rate_of(safe) == doctest::Approx(2));
        CHECK(safe->held_until <= start);
    }
}

TEST_CASE("a lease is renewed early, once") {
    auto lease = leased(100);
    CHECK_FALSE(lease.must_ask(fleet_demand(), start + 899ms));
    CHECK(lease.must_ask(fleet_demand(), start + 1050ms));
    CHECK(lease.wake_at(fleet_demand(), start) <= start + 1050ms);
    auto const claim = lease.claim(waiting(0, 90), start + 1s);
    CHECK(claim.held.rate == 100);
    lease.on_granted(grant_of(claim, 100, 1500ms), start + 1s, 0);
    CHECK_FALSE(lease.must_ask(fleet_demand(), start + 1899ms));
    CHECK(lease.must_ask(fleet_demand(), start + 1900ms));
}

TEST_CASE("unused share goes back within a few leases") {
    auto lease = leased(100);
    double wanted = 100;
    auto now = start;
    for (int i = 0; i != 10; ++i) {
        now += 1s;
        auto const claim = lease.claim(waiting(0), now);
        CHECK(claim.wanted.rate <= wanted);
        wanted = claim.wanted.rate;
        lease.on_granted(grant_of(claim, wanted, 1500ms), now, 0.5);
    }
    CHECK(wanted < 1);
    CHECK(wanted > 0);
}

TEST_CASE("who got all that it asked for asks sooner if it needs more") {
    fleet_lease lease(with_key(), limits_of(100, 0));
    auto const first = lease.claim(waiting(1), start);
    lease.on_granted(grant_of(first, first.wanted.rate, 1500ms), start, 0.5);
    CHECK_FALSE(lease.must_ask(waiting(0), start + 500ms));
    CHECK_FALSE(lease.must_ask(waiting(50), start + 50ms));
    CHECK(lease.must_ask(waiting(50), start + 100ms));
    CHECK(lease.wake_at(waiting(50), start) <= start + 100ms);
    fleet_demand paused = waiting(50);
    paused.is_paused = true;
    CHECK_FALSE(lease.must_ask(paused, start + 500ms));
    auto const second = lease.claim(waiting(50), start + 100ms);
    CHECK(second.wanted.rate > 30);
    // It got less: others have the rest, until they renew.
    lease.on_granted(grant_of(second, 20, 1500ms), start + 100ms, 0.5);
    CHECK_FALSE(lease.must_ask(waiting(50), start + 500ms));
}

TEST_CASE("a claim counts tenants that wait, and what is in flight") {
    fleet_lease lease(with_key(), limits_of(0, 10));
    fleet_demand now = waiting(7);
    now.waiting_tenants = 3;
    now.in_flight = 2;
    auto const claim = lease.claim(now, start);
    CHECK(claim.weight == 3);
    CHECK(claim.held.in_flight == 0); // it had no lease for it
    CHECK(claim.wanted.in_flight == 9);
    CHECK(claim.wanted.rate == 0);
    fleet_grant got;
    got.share.in_flight = 4;
    got.lease = 1500ms;
    lease.on_granted(got, start, 0.5);
    auto const capacity = lease.changed_capacity(start);
    REQUIRE(capacity);
    REQUIRE(capacity->limits);
    CHECK(capacity->limits->max_in_flight == 4);
    CHECK(capacity->limits->requests_per_second == 0); // no limit
}

TEST_CASE("without answers a client goes on with its last share, which shrinks") {
    auto lease = leased(40);
    auto now = start + 1s;
    lease.claim(waiting(10), now);
    lease.on_failed(now + 100ms, 1);
    CHECK(rate_of(lease.changed_capacity(now + 100ms)) == 40); // the lease is in force
    CHECK(lease.wake_at(waiting(10), now + 100ms) == now + 300ms);

    now = start + 1500ms;
    CHECK(rate_of(lease.changed_capacity(now)) == doctest::Approx(40));
    double before = 41;
    for (int i = 0; i != 40; ++i) {
        now = std::max(now, lease.wake_at(waiting(10), now)) + 100ms;
        REQUIRE(lease.must_ask(waiting(10), now));
        auto const claim = lease.claim(waiting(10), now);
        lease.on_failed(now + 100ms, 1);
        double const rate = rate_of(lease.changed_capacity(now + 100ms));
        CHECK(claim.held.rate >= rate);
        CHECK(rate < before);
        CHECK(rate >= 2); // the share of a client that never had a lease
        before = rate;
        if (now > start + 2min)
            break;
    }
    CHECK(before < 4);
}

TEST_CASE("clients come back at different times, and less often the longer an engine is away") {
    for (double random : {0.0, 0.5, 1.0}) {
        auto lease = leased(40);
        lease.claim(waiting(1), start + 1s);
        auto now = start + 1100ms;
        lease.on_failed(now, random);
        auto const first = lease.wake_at(waiting(1), start + 1600ms) - now;
        CHECK(first == std::chrono::milliseconds(static_cast<int>(100 + 100 * random)));
        for (int i = 0; i != 10; ++i)
            lease.on_failed(now, random);
        auto const last = lease.wake_at(waiting(1), start + 1600ms) - now;
        CHECK(last == std::chrono::milliseconds(static_cast<int>(2500 + 2500 * random)));
    }
}

TEST_CASE("an engine that is back ends that") {
    auto lease = leased(40);
    lease.claim(waiting(1), start + 1s);
    lease.on_failed(start + 1100ms, 0.5);
    auto const now = start + 3s;
    auto const claim = lease.claim(waiting(1), now);
    CHECK(claim.held.rate > 30);
    lease.on_granted(grant_of(claim, 12, 1500ms), now, 0.5);
    CHECK_FALSE(lease.is_away());
    CHECK(rate_of(lease.changed_capacity(now)) == 12);
}

TEST_CASE("after a rest the client waits for another lease") {
    auto lease = leased(40);
    auto const now = start + 10s;
    auto const held = lease.changed_capacity(now);
    REQUIRE(held);
    CHECK(held->held_until == clock::time_point::max()); // until it asks
    CHECK(lease.must_ask(waiting(1), now));
    auto const claim = lease.claim(waiting(1), now);
    CHECK(claim.held.rate == 0);
    CHECK(lease.changed_capacity(now)->held_until == clock::time_point::max());
    CHECK(lease.answer_due() == now + 100ms);
}

TEST_CASE("with another token a client brings its share along") {
    auto lease = leased(40);
    bool is_over = false;
    SUBCASE("of a lease in force") {}
    SUBCASE("but of none that is over") {
        is_over = true;
    }
    auto const now = start + (is_over ? 10s : 1s);
    lease.move(now);
    fleet_demand busy = waiting(1);
    busy.in_flight = 3; // with the token before
    auto const claim = lease.claim(busy, now);
    CHECK(claim.held.rate == (is_over ? 0 : 40));
    CHECK(claim.held.in_flight == 0);
    lease.on_granted(grant_of(claim, 30, 1500ms), now, 0.5);
    CHECK(lease.claim(busy, now + 1s).held.rate == 30);
}

TEST_CASE("a client never goes beyond its own limits, whatever it is given") {
    fleet_lease lease(with_key(), limits_of(100, 8));
    auto got = grant_of(lease.claim(waiting(1), start), 1e18, 0ms);
    got.share.in_flight = 1e18;
    SUBCASE("too much") {
        lease.on_granted(got, start, 0.5);
        auto const may = lease.changed_capacity(start);
        CHECK(rate_of(may) == 100);
        CHECK(may->limits->max_in_flight == 8);
        CHECK(lease.wake_at({}, start) > start); // a lease has a length
    }
    SUBCASE("no numbers") {
        got.share.rate = got.share.in_flight = std::nan("");
        got.lease = std::chrono::milliseconds::min();
        lease.on_granted(got, start, 0.5);
        CHECK(lease.changed_capacity(start)->held_until == clock::time_point::max());
    }
}

TEST_CASE("another token begins anew") {
    auto lease = leased(40);
    lease.move(start + 1ms);
    CHECK(lease.must_ask(waiting(1), start + 1ms));
    CHECK(lease.changed_capacity(start + 1ms)->held_until == clock::time_point::max());
    lease.claim(waiting(1), start + 1ms);
    lease.on_failed(start + 101ms, 0.5);
    CHECK(rate_of(lease.changed_capacity(start + 101ms)) == doctest::Approx(2));
}

TEST_CASE("members begin one after the other when a pause is over") {
    fleet_lease lease(with_key(), limits_of(100, 0));
    CHECK(lease.spread(1) == 0ms); // alone
    auto got = grant_of(lease.claim(waiting(1), start), 1, 1500ms);
    got.members = 51;
    lease.on_granted(got, start, 0.5);
    CHECK(lease.spread(0) == 0ms);
    CHECK(lease.spread(1) == 500ms);
    got.members = 10000;
    lease.on_granted(got, start, 0.5);
    CHECK(lease.spread(1) == 5s);
}

} // TEST_SUITE("policy/fleet_lease")
