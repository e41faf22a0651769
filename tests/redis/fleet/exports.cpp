// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal exports of processes that are killed.
#include <redis/exports.hpp>

TEST_SUITE("redis/fleet/exports") {

using namespace fixture;

TEST_CASE("processes that are killed at any moment never start an export twice") {
    killed_starters t(20);
    t.kill(12);
    t.check();
}

} // TEST_SUITE("redis/fleet/exports")
