// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A start of an export whose endpoint has an idempotency key, and the journal that keeps the key.
#include <client/fixture.hpp>
#include <support/process.hpp>

#include <memory>
#include <string>
#include <utility>

TEST_SUITE("client/once/keyed_start") {

using namespace fixture;
using loop::journal_advice;
using loop::testing::fault;

namespace {

// As behind a gateway that knows keys.
constexpr loop::endpoint<loop::verb::post, "/api/v1/report/export", report::export_request,
                         report::export_result, loop::idempotency_key<"Idempotency-Key">,
                         loop::observed>
    keyed_export{};

struct journaled {
    journaled() : path((files.path / "exports.journal").string()) {
        s.on(keyed_export, [this](report::export_request const&) {
            report::export_result made;
            made.id = "export_" + std::to_string(++exports);
            return made;
        });
        open();
    }
    // As the next run of the program does.
    void open() {
        how.journal.reset();
        how.journal = loop::export_journal::open(path).value();
    }
    loop::result<loop::export_job> start() {
        std::optional<loop::result<loop::export_job>> started;
        loop::async_start_export(client, keyed_export, week(), how,
                                 [&](auto r) { started.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(started);
        return *started;
    }

    tests::scratch_directory files;
    std::string const path;
    server s;
    int exports = 0;
    asio::io_context io; // a job must not outlive it
    loop::client client{io, options_for(s)};
    loop::start_options how;
};

} // namespace

TEST_CASE("a start that was lost is repeated with its key after a restart, and acts once") {
    journaled t;
    t.s.script(keyed_export, {fault::truncate(3)}); // it is begun, and the answer lost
    auto const lost = t.start();
    REQUIRE_FALSE(lost);
    t.open();
    auto const left = t.how.journal->entries();
    REQUIRE(left.size() == 1);
    CHECK(left[0].advice == journal_advice::repeat);
    REQUIRE(left[0].idempotency_key);
    CHECK(left[0].idempotency_key == lost.error().idempotency_key);

    t.how.call.idempotency_key = left[0].idempotency_key;
    auto const job = t.start();
    REQUIRE_MESSAGE(job, job.error());
    CHECK(job->id() == "export_1");
    CHECK(t.exports == 1);
    CHECK_FALSE(t.how.journal->forget(left[0].key));
    auto const now = t.how.journal->entries();
    REQUIRE(now.size() == 1);
    CHECK(now[0].key == job->journal_key());
    CHECK(now[0].advice == journal_advice::resume);
    CHECK(now[0].idempotency_key == left[0].idempotency_key);
    auto const came = t.s.requests(keyed_export);
    REQUIRE(came.times(2));
    CHECK(came.at(0).idempotency_key == came.at(1).idempotency_key);
}

TEST_CASE("the key is in the journal before anything is sent") {
    journaled t;
    t.s.hold_next();
    loop::async_start_export(t.client, keyed_export, week(), t.how, [](auto const&) {});
    run_until(t.io, [&] { return !t.s.requests().empty(); });
    auto const entries = t.how.journal->entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].advice == journal_advice::repeat);
    CHECK(entries[0].idempotency_key == t.s.requests()[0].header("Idempotency-Key"));
    CHECK(contains(tests::content_of(t.path), *entries[0].idempotency_key));
    t.s.release();
    t.io.restart();
    t.io.run();
}

TEST_CASE(
    "a start whose key is still worked on is repeated later; a refused one is started again") {
    for (auto const& [status, advice] :
         {std::pair(409u, journal_advice::repeat), std::pair(400u, journal_advice::start_again)}) {
        journaled t;
        t.s.respond_next(response_override(status, "{}"));
        CHECK(t.start().status() == status);
        CHECK(t.how.journal->entries().at(0).advice == advice);
    }
}

TEST_CASE("starts that share one job send one key") {
    journaled t;
    t.how.journal.reset();
    t.how.shared = std::make_shared<loop::single_flight>();
    int started = 0;
    for (int i = 0; i != 2; ++i)
        loop::async_start_export(t.client, keyed_export, week(), t.how, [&](auto r) {
            REQUIRE(r);
            CHECK(r->id() == "export_1");
            ++started;
        });
    // Without a key it is another start, and so it is with a key of the program's own.
    loop::async_start_export(t.client, week(), t.how, [&](auto const&) { ++started; });
    t.how.call.idempotency_key = "mine";
    loop::async_start_export(t.client, keyed_export, week(), t.how,
                             [&](auto const&) { ++started; });
    t.io.run();
    CHECK(started == 4);
    CHECK(t.s.requests().size() == 3);
}

} // TEST_SUITE("client/once/keyed_start")
