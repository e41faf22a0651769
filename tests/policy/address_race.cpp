// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/address_race.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/address_race") {

namespace {

using namespace std::chrono_literals;
using intheloop::policy::address_race;
using intheloop::policy::clock;
using intheloop::policy::interleave_families;

constexpr clock::time_point start{1h};

// "644" are addresses of IPv6, IPv4 and IPv4.
std::vector<std::size_t> order_of(std::string_view families) {
    std::vector<bool> is_ipv6;
    for (char const family : families)
        is_ipv6.push_back(family == '6');
    return interleave_families(is_ipv6);
}

// Begins all that should begin, and gives their numbers.
std::string begun(address_race& race, clock::time_point now) {
    std::string numbers;
    while (auto const attempt = race.start_next(now))
        numbers += std::to_string(*attempt);
    return numbers;
}

} // namespace

TEST_CASE("families take turns, each in its own order") {
    struct {
        std::string_view families;
        std::vector<std::size_t> order;
    } const cases[] = {
        {"", {}},
        {"6", {0}},
        {"4", {0}},
        {"444", {0, 1, 2}},
        {"64", {0, 1}},
        {"46", {0, 1}},
        {"6644", {0, 2, 1, 3}},
        {"4466", {0, 2, 1, 3}},
        {"6664", {0, 3, 1, 2}},
        {"6444", {0, 1, 2, 3}},
        {"646446", {0, 1, 2, 3, 5, 4}},
    };
    for (auto const& c : cases) {
        CAPTURE(c.families);
        CHECK(order_of(c.families) == c.order);
    }
}

TEST_CASE("attempts begin one after the other, and sooner where one fails") {
    struct event {
        clock::duration at;
        std::optional<std::size_t> fails; // before it is asked what should begin
        std::string_view begun;
        std::optional<clock::duration> wake_at;
        bool exhausted;
    };
    struct {
        char const* what;
        std::size_t addresses;
        std::vector<event> events;
    } const cases[] = {
        {"one address", 1, {{0ms, {}, "0", {}, false}, {90ms, 0, "", {}, true}}},
        {"nothing fails, nothing succeeds",
         3,
         {{0ms, {}, "0", 250ms, false},
          {249ms, {}, "", 250ms, false},
          {250ms, {}, "1", 500ms, false},
          {501ms, {}, "2", {}, false},
          {1h, {}, "", {}, false}}},
        {"each fails before its delay is over",
         3,
         {{0ms, {}, "0", 250ms, false},
          {10ms, 0, "1", 260ms, false},
          {20ms, 1, "2", {}, false},
          {30ms, 2, "", {}, true}}},
        {"an earlier one fails: the latest keeps its delay",
         3,
         {{0ms, {}, "0", 250ms, false},
          {250ms, {}, "1", 500ms, false},
          {300ms, 0, "", 500ms, false},
          {500ms, {}, "2", {}, false},
          {600ms, 2, "", {}, false},
          {700ms, 1, "", {}, true}}},
        {"the latest fails while an earlier one runs",
         3,
         {{0ms, {}, "0", 250ms, false},
          {250ms, {}, "1", 500ms, false},
          {300ms, 1, "2", {}, false},
          {310ms, 2, "", {}, false},
          {320ms, 0, "", {}, true}}},
        {"asked late: one begins, the next waits its delay",
         3,
         {{0ms, {}, "0", 250ms, false},
          {10s, {}, "1", 10250ms, false},
          {10250ms, {}, "2", {}, false}}},
    };
    for (auto const& c : cases) {
        CAPTURE(c.what);
        address_race race(c.addresses);
        CHECK_FALSE(race.wake_at());
        for (event const& e : c.events) {
            CAPTURE(e.at.count());
            clock::time_point const now = start + e.at;
            if (e.fails)
                race.failed(*e.fails, now);
            CHECK(begun(race, now) == e.begun);
            std::optional<clock::time_point> wake;
            if (e.wake_at)
                wake = start + *e.wake_at;
            CHECK(race.wake_at() == wake);
            CHECK(race.exhausted() == e.exhausted);
        }
    }
}

TEST_CASE("a failure that nobody has acted on yet wakes at once") {
    address_race race(2);
    CHECK(race.start_next(start) == 0u);
    race.failed(0, start + 5ms);
    CHECK(race.wake_at() == start + 5ms);
    CHECK_FALSE(race.exhausted()); // one has not begun
    CHECK(race.start_next(start + 6ms) == 1u);
}

TEST_CASE("without addresses there is nothing to try") {
    address_race race(0);
    CHECK_FALSE(race.start_next(start));
    CHECK_FALSE(race.wake_at());
    CHECK(race.exhausted());
}

} // TEST_SUITE("policy/address_race")
