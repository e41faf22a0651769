// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/name_cache.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

TEST_SUITE("policy/name_cache") {

using intheloop::policy::clock;
using intheloop::policy::name_cache;
using namespace std::chrono_literals;

namespace {

constexpr clock::time_point start{1h};

} // namespace

TEST_CASE("an outcome is known until its time") {
    name_cache<int> known;
    CHECK(known.find("a", start) == nullptr);
    known.keep("a", 1, start + 5s);
    known.keep("b", 2, start + 1s);
    REQUIRE(known.find("a", start + 5s - 1ns));
    CHECK(*known.find("a", start) == 1);
    CHECK(known.find("a", start + 5s) == nullptr);
    CHECK(known.find("b", start + 1s) == nullptr);
    known.keep("a", 3, start + 9s); // replaces it
    CHECK(*known.find("a", start + 8s) == 3);
    known.forget("a");
    known.forget("never known");
    CHECK(known.find("a", start) == nullptr);
}

TEST_CASE("the number of outcomes is limited: the one that is due first leaves") {
    name_cache<int> known(3);
    known.keep("a", 1, start + 3s);
    known.keep("b", 2, start + 1s);
    known.keep("c", 3, start + 2s);
    known.keep("c", 4, start + 4s); // no further one
    CHECK(known.find("b", start));
    known.keep("d", 5, start + 5s);
    CHECK(known.find("b", start) == nullptr);
    CHECK(known.find("a", start));
    for (int i = 0; i != 100; ++i)
        known.keep(std::to_string(i), i, start + 10s);
    CHECK(known.size() == 3);
}

} // TEST_SUITE("policy/name_cache")
