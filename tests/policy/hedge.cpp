// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/hedge.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

TEST_SUITE("policy/hedge") {

namespace {

using namespace std::chrono_literals;
using intheloop::attempt_outcome;
using intheloop::errc;
using intheloop::request_progress;
using intheloop::policy::clock;
using intheloop::policy::hedge_facts;

clock::time_point const now = clock::time_point() + 1h;

hedge_facts usual() {
    hedge_facts facts;
    facts.cost = 14;
    facts.budget_left = 500;
    return facts;
}

attempt_outcome answered(unsigned status, std::optional<std::chrono::seconds> retry_after = {}) {
    return intheloop::answered_with(status, retry_after);
}

attempt_outcome failed(errc code, request_progress progress = request_progress::sent) {
    return intheloop::failed_with(code, progress);
}

} // namespace

TEST_CASE("a slow call gets a second request, unless something speaks against it") {
    using intheloop::policy::may_hedge;
    struct {
        std::string name;
        void (*change)(hedge_facts&);
        bool may;
    } const cases[] = {
        {"nothing", [](hedge_facts&) {}, true},
        {"an earlier failure", [](hedge_facts& f) { f.has_failed = true; }, false},
        {"a response that has begun", [](hedge_facts& f) { f.response_begun = true; }, false},
        {"the client closes", [](hedge_facts& f) { f.is_closing = true; }, false},
        {"a pause after a 429", [](hedge_facts& f) { f.is_held_back = true; }, false},
        {"others wait for a permit", [](hedge_facts& f) { f.others_wait = true; }, false},
        {"a 503 just now", [](hedge_facts& f) { f.refused_at = now; }, false},
        {"a 503 before 9.999 s", [](hedge_facts& f) { f.refused_at = now - 9999ms; }, false},
        {"a 503 before 10 s", [](hedge_facts& f) { f.refused_at = now - 10s; }, true},
        {"the last of the budget", [](hedge_facts& f) { f.budget_left = 14; }, true},
        {"too little budget", [](hedge_facts& f) { f.budget_left = 13; }, false},
        {"no budget, but no cost", [](hedge_facts& f) { f.cost = f.budget_left = 0; }, true},
    };
    for (auto const& c : cases) {
        INFO(c.name);
        hedge_facts facts = usual();
        c.change(facts);
        CHECK(may_hedge(facts, now) == c.may);
    }
}

TEST_CASE("which ends of a request end the call, and after which it waits for the other one") {
    struct {
        std::string name;
        attempt_outcome ended;
        bool settles;
        bool awaits;
    } const cases[] = {
        {"a success", answered(200), true, false},
        {"created", answered(201), true, false},
        // Refusals that the other request would get too.
        {"400", answered(400), true, false},
        {"403", answered(403), true, false},
        {"404", answered(404), true, false},
        {"451", answered(451), true, false},
        {"501", answered(501), true, false},
        {"302", answered(302), true, false},
        // It may be of a token that was replaced since.
        {"401", answered(401), false, false},
        // One node may fail where another one does not.
        {"408", answered(408), false, true},
        {"500", answered(500), false, true},
        {"502", answered(502), false, true},
        {"503", answered(503), false, true},
        {"504", answered(504), false, true},
        {"a lost connection", failed(errc::connection_lost), false, true},
        {"no connection", failed(errc::connect_failed, request_progress::not_sent), false, true},
        {"a stall", failed(errc::stalled), false, true},
        // The service has too much to do.
        {"429", answered(429), false, false},
        {"429 with a Retry-After", answered(429, 1s), false, false},
        {"503 with a Retry-After", answered(503, 1s), false, false},
        {"not sent, in a pause after a 429", failed(errc::rate_limited, request_progress::not_sent),
         false, false},
        // Not the service's words.
        {"cancellation", failed(errc::cancelled), false, false},
        {"the deadline", failed(errc::deadline_exceeded), false, false},
        {"the client is closed", failed(errc::client_closed), false, false},
        {"a refused certificate", failed(errc::certificate_refused), false, false},
        {"a full queue", failed(errc::queue_full, request_progress::not_sent), false, false},
    };
    for (auto const& c : cases) {
        INFO(c.name);
        CHECK(intheloop::policy::settles(c.ended) == c.settles);
        CHECK(intheloop::policy::awaits_second(c.ended) == c.awaits);
    }
    // An answer that could not be read is none.
    attempt_outcome broken = answered(200);
    broken.failure = errc::invalid_http;
    CHECK_FALSE(intheloop::policy::settles(broken));
    broken = answered(404);
    broken.failure = errc::connection_lost;
    CHECK_FALSE(intheloop::policy::settles(broken));
}

} // TEST_SUITE("policy/hedge")
