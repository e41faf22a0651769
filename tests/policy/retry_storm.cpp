// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The simulation of benchmarks/retry_storm.cpp, smaller: what retries may do to a service in an
// outage.

#include "../../benchmarks/retry_storm.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

TEST_SUITE("policy/retry_storm") {

namespace {

using namespace std::chrono_literals;
using storm::figures;
using storm::numbers_before;
using storm::numbers_now;
using storm::outage;
using storm::scenario;
using storm::simulation;

constexpr outage every_kind[] = {outage::refuses, outage::asks_to_wait, outage::is_silent,
                                 outage::is_half};

scenario small(outage kind) {
    scenario of;
    of.clients = 50;
    of.capacity_per_second = 60;
    of.kind = kind;
    of.seed = 7;
    return of;
}

// The requests from one second to another one.
std::uint64_t load(figures const& found, std::size_t from, std::size_t to) {
    std::uint64_t sum = 0;
    for (std::size_t i = from; i != to; ++i)
        sum += found.seconds[i].first_attempts + found.seconds[i].retries;
    return sum;
}

} // namespace

TEST_CASE("retries never cost more than the budgets have and got back") {
    for (outage const kind : every_kind)
        for (auto const& numbers : {numbers_before(), numbers_now()}) {
            CAPTURE(static_cast<int>(kind));
            scenario const of = small(kind);
            figures const found = simulation(of, numbers).run();
            CHECK_FALSE(found.overdrawn);
            CHECK(found.succeeded + found.failed == found.calls);
            CHECK(found.requests == found.calls + found.retries);
            CHECK(found.retries > 0);
            CHECK(found.taken_from_budget <=
                  std::uint64_t(of.clients) * numbers.usual.budget + found.given_to_budget);
            CHECK(found.retries * numbers.usual.throttled_cost <= found.taken_from_budget);
        }
}

TEST_CASE("in an outage a client repeats 35 requests, and no more until it succeeds again") {
    for (outage const kind : {outage::refuses, outage::is_silent}) {
        CAPTURE(static_cast<int>(kind));
        scenario of = small(kind);
        of.outage_lasts = of.length; // it does not end
        figures const found = simulation(of, numbers_now()).run();
        CHECK(found.retries == std::uint64_t(of.clients) * (500 / 14));
        figures const before = simulation(of, numbers_before()).run();
        CHECK(before.retries == std::uint64_t(of.clients) * (kind == outage::refuses ? 100 : 50));
    }
    scenario asked = small(outage::asks_to_wait);
    asked.outage_lasts = asked.length;
    CHECK(simulation(asked, numbers_now()).run().retries ==
          std::uint64_t(asked.clients) * (500 / 5));
}

TEST_CASE("a service that fails gets fewer requests than with the numbers before") {
    for (outage const kind : {outage::refuses, outage::is_silent, outage::is_half}) {
        CAPTURE(static_cast<int>(kind));
        figures const before = simulation(small(kind), numbers_before()).run();
        figures const now = simulation(small(kind), numbers_now()).run();
        CHECK(load(now, 60, 120) < load(before, 60, 120));
        CHECK(now.in_vain < before.in_vain);
        // Half a minute after the outage nothing is left of it.
        for (std::size_t i = 150; i != now.seconds.size(); ++i) {
            CHECK(now.seconds[i].retries == 0);
            CHECK(now.seconds[i].failed_calls == 0);
        }
    }
}

TEST_CASE("where the service asks to wait, the load is as before") {
    figures const before = simulation(small(outage::asks_to_wait), numbers_before()).run();
    figures const now = simulation(small(outage::asks_to_wait), numbers_now()).run();
    CHECK(load(now, 60, 120) == load(before, 60, 120));
}

TEST_CASE("equal seeds give equal figures") {
    scenario of = small(outage::is_half);
    figures const one = simulation(of, numbers_now()).run();
    figures const same = simulation(of, numbers_now()).run();
    CHECK(one.requests == same.requests);
    CHECK(one.failed == same.failed);
    of.seed = 8;
    CHECK(simulation(of, numbers_now()).run().requests != one.requests);
}

} // TEST_SUITE("policy/retry_storm")
