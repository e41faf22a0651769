// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Processes with one token, at several times its limit.
#include <redis/processes.hpp>

#include <numeric>

TEST_SUITE("redis/fleet/processes") {

using namespace fixture;

TEST_CASE("processes share the limit, use it, and get what those leave that were killed") {
    fleet_of_processes t;
    t.start(8, 35s);
    REQUIRE(t.service.loop.wait_for_requests(50, patience));
    t.wait(3s); // they get to know each other
    t.check_use(4s);
    t.kill(4);
    t.wait(3s); // leases end
    t.check_use(4s);
    auto const answers = t.answers();
    double const fair =
        std::accumulate(answers.begin(), answers.end(), 0.0) / static_cast<double>(answers.size());
    for (double const each : answers) {
        CHECK(each >= 0.7 * fair);
        CHECK(each <= 1.3 * fair);
    }
}

} // TEST_SUITE("redis/fleet/processes")
