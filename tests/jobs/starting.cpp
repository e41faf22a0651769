// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Starts end in these ways, and their journal knows of it.
#include <client/pool/posting.hpp>
#include <jobs/fixture.hpp>

#include <intheloop/jobs/export_journal.hpp>
#include <intheloop/testing/virtual_clock.hpp>
#include <support/full_disk.hpp>
#include <support/observed_dates.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

TEST_SUITE("jobs/starting") {

using namespace fixture;
using loop::errc;
using loop::journal_advice;
using tests::full_disk;
using tests::observed_dates;

namespace {

struct journal_fixture : job_fixture {
    journal_fixture() {
        std::filesystem::remove_all(directory);
        std::filesystem::create_directory(directory);
        open();
    }
    ~journal_fixture() {
        how.journal.reset();
        std::filesystem::remove_all(directory);
    }
    journal_fixture(journal_fixture const&) = delete;
    journal_fixture& operator=(journal_fixture const&) = delete;

    void open() {
        how.journal.reset();
        how.journal = loop::export_journal::open(directory / "exports.journal").value();
    }
    // The only entry, as the next run of the program finds it.
    loop::journal_entry left() {
        open();
        auto const all = how.journal->entries();
        REQUIRE(all.size() == 1);
        return all.front();
    }

    std::filesystem::path const directory =
        std::filesystem::temp_directory_path() / ("intheloop-starting-" + std::to_string(getpid()));
    loop::start_options how = starting(asleep());
};

// To the client it looks as if the server had closed its connections.
void end_connections(server const& to) {
    for (int const each : sockets_to(to.api_port()))
        CHECK(::shutdown(each, SHUT_RD) == 0);
}

} // namespace

TEST_CASE("a start gives what the answer says") {
    job_fixture t;
    auto const started = t.try_start(starting(asleep()));
    REQUIRE_MESSAGE(started, started.error());
    CHECK(started.status() == 200);
    CHECK_FALSE(started.request_id().empty());
    CHECK(started->state().status == "Processing");
    CHECK(started->journal_key().empty());
    CHECK_FALSE(started->journal_failure());
    CHECK(started->options().interval == 1h);
}

TEST_CASE("a start that fails is an error like that of any call") {
    job_fixture t;
    t.s.respond_next(response_override(403, R"({"message": "no", "errorCode": "Denied"})"));
    auto const refused = t.try_start(starting(asleep()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::forbidden);
    CHECK(refused.error().service_message == "no");
    t.s.respond_next(answer(R"({"id": "", "status": "Processing"})"));
    auto const nameless = t.try_start(starting(asleep()));
    REQUIRE_FALSE(nameless);
    CHECK(nameless.error().code() == errc::unexpected_json);
    CHECK(nameless.error().detail == "/id: it is empty");
    CHECK(nameless.error().endpoint == loop::report::export_report.description());
    CHECK(nameless.error().attempts == 1);
}

TEST_CASE("an id that holds the token goes nowhere") {
    journal_fixture t;
    t.s.respond_next(answer(R"({"id": "x)" + t.s.token() + R"(", "status": "Processing"})"));
    auto const refused = t.try_start(t.how);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::unexpected_json);
    CHECK(refused.error().detail == "/id: it holds the token");
    CHECK_FALSE(contains(printed(refused.error()), t.s.token()));
    auto const entry = t.left();
    CHECK(entry.advice == journal_advice::ask); // the service may have begun an export
    CHECK_FALSE(entry.id);
}

TEST_CASE("an id may hold the user, and no text shows it") {
    job_fixture t;
    auto how = starting(asleep());
    how.call.impersonate_user = "User_of_Somebody"; // services may write it in another case
    t.s.respond_next(answer(R"({"id": "x-user_of_somebody", "status": "Processing"})"));
    auto const job = t.try_start(how);
    REQUIRE_MESSAGE(job, job.error());
    CHECK(job->id() == "x-user_of_somebody");
    auto const late = t.wait(*job, 1ms);
    CHECK(contains(late.error().detail, "export x-[redacted]: not completed"));
    CHECK_FALSE(contains(printed(late.error()), "somebody"));
    auto states = job->watch();
    t.s.respond_next(answer(R"({"id": "x-user_of_somebody", "status": "Failed"})"));
    CHECK(t.poll(*job));
    CHECK_FALSE(contains(printed(t.wait(*job).error()), "somebody"));
    std::string said;
    for (int i = 0; i != 2 && said.empty(); ++i) {
        try { // the error of the last state is thrown if nobody has looked at it
            states.async_next([](loop::next_state const&) {});
            CHECK(runs_out(t.io));
        } catch (loop::exception const& e) {
            said = e.what();
        }
    }
    CHECK(contains(said, "export x-[redacted]"));
    CHECK_FALSE(contains(said, "somebody"));
}

TEST_CASE("what the journal knows after a start") {
    struct {
        char const* name;
        std::optional<response_override> answer;
        journal_advice advice;
    } const cases[] = {
        {"started", std::nullopt, journal_advice::resume},
        {"refused", response_override(400), journal_advice::start_again},
        {"unauthorized", response_override(401), journal_advice::start_again},
        {"given up on, by the server", response_override(408), journal_advice::ask},
        {"given up on, by a proxy", response_override(499), journal_advice::ask},
        {"too many", response_override(429), journal_advice::start_again},
        {"failed", response_override(500), journal_advice::ask},
        {"busy", response_override(503), journal_advice::ask},
        {"lost", response_override::bytes(""), journal_advice::ask},
        {"sent elsewhere", response_override(302), journal_advice::ask},
        {"no JSON", response_override(200, "<html>", "text/html"), journal_advice::ask},
        {"no body", response_override(201), journal_advice::ask},
        {"no id", response_override(200, R"({"id": ""})"), journal_advice::ask},
    };
    for (auto const& c : cases) {
        CAPTURE(std::string(c.name));
        journal_fixture t;
        if (c.answer)
            t.s.respond_next(*c.answer);
        auto const started = t.try_start(t.how);
        CHECK(started.has_value() == (c.advice == journal_advice::resume));
        auto const entry = t.left();
        CHECK(entry.advice == c.advice);
        CHECK(entry.request == t.s.requests().front().body);
        if (started) {
            CHECK(entry.id == started->id());
            CHECK(entry.key == started->journal_key());
            CHECK_FALSE(started->journal_failure());
            CHECK_FALSE(t.how.journal->forget(started->journal_key()));
            CHECK(t.how.journal->entries().empty());
        }
    }
}

TEST_CASE("a connection that ends while the journal is written carries no start") {
    journal_fixture t;
    auto const first = t.try_start(t.how);
    REQUIRE_MESSAGE(first, first.error());
    CHECK_FALSE(t.how.journal->forget(first->journal_key()));
    int dates = 0;
    t.how.journal->use_time(std::make_shared<observed_dates>([&] {
        if (++dates == 2) // "sending", behind "intended"
            end_connections(t.s);
    }));
    auto const started = t.try_start(t.how);
    REQUIRE_MESSAGE(started, started.error());
    CHECK(started.attempts() == 1);
    CHECK(dates == 3); // of which none was "sending" once more
    CHECK(t.starts() == 2);
    CHECK(t.s.connections_accepted() == 2);
    CHECK(t.client->statistics().connections_open == 1);
    CHECK(t.left().advice == journal_advice::resume);
}

TEST_CASE("a new connection that ends while the journal is written costs an attempt") {
    journal_fixture t;
    loop::retry_options again;
    again.base = 0ms;
    SUBCASE("of several") {
        again.max_attempts = 2;
    }
    SUBCASE("of one") {
        again.max_attempts = 1;
    }
    t.how.call.retry = again;
    int dates = 0;
    t.how.journal->use_time(std::make_shared<observed_dates>([&] {
        if (++dates == 2)
            end_connections(t.s);
    }));
    auto const started = t.try_start(t.how);
    CHECK(started.attempts() == again.max_attempts);
    CHECK(t.s.connections_accepted() == again.max_attempts);
    CHECK(t.starts() == again.max_attempts - 1);
    if (again.max_attempts == 2) {
        REQUIRE_MESSAGE(started, started.error());
        CHECK(t.left().advice == journal_advice::resume);
        return;
    }
    REQUIRE_FALSE(started);
    CHECK(started.error().code() == errc::connection_lost);
    CHECK(started.error().progress == loop::request_progress::not_sent);
    CHECK(t.left().advice == journal_advice::start_again);
}

TEST_CASE("a start whose deadline passes while the journal is written is not sent") {
    journal_fixture t;
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    auto timed = options_for(t.s);
    timed.time = clock;
    t.client.emplace(t.io.get_executor(), timed);
    t.how.call.deadline = 10s;
    bool is_reused = false;
    SUBCASE("on a new connection") {}
    SUBCASE("on a reused one") {
        is_reused = true;
        auto const before = t.how;
        t.how.journal.reset();
        CHECK(t.try_start(t.how).has_value());
        t.how = before;
    }
    int dates = 0;
    t.how.journal->use_time(std::make_shared<observed_dates>([&] {
        if (++dates == 2) // "sending", behind "intended"
            clock->advance(20s);
    }));
    auto const late = t.try_start(t.how);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline_exceeded);
    CHECK(late.error().progress == loop::request_progress::not_sent);
    CHECK(late.attempts() == 0);
    CHECK(t.starts() == (is_reused ? 1 : 0));
    CHECK(t.left().advice == journal_advice::start_again);
    CHECK(t.client->statistics().connections_open == 1); // the connection is in order
}

TEST_CASE("a start of which nothing was sent can be made again") {
    journal_fixture t;
    t.client.emplace(t.io.get_executor(),
                     options_for_port(t.s.files_port())); // another certificate
    CHECK(t.try_start(t.how).error().progress == loop::request_progress::not_sent);
    CHECK(t.left().advice == journal_advice::start_again);
}

TEST_CASE("an earlier attempt that may have acted counts, however the last one ended") {
    journal_fixture t;
    loop::retry_options again;
    again.max_attempts = 2;
    again.base = 0ms;
    t.how.call.retry = again;
    t.how.call.retry_when_sent(loop::service_may_act_twice);
    t.s.respond_next(response_override(503));
    t.s.respond_next(response_override(400));
    CHECK(t.try_start(t.how).error().status == 400);
    CHECK(t.starts() == 2);
    CHECK(t.left().advice == journal_advice::ask);
}

TEST_CASE("a start that is cancelled when it was sent has to be asked about") {
    journal_fixture t;
    t.s.hold_next();
    asio::cancellation_signal stop;
    std::optional<loop::result<loop::export_job>> ended;
    loop::async_start_export(
        *t.client, week(), t.how,
        asio::bind_cancellation_slot(stop.slot(), [&](auto r) { ended = std::move(r); }));
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    // As a crash would leave it.
    CHECK(t.how.journal->entries().front().advice == journal_advice::ask);
    stop.emit(asio::cancellation_type::terminal);
    CHECK(runs_out(t.io));
    REQUIRE(ended);
    CHECK(ended->error().code() == errc::cancelled);
    CHECK(t.left().advice == journal_advice::ask);
}

TEST_CASE("a start that is cancelled in the pause after a 429 can be made again") {
    journal_fixture t;
    t.how.call.retry.emplace();
    t.s.respond_next(response_override(429).header("Retry-After", "20"));
    asio::cancellation_signal stop;
    std::optional<loop::result<loop::export_job>> ended;
    loop::async_start_export(
        *t.client, week(), t.how,
        asio::bind_cancellation_slot(stop.slot(), [&](auto r) { ended = std::move(r); }));
    run_until(t.io, [&] { return t.client->statistics().calls_between_attempts == 1; });
    stop.emit(asio::cancellation_type::terminal);
    CHECK(runs_out(t.io));
    REQUIRE(ended);
    CHECK(ended->error().code() == errc::cancelled);
    CHECK(ended->error().progress == loop::request_progress::not_sent);
    CHECK(t.left().advice == journal_advice::start_again);
}

TEST_CASE("a start is found by the origin that its client tells") {
    class refuser : public loop::interceptor {
        loop::interception before(loop::intercepted_request const&) override {
            return loop::interception::refuse(errc::queue_full, "it stays here");
        }
    };
    journal_fixture t;
    loop::options how; // with the address of the API itself
    how.token = "token_for_a_test";
    how.interceptors = {std::make_shared<refuser>()};
    loop::client client(t.io.get_executor(), how);
    CHECK(client.origin() == "https://api.intheloop.io");
    loop::async_start_export(client, week(), t.how, [](auto const& r) { CHECK_FALSE(r); });
    CHECK(runs_out(t.io));
    auto const entry = t.left();
    CHECK(entry.origin == client.origin());
    auto const found = t.how.journal->find(client.origin(), entry.request, std::nullopt);
    REQUIRE(found);
    CHECK(found->key == entry.key);
}

TEST_CASE("what can't be sent is not written down") {
    journal_fixture t;
    t.how.call.deadline = 0ms;
    CHECK(t.try_start(t.how).error().code() == errc::invalid_option);
    CHECK(t.how.journal->entries().empty());
}

TEST_CASE("a journal that can't be written fails the start before anything is sent") {
    journal_fixture t;
    {
        full_disk const full(0);
        auto const refused = t.try_start(t.how);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == errc::file_failed);
    }
    CHECK(t.s.requests().empty());
    CHECK(t.try_start(t.how).has_value());
}

TEST_CASE("a job is not lost because the journal can't be told of it") {
    journal_fixture t;
    t.s.hold_next();
    std::optional<loop::result<loop::export_job>> started;
    loop::async_start_export(*t.client, week(), t.how, [&](auto r) { started = std::move(r); });
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    {
        full_disk const full(0);
        t.s.release();
        CHECK(runs_out(t.io));
    }
    REQUIRE(started);
    REQUIRE_MESSAGE(*started, started->error());
    REQUIRE((*started)->journal_failure());
    CHECK((*started)->journal_failure()->code() == errc::file_failed);
    CHECK(t.left().advice == journal_advice::ask); // for it was sent
}

TEST_CASE("the user for whom an export is started is known to the journal as a digest only") {
    journal_fixture t;
    t.how.call.impersonate_user = user;
    CHECK(t.try_start(t.how).has_value());
    auto const entry = t.left();
    CHECK(entry.user_digest.has_value());
    CHECK(t.how.journal->find(entry.origin, entry.request, user).has_value());
    CHECK(entry.origin == t.s.base_url());
}

} // TEST_SUITE("jobs/starting")
