// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How a wait for an export ends.
#include <jobs/fixture.hpp>

TEST_SUITE("jobs/outcomes") {

using namespace fixture;
using loop::errc;
using loop::export_phase;

TEST_CASE("started and awaited in a coroutine") {
    job_fixture t;
    t.s.respond_next(answer(R"({"id": "x", "status": "Completed", "url": "https://a.example/f"})"));
    bool done = false;
    auto const body = [&]() -> asio::awaitable<void> {
        loop::client& client = *t.client;
        auto job = (co_await loop::async_start_export(client, week())).value();
        auto ended = co_await job.async_wait();
        CHECK(ended.value().url == "https://a.example/f");
        auto const how = starting(quick());
        auto other = (co_await loop::async_start_export(client, week(), how)).value();
        auto ended_in_time = co_await other.async_wait(patience);
        CHECK(ended_in_time.has_value());
        done = true;
    };
    asio::co_spawn(t.io, body, [](std::exception_ptr e) { CHECK_FALSE(e); });
    CHECK(runs_out(t.io));
    CHECK(done);
}

TEST_CASE("a job that is completed has the address, and polls no more") {
    job_fixture t(with_statuses({"Processing", "Completed"}));
    auto const job = t.start(quick());
    CHECK(job.state().status == "Processing");
    CHECK(job.state().phase == export_phase::pending);
    CHECK_FALSE(job.state().has_ended);
    auto const done = t.wait(job);
    REQUIRE_MESSAGE(done, done.error());
    CHECK(done->id == job.id());
    CHECK(done->status == report::export_status::completed);
    CHECK(contains(*done->url, t.s.files_url()));
    CHECK(done.status() == 200);
    CHECK(t.polls() == 2);

    auto const now = job.state();
    CHECK(now.status == "Completed");
    CHECK(now.phase == export_phase::completed);
    CHECK(now.has_url);
    CHECK(now.has_ended);
    CHECK(now.polls == 2);
    CHECK(t.wait(job)->url == done->url); // at once
    CHECK(t.polls() == 2);
}

TEST_CASE("an export that is completed when it is started is not polled") {
    server_options how;
    how.initial_status = "Completed";
    job_fixture t(how);
    auto const job = t.start(asleep());
    CHECK(t.wait(job)->url.has_value());
    CHECK(t.polls() == 0);
}

TEST_CASE("an export that ends without a file") {
    struct {
        char const* status;
        errc code;
        export_phase phase;
    } const cases[] = {
        {"Failed", errc::export_failed, export_phase::failed},
        {"Expired", errc::export_expired, export_phase::expired},
    };
    for (auto const& c : cases) {
        CAPTURE(std::string(c.status));
        job_fixture t(with_statuses({"Processing", c.status}));
        auto const job = t.start(quick());
        auto const ended = t.wait(job);
        REQUIRE_FALSE(ended);
        CHECK(ended.error().code() == c.code);
        CHECK(ended.error().code() == loop::condition::export_ended);
        CHECK(ended.error().detail ==
              "export " + job.id() + ": its status is " + std::string(c.status));
        CHECK(ended.error().status == 200);
        CHECK_FALSE(ended.error().request_id.empty());
        CHECK(job.state().phase == c.phase);
        CHECK(t.wait(job).error().code() == c.code);
        CHECK(t.polls() == 2);
    }
}

TEST_CASE("a status that nobody knows goes on to the deadline, and keeps its text") {
    job_fixture t(with_statuses({"Processing", "Quantum"}));
    auto const job = t.start(quick());
    for (int i = 0; i != 2; ++i)
        CHECK(t.poll(job));
    auto const ended = t.wait(job, 100ms);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code() == errc::deadline_exceeded);
    CHECK(ended.error().detail ==
          "export " + job.id() + ": not completed within 100 ms; its status is Quantum");
    CHECK(job.state().status == "Quantum");
    CHECK(job.state().phase == export_phase::pending);
    CHECK_FALSE(job.state().has_ended);
}

TEST_CASE("no secret comes in by a status") {
    job_fixture t;
    t.s.respond_next(answer(R"({"id": "x", "status": "no )" + t.s.token() + R"("})"));
    auto const job = t.start(asleep());
    CHECK(job.state().status == "no [redacted]");
}

TEST_CASE("Completed without an address is not completed yet") {
    job_fixture t(with_statuses({"Completed"}));
    for (char const* url : {"", R"(, "url": null)", R"(, "url": "")"}) {
        CAPTURE(std::string(url));
        t.s.clear_requests();
        auto const job = t.start(quick());
        t.s.respond_next(answer(R"({"id": "x", "status": "Completed")" + std::string(url) + "}"));
        CHECK(t.wait(job)->url.has_value());
        CHECK(t.polls() == 2);
    }
}

TEST_CASE("an empty address is none") {
    job_fixture t;
    auto const job = t.start(asleep());
    t.s.respond_next(answer(R"({"id": "x", "status": "Completed", "url": ""})"));
    auto const polled = t.poll(job);
    REQUIRE_MESSAGE(polled, polled.error());
    CHECK(job.state().status == "Completed");
    CHECK(job.state().phase == export_phase::pending);
    CHECK_FALSE(job.state().has_url);
}

TEST_CASE("PendingOrExpired means pending while the export is young") {
    job_fixture t(with_statuses({"PendingOrExpired", "PendingOrExpired", "Completed"}));
    auto const job = t.start(quick());
    CHECK(t.wait(job).has_value());
    CHECK(t.polls() == 3);
}

TEST_CASE("PendingOrExpired means expired when the export is old, or was completed") {
    job_fixture t(with_statuses({"PendingOrExpired", "Completed", "PendingOrExpired"}));
    loop::poll_options impatient = quick();
    impatient.pending_for = 0ms;
    auto const old = t.start(impatient);
    CHECK(t.wait(old).error().code() == errc::export_expired);

    auto const completed = t.start(quick());
    CHECK(t.wait(completed).has_value());
    auto const again = t.poll(completed);
    CHECK(again->status == report::export_status::pending_or_expired); // as it came
    CHECK(completed.state().phase == export_phase::expired);
    CHECK(t.wait(completed).error().code() == errc::export_expired);
}

TEST_CASE("polls that fail are not a failed export") {
    job_fixture t(with_statuses({"Processing", "Completed"}));
    auto const job = t.start(quick());
    t.s.respond_next(response_override(503));
    CHECK(t.poll(job).error().status == 503);
    auto const after_one = job.state();
    CHECK(after_one.status == "Processing");
    CHECK(after_one.phase == export_phase::pending);
    CHECK(after_one.failed_polls == 1);
    REQUIRE(after_one.last_failure);
    CHECK(after_one.last_failure->code() == errc::server_error);

    t.s.respond_next(response_override::bytes(""));
    t.s.respond_next(response_override(302));
    t.s.respond_next(response_override(200, "<html>", "text/html"));
    t.s.respond_next(response_override(500));
    CHECK(t.wait(job).has_value());
    CHECK(t.polls() == 7);
    CHECK(job.state().failed_polls == 0);
    CHECK_FALSE(job.state().last_failure);
}

TEST_CASE("polls that can't get better end the waits at once") {
    struct {
        unsigned status;
        char const* body;
        errc code;
    } const cases[] = {
        {400, "{}", errc::bad_request},  {403, "{}", errc::forbidden},
        {404, "{}", errc::not_found},    {451, "{}", errc::account_not_verified},
        {200, "{", errc::invalid_json},  {200, R"({"id": 7})", errc::unexpected_json},
        {401, "{}", errc::unauthorized},
    };
    for (auto const& c : cases) {
        CAPTURE(c.status);
        job_fixture t(with_statuses({"Completed"}));
        auto const job = t.start(quick());
        t.s.respond_next(response_override(c.status, c.body));
        auto const ended = t.wait(job);
        REQUIRE_FALSE(ended);
        CHECK(ended.error().code() == c.code);
        CHECK(ended.error().status == c.status);
        CHECK(job.state().has_ended);
        CHECK(job.state().phase == export_phase::pending);
        CHECK(t.polls() == 1);
        // A new wait asks anew.
        if (c.status == 401)
            t.client->set_token(t.s.token());
        CHECK(t.wait(job).has_value());
        CHECK(t.polls() == 2);
    }
}

TEST_CASE("too many polls that failed in a row end the waits") {
    job_fixture t;
    loop::poll_options how = quick();
    how.max_failed_polls = 3;
    auto const job = t.start(how);
    for (int i = 0; i != 3; ++i)
        t.s.respond_next(response_override(503));
    auto const ended = t.wait(job);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code() == errc::server_error);
    CHECK(ended.error().detail == "3 polls in a row failed");
    CHECK(job.state().failed_polls == 3);
    CHECK(job.state().status == "Processing");
    CHECK(t.polls() == 3);
}

TEST_CASE("Retry-After is waited for, whether the poll failed or not") {
    job_fixture t;
    for (unsigned const status : {503u, 429u, 200u}) {
        CAPTURE(status);
        auto const job = t.start(quick());
        t.s.clear_requests();
        std::string const body = status == 200 ? R"({"id": "x", "status": "Processing"})" : "";
        t.s.respond_next(response_override(status, body).header("Retry-After", "20"));
        CHECK(t.poll(job).has_value() == (status == 200));
        auto const ended = t.wait(job, 100ms);
        REQUIRE_FALSE(ended);
        CHECK(ended.error().code() == errc::deadline_exceeded);
        CHECK(contains(ended.error().detail, "the last poll failed") == (status != 200));
        CHECK(t.polls() == 1);
        if (status == 429)
            t.client.emplace(t.io.get_executor(), options_for(t.s)); // the old one has to wait
    }
}

TEST_CASE("time limits that can't be used") {
    job_fixture t;
    auto const job = t.start(asleep());
    for (auto const deadline : {0ms, -1ms})
        CHECK(t.wait(job, deadline).error().code() == errc::invalid_option);
    loop::poll_options never = quick();
    never.interval = 0ms;
    auto const refused = t.try_start(starting(never));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(refused.error().detail == "poll: interval is not above zero");
    CHECK(t.starts() == 1);
    CHECK_THROWS_AS(loop::attach_export(*t.client, "x", never), loop::exception);
    CHECK(loop::resume_export(*t.client, job.resume_token(), never).error().code() ==
          errc::invalid_option);
}

} // TEST_SUITE("jobs/outcomes")
