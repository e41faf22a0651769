// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Whose turn it is to ask the token provider.
#include <fleet/fleet_fixture.hpp>

TEST_SUITE("fleet/turns") {

using namespace fixture;

namespace {

// A place where processes get their tokens, which takes its time.
struct vault {
    explicit vault(fleet_setup& of) : setup(of) {
        setup.how.token = {};
        setup.how.token_provider = [this](loop::token_request, loop::token_handler give) {
            ++asked;
            most = std::max(most, ++at_once);
            if (never_answers)
                return kept.push_back(std::move(give));
            auto const kept_handler = std::make_shared<loop::token_handler>(std::move(give));
            setup.clock->begin_wait(setup.clock->now() + takes, [this, kept_handler] {
                --at_once;
                std::move (*kept_handler)(std::nullopt, setup.s.token());
            });
        };
    }

    fleet_setup& setup;
    std::chrono::milliseconds takes = 200ms;
    bool never_answers = false;
    std::vector<loop::token_handler> kept;
    int asked = 0;
    int at_once = 0;
    int most = 0;
};

} // namespace

TEST_CASE("one client after the other asks the token provider") {
    fleet_setup t;
    vault from(t);
    t.add_busy(5, 3);
    t.run();
    for (auto const& each : t.all)
        CHECK(each->succeeded == 3);
    CHECK(from.asked == 5);
    CHECK(from.most == 1);
    CHECK(t.engine->counted().unlocks == 5);
    CHECK_FALSE(contains(t.engine->seen(), t.s.token()));
}

TEST_CASE("without an engine that answers, each asks by itself") {
    fleet_setup t;
    vault from(t);
    std::chrono::milliseconds waits{0};
    SUBCASE("silent") {
        t.engine->be(mood::silent);
        waits = 100ms;
    }
    SUBCASE("failing") {
        t.engine->be(mood::failing);
    }
    SUBCASE("throwing") {
        t.engine->be(mood::throwing);
    }
    t.add_busy(5, 1);
    t.run_for(waits + 1ms);
    CHECK(from.most == 5);
    t.run();
    for (auto const& each : t.all)
        CHECK(each->succeeded == 1);
}

TEST_CASE("who holds the turn for too long does not stop the others") {
    fleet_setup t;
    vault from(t);
    t.add(3);
    from.never_answers = true;
    t.all[0]->get();
    t.run_for(10ms);
    CHECK(from.asked == 1);
    from.never_answers = false;
    t.all[1]->get();
    t.all[2]->get();
    t.run_for(2400ms);
    CHECK(from.asked == 1);
    t.run_for(2700ms); // fleet_options::provider_turn, or half of it
    CHECK(from.asked == 3);
    CHECK(t.all[1]->succeeded == 1);
    CHECK(t.all[2]->succeeded == 1);
    t.close();
}

TEST_CASE("the turn of a client ends with its calls") {
    fleet_setup t;
    vault from(t);
    from.never_answers = true;
    t.add(2);
    loop::call_options how;
    how.deadline = 300ms;
    t.all[0]->get(1, how);
    t.run_for(1s);
    CHECK(t.all[0]->last_failure == errc::deadline_exceeded);
    CHECK(t.engine->counted().unlocks == 1);
    from.never_answers = false;
    t.all[1]->get();
    t.run();
    CHECK(t.all[1]->succeeded == 1);
    CHECK(from.asked == 2);

    // Also of one that waits for it.
    from.never_answers = true;
    t.all[0]->get(1, how);
    t.run_for(1s);
    CHECK(t.all[0]->failed == 2);
}

TEST_CASE("whatever an engine says of a lock, it is asked now and then") {
    using std::chrono::milliseconds;
    for (milliseconds const free_in :
         {milliseconds::max(), milliseconds::min(), milliseconds(-1), milliseconds(0)}) {
        CAPTURE(free_in.count());
        fleet_setup t;
        vault from(t);
        t.engine->refuse_locks(free_in);
        t.add_busy(1, 1);
        t.run_for(6s); // longer than fleet_options::provider_turn
        CHECK(from.asked == 1);
        CHECK(t.all[0]->succeeded == 1);
        CHECK(t.engine->counted().locks > 1);
        CHECK(t.engine->counted().locks < 500);
    }
}

TEST_CASE("a lock that comes too late is given back") {
    fleet_setup t;
    vault from(t);
    t.engine->answer_after(150ms);
    auto& one = t.add();
    one.get();
    t.run();
    CHECK(one.succeeded == 1);
    CHECK(t.engine->counted().locks == 1);
    CHECK(t.engine->counted().unlocks == 1);
}

} // TEST_SUITE("fleet/turns")
