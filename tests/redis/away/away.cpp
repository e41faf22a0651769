// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Redis stands still, and loses its memory, below processes with one token.
#include <redis/processes.hpp>

TEST_SUITE("redis/away/away") {

using namespace fixture;

TEST_CASE("without an answer of Redis processes go on, and never above the limit") {
    fleet_of_processes t;
    t.start(8, 32s);
    t.wait(3s);
    t.redis.freeze();
    double const used_alone = t.used_for(5s);
    CHECK(used_alone <= 1.02);
    CHECK(used_alone >= 0.8);
    t.redis.go_on();
    CHECK(t.used_for(6s) <= 1.02); // nobody storms
    t.wait(3s);                    // until all have come back
    t.check_use(5s);
    for (double const each : t.answers())
        CHECK(each > 0);
}

TEST_CASE("an empty memory is filled again, and the limit holds meanwhile") {
    fleet_of_processes t;
    t.start(8, 22s);
    t.wait(3s);
    t.redis.kill();
    t.redis.start();
    double const used_at_first = t.used_for(3s);
    CHECK(used_at_first <= 1.02);
    t.wait(3s);
    t.check_use(5s);
    t.answers();
}

} // TEST_SUITE("redis/away/away")
