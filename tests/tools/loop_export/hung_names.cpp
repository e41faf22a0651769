// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export where the system's resolver does not answer: see tests/tools/hung_resolver.cpp.
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>

TEST_SUITE("tools/loop_export/hung_names") {

namespace {

using tests::contains;
using tests::scene;

// A scene whose service has a name that is never found.
struct hung : scene {
    hung() {
        char const* const resolver = std::getenv("INTHELOOP_TEST_HUNG_RESOLVER");
        REQUIRE(resolver);
        environment["INTHELOOP_BASE_URL"] = "https://api.example.test";
        environment["LD_PRELOAD"] = resolver;
        environment["ASAN_OPTIONS"] = "verify_asan_link_order=0"; // it comes before the sanitizer
    }
};

} // namespace

TEST_CASE("loop-export ends at its deadline while a name is looked up") {
    hung s;
    auto p = s.start_export({"--deadline", "1"});
    CHECK(p.says("a name is looked up"));
    int const code = p.wait();
    INFO(p.err());
    CHECK(code > 0);
    CHECK(code < 98);
    CHECK(contains(p.err(), "no result within the deadline"));
}

TEST_CASE("loop-export ends at an interrupt while a name is looked up") {
    hung s;
    auto p = s.start_export();
    CHECK(p.says("a name is looked up"));
    p.kill(SIGINT);
    int const code = p.wait();
    INFO(p.err());
    CHECK(code != 98);
    CHECK(code != 99);
}

} // TEST_SUITE("tools/loop_export/hung_names")
