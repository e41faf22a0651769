// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal exports of several processes that are one.
#include <fleet/fleet_fixture.hpp>
#include <support/process.hpp>

#include <list>

TEST_SUITE("fleet/exports") {

using namespace fixture;
using loop::journal_advice;
using loop::testing::fault;

namespace {

constexpr loop::endpoint<loop::verb::post, "/api/v1/report/export", report::export_request,
                         report::export_result, loop::idempotency_key<"Idempotency-Key">,
                         loop::observed>
    keyed_export{};

loop::start_options shared() {
    loop::start_options how;
    how.shared = std::make_shared<loop::single_flight>();
    return how;
}

struct export_fleet : fleet_setup {
    export_fleet() {
        how.retry.max_attempts = 1;
        add(3);
    }
    ~export_fleet() { ended.clear(); }

    using outcome = loop::result<loop::export_job>;

    std::optional<outcome>& begin(std::size_t who, loop::start_options const& options = shared(),
                                  report::export_request const& wanted = week()) {
        auto& into = ended.emplace_back();
        loop::async_start_export(*all[who]->client, wanted, options,
                                 [&into](outcome r) { into.emplace(std::move(r)); });
        return into;
    }
    outcome start(std::size_t who, loop::start_options const& options = shared()) {
        auto& into = begin(who, options);
        run();
        REQUIRE(into);
        return *into;
    }
    // A process is killed: all that it was doing stops here, and it tells nobody.
    void kill(std::size_t who) {
        engine->be(mood::forgetful);
        all[who]->end();
        run_for(3s); // longer than it would try to tell
        engine->be(mood::well);
    }
    // So much time goes by, also if nothing happens.
    void pass(clock_type::duration time) {
        auto const until = clock->now() + time;
        run_for(time);
        if (clock->now() < until)
            clock->advance(until - clock->now());
    }
    std::size_t starts() const {
        auto const seen = s.requests();
        return static_cast<std::size_t>(std::count_if(
            seen.begin(), seen.end(), [](auto const& one) { return one.method == "POST"; }));
    }

    std::list<std::optional<outcome>> ended;
};

// Until the service has the request of a start.
void run_until_sent(export_fleet& t) {
    for (int i = 0; i != 1000 && t.s.requests().empty(); ++i)
        t.run_for(1ms);
    REQUIRE(t.s.requests().size() == 1);
}

void finish(export_fleet& t, loop::export_job const& job) {
    std::optional<loop::result<report::export_result>> done;
    job.async_wait([&](auto r) { done.emplace(std::move(r)); });
    t.run();
    REQUIRE(done);
    CHECK(done->has_value());
}

} // namespace

TEST_CASE("equal starts of several processes are one export") {
    export_fleet t;
    std::vector<std::optional<export_fleet::outcome>*> got;
    for (std::size_t i = 0; i != 3; ++i)
        for (int times = 0; times != 2; ++times)
            got.push_back(&t.begin(i));
    t.run();
    CHECK(t.starts() == 1);
    for (auto const* each : got) {
        REQUIRE(*each);
        REQUIRE_MESSAGE(**each, (**each).error());
        CHECK((**each)->id() == (**got.front())->id());
    }
    for (auto const* each : got)
        finish(t, ***each);
    CHECK(t.starts() == 1);
    // No token, no user, no request: digests, and the id.
    CHECK_FALSE(contains(t.engine->seen(), t.s.token()));
    CHECK_FALSE(contains(t.engine->seen(), "2024"));
    CHECK_FALSE(contains(t.engine->seen(), "Signature"));
}

TEST_CASE("starts that differ are exports of their own") {
    export_fleet t;
    loop::start_options mine = shared();
    mine.call.impersonate_user = loop::secret("user_1");
    loop::start_options yours = shared();
    yours.call.impersonate_user = loop::secret("user_2");
    t.begin(0, mine);
    t.begin(1, yours);
    t.begin(2);
    auto other = week();
    other.timezone = "Europe/Ljubljana";
    t.begin(2, shared(), other);
    loop::start_options alone;
    t.begin(1, alone);
    t.run();
    CHECK(t.starts() == 5);
    CHECK_FALSE(contains(t.engine->seen(), "user_1"));
}

TEST_CASE("an export that is under way takes equal starts, and for a minute after its end") {
    export_fleet t;
    auto const first = t.start(0);
    REQUIRE(first);
    t.pass(5min);
    auto const second = t.start(1);
    REQUIRE(second);
    CHECK(second->id() == first->id());
    CHECK(second->state().age >= 5min);
    finish(t, *second);
    t.pass(30s);
    auto const third = t.start(2);
    CHECK(third->id() == first->id());
    finish(t, *third); // which sees the end late
    t.pass(31s);
    CHECK(t.start(2)->id() != first->id());
    CHECK(t.starts() == 2);
}

TEST_CASE("an export that failed takes no more starts") {
    export_fleet t;
    auto const first = t.start(0);
    REQUIRE(first);
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Failed"})"));
    std::optional<loop::result<report::export_result>> done;
    first->async_wait([&](auto r) { done.emplace(std::move(r)); });
    t.run();
    REQUIRE(done);
    CHECK(done->error().code() == errc::export_failed);
    CHECK(t.start(1)->id() != first->id());
}

TEST_CASE("a start that is answered with a failed export lets the next one begin") {
    export_fleet t;
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Failed"})"));
    auto const failed = t.start(0);
    REQUIRE(failed);
    CHECK(failed->state().phase == loop::export_phase::failed);
    auto const next = t.start(1);
    REQUIRE(next);
    CHECK(next->id() != "x");
    CHECK(t.starts() == 2);
}

TEST_CASE("an export that may be pending takes equal starts, whatever one process takes it for") {
    export_fleet t;
    auto impatient = shared();
    impatient.poll.pending_for = 0ms;
    std::string const pending = R"({"id": "x", "status": "PendingOrExpired"})";
    SUBCASE("from the answer to the start") {
        t.s.respond_next(response_override(200, pending));
        REQUIRE(t.start(0, impatient));
    }
    SUBCASE("from a look") {
        auto const first = t.start(0, impatient);
        REQUIRE(first);
        t.s.respond_next(response_override(200, pending));
        std::optional<loop::result<report::export_result>> done;
        first->async_wait([&](auto r) { done.emplace(std::move(r)); });
        t.run();
        REQUIRE(done);
        CHECK(done->error().code() == errc::export_expired);
    }
    CHECK(t.start(1));
    CHECK(t.starts() == 1);
}

TEST_CASE("a start that the service refuses lets the next one begin") {
    export_fleet t;
    t.s.script(report::export_report, {fault::status(400)});
    auto const refused = t.start(0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::bad_request);
    REQUIRE(t.start(1));
    CHECK(t.starts() == 2);
}

TEST_CASE("a start with an unclear end is not repeated, unless that is asked for") {
    export_fleet t;
    SUBCASE("its answer is lost") {
        t.s.script(report::export_report, {fault::hang_up()});
        auto const lost = t.start(0);
        REQUIRE_FALSE(lost);
        CHECK(lost.error().code() == errc::connection_lost);
    }
    SUBCASE("its process is killed") {
        t.s.hold_next();
        t.begin(0);
        run_until_sent(t);
        t.kill(0);
        t.s.release();
    }
    t.pass(20s);
    CHECK(t.starts() == 1);
    auto const asks = t.start(1);
    REQUIRE_FALSE(asks);
    CHECK(asks.error().code() == errc::export_unclear);
    CHECK(asks.error().code() == loop::condition::export_ended);
    CHECK(asks.error().progress == loop::request_progress::not_sent);
    CHECK(contains(asks.error().detail, "2026-01-01T00:00:00Z"));
    CHECK(contains(asks.error().detail, "start_again"));
    CHECK(t.starts() == 1);
    loop::start_options again = shared();
    again.if_unclear = journal_advice::start_again;
    auto const made = t.start(2, again);
    REQUIRE(made);
    CHECK(t.start(1)->id() == made->id());
    CHECK(t.starts() == 2);
}

TEST_CASE("an export that is begun after an unclear one is new") {
    export_fleet t;
    t.s.script(report::export_report, {fault::hang_up()});
    REQUIRE_FALSE(t.start(0));
    t.pass(2h);
    auto again = shared();
    again.if_unclear = journal_advice::start_again;
    REQUIRE(t.start(1, again));
    auto const joined = t.start(2);
    REQUIRE(joined);
    CHECK(joined->state().age < 1min);
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "PendingOrExpired"})"));
    finish(t, *joined); // it is pending
    CHECK(t.starts() == 2);
}

TEST_CASE("a start whose process is killed before anything is sent is begun by the next one") {
    export_fleet t;
    t.engine->answer_after(50ms);
    t.begin(0);
    t.run_for(20ms); // its claim is there, and has no answer yet
    t.kill(0);
    t.engine->answer_after(0ms);
    auto const made = t.start(1);
    REQUIRE(made);
    CHECK(t.starts() == 1);
}

TEST_CASE("a starter that hangs keeps its lease, and the others wait") {
    export_fleet t;
    t.s.hold_next();
    auto& slow = t.begin(0);
    run_until_sent(t);
    auto& waits = t.begin(1);
    t.run_for(25s); // two leases and a half
    CHECK_FALSE(slow);
    CHECK_FALSE(waits);
    t.s.release();
    t.run();
    REQUIRE(slow);
    REQUIRE(waits);
    REQUIRE_MESSAGE(*waits, waits->error());
    CHECK((*waits)->id() == (*slow)->id());
    CHECK(t.starts() == 1);
}

TEST_CASE("those that wait are told at once") {
    export_fleet t;
    t.engine->publish(true);
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    auto& waits = t.begin(1);
    t.run_for(5s);
    CHECK_FALSE(waits);
    auto const before = t.engine->counted().starts;
    t.s.release();
    t.run_for(1ms);
    CHECK(waits);
    CHECK(t.engine->counted().starts == before + 1);
}

TEST_CASE("a start with an idempotency key is repeated with its key by the next process") {
    export_fleet t;
    int exports = 0;
    t.s.on(keyed_export, [&](report::export_request const&) {
        report::export_result made;
        made.id = "export_" + std::to_string(++exports);
        return made;
    });
    t.s.script(keyed_export, {fault::truncate(3)}); // it is begun, and the answer lost
    auto const begin = [&](std::size_t who) {
        std::optional<export_fleet::outcome> got;
        loop::async_start_export(*t.all[who]->client, keyed_export, week(), shared(),
                                 [&](export_fleet::outcome r) { got.emplace(std::move(r)); });
        t.run();
        REQUIRE(got);
        return *got;
    };
    auto const lost = begin(0);
    REQUIRE_FALSE(lost);
    auto const made = begin(1);
    REQUIRE_MESSAGE(made, made.error());
    CHECK(made->id() == "export_1");
    CHECK(exports == 1);
    CHECK(t.starts() == 2);
}

TEST_CASE("without an engine that answers a start goes on alone, unless it needs one") {
    export_fleet t;
    auto const now = [&] { return t.clock->now(); };
    auto const began = now();
    std::chrono::milliseconds waits = 2s;
    SUBCASE("silent") {
        t.engine->be(mood::silent);
    }
    SUBCASE("failing") {
        t.engine->be(mood::failing);
    }
    SUBCASE("forgetful") {
        t.engine->be(mood::forgetful);
    }
    SUBCASE("throwing") {
        t.engine->be(mood::throwing);
        waits = 0s;
    }
    REQUIRE(t.start(0));
    CHECK(t.starts() == 1);
    CHECK(now() - began >= waits);
    loop::start_options needs = shared();
    needs.needs_fleet = true;
    auto const refused = t.start(1, needs);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().detail, "needs_fleet"));
    CHECK(refused.error().progress == loop::request_progress::not_sent);
    CHECK(t.starts() == 1);
    t.engine->be(mood::well);
    REQUIRE(t.start(1, needs));
}

// From an engine that somebody else writes into.
TEST_CASE("a key that can't stand in a header, or that no call has, is never sent") {
    export_fleet t;
    std::string key;
    SUBCASE("it adds a header") {
        key = "k\r\nX-Impersonate-User: victim";
    }
    SUBCASE("it has a NUL") {
        key = std::string("k\0", 2);
    }
    SUBCASE("it is too long") {
        key = std::string(256, 'k');
    }
    t.engine->distort([&](loop::fleet_start_answer& got) {
        got.advice = journal_advice::repeat;
        got.idempotency_key = key;
    });
    std::optional<export_fleet::outcome> got;
    auto needs = shared();
    needs.needs_fleet = true;
    loop::async_start_export(*t.all[0]->client, keyed_export, week(), needs,
                             [&](export_fleet::outcome r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    REQUIRE_FALSE(*got);
    CHECK(got->error().code() == errc::unexpected_content);
    CHECK_FALSE(contains(got->error().detail, "victim"));
    CHECK(t.starts() == 0);
    CHECK(t.start(1)); // its endpoint has no key
    CHECK(t.starts() == 1);
    CHECK_FALSE(contains(t.s.requests()[0].body, "victim"));
}

TEST_CASE("an age that can't be is no harm") {
    export_fleet t;
    auto const first = t.start(0);
    REQUIRE(first);
    std::chrono::milliseconds age(std::int64_t{1} << 62);
    SUBCASE("old") {}
    SUBCASE("from the future") {
        age = -age;
    }
    t.engine->distort([&](loop::fleet_start_answer& got) { got.age = age; });
    auto const joined = t.start(1);
    REQUIRE(joined);
    CHECK(joined->id() == first->id());
    CHECK(joined->state().age >= 0ms);
    CHECK(joined->state().age <= 366 * 24h);
    CHECK(loop::resume_export(*t.all[2]->client, joined->resume_token()));
}

TEST_CASE("an engine that refuses each note of a start is asked for a while, and no longer") {
    export_fleet t;
    t.engine->be(mood::refusing_notes);
    auto how = shared();
    SUBCASE("and the start goes on alone") {}
    SUBCASE("and the start needs it") {
        how.needs_fleet = true;
    }
    auto& got = t.begin(0, how);
    t.run_for(3s);
    CHECK(t.engine->counted().notes > 1);
    CHECK(t.engine->counted().notes < 50);
    REQUIRE(got);
    CHECK(got->has_value() == !how.needs_fleet);
    CHECK(t.starts() == (how.needs_fleet ? 0 : 1));
    if (how.needs_fleet)
        CHECK(got->error().code() == errc::unexpected_content);
    auto const before = t.engine->counted().notes;
    t.pass(1min);
    CHECK(t.engine->counted().notes == before);
}

TEST_CASE("an engine that throws at the notes ends a start that needs it") {
    export_fleet t;
    t.engine->be(mood::throwing_at_notes);
    auto needs = shared();
    needs.needs_fleet = true;
    auto const refused = t.start(0, needs);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().detail, "needs_fleet"));
    CHECK(t.starts() == 0);
    CHECK(t.start(1));
}

TEST_CASE("notes that fail after the end of a start change nothing") {
    export_fleet t;
    auto how = shared();
    SUBCASE("of one that needs the engine") {
        how.needs_fleet = true;
    }
    SUBCASE("of one that does not") {}
    t.s.hold_next();
    auto& ended = t.begin(0, how);
    run_until_sent(t);
    t.engine->be(mood::silent);
    t.s.release();
    t.run_for(500ms); // several notes of the end are under way
    REQUIRE(ended);
    t.engine->be(mood::well);
    t.engine->fail_all(loop::error(errc::invalid_option, "refused"));
    t.run_for(1ms);
    auto const before = t.engine->counted().notes;
    t.pass(1min);
    CHECK(t.engine->counted().notes == before);
    auto const next = t.start(1);
    REQUIRE_FALSE(next);
    CHECK(next.error().code() == errc::export_unclear);
    CHECK(t.starts() == 1);
}

TEST_CASE("an engine that is back learns the end of a start") {
    export_fleet t;
    t.s.hold_next();
    auto& ended = t.begin(0);
    bool is_refused = false;
    SUBCASE("with an id") {}
    SUBCASE("refused by the service") {
        is_refused = true;
        t.s.respond_next(response_override(400, "{}"));
    }
    run_until_sent(t);
    t.engine->be(mood::failing);
    SUBCASE("silent meanwhile") {
        t.engine->be(mood::silent);
    }
    t.s.release();
    t.run_for(5s);
    REQUIRE(ended); // which nobody waits for
    CHECK(ended->has_value() == !is_refused);
    t.engine->be(mood::well);
    t.run_for(2s);
    auto const next = t.start(1);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(t.starts() == (is_refused ? 2 : 1));
}

TEST_CASE("an engine that stays away keeps no program from its end for long") {
    export_fleet t;
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    t.engine->be(mood::failing);
    t.s.release();
    auto const began = t.clock->now();
    auto longest = 32s;
    SUBCASE("with an open client") {}
    SUBCASE("with one that is closed") {
        t.run_for(4s);
        t.all[0]->end();
        longest = 8s;
    }
    t.run();
    CHECK(t.clock->now() - began <= longest);
    CHECK(t.engine->counted().notes < 60);
}

TEST_CASE("an engine that is back learns of a start that is under way") {
    export_fleet t;
    t.s.hold_next();
    auto& slow = t.begin(0);
    run_until_sent(t);
    t.engine->forget();
    t.run_for(5s); // the lease is renewed
    auto& waits = t.begin(1);
    t.s.release();
    t.run();
    REQUIRE(slow);
    REQUIRE(waits);
    CHECK((*waits)->id() == (*slow)->id());
    CHECK(t.starts() == 1);
}

TEST_CASE("a wait for another process ends when it is cancelled, or the client is closed") {
    export_fleet t;
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    std::optional<export_fleet::outcome> got;
    asio::cancellation_signal stop;
    loop::async_start_export(
        *t.all[1]->client, week(), shared(),
        asio::bind_cancellation_slot(stop.slot(),
                                     [&](export_fleet::outcome r) { got.emplace(std::move(r)); }));
    t.run_for(1s);
    CHECK_FALSE(got);
    errc expected = errc::cancelled;
    SUBCASE("cancelled") {
        stop.emit(asio::cancellation_type::partial);
    }
    SUBCASE("closed") {
        t.all[1]->client.reset();
        expected = errc::client_closed;
    }
    t.run_for(1ms);
    REQUIRE(got);
    CHECK(got->error().code() == expected);
    CHECK(got->error().progress == loop::request_progress::not_sent);
    t.s.release();
}

TEST_CASE("the journal of each process knows the export of all") {
    export_fleet t;
    tests::scratch_directory files;
    loop::start_options how = shared();
    REQUIRE(t.start(0));
    how.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    auto const joined = t.start(1, how);
    REQUIRE(joined);
    auto const entries = how.journal->entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].key == joined->journal_key());
    CHECK(entries[0].advice == journal_advice::resume);
    CHECK(entries[0].id == joined->id());
}

TEST_CASE("a token that a provider gives names the exports too") {
    fleet_setup t;
    t.how.token = {};
    int asked = 0;
    t.how.token_provider = [&](loop::token_request, loop::token_handler give) {
        ++asked;
        std::move(give)(std::nullopt, t.s.token());
    };
    t.add(2);
    std::vector<std::string> ids;
    for (auto const& each : t.all)
        loop::async_start_export(*each->client, week(), shared(), [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            ids.push_back(r->id());
        });
    t.run();
    REQUIRE(ids.size() == 2);
    CHECK(ids[0] == ids[1]);
    CHECK(asked == 2);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("advice that is none for a fleet is refused") {
    export_fleet t;
    loop::start_options wrong = shared();
    wrong.if_unclear = journal_advice::repeat;
    CHECK(t.start(0, wrong).error().code() == errc::invalid_option);
    CHECK(t.starts() == 0);
}

TEST_CASE("a context that is destroyed ends what waits") {
    auto t = std::make_unique<export_fleet>();
    t->s.hold_next();
    t->begin(0);
    run_until_sent(*t);
    t->begin(1);
    t->run_for(1s);
    t->engine->be(mood::silent);
    t->begin(2);
    t->run_for(1ms);
    t.reset();
}

TEST_CASE("equal starts below different base paths are exports of their own") {
    export_fleet t;
    t.how.base_url = t.s.base_url() + "/gateway";
    t.add();
    REQUIRE(t.start(0));
    CHECK_FALSE(t.start(3)); // the server knows nothing there
    auto const seen = t.s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[1].target == "/gateway/api/v1/report/export");
}

TEST_CASE("starts for different audiences are exports of their own") {
    export_fleet t;
    loop::start_options here = shared(), there = shared();
    here.audience = "the left shop";
    there.audience = "the right shop";
    there.shared = here.shared;
    auto const mine = t.start(0, here);
    REQUIRE(mine);
    auto const of_nobody = t.start(1);
    REQUIRE(of_nobody);
    CHECK(of_nobody->id() != mine->id());
    auto const equal = t.start(1, here);
    REQUIRE(equal);
    CHECK(equal->id() == mine->id());
    std::size_t who = 1;
    SUBCASE("of one client") {
        who = 0;
    }
    SUBCASE("of several") {}
    auto const yours = t.start(who, there);
    REQUIRE(yours);
    CHECK(yours->id() != mine->id());
    CHECK(t.starts() == 3);
    CHECK_FALSE(contains(t.engine->seen(), "shop"));
}

TEST_CASE("a start that needs the fleet does not join one that goes on alone") {
    export_fleet t;
    t.engine->be(mood::silent);
    loop::start_options const alone = shared();
    loop::start_options needs = alone;
    needs.needs_fleet = true;
    bool has_begun_first = false;
    SUBCASE("while both wait") {}
    SUBCASE("when it is started") {
        has_begun_first = true;
        REQUIRE(t.start(0, alone));
    }
    if (!has_begun_first)
        t.begin(0, alone);
    auto const refused = t.start(0, needs);
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().detail, "needs_fleet"));
    CHECK(t.starts() == 1);
}

TEST_CASE("a start that may begin again does not get the answer of one that may not") {
    export_fleet t;
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    t.kill(0);
    t.s.release();
    loop::start_options const asks = shared();
    loop::start_options again = asks;
    again.if_unclear = journal_advice::start_again;
    auto& asked = t.begin(1, asks);
    t.run_for(1s);
    REQUIRE_FALSE(asked); // the lease is not over
    auto const begun = t.start(1, again);
    REQUIRE_MESSAGE(begun, begun.error());
    CHECK(t.starts() == 2);
}

TEST_CASE("a start that may begin again joins the job of this process") {
    export_fleet t;
    loop::start_options const asks = shared();
    loop::start_options again = asks;
    again.if_unclear = journal_advice::start_again;
    auto const job = t.start(0, asks);
    REQUIRE(job);
    t.engine->be(mood::silent); // and can't be asked about it
    auto const joined = t.start(0, again);
    REQUIRE(joined);
    CHECK(joined->id() == job->id());
    CHECK(t.starts() == 1);
}

TEST_CASE("a start that needs a fleet is refused where it has none") {
    export_fleet t;
    loop::start_options needs = shared();
    needs.needs_fleet = true;
    SUBCASE("without single_flight") {
        needs.shared.reset();
    }
    SUBCASE("without a fleet") {
        t.engine.reset();
        t.add();
    }
    auto const refused = t.start(t.all.size() - 1, needs);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(contains(refused.error().detail, "needs_fleet"));
    CHECK(t.starts() == 0);
}

} // TEST_SUITE("fleet/exports")
