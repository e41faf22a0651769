// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/rate_limit.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

TEST_SUITE("policy/rate_limit") {

namespace {

using namespace std::chrono_literals;
using intheloop::limit_options;
using intheloop::policy::clock;
using intheloop::policy::limiter;
using intheloop::policy::token_bucket;
using intheloop::policy::validate;
using enum intheloop::policy::limiter::outcome;

constexpr clock::time_point start{1h};

limit_options limits_of(double per_second, unsigned burst, unsigned max_in_flight) {
    limit_options limits;
    limits.requests_per_second = per_second;
    limits.burst = burst;
    limits.max_in_flight = max_in_flight;
    return limits;
}

using ids = std::vector<limiter::id>;

ids everybody_from(limiter& limit, clock::time_point now) {
    ids admitted;
    while (auto const attempt = limit.next(now))
        admitted.push_back(*attempt);
    return admitted;
}

// How many of those that come with the ids from `first` on are admitted at once.
int admitted_of(limiter& limit, limiter::id first, int count, clock::time_point now) {
    int admitted = 0;
    for (int i = 0; i != count; ++i)
        admitted += limit.enter(first + static_cast<limiter::id>(i), "a", now) ? 1 : 0;
    return admitted;
}

} // namespace

TEST_CASE("limits that can't be used are told") {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
    struct {
        limit_options limits;
        bool usable;
    } const cases[] = {
        {limit_options(), true},
        {limits_of(0, 0, 0), true},
        {limits_of(0.01, 1, 1), true},
        {limits_of(1e6, 1000, 0), true},
        {limits_of(-1, 1, 0), false},
        {limits_of(-infinite, 1, 0), false},
        {limits_of(infinite, 1, 0), false},
        {limits_of(not_a_number, 1, 0), false},
        {limits_of(1, 0, 0), false},
    };
    for (auto const& c : cases) {
        CAPTURE(c.limits.requests_per_second);
        CHECK((validate(c.limits) == nullptr) == c.usable);
    }
}

TEST_CASE("a bucket holds its burst, and refills continuously") {
    token_bucket bucket(4, 2, start);
    struct {
        clock::duration taken_at;
        clock::duration next_ready_at;
    } const steps[] = {
        {0ms, 0ms},      // one of two is left
        {0ms, 250ms},    // none is
        {250ms, 500ms},  // as soon as there is one
        {700ms, 750ms},  // the part of a token that was left counts
        {750ms, 1000ms}, // and is gone
        {5s, 5s},        // full, and not more than that
        {5s, 5250ms},    // none again
    };
    for (auto const& step : steps) {
        CAPTURE(step.taken_at.count());
        REQUIRE(bucket.ready_at() <= start + step.taken_at);
        bucket.take(start + step.taken_at);
        CHECK(std::max(bucket.ready_at(), start + step.taken_at) == start + step.next_ready_at);
    }
}

TEST_CASE("a bucket that is never full loses nothing, with any rate") {
    struct {
        double per_second;
        std::uint64_t tokens;
        clock::duration expected;
    } const cases[] = {
        {0.01, 100'000, 10'000'000s}, {3, 900'000, 300'000s},        {1e6, 1'000'000, 1s},
        {7e5, 700'000, 1s},           {0.1, 1'000'000, 10'000'000s}, {1e-5, 8'640, 864'000'000s},
    };
    for (auto const& c : cases) {
        CAPTURE(c.per_second);
        token_bucket bucket(c.per_second, 5, start);
        clock::time_point now = start;
        for (std::uint64_t i = 0; i != 5 + c.tokens; ++i) {
            now = std::max(now, bucket.ready_at());
            bucket.take(now);
        }
        // A clock that ticks in nanoseconds, and a double of 53 bits, hold it so exactly.
        CHECK(std::chrono::abs(now - start - c.expected) <= 1ns + c.expected / 1'000'000'000'000);
    }
}

TEST_CASE("rates that a clock can't express neither overflow nor block") {
    token_bucket rare(1e-300, 1, start);
    rare.take(start);
    CHECK(rare.ready_at() >= start + 24h * 365 * 99);
    token_bucket frequent(1e300, 1, start);
    frequent.take(start);
    CHECK(frequent.ready_at() <= start + 1ns);
    token_bucket unlimited(0, 0, start);
    unlimited.take(start);
    CHECK(unlimited.ready_at() <= start);
}

TEST_CASE("without limits everybody goes; with one, as many as it says") {
    struct {
        limit_options limits;
        int admitted_of_100;
    } const cases[] = {
        {limit_options(), 100},       {limits_of(0, 0, 7), 7},   {limits_of(10, 1, 0), 1},
        {limits_of(0.01, 20, 0), 20}, {limits_of(10, 20, 5), 5}, {limits_of(10, 5, 20), 5},
    };
    for (auto const& c : cases) {
        limiter limit(c.limits, start);
        CHECK(admitted_of(limit, 1, 100, start) == c.admitted_of_100);
        CHECK(limit.in_flight() == static_cast<std::size_t>(c.admitted_of_100));
        CHECK(limit.waiting() == static_cast<std::size_t>(100 - c.admitted_of_100));
    }
}

TEST_CASE("a permit that is given back lets the next one go") {
    limiter limit(limits_of(0, 1, 1), start);
    CHECK(limit.enter(1, "a", start));
    CHECK_FALSE(limit.enter(2, "a", start));
    CHECK_FALSE(limit.enter(3, "a", start));
    CHECK_FALSE(limit.enter(4, "b", start));
    CHECK_FALSE(limit.next(start));
    CHECK_FALSE(limit.wake_at(start)); // time does not help

    limit.end(1, failed, start);
    CHECK(limit.wake_at(start) == start);
    CHECK_FALSE(limit.enter(5, "a", start)); // others wait already
    CHECK(everybody_from(limit, start) == ids{2});
    limit.end(2, answered, start);
    CHECK(everybody_from(limit, start) == ids{4}); // tenants take turns
    limit.end(99, answered, start);                // never seen
    limit.end(3, answered, start);                 // not admitted yet
    limit.end(2, answered, start);                 // a second time
    CHECK(limit.in_flight() == 1);
    CHECK(limit.waiting() == 2);
}

TEST_CASE("one who waits may leave, once") {
    limiter limit(limits_of(0, 1, 1), start);
    CHECK(limit.enter(1, "a", start));
    CHECK_FALSE(limit.enter(2, "a", start));
    CHECK_FALSE(limit.enter(3, "b", start));
    CHECK_FALSE(limit.leave(1)); // in flight
    CHECK_FALSE(limit.leave(9));
    CHECK(limit.leave(2));
    CHECK_FALSE(limit.leave(2));
    CHECK(limit.waiting_ids() == ids{3});
    limit.end(1, answered, start);
    CHECK(everybody_from(limit, start) == ids{3});
    CHECK_FALSE(limit.leave(3));
    CHECK(limit.waiting_ids().empty());
}

TEST_CASE("the rate wakes those who wait, at a time that is never too early") {
    for (double const per_second : {0.01, 0.3, 3.0, 7.0, 999.0, 333'333.0, 1e6}) {
        CAPTURE(per_second);
        limiter limit(limits_of(per_second, 3, 0), start);
        CHECK_FALSE(limit.wake_at(start)); // nobody waits
        CHECK(admitted_of(limit, 1, 1000, start) == 3);
        clock::time_point now = start;
        while (limit.waiting() != 0) {
            auto const wake = limit.wake_at(now);
            REQUIRE(wake.has_value());
            REQUIRE(*wake > now);
            REQUIRE_FALSE(limit.next(*wake - 1ns).has_value());
            now = *wake;
            REQUIRE(limit.next(now).has_value());
        }
        double const took = std::chrono::duration<double>(now - start).count();
        CHECK(took == doctest::Approx(997 / per_second));
    }
}

TEST_CASE("nobody goes during a pause; the latest end counts") {
    limiter limit(limit_options(), start);
    CHECK_FALSE(limit.paused_until(start));
    limit.pause_until(start + 10s);
    limit.pause_until(start + 5s);
    CHECK(limit.paused_until(start) == start + 10s);
    CHECK_FALSE(limit.enter(1, "a", start));
    CHECK(limit.wake_at(start) == start + 10s);
    CHECK_FALSE(limit.next(start + 10s - 1ns));
    CHECK_FALSE(limit.paused_until(start + 10s));
    CHECK(limit.next(start + 10s) == 1u);
}

TEST_CASE("a pause ends with one attempt, and one more for each that is answered") {
    limiter limit(limit_options(), start);
    limit.pause_until(start + 1s);
    CHECK(admitted_of(limit, 1, 6, start) == 0);
    clock::time_point const now = start + 1s;
    CHECK(everybody_from(limit, now) == ids{1});
    CHECK_FALSE(limit.wake_at(now)); // only an answer helps

    SUBCASE("until the window holds nobody back") {
        limit.end(1, answered, now);
        CHECK(everybody_from(limit, now) == ids{2, 3});
        limit.end(2, failed, now); // the window stays
        CHECK(everybody_from(limit, now) == ids{4});
        limit.end(3, answered, now); // 3 of {4, 5, 6}
        CHECK(everybody_from(limit, now) == ids{5, 6});
        CHECK(admitted_of(limit, 11, 100, now) == 100);
    }
    SUBCASE("a 429 leaves the window to the pause that it begins") {
        limit.end(1, answered, now);
        CHECK(everybody_from(limit, now) == ids{2, 3});
        limit.end(2, rate_limited, now);
        limit.pause_until(now + 1s);
        limit.end(3, answered, now); // before the pause is over: tells nothing
        CHECK(everybody_from(limit, now).empty());
        CHECK(everybody_from(limit, now + 1s) == ids{4});
    }
    SUBCASE("another token begins anew") {
        limit.reset_pause();
        CHECK(everybody_from(limit, now) == ids{2, 3, 4, 5, 6});
    }
}

TEST_CASE("without anybody who waits a pause ends with one attempt, too") {
    limiter limit(limit_options(), start);
    limit.pause_until(start + 1s);
    CHECK(admitted_of(limit, 1, 10, start + 1h) == 1);
}

TEST_CASE("attempts from before a pause count in its window") {
    limiter limit(limit_options(), start);
    CHECK(admitted_of(limit, 1, 3, start) == 3);
    limit.pause_until(start + 1s);
    CHECK(admitted_of(limit, 4, 9, start) == 0);
    clock::time_point const now = start + 1s;
    CHECK_FALSE(limit.wake_at(start)); // three are in flight, one may be
    limit.end(1, failed, now);
    limit.end(2, failed, now);
    CHECK(everybody_from(limit, now).empty());
    limit.end(3, failed, now);
    CHECK(everybody_from(limit, now) == ids{4});
}

TEST_CASE("slow start is over when the limit on what is in flight is reached") {
    limiter limit(limits_of(0, 1, 2), start);
    limit.pause_until(start + 1s);
    CHECK(admitted_of(limit, 1, 9, start) == 0);
    clock::time_point const now = start + 1s;
    CHECK(everybody_from(limit, now) == ids{1});
    limit.end(1, answered, now);
    CHECK(everybody_from(limit, now) == ids{2, 3});
    CHECK_FALSE(limit.next(now));
}

TEST_CASE("a new token forgets a pause that is not over") {
    limiter limit(limits_of(0, 1, 0), start);
    limit.pause_until(start + 1h);
    CHECK(admitted_of(limit, 1, 3, start) == 0);
    limit.reset_pause();
    CHECK_FALSE(limit.paused_until(start));
    CHECK(everybody_from(limit, start) == ids{1, 2, 3});
}

TEST_CASE("a bucket whose rate changes keeps what it has saved, up to a limit") {
    struct {
        double most;
        unsigned burst;
        double rate;
        std::chrono::milliseconds ready_after; // for the second
    } const cases[] = {
        {100, 5, 10, 0ms},    // four are left
        {100, 1, 10, 100ms},  // the burst is smaller
        {1, 5, 10, 100ms},    // no more than one is kept
        {100, 5, 0.001, 0ms}, //
        {1, 1, 0.5, 2000ms},  //
        {0.5, 5, 10, 150ms},  // a half of the first
        {0, 5, 10, 200ms},    // none
        {100, 5, 0, 0ms},     // no limit
    };
    for (auto const& c : cases) {
        CAPTURE(c.most);
        CAPTURE(c.rate);
        token_bucket bucket(10, 5, start);
        bucket.take(start);
        bucket.change(c.rate, c.burst, c.most, start);
        auto now = std::max(start, bucket.ready_at());
        bucket.take(now);
        now = std::max(start, bucket.ready_at());
        CHECK((now - start) / 1us ==
              doctest::Approx(static_cast<double>(c.ready_after / 1us)).epsilon(0.001));
    }
}

TEST_CASE("a bucket keeps its tokens at the ends of the clock, too") {
    token_bucket bucket(10, 5, clock::time_point::min());
    bucket.change(10, 5, 5, clock::time_point::max());
    CHECK(bucket.ready_at() < clock::time_point::max());
    bucket.change(10, 5, 5, clock::time_point::min());
    CHECK(bucket.ready_at() <= clock::time_point::min() + 1s);
}

TEST_CASE("a bucket whose rate changes often loses nothing") {
    token_bucket bucket(10, 1, start);
    auto now = start;
    int taken = 0;
    for (int i = 0; i != 10000; ++i) {
        now += 1ms;
        bucket.change(10, 1, 100, now);
        if (now >= bucket.ready_at()) {
            bucket.take(now);
            ++taken;
        }
    }
    CHECK(taken >= 99);
    CHECK(taken <= 101);
}

TEST_CASE("a limiter takes other limits, and holds all back for a time") {
    limiter limit(limits_of(0, 1, 0), start);
    CHECK(admitted_of(limit, 1, 3, start) == 3);
    limit.change(limits_of(0, 1, 2), 1, start); // three are in flight
    CHECK(admitted_of(limit, 4, 2, start) == 0);
    CHECK_FALSE(limit.wake_at(start));
    limit.end(1, answered, start);
    limit.end(2, answered, start);
    CHECK(everybody_from(limit, start) == ids{4});
    limit.end(3, answered, start);
    limit.hold_until(start + 1s);
    CHECK(everybody_from(limit, start).empty());
    CHECK(limit.wake_at(start) == start + 1s);
    CHECK(everybody_from(limit, start + 1s) == ids{5});
    CHECK(limit.begun() == 5);
    limit.hold_until(clock::time_point::max());
    CHECK_FALSE(limit.enter(6, "a", start + 1h));
    limit.hold_until(clock::time_point::min());
    limit.change(limits_of(0, 1, 0), 1, start + 1h);
    CHECK(everybody_from(limit, start + 1h) == ids{6});
}

TEST_CASE("a limiter counts the tenants that wait") {
    limiter limit(limits_of(0, 1, 1), start);
    CHECK(limit.waiting_tenants() == 0);
    limit.enter(1, "a", start);
    CHECK(limit.waiting_tenants() == 0);
    limit.enter(2, "a", start);
    limit.enter(3, "b", start);
    limit.enter(4, "b", start);
    CHECK(limit.waiting_tenants() == 2);
    limit.leave(2);
    CHECK(limit.waiting_tenants() == 1);
}

TEST_CASE("100,000 attempts in flight end in their order, in the opposite one, in turns, and but "
          "for the first") {
    constexpr limiter::id count = 100'000;
    for (int order = 0; order != 4; ++order) {
        CAPTURE(order);
        limiter limit(limit_options(), start);
        for (limiter::id i = 0; i != count; ++i)
            REQUIRE(limit.enter(i, "a", start));
        for (limiter::id i = 0; i != count; ++i) {
            REQUIRE(limit.in_flight() == count - i);
            limiter::id const in_turns = i % 2 == 0 ? i / 2 : count - 1 - i / 2;
            limiter::id const orders[] = {i, count - 1 - i, in_turns, (i + 1) % count};
            limiter::id const ended = orders[order];
            limit.end(ended, answered, start);
            limit.end(ended, answered, start); // it is known no more
        }
        CHECK(limit.in_flight() == 0);
        CHECK(limit.enter(0, "a", start));
        CHECK(limit.in_flight() == 1);
    }
}

} // TEST_SUITE("policy/rate_limit")
