// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A start of an export whose endpoint has an idempotency key, and the journal that keeps the key.
#include <client/fixture.hpp>
#include <support/process.hpp>

#include <memory>
#include <string>

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
        asio::io_context io;
        loop::client client(io, options_for(s));
        std::optional<loop::result<loop::export_job>> started;
        loop::async_start_export(client, keyed_export, week(), how,
                                 [&](auto r) { started.emplace(std::move(r)); });
        io.run();
        REQUIRE(started);
        return *started;
    }

    tests::scratch_directory files;
    std::string const path;
    server s;
    int exports = 0;
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
    asio::io_context io;
    loop::client client(io, options_for(t.s));
    loop::async_start_export(client, keyed_export, week(), t.how, [](auto const&) {});
    run_until(io, [&] { return !t.s.requests().empty(); });
    auto const entries = t.how.journal->entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].advice == journal_advice::repeat);
    CHECK(entries[0].idempotency_key == t.s.requests()[0].header("Idempotency-Key"));
    CHECK(contains(tests::content_of(t.path), *entries[0].idempotency_key));
    t.s.release();
    io.restart();
    io.run();
}

TEST_CASE("starts that share one job send one key") {
    journaled t;
    t.how.journal.reset();
    t.how.shared = std::make_shared<loop::single_flight>();
    asio::io_context io;
    loop::client client(io, options_for(t.s));
    int started = 0;
    for (int i = 0; i != 2; ++i)
        loop::async_start_export(client, keyed_export, week(), t.how, [&](auto r) {
            REQUIRE(r);
            CHECK(r->id() == "export_1");
            ++started;
        });
    // Through another route it is another start.
    loop::async_start_export(client, week(), t.how, [&](auto const&) { ++started; });
    io.run();
    CHECK(started == 3);
    CHECK(t.s.requests().size() == 2);
}

} // TEST_SUITE("client/once/keyed_start")
