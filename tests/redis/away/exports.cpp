// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The same as redis/fleet/exports.cpp, for longer.
#include <redis/exports.hpp>

TEST_SUITE("redis/away/exports") {

using namespace fixture;

TEST_CASE(
    "of 100 exports that 8 processes start, none is started twice, with 60 kills in between") {
    killed_starters t(100);
    t.kill(60);
    t.check();
}

} // TEST_SUITE("redis/away/exports")
