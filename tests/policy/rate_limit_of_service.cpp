// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How the limiter follows what a service says of its own limit.
#include <intheloop/policy/detail/rate_limit.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

TEST_SUITE("policy/rate_limit_of_service") {

namespace {

using namespace std::chrono_literals;
using intheloop::limit_options;
using intheloop::policy::clock;
using intheloop::policy::limiter;
using intheloop::policy::service_limit;

constexpr clock::time_point start{1h};

service_limit said(std::uint64_t remaining, std::chrono::seconds reset) {
    return {remaining, reset};
}

// Begins and ends an attempt; returns whether it was admitted.
bool goes(limiter& limit, limiter::id attempt, clock::time_point now) {
    if (!limit.enter(attempt, "a", now)) {
        limit.leave(attempt);
        return false;
    }
    limit.end(attempt, limiter::outcome::answered, now);
    return true;
}

} // namespace

TEST_CASE("no more go before the reset than are left") {
    limiter limit(limit_options(), start);
    limit.follow(said(20, 60s), start);
    for (limiter::id i = 0; i != 11; ++i)
        CHECK(goes(limit, i, start)); // at once, as long as ten are left
    auto now = start;
    for (limiter::id i = 11; i != 20; ++i) {
        CHECK_FALSE(goes(limit, i, now));
        now += 5s;
        CHECK(goes(limit, i, now));
    }
    CHECK_FALSE(goes(limit, 20, start + 59s));
    CHECK(goes(limit, 20, start + 60s));
    for (limiter::id i = 21; i != 99; ++i) // the service has not said anything since
        CHECK(goes(limit, i, start + 60s));
}

TEST_CASE("the last ones are spread until the reset") {
    limiter limit(limit_options(), start);
    limit.follow(said(2, 3s), start);
    limit.enter(1, "a", start);
    limit.enter(2, "a", start);
    limit.enter(3, "a", start);
    CHECK(limit.wake_at(start) == start + 1s);
    CHECK(limit.next(start + 1s) == limiter::id{1});
    CHECK(limit.wake_at(start + 1s) == start + 2s);
    CHECK(limit.next(start + 2s) == limiter::id{2});
    CHECK(limit.wake_at(start + 2s) == start + 3s);
    CHECK_FALSE(limit.next(start + 2999ms));
    CHECK(limit.next(start + 3s) == limiter::id{3});
}

TEST_CASE("attempts in flight may not be counted yet") {
    limiter limit(limit_options(), start);
    for (limiter::id i = 0; i != 15; ++i)
        CHECK(limit.enter(i, "a", start));
    limit.follow(said(15, 30s), start);
    limit.enter(15, "a", start);
    CHECK(limit.wake_at(start) == start + 30s);
    // Another answer knows of more of them.
    for (limiter::id i = 0; i != 15; ++i)
        limit.end(i, limiter::outcome::answered, start);
    limit.follow(said(15, 30s), start);
    CHECK(limit.next(start) == limiter::id{15});
}

TEST_CASE("the last answer counts, and none puts the next attempt off again and again") {
    limiter limit(limit_options(), start);
    limit.follow(said(1, 3600s), start);
    limit.enter(1, "a", start);
    CHECK(limit.wake_at(start) == start + 5s); // not half an hour
    limit.follow(said(1, 3600s), start + 4s);
    CHECK(limit.wake_at(start + 4s) == start + 5s);
    limit.follow(said(500, 3600s), start + 4s);
    CHECK(limit.next(start + 4s) == limiter::id{1});
}

TEST_CASE("an attempt that waits for its connection keeps its place") {
    limiter limit(limit_options(), start);
    limit.follow(said(1, 60s), start);
    CHECK_FALSE(limit.enter(1, "a", start));
    CHECK(limit.next(start + 5s) == limiter::id{1});
    limit.defer(1);
    CHECK_FALSE(limit.enter(2, "a", start + 5s));
    CHECK(limit.resume(1, start + 6s)); // it is the one that was left
    CHECK_FALSE(limit.next(start + 59s));
    limit.pause_until(start + 20s);
    CHECK_FALSE(limit.resume(1, start + 7s)); // which nobody may do now
}

TEST_CASE("attempts without a response don't stop the others until the reset") {
    limiter limit(limit_options(), start);
    for (limiter::id i = 1; i != 4; ++i)
        CHECK(limit.enter(i, "a", start));
    limit.follow(said(2, 3600s), start);
    limit.enter(4, "a", start);
    for (limiter::id i = 1; i != 3; ++i)
        limit.end(i, limiter::outcome::failed, start);
    CHECK_FALSE(limit.next(start)); // one may still bring news
    limit.end(3, limiter::outcome::failed, start);
    CHECK(limit.next(start) == limiter::id{4});
}

TEST_CASE("another token has another limit") {
    limiter limit(limit_options(), start);
    limit.follow(said(1, 3600s), start);
    CHECK_FALSE(goes(limit, 1, start));
    limit.reset_pause();
    CHECK(goes(limit, 1, start));
}

TEST_CASE("the client's own limits and pauses hold too") {
    limit_options options;
    options.requests_per_second = 1;
    limiter limit(options, start);
    limit.follow(said(100, 60s), start);
    CHECK(goes(limit, 1, start));
    CHECK_FALSE(goes(limit, 2, start));
    limit.pause_until(start + 10s);
    CHECK_FALSE(goes(limit, 2, start + 9s));
    CHECK(goes(limit, 2, start + 10s));
}

} // TEST_SUITE("policy/rate_limit_of_service")
