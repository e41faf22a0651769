// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/keep_alive.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("policy/keep_alive") {

using intheloop::policy::keep_alive;
using intheloop::policy::parse_keep_alive;
using namespace std::chrono_literals;

namespace {

keep_alive said_by(std::vector<std::string> const& values) {
    intheloop::headers fields;
    fields.append("Date", "timeout=1, max=1");
    for (std::string const& value : values)
        fields.append("keep-alive", value);
    return parse_keep_alive(fields);
}

} // namespace

TEST_CASE("the time of the server, less a margin") {
    struct row {
        char const* value;
        std::optional<std::chrono::milliseconds> limit;
    };
    for (row const& each : std::vector<row>{
             {"timeout=60", 59s},
             {"timeout=5", 4s},
             {"timeout=2", 1s},
             {"timeout=1", 500ms},
             {"timeout=0", 0ms},
             {"timeout=1.5", 750ms},
             {"timeout=0.5", 250ms},
             {"timeout=5.", 4s},
             {"timeout=0005", 4s},
             {"timeout=5, max=100", 4s},
             {"max=100,timeout=5", 4s},
             {"timeout=5; max=100", 4s},
             {"Timeout = 5", 4s},
             {" TIMEOUT\t=\t\"5\" ,,, ", 4s},
             {"timeout=\"5\"", 4s},
             {"timeout=30, timeout=5", 4s}, // the smallest
             {"foo, bar=7, x=\"timeout=1, y\", timeout=5", 4s},
             {"timeout=99999999999999999999999999999999", 24h * 365 - 1s},
             {"timeout=18446744073709551617", 24h * 365 - 1s},
             {"timeout=-1", std::nullopt},
             {"timeout=+5", std::nullopt},
             {"timeout=five", std::nullopt},
             {"timeout=5s", std::nullopt},
             {"timeout=0x5", std::nullopt},
             {"timeout=.5", std::nullopt},
             {"timeout=1.2.3", std::nullopt},
             {"timeout=", std::nullopt},
             {"timeout", std::nullopt},
             {"=5", std::nullopt},
             {"timeouts=5", std::nullopt},
             {"close", std::nullopt},
             {"\"timeout=5", std::nullopt},
             {"", std::nullopt},
         }) {
        CAPTURE(std::string(each.value));
        CHECK(said_by({each.value}).idle_limit == each.limit);
    }
    CHECK(said_by({"timeout=30", "timeout=3"}).idle_limit == 2s);
    CHECK_FALSE(said_by({}).idle_limit);
}

TEST_CASE("the number of requests, without the one that was answered") {
    struct row {
        char const* value;
        std::optional<std::uint64_t> left;
    };
    for (row const& each : std::vector<row>{
             {"max=100", 99},
             {"timeout=5, max=2", 1},
             {"max=1", 0},
             {"max=0", 0},
             {"MAX = \"7\"", 6},
             {"max=-1", std::nullopt},
             {"max=many", std::nullopt},
             {"timeout=5", std::nullopt},
         }) {
        CAPTURE(std::string(each.value));
        CHECK(said_by({each.value}).requests_left == each.left);
    }
    CHECK(*said_by({"max=18446744073709551616"}).requests_left > 1'000'000'000);
    keep_alive const both = said_by({"timeout=5", "max=3"});
    CHECK(both.idle_limit == 4s);
    CHECK(both.requests_left == 2);
}

} // TEST_SUITE("policy/keep_alive")
