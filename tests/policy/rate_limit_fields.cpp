// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/rate_limit_fields.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("policy/rate_limit_fields") {

using intheloop::policy::parse_service_limit;
using intheloop::policy::service_limit;
using intheloop::policy::tells_service_limit;
using namespace std::chrono_literals;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;
struct limit {
    std::uint64_t remaining;
    std::chrono::seconds reset;
    bool operator==(limit const&) const = default;
};
using found = std::optional<limit>;

constexpr std::chrono::sys_seconds now{1'700'000'000s}; // Tue, 14 Nov 2023 22:13:20 GMT

found said_by(fields const& all) {
    intheloop::headers headers;
    headers.append("Content-Type", "application/json");
    for (auto const& [name, value] : all)
        headers.append(name, value);
    auto const said = parse_service_limit(headers, now);
    if (said)
        CHECK(tells_service_limit(headers));
    return said ? found(limit{said->remaining, said->reset}) : std::nullopt;
}
found said_by_rate_limit(std::string const& value) {
    return said_by({{"RateLimit", value}});
}
found said_by_old(std::string const& remaining, std::string const& reset) {
    return said_by({{"X-RateLimit-Remaining", remaining}, {"x-ratelimit-reset", reset}});
}

} // namespace

TEST_CASE("RateLimit, a list of structured items") {
    struct row {
        char const* value;
        found expected;
    };
    for (row const& each : std::vector<row>{
             {R"("default";r=50;t=30)", limit{50, 30s}},
             {R"("default";t=30;r=50)", limit{50, 30s}},
             {R"( "default" ; r=50 ; t=30 )", limit{50, 30s}},
             {R"(default;r=50;t=30)", limit{50, 30s}},
             {R"("default";r=0;t=1)", limit{0, 1s}},
             {R"("a;r=1;t=1,b";r=50;t=30)", limit{50, 30s}}, // within a string
             {R"("default";r=50;t=30;pk=:dGVzdA==:;x)", limit{50, 30s}},
             // The fewest, and of these the last to end.
             {R"("hour";r=7;t=3000, "minute";r=9;t=30)", limit{7, 3000s}},
             {R"("hour";r=0;t=3000, "minute";r=0;t=30)", limit{0, 3000s}},
             {R"("minute";r=0;t=30, "hour";r=0;t=3000)", limit{0, 3000s}},
             {R"("broken";r=0, "minute";r=9;t=30)", limit{9, 30s}},
             {R"("default";r=50;t=86400)", limit{50, 3600s}}, // at most an hour
             {R"("default";r=99999999999999999999;t=30)", limit{1'000'000'000'000'000'000, 30s}},
             {R"("default";r=5;t=0)", std::nullopt}, // has passed
             {R"("default";r=50)", std::nullopt},
             {R"("default";t=30)", std::nullopt},
             {R"("default";r=-1;t=30)", std::nullopt},
             {R"("default";r=+1;t=30)", std::nullopt},
             {R"("default";r="5";t=30)", std::nullopt},
             {R"("default";r=;t=30)", std::nullopt},
             {R"("default";r=0x5;t=30)", std::nullopt},
             {R"("default";r=5;t=soon)", std::nullopt},
             {R"("default;r=5;t=30)", std::nullopt}, // a string without an end
             {R"(r=5;t=30)", std::nullopt},          // without a name
             {R"(;;;,,,;=;r)", std::nullopt},
             {R"()", std::nullopt},
             // Version 7 of the draft.
             {"limit=100, remaining=50, reset=30", limit{50, 30s}},
             {"remaining=0,reset=30", limit{0, 30s}},
             {"limit=0, remaining=0, reset=30", std::nullopt}, // no limit
             {"limit=100, remaining=50", std::nullopt},
         }) {
        CAPTURE(each.value);
        CHECK(said_by_rate_limit(each.value) == each.expected);
    }
    CHECK(said_by({{"RateLimit", R"("a";r=9;t=5)"}, {"ratelimit", R"("b";r=8;t=6)"}}) ==
          limit{8, 6s});
}

TEST_CASE("fields of their own, with the reset as seconds or as a time") {
    struct row {
        char const* remaining;
        char const* reset;
        found expected;
    };
    for (row const& each : std::vector<row>{
             {"50", "30", limit{50, 30s}},
             {" 0\t", " 30 ", limit{0, 30s}},
             {"0", "30.5", limit{0, 30s}},
             {"0", "1700000030", limit{0, 30s}},
             {"0", "1700000030.123", limit{0, 30s}},
             {"0", "1700000030123", limit{0, 30s}}, // milliseconds
             {"0", "1700009999", limit{0, 3600s}},
             {"0", "999999999", limit{0, 3600s}}, // no time yet
             {"0", "1699999999", std::nullopt},   // has passed
             {"0", "1000000000", std::nullopt},
             {"0", "99999999999999999999999", limit{0, 3600s}},
             {"0", "0", std::nullopt},
             {"0", "-5", std::nullopt},
             {"-1", "30", std::nullopt},
             {"", "30", std::nullopt},
             {"0", "", std::nullopt},
             {".", "30", std::nullopt},
             {"0", ".5", std::nullopt},
             {"0", "1.2.3", std::nullopt},
             {"0", "30s", std::nullopt},
             {"0", "Tue, 14 Nov 2023 22:13:50 GMT", std::nullopt},
             {"0, 5", "30", std::nullopt}, // of which limit?
         }) {
        CAPTURE(each.remaining);
        CAPTURE(each.reset);
        CHECK(said_by_old(each.remaining, each.reset) == each.expected);
        CHECK(said_by({{"RateLimit-Remaining", each.remaining}, {"RateLimit-Reset", each.reset}}) ==
              each.expected);
    }
}

TEST_CASE("fields that say nothing, or not the same") {
    for (fields const& each : std::vector<fields>{
             {},
             {{"X-RateLimit-Remaining", "0"}},
             {{"X-RateLimit-Reset", "30"}},
             {{"X-RateLimit-Remaining", "0"}, {"RateLimit-Reset", "30"}},
             {{"X-RateLimit-Remaining", "0"},
              {"X-RateLimit-Remaining", "0"},
              {"X-RateLimit-Reset", "30"}},
             {{"X-RateLimit-Limit", "0"},
              {"X-RateLimit-Remaining", "0"},
              {"X-RateLimit-Reset", "30"}},
             {{"RateLimit-Policy", R"("default";q=100;w=60)"}},
             {{"X-RateLimit", R"("default";r=0;t=30)"}},
         })
        CHECK(said_by(each) == std::nullopt);
    CHECK(said_by({{"X-RateLimit-Limit", "100"},
                   {"X-RateLimit-Remaining", "0"},
                   {"X-RateLimit-Reset", "30"}}) == limit{0, 30s});
    CHECK(said_by({{"X-RateLimit-Limit", "100, 100;w=60"},
                   {"X-RateLimit-Remaining", "9"},
                   {"X-RateLimit-Reset", "30"},
                   {"RateLimit", R"("a";r=8;t=20)"}}) == limit{8, 20s});
    intheloop::headers others;
    for (char const* name : {"RateLimit-Policy", "RateLimits", "ratelimi", "X-RateLimit-Reset",
                             "Content-Type", "X-RateLimit-Remainin_"})
        others.append(name, "1");
    CHECK_FALSE(tells_service_limit(others));
}

TEST_CASE("a time is measured against the Date of the same response, if it has one") {
    CHECK(said_by({{"X-RateLimit-Remaining", "0"},
                   {"X-RateLimit-Reset", "1700000030"},
                   {"Date", "Tue, 14 Nov 2023 22:13:40 GMT"}}) == limit{0, 10s});
    CHECK(said_by({{"X-RateLimit-Remaining", "0"},
                   {"X-RateLimit-Reset", "1700000030"},
                   {"Date", "yesterday"}}) == limit{0, 30s});
    CHECK(said_by({{"X-RateLimit-Remaining", "0"},
                   {"X-RateLimit-Reset", "30"},
                   {"Date", "Tue, 14 Nov 2023 22:13:40 GMT"}}) == limit{0, 30s});
}

} // TEST_SUITE("policy/rate_limit_fields")
