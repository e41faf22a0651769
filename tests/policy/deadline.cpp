// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/deadline.hpp>

#include <doctest/doctest.h>

#include <chrono>

TEST_SUITE("policy/deadline") {

namespace {

namespace policy = intheloop::policy;
using namespace std::chrono_literals;
using intheloop::errc;
using policy::phase;
using std::chrono::milliseconds;

// Time here is only counted: milliseconds since an arbitrary moment.
policy::clock::time_point at(milliseconds since) {
    return policy::clock::time_point(24h) + since;
}

} // namespace

TEST_CASE("the limit in force is the nearest of the phase's own and the call's") {
    struct {
        std::string_view what;
        phase now_in;
        milliseconds since; // of the phase; the call began at 0
        policy::timeouts limits;
        milliseconds at;
        errc code;
    } const table[] = {
        {"connecting, its own limit",
         phase::connect,
         0ms,
         {10s, 10s, 60s},
         10s,
         errc::connect_timed_out},
        {"connecting late, its own limit",
         phase::connect,
         5s,
         {10s, 10s, 60s},
         15s,
         errc::connect_timed_out},
        {"connecting, the call's limit",
         phase::connect,
         55s,
         {10s, 10s, 60s},
         60s,
         errc::deadline_exceeded},
        {"connecting, a short call",
         phase::connect,
         0ms,
         {10s, 10s, 1s},
         1s,
         errc::deadline_exceeded},
        {"handshake, its own limit",
         phase::handshake,
         3s,
         {10s, 5s, 60s},
         8s,
         errc::handshake_timed_out},
        {"handshake, the call's limit",
         phase::handshake,
         58s,
         {10s, 5s, 60s},
         60s,
         errc::deadline_exceeded},
        {"both at once count as the call's",
         phase::connect,
         50s,
         {10s, 10s, 60s},
         60s,
         errc::deadline_exceeded},
        {"exchange, no limit of its own",
         phase::exchange,
         59s,
         {10s, 10s, 60s},
         60s,
         errc::deadline_exceeded},
        {"exchange, stalled", phase::exchange, 7s, {10s, 10s, 60s, 20s}, 27s, errc::stalled},
        {"exchange, the call's limit before",
         phase::exchange,
         50s,
         {10s, 10s, 60s, 20s},
         60s,
         errc::deadline_exceeded},
        {"the stall's limit is for the exchange only",
         phase::connect,
         0ms,
         {10s, 10s, 60s, 1s},
         10s,
         errc::connect_timed_out},
        {"a limit that has passed",
         phase::handshake,
         1s,
         {10s, 1ms, 60s},
         1001ms,
         errc::handshake_timed_out},
        {"more than a year counts as a year",
         phase::exchange,
         0ms,
         {10s, 10s, milliseconds::max()},
         policy::longest_timeout,
         errc::deadline_exceeded},
        {"without end, still in order",
         phase::connect,
         0ms,
         {milliseconds::max(), milliseconds::max(), milliseconds::max()},
         policy::longest_timeout,
         errc::deadline_exceeded},
    };
    for (auto const& row : table) {
        CAPTURE(row.what);
        auto const limit = policy::limit_of(row.now_in, at(row.since), at(0ms), row.limits);
        CHECK((limit.at == at(row.at)));
        CHECK(limit.code == row.code);
    }
}

TEST_CASE("progress moves the stall's limit, not the call's") {
    policy::timeouts const limits{10s, 10s, 60s, 20s};
    for (milliseconds progress = 0s; progress <= 60s; progress += 5s) {
        auto const limit = policy::limit_of(phase::exchange, at(progress), at(0ms), limits);
        CHECK((limit.at == (progress < 40s ? at(progress + 20s) : at(60s))));
    }
}

TEST_CASE("every limit is a kind of timeout") {
    for (auto now_in : {phase::connect, phase::handshake, phase::exchange}) {
        auto const limit = policy::limit_of(now_in, at(0ms), at(0ms), {1s, 1s, 60s, 1s});
        CHECK(make_error_code(limit.code) == intheloop::condition::timeout);
    }
}

} // TEST_SUITE("policy/deadline")
