// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/token.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("policy/token") {

namespace {

using intheloop::policy::token_advice;
using intheloop::policy::token_state;
using enum token_advice;

// Holds an event of the state, and its advice where it is asked.
struct event {
    enum kind { asks, is_refused, gets, gets_the_same, fails, is_set } what;
    std::uint64_t generation = 0; // of the token that is refused
    std::optional<token_advice> advice = {};
};

event ask(token_advice expected) {
    return {event::asks, 0, expected};
}
event refuse(std::uint64_t generation, token_advice expected) {
    return {event::is_refused, generation, expected};
}
event const fetched{event::gets};
event const fetched_the_same{event::gets_the_same};
event const fetch_failed{event::fails};
event const set{event::is_set};

void check(event const& next, token_state& state) {
    switch (next.what) {
    case event::asks: CHECK(state.ask() == next.advice); break;
    case event::is_refused: CHECK(state.refuse(next.generation) == next.advice); break;
    case event::gets: state.fetched(false); break;
    case event::gets_the_same: state.fetched(true); break;
    case event::fails: state.fetch_failed(); break;
    case event::is_set: state.set(); break;
    }
}

struct story {
    char const* name;
    bool has_provider;
    std::vector<event> events;
    // In the end.
    bool is_good;
    bool was_refused;
    std::uint64_t generation;
};

story const stories[] = {
    {"a token of the options is there at once", false, {ask(use), ask(use)}, true, false, 0},
    {"once refused it is not sent again",
     false,
     {refuse(0, refused), ask(refused)},
     false,
     true,
     0},
    {"two calls that had sent it are both told",
     false,
     {refuse(0, refused), refuse(0, refused)},
     false,
     true,
     0},
    {"another that is set is used", false, {refuse(0, refused), set, ask(use)}, true, false, 1},
    {"a late 401 to the one before says nothing about it",
     false,
     {refuse(0, refused), set, refuse(0, use), ask(use)},
     true,
     false,
     1},
    {"a late 401 to the one before, when both are refused",
     false,
     {set, refuse(1, refused), refuse(0, refused)},
     false,
     true,
     1},
    {"set before anything was sent", false, {set, set, ask(use)}, true, false, 2},

    {"one asks the provider, the others wait",
     true,
     {ask(fetch), ask(wait), ask(wait)},
     false,
     false,
     0},
    {"what it gives is used", true, {ask(fetch), fetched, ask(use)}, true, false, 1},
    {"if it gives none, the next call asks again",
     true,
     {ask(fetch), fetch_failed, ask(fetch), ask(wait)},
     false,
     false,
     0},
    {"refused, it is asked for another",
     true,
     {ask(fetch), fetched, refuse(1, fetch), ask(wait)},
     false,
     true,
     1},
    {"of calls refused at once, one asks",
     true,
     {ask(fetch), fetched, refuse(1, fetch), refuse(1, wait), refuse(1, wait)},
     false,
     true,
     1},
    {"the next token is as good as the first",
     true,
     {ask(fetch), fetched, refuse(1, fetch), fetched, ask(use), refuse(1, use)},
     true,
     false,
     2},
    {"the same again is not used, and the next call asks again",
     true,
     {ask(fetch), fetched, refuse(1, fetch), fetched_the_same, refuse(1, fetch), fetch_failed,
      ask(fetch)},
     false,
     true,
     1},
    {"the same again, which nobody refused, is used",
     true,
     {ask(fetch), fetched_the_same, ask(use)},
     true,
     false,
     1},
    {"if it fails after a refusal, the next call asks again",
     true,
     {ask(fetch), fetched, refuse(1, fetch), fetch_failed, ask(fetch)},
     false,
     true,
     1},
    {"one that is set counts more than one that is being fetched",
     true,
     {ask(fetch), set, ask(use), fetched, fetch_failed, ask(use)},
     true,
     false,
     1},
    {"and may be the one that was refused",
     true,
     {ask(fetch), fetched, refuse(1, fetch), set, fetched_the_same, ask(use)},
     true,
     false,
     2},
    {"a late 401 while another is fetched waits for it",
     true,
     {ask(fetch), fetched, set, refuse(2, fetch), refuse(1, wait)},
     false,
     true,
     2},
};

} // namespace

TEST_CASE("whether a token may be sent, and when another is asked for") {
    for (story const& each : stories) {
        CAPTURE(std::string(each.name));
        token_state state(each.has_provider);
        int number = 0;
        for (event const& next : each.events) {
            CAPTURE(++number);
            check(next, state);
        }
        CHECK(state.is_good() == each.is_good);
        CHECK(state.was_refused() == each.was_refused);
        CHECK(state.generation() == each.generation);
    }
}

} // TEST_SUITE("policy/token")
