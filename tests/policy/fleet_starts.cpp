// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/fleet_starts.hpp>
#include <intheloop/policy/detail/start_course.hpp>
#include <intheloop/policy/detail/start_record.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

TEST_SUITE("policy/fleet_starts") {

namespace {

using namespace std::chrono_literals;
using intheloop::fleet_start_answer;
using intheloop::fleet_start_claim;
using intheloop::fleet_start_note;
using intheloop::journal_advice;
using intheloop::journal_entry;
using intheloop::policy::clock;
using intheloop::policy::course_after;
using intheloop::policy::fleet_starts;
using intheloop::policy::start_course;
using intheloop::policy::start_event;

constexpr std::chrono::milliseconds lease = 10s;

fleet_start_claim claim_of(std::string starter, bool takes_unclear = false) {
    fleet_start_claim made;
    made.name = "n";
    made.starter = std::move(starter);
    made.takes_unclear = takes_unclear;
    made.lease = lease;
    return made;
}

fleet_start_note note_of(std::uint64_t fence, journal_advice advice,
                         std::chrono::milliseconds lasts = lease,
                         std::chrono::milliseconds life = 1h) {
    fleet_start_note made;
    made.name = "n";
    made.fence = fence;
    made.advice = advice;
    made.id = advice == journal_advice::resume ? "x" : "";
    made.idempotency_key = advice == journal_advice::repeat ? "k" : "";
    made.lease = lasts;
    made.life = life;
    return made;
}

struct records {
    fleet_starts all{7};
    clock::time_point now{1h};

    fleet_start_answer claim(std::string starter, bool takes_unclear = false) {
        return all.claim(claim_of(std::move(starter), takes_unclear), now);
    }
    bool note(fleet_start_note const& note) { return all.note(note, now); }
};

} // namespace

TEST_CASE("one of equal starts begins, and the others wait for as long as its lease") {
    records t;
    auto const first = t.claim("a");
    CHECK(first.fence == 7);
    CHECK(first.advice == journal_advice::start_again);
    CHECK(course_after(first) == start_course::begin);
    t.now += 4s;
    auto const second = t.claim("b");
    CHECK(second.fence == 0);
    CHECK(second.free_in == 6s);
    CHECK(second.age == 4s);
    CHECK(course_after(second) == start_course::wait);
    auto other = claim_of("b");
    other.name = "m";
    CHECK(t.all.claim(other, t.now).fence == 8);
}

TEST_CASE("a claim that is repeated gets the same answer, and a longer lease") {
    records t;
    CHECK(t.claim("a").fence == 7);
    t.now += 8s;
    CHECK(t.claim("a").fence == 7);
    t.now += 8s;
    CHECK(t.claim("b").free_in == 2s);
}

// The rules of the journal: what is left of a starter that died after its last note.
TEST_CASE("the next start does as the journal advises") {
    journal_entry plain, keyed, known;
    plain.origin = plain.request = keyed.origin = keyed.request = known.origin = known.request =
        "known";
    keyed.idempotency_key = "k";
    known.id = "x";
    struct {
        journal_entry const& entry;
        start_event::value_type last;
        bool takes_unclear;
        start_course course;
    } const cases[] = {
        {plain, start_event::intended, false, start_course::begin},
        {plain, start_event::not_sent, false, start_course::begin},
        {plain, start_event::sending, false, start_course::ask},
        {plain, start_event::unclear, false, start_course::ask},
        {plain, start_event::sending, true, start_course::begin},
        {plain, start_event::unclear, true, start_course::begin},
        {keyed, start_event::sending, false, start_course::begin},
        {keyed, start_event::unclear, false, start_course::begin},
        {known, start_event::started, false, start_course::attach},
        {known, start_event::started, true, start_course::attach},
        {plain, start_event::started, false, start_course::ask}, // without an id
        {plain, start_event::unknown, false, start_course::ask},
    };
    for (auto const& each : cases) {
        CAPTURE(static_cast<int>(each.last));
        CAPTURE(each.takes_unclear);
        records t;
        auto const advice = intheloop::policy::advice_after(each.entry, each.last);
        auto const fence = t.claim("a").fence;
        CHECK(t.note(note_of(fence, advice)));
        t.now += lease - 1ms; // nobody begins while the starter may live
        auto const early = course_after(t.claim("b", each.takes_unclear));
        CHECK(early == (each.course == start_course::attach ? each.course : start_course::wait));
        t.now += 1ms;
        auto const got = t.claim("b", each.takes_unclear);
        CHECK(course_after(got) == each.course);
        if (each.course == start_course::begin) {
            CHECK(got.fence > fence);
            CHECK(got.advice == advice);
            CHECK(got.idempotency_key == (advice == journal_advice::repeat ? "k" : ""));
        }
    }
}

TEST_CASE("a starter that was paused does not overwrite its successor") {
    records t;
    auto const first = t.claim("a").fence;
    t.now += lease;
    auto const second = t.claim("b").fence;
    CHECK(second > first);
    CHECK_FALSE(t.note(note_of(first, journal_advice::ask)));
    CHECK_FALSE(t.note(note_of(first, journal_advice::resume)));
    CHECK_FALSE(t.note(note_of(first, journal_advice::start_again, 0s, 0s)));
    CHECK(t.claim("c").free_in == lease);
    CHECK(t.note(note_of(second, journal_advice::resume, 0s)));
    CHECK(t.claim("c").id == "x");
}

TEST_CASE("what is unclear stays so when the next one gets no further") {
    records t;
    CHECK(t.note(note_of(t.claim("a").fence, journal_advice::ask)));
    t.now += lease;
    CHECK(t.claim("b", true).fence != 0); // and dies
    t.now += lease;
    CHECK(course_after(t.claim("c")) == start_course::ask);
}

TEST_CASE("a record ends with its life") {
    records t;
    auto const fence = t.claim("a").fence;
    SUBCASE("of a claim") {
        t.now += 2 * lease;
    }
    SUBCASE("of a note") {
        CHECK(t.note(note_of(fence, journal_advice::ask)));
        t.now += 1h - 1ms;
        CHECK(course_after(t.claim("b")) == start_course::ask);
        t.now += 1ms;
    }
    SUBCASE("forgotten") {
        CHECK(t.note(note_of(fence, journal_advice::start_again, 0s, 0s)));
    }
    auto const next = t.claim("b");
    CHECK(next.fence > fence);
    CHECK(next.advice == journal_advice::start_again);
    CHECK(next.age == 0s);
}

TEST_CASE("the end of an export counts for the id alone") {
    records t;
    CHECK(t.note(note_of(t.claim("a").fence, journal_advice::resume, 0s)));
    auto ended = note_of(0, journal_advice::resume, 0s, 1min);
    ended.id = "another";
    CHECK_FALSE(t.note(ended));
    ended.id = "x";
    CHECK(t.note(ended));
    t.now += 40s;
    CHECK(t.note(ended)); // who sees it later does not prolong it
    t.now += 20s - 1ms;
    CHECK(course_after(t.claim("b")) == start_course::attach);
    t.now += 1ms;
    CHECK(course_after(t.claim("b")) == start_course::begin);
    CHECK_FALSE(t.note(ended)); // another start is under way
    CHECK(course_after(t.claim("c")) == start_course::wait);
}

TEST_CASE("what the memory has lost is noted anew") {
    records t;
    CHECK(t.note(note_of(100, journal_advice::ask)));
    CHECK(course_after(t.claim("b")) == start_course::wait);
    CHECK(t.note(note_of(100, journal_advice::resume, 0s)));
    CHECK(course_after(t.claim("b")) == start_course::attach);
    auto other = claim_of("b");
    other.name = "m";
    CHECK(t.all.claim(other, t.now).fence > 100);
}

TEST_CASE("an export is as old as the note of its id, however old the doubt about another is") {
    for (auto const left :
         {journal_advice::start_again, journal_advice::ask, journal_advice::repeat}) {
        CAPTURE(static_cast<int>(left));
        records t;
        CHECK(t.note(note_of(t.claim("a").fence, left, lease, 24h)));
        t.now += 2h;
        auto const second = t.claim("b", true).fence;
        t.now += 1min; // in the queues
        CHECK(t.note(note_of(second, journal_advice::resume, 0s)));
        t.now += 1s;
        CHECK(t.note(note_of(second, journal_advice::resume, 0s))); // which is repeated
        CHECK(t.claim("c").age == 1s);
    }
}

TEST_CASE("a late note does not bring back a record that is gone") {
    records t;
    auto const first = t.claim("a").fence;
    CHECK(t.note(note_of(first, journal_advice::ask)));
    auto ended = note_of(0, journal_advice::resume, 0s, 1min);
    SUBCASE("of a starter that has a successor") {
        t.now += lease;
        CHECK(t.note(note_of(t.claim("b", true).fence, journal_advice::resume, 0s, 1min)));
        t.now += 1min;
    }
    SUBCASE("of a starter whose export was seen to be completed") {
        CHECK(t.note(note_of(first, journal_advice::resume, 0s)));
        CHECK(t.note(ended));
        CHECK_FALSE(t.note(note_of(first, journal_advice::resume, 0s)));
        t.now += 1min;
    }
    SUBCASE("of a starter whose export was seen to have failed") {
        CHECK(t.note(note_of(first, journal_advice::resume, 0s)));
        ended.life = 0s;
        CHECK(t.note(ended));
    }
    SUBCASE("of a starter that has forgotten it") {
        CHECK(t.note(note_of(first, journal_advice::start_again, 0s, 0s)));
    }
    CHECK_FALSE(t.note(note_of(first, journal_advice::ask)));
    CHECK_FALSE(t.note(note_of(first, journal_advice::resume, 0s)));
    CHECK(course_after(t.claim("c")) == start_course::begin);
}

TEST_CASE("a note that arrives behind that of the id does not overwrite it") {
    records t;
    auto const first = t.claim("a").fence;
    CHECK(t.note(note_of(first, journal_advice::resume, 0s)));
    for (auto const late :
         {journal_advice::ask, journal_advice::start_again, journal_advice::repeat}) {
        CAPTURE(static_cast<int>(late));
        CHECK(t.note(note_of(first, late, lease, 7 * 24h)));
        auto const got = t.claim("b");
        CHECK(course_after(got) == start_course::attach);
        CHECK(got.id == "x");
    }
    auto nameless = note_of(first, journal_advice::resume, 0s);
    nameless.id.clear();
    CHECK(t.note(nameless));
    CHECK(t.claim("b").id == "x");
    SUBCASE("and the record lives as long as the id is worth") {
        t.now += 1h;
    }
    SUBCASE("and the end of the export is still told") {
        CHECK(t.note(note_of(0, journal_advice::resume, 0s, 0s)));
    }
    SUBCASE("and a starter may still forget it") {
        CHECK(t.note(note_of(first, journal_advice::start_again, 0s, 0s)));
    }
    CHECK(course_after(t.claim("c")) == start_course::begin);
}

TEST_CASE("the end of no export ends nothing") {
    records t;
    auto const first = t.claim("a").fence;
    CHECK(t.note(note_of(first, journal_advice::ask)));
    auto nameless = note_of(0, journal_advice::ask, 0s, 0s);
    CHECK_FALSE(t.note(nameless));
    CHECK(t.note(note_of(first, journal_advice::ask)));
}

TEST_CASE("an export to resume without an id is unclear") {
    records t;
    auto nameless = note_of(t.claim("a").fence, journal_advice::resume, 0s);
    nameless.id.clear();
    CHECK(t.note(nameless));
    auto const asks = t.claim("b");
    CHECK(asks.advice == journal_advice::ask);
    CHECK(course_after(asks) == start_course::ask);
    CHECK(course_after(t.claim("b", true)) == start_course::begin);
}

TEST_CASE("a lease that ends too far ahead is none") {
    records t;
    CHECK(t.note(note_of(t.claim("a").fence, journal_advice::start_again, 48h, 72h)));
    CHECK(course_after(t.claim("b")) == start_course::begin);
}

} // TEST_SUITE("policy/fleet_starts")
