// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/reconnect.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <vector>

TEST_SUITE("policy/reconnect") {

namespace {

using namespace std::chrono_literals;
using intheloop::policy::clock;
using intheloop::policy::reconnect_plan;

clock::time_point const begin = clock::time_point() + 1h;

// Holds an event, and the longest pause after it.
struct event {
    std::chrono::milliseconds at;
    bool is_opened;
    std::chrono::milliseconds longest = 0ms;
};

} // namespace

TEST_CASE("the limit of the pauses doubles, until a connection has held") {
    struct {
        char const* name;
        std::vector<event> events;
    } const cases[] = {
        {"a server that takes no connection",
         {{0s, false, 100ms},
          {1s, false, 200ms},
          {2s, false, 400ms},
          {3s, false, 800ms},
          {4s, false, 1600ms},
          {5s, false, 3200ms},
          {6s, false, 5000ms},
          {7s, false, 5000ms}}},
        {"a connection that held for long",
         {{0s, false, 100ms},
          {1s, false, 200ms},
          {2s, true},
          {7s, false, 100ms},
          {8s, false, 200ms}}},
        {"connections that are lost at once",
         {{0s, true},
          {1s, false, 100ms},
          {2s, true},
          {3s, false, 200ms},
          {4s, true},
          {5s, false, 400ms}}},
        {"a first connection that is lost after long", {{0s, true}, {60s, false, 100ms}}},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        for (double const random : {0.0, 0.25, 0.5}) {
            reconnect_plan plan(100ms, 5000ms);
            for (event const& next : each.events) {
                CAPTURE(next.at.count());
                if (next.is_opened) {
                    plan.opened(begin + next.at);
                    continue;
                }
                auto const expected = static_cast<double>(next.longest.count()) * random;
                CHECK(static_cast<double>(plan.failed(begin + next.at, random).count()) ==
                      expected);
            }
        }
    }
}

TEST_CASE("a first pause that is longer than the longest is as long as this") {
    reconnect_plan plan(10s, 1s);
    CHECK(plan.failed(begin, 0.5) == 500ms);
    CHECK(plan.failed(begin, 0.5) == 500ms);
}

} // TEST_SUITE("policy/reconnect")
