// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/saturating.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

TEST_SUITE("base/saturating") {

namespace {

using namespace std::chrono;
using intheloop::detail::saturating_add;
using intheloop::detail::saturating_between;
using intheloop::detail::saturating_cast;

using clock = steady_clock;
using time = clock::time_point;

} // namespace

TEST_CASE("a conversion stops at the limits of the type") {
    static_assert(saturating_cast<milliseconds>(seconds(-3)) == milliseconds(-3000));
    static_assert(saturating_cast<seconds>(milliseconds(-1999)) == seconds(-1));
    static_assert(saturating_cast<nanoseconds>(seconds::max()) == nanoseconds::max());
    static_assert(saturating_cast<nanoseconds>(seconds::min()) == nanoseconds::min());
    static_assert(saturating_cast<milliseconds>(days(36500)) == milliseconds(days(36500)));
    static_assert(saturating_cast<seconds>(nanoseconds::max()) == seconds(9'223'372'036));
    static_assert(saturating_cast<nanoseconds>(nanoseconds::min()) == nanoseconds::min());
    static_assert(saturating_cast<duration<std::int32_t>>(seconds::max()).count() == 2147483647);
    // The largest value that fits, and the next one.
    constexpr seconds most(nanoseconds::max().count() / 1'000'000'000);
    static_assert(saturating_cast<nanoseconds>(most) == nanoseconds(most));
    static_assert(saturating_cast<nanoseconds>(most + seconds(1)) == nanoseconds::max());
    static_assert(saturating_cast<nanoseconds>(-most) == nanoseconds(-most));
    static_assert(saturating_cast<nanoseconds>(-most - seconds(1)) == nanoseconds::min());
    CHECK(saturating_cast<milliseconds>(seconds::max()) == milliseconds::max());
}

TEST_CASE("a sum stops at the limits of the type") {
    constexpr time now(hours(1));
    static_assert(saturating_add(now, milliseconds(5)) == now + milliseconds(5));
    static_assert(saturating_add(now, milliseconds(-5)) == now - milliseconds(5));
    static_assert(saturating_add(now, milliseconds::max()) == time::max());
    static_assert(saturating_add(time::max(), nanoseconds(1)) == time::max());
    static_assert(saturating_add(time::max(), nanoseconds(0)) == time::max());
    static_assert(saturating_add(time::max(), nanoseconds::min()) == time(nanoseconds(-1)));
    static_assert(saturating_add(time::min(), nanoseconds(-1)) == time::min());
    static_assert(saturating_add(time::min(), seconds::min()) == time::min());
    static_assert(saturating_add(time(nanoseconds(-1)), nanoseconds::min()) == time::min());
    static_assert(saturating_add(milliseconds::max(), seconds(1)) == milliseconds::max());
    CHECK(saturating_add(milliseconds(1), seconds(1)) == milliseconds(1001));
}

TEST_CASE("a difference stops at the limits of the type") {
    constexpr time now(hours(1));
    static_assert(saturating_between<milliseconds>(now, now + seconds(2)) == seconds(2));
    static_assert(saturating_between<milliseconds>(now, now - seconds(2)) == seconds(-2));
    static_assert(saturating_between<nanoseconds>(time::min(), time::max()) == nanoseconds::max());
    static_assert(saturating_between<nanoseconds>(time::max(), time::min()) == nanoseconds::min());
    static_assert(saturating_between<milliseconds>(now, time::min()) == milliseconds::min());
    static_assert(saturating_between<milliseconds>(sys_seconds::min(), sys_seconds(seconds(1))) ==
                  milliseconds::max());
    CHECK(saturating_between<seconds>(now, now) == seconds(0));
}

} // TEST_SUITE("base/saturating")
