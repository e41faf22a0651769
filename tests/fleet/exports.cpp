// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal exports of several processes that are one.
#include <client/pool/posting.hpp>
#include <fleet/export_fleet.hpp>
#include <support/observed_dates.hpp>

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

TEST_SUITE("fleet/exports") {

using namespace fixture;

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

TEST_CASE("a client that is closed in order tells a start that waits for another process first") {
    export_fleet t;
    t.s.hold_next();
    auto& first = t.begin(0);
    run_until_sent(t);
    auto& got = t.begin(1);
    t.run_for(1s);
    asio::cancellation_signal stop;
    bool is_closed = false;
    t.all[1]->client->async_close(asio::bind_cancellation_slot(stop.slot(), [&] {
        CHECK(got);
        is_closed = true;
    }));
    t.run_for(2s);
    CHECK_FALSE(got);
    CHECK_FALSE(is_closed);
    SUBCASE("it ends when the other process has its export") {
        t.s.release();
        t.run_for(5s);
        REQUIRE(first);
        CHECK(first->has_value());
        REQUIRE(got);
    }
    SUBCASE("it ends when the wait for the close is cancelled") {
        stop.emit(asio::cancellation_type::partial);
        t.run_for(1ms);
        REQUIRE(got);
        REQUIRE_FALSE(*got);
        CHECK(got->error().code() == errc::client_closed);
        CHECK(got->error().progress == loop::request_progress::not_sent);
    }
    CHECK(is_closed);
    CHECK(t.starts() == 1);
    t.s.release();
}

TEST_CASE("a client that is closed in order tells a start that notes its end first") {
    export_fleet t;
    t.s.hold_next();
    auto& got = t.begin(0);
    run_until_sent(t);
    t.engine->be(mood::hanging_at_notes);
    t.s.release();
    for (int i = 0; i != 1000 && t.all[0]->now().calls != 0; ++i)
        t.run_for(1ms);
    REQUIRE(t.all[0]->now().calls == 0);
    CHECK_FALSE(got);
    bool is_closed = false;
    t.all[0]->client->async_close([&] {
        CHECK(got);
        is_closed = true;
    });
    t.run_for(5s);
    CHECK(got);
    CHECK(is_closed);
}

TEST_CASE("the journal of each process knows the export of all") {
    export_fleet t;
    tests::scratch_directory files;
    loop::start_options how = shared();
    REQUIRE(t.start(0));
    how.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    int lines = 0;
    how.journal->use_time(std::make_shared<tests::observed_dates>([&] { ++lines; }));
    auto const joined = t.start(1, how);
    REQUIRE(joined);
    CHECK(lines == 1); // at no moment it advises to start again
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

TEST_CASE("a start whose token is changed while it waits belongs to the other token") {
    export_fleet t;
    t.s.hold_next();
    auto& first = t.begin(0);
    bool is_refused = false;
    SUBCASE("and the other start is refused") {
        is_refused = true;
        t.s.respond_next(response_override(400, "{}"));
        t.s.respond_next(response_override(200, R"({"id": "of_another", "status": "Processing"})"));
    }
    SUBCASE("and the other start has begun an export") {}
    run_until_sent(t);
    auto& waits = t.begin(1);
    t.run_for(1s);
    t.all[1]->client->set_token("a_token_of_another_account");
    t.s.release();
    t.run();
    REQUIRE(first);
    REQUIRE(waits);
    CHECK(first->has_value() == !is_refused);
    CHECK(t.starts() == 2);
    REQUIRE(waits->has_value() == is_refused); // the server does not know the token
    if (is_refused)
        CHECK((*waits)->id() == "of_another");
    else
        CHECK(waits->error().code() == errc::unauthorized);
    auto const next = t.start(2);
    REQUIRE_MESSAGE(next, next.error());
    CHECK(next->id() != "of_another");
    CHECK(t.starts() == (is_refused ? 3 : 2));
}

TEST_CASE("a start does not go on for ever with tokens that are all refused") {
    fleet_setup t;
    t.how.token = {};
    int given = 0;
    t.how.token_provider = [&](loop::token_request, loop::token_handler give) {
        std::move(give)(std::nullopt, loop::secret("a_refused_token_" + std::to_string(++given)));
    };
    t.add(1);
    std::optional<loop::result<loop::export_job>> got;
    loop::async_start_export(*t.all[0]->client, week(), shared(),
                             [&](auto r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    REQUIRE_FALSE(*got);
    CHECK(got->error().code() == errc::unauthorized);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("a start whose token is refused is shared under the next one") {
    fleet_setup t;
    tests::scratch_directory files;
    auto how = shared();
    how.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    t.how.token = {};
    t.how.token_provider = [&](loop::token_request why, loop::token_handler give) {
        std::move(give)(std::nullopt, why.refused ? t.s.token() : "a_token_that_is_refused_soon");
    };
    t.add(2);
    std::vector<std::string> ids;
    for (auto const& each : t.all) {
        loop::async_start_export(*each->client, week(), how, [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            ids.push_back(r->id());
        });
        t.run();
    }
    REQUIRE(ids.size() == 2);
    CHECK(ids[0] == ids[1]);
    auto const seen = t.s.requests();
    CHECK(std::count_if(seen.begin(), seen.end(), [&](auto const& one) {
              return one.header("Authorization") == "Bearer " + t.s.token();
          }) == 1);
    auto const entries = how.journal->entries();
    CHECK(entries.size() == 2);
    for (auto const& each : entries)
        CHECK(each.id == ids[0]);
}

TEST_CASE("a start whose token is changed again is no refused one") {
    export_fleet t;
    t.how.retry.max_attempts = 3;
    t.add();
    for (int i = 0; i != 2; ++i)
        t.s.respond_next(response_override(429, "{}").header("Retry-After", "5"));
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Processing"})"));
    auto& got = t.begin(3);
    for (auto const* const token : {"the_second_token", "the_third_token"}) {
        t.run_for(2s); // in the pause
        REQUIRE_FALSE(got);
        t.all[3]->client->set_token(token);
    }
    t.run();
    REQUIRE(got);
    REQUIRE_MESSAGE(*got, got->error());
    CHECK((*got)->id() == "x");
    CHECK(t.starts() == 3);
}

TEST_CASE("a start that has waited goes on after the first token that is refused") {
    export_fleet t;
    t.how.retry.max_attempts = 3;
    t.how.token = {};
    t.how.token_provider = [&](loop::token_request why, loop::token_handler give) {
        std::move(give)(std::nullopt, why.refused ? "the_third_token" : t.s.token());
    };
    t.add();
    t.s.hold_next();
    t.begin(0);
    run_until_sent(t);
    auto& waits = t.begin(3);
    t.run_for(1s);
    t.all[3]->client->set_token("a_token_that_is_refused_soon");
    t.s.respond_next(response_override(401, "{}"));
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Processing"})"));
    t.s.release();
    t.run();
    REQUIRE(waits);
    REQUIRE_MESSAGE(*waits, waits->error());
    CHECK((*waits)->id() == "x");
    CHECK(t.starts() == 3);
}

TEST_CASE("a start that may have acted is repeated with its key under the next token") {
    export_fleet t;
    t.how.retry.max_attempts = 3;
    t.add();
    t.s.respond_next(response_override(503, "{}").header("Retry-After", "5"));
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Processing"})"));
    std::optional<export_fleet::outcome> got;
    loop::async_start_export(*t.all[3]->client, keyed_export, week(), shared(),
                             [&](export_fleet::outcome r) { got.emplace(std::move(r)); });
    t.run_for(2s); // in the pause
    REQUIRE_FALSE(got);
    t.all[3]->client->set_token("the_second_token");
    t.run();
    REQUIRE(got);
    REQUIRE_MESSAGE(*got, got->error());
    CHECK((*got)->id() == "x");
    auto const seen = t.s.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].header("Idempotency-Key") == seen[1].header("Idempotency-Key"));
}

TEST_CASE("a start that a stale connection never took is shared under the next token") {
    // Ends the client's side of its connections before a request is written to one.
    class cutter final : public loop::propagator {
    public:
        explicit cutter(std::function<void()> then) : then_(std::move(then)) {}
        void inject(loop::attempt_attributes const&, loop::headers&) override {
            if (port == 0)
                return;
            for (int const each : sockets_to(std::exchange(port, static_cast<unsigned short>(0))))
                CHECK(::shutdown(each, SHUT_WR) == 0);
            then_();
        }

        unsigned short port = 0;

    private:
        std::function<void()> const then_;
    };
    export_fleet t;
    auto const cuts = std::make_shared<cutter>(
        [&] { asio::post(t.io, [&] { t.all[3]->client->set_token("the_second_token"); }); });
    t.how.propagator = cuts;
    t.add();
    t.all[3]->get(); // leaves a connection
    t.run();
    cuts->port = t.s.api_port();
    t.s.respond_next(response_override(200, R"({"id": "x", "status": "Processing"})"));
    auto const got = t.start(3);
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->id() == "x");
    CHECK(t.starts() == 1);
    CHECK(t.s.connections_accepted() == 2);
    t.all[1]->client->set_token("the_second_token");
    auto const equal = t.start(1);
    REQUIRE_MESSAGE(equal, equal.error());
    CHECK(equal->id() == "x");
    CHECK(t.starts() == 1);
    auto const other = t.start(2);
    REQUIRE_MESSAGE(other, other.error());
    CHECK(other->id() != "x");
    CHECK(t.starts() == 2);
}

TEST_CASE("a journal whose clock throws keeps no outcome from the others that joined") {
    export_fleet t;
    tests::scratch_directory files;
    auto how = shared();
    auto noted = how; // equal
    noted.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    noted.journal->use_time(std::make_shared<tests::observed_dates>(
        [] { throw std::runtime_error("a text that nobody may see"); }));
    auto& first = t.begin(0, how);
    auto& second = t.begin(0, noted);
    auto& third = t.begin(0, how);
    t.run();
    REQUIRE(first);
    REQUIRE(second);
    REQUIRE(third);
    CHECK(first->has_value());
    CHECK_FALSE(second->has_value());
    CHECK(third->has_value());
    CHECK(t.starts() == 1);
}

TEST_CASE("a start whose token is changed keeps its deadline") {
    export_fleet t;
    t.how.retry.max_attempts = 3;
    t.add();
    auto how = shared();
    how.call.deadline = 60s;
    t.s.respond_next(response_override(429, "{}").header("Retry-After", "50"));
    auto& got = t.begin(3, how);
    t.run_for(48s); // in the pause
    REQUIRE_FALSE(got);
    t.s.hold_next();
    t.all[3]->client->set_token("the_second_token");
    t.run_for(11s);
    CHECK_FALSE(got);
    t.run_for(2s);
    t.s.release();
    REQUIRE(got);
    REQUIRE_FALSE(*got);
    CHECK(got->error().code() == errc::deadline_exceeded);
    CHECK(t.starts() == 2);
}

TEST_CASE("a start that the fleet refuses is in no journal") {
    export_fleet t;
    t.s.script(report::export_report, {fault::hang_up()});
    REQUIRE_FALSE(t.start(0));
    tests::scratch_directory files;
    auto mine = shared();
    mine.journal = loop::export_journal::open((files.path / "mine.journal").string()).value();
    auto yours = mine; // equal
    yours.journal = loop::export_journal::open((files.path / "yours.journal").string()).value();
    auto& first = t.begin(1, mine);
    auto& second = t.begin(1, yours);
    t.run();
    for (auto const* each : {&first, &second}) {
        REQUIRE(*each);
        REQUIRE_FALSE(**each);
        CHECK((**each).error().code() == errc::export_unclear);
    }
    CHECK(t.starts() == 1);
    CHECK(mine.journal->entries().empty());
    CHECK(yours.journal->entries().empty());
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
