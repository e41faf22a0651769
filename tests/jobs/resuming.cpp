// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A job for an export that was started elsewhere, or in another run of the program.
#include <jobs/fixture.hpp>

TEST_SUITE("jobs/resuming") {

using namespace fixture;
using loop::errc;

namespace {

std::string token_for(server const& s, std::string const& id, std::chrono::seconds age) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return "loop-export/1/https/localhost:" + std::to_string(s.api_port()) + '/' +
           std::to_string((now - age).time_since_epoch().count()) + '/' + id;
}

} // namespace

TEST_CASE("an export that was started elsewhere is polled at once") {
    job_fixture t;
    loop::poll_options patient = asleep();
    auto const job = loop::attach_export(*t.client, t.s.add_export({"Completed"}, "[]"), patient);
    CHECK(job.state().status.empty());
    CHECK(job.state().polls == 0);
    CHECK(t.wait(job)->url.has_value());
    CHECK(t.polls() == 1);
    CHECK(t.starts() == 0);
}

TEST_CASE("an export that the service does not know, or nobody can") {
    job_fixture t;
    CHECK(t.wait(loop::attach_export(*t.client, "unknown")).error().code() == errc::not_found);
    auto const nameless = t.wait(loop::attach_export(*t.client, ""));
    CHECK(nameless.error().code() == errc::invalid_request);
    CHECK(contains(nameless.error().detail, "/id"));
    CHECK(t.polls() == 1);
}

TEST_CASE("a resume token finds the export again, with another client") {
    job_fixture t(with_statuses({"Processing", "Completed"}));
    std::string token;
    {
        auto const job = t.start(quick());
        token = job.resume_token();
        CHECK(contains(token, job.id()));
        CHECK_FALSE(contains(token, t.s.token()));
    }
    t.client.emplace(t.io.get_executor(), options_for(t.s));
    auto const resumed = loop::resume_export(*t.client, token, quick());
    REQUIRE_MESSAGE(resumed, resumed.error());
    CHECK(resumed->resume_token() == token);
    CHECK(t.wait(*resumed).has_value());
    CHECK(t.starts() == 1);
}

TEST_CASE("the first poll is so long after the start of the export; if that is past, at once") {
    job_fixture t;
    std::string const id = t.s.add_export({"Completed"}, "[]");
    loop::poll_options how = asleep();
    auto const old = loop::resume_export(*t.client, token_for(t.s, id, 2h), how);
    CHECK(t.wait(*old).has_value());
    t.s.clear_requests();
    auto const young = loop::resume_export(*t.client, token_for(t.s, id, 0s), how);
    CHECK(t.wait(*young, 20ms).error().code() == errc::deadline_exceeded);
    CHECK(t.polls() == 0);
}

TEST_CASE("how old an export is decides what PendingOrExpired means") {
    job_fixture t;
    struct {
        std::chrono::seconds age;
        errc code;
        std::chrono::milliseconds deadline;
    } const cases[] = {
        {2h, errc::export_expired, patience},
        {59min, errc::deadline_exceeded, 100ms},
        {-2h, errc::deadline_exceeded, 100ms}, // by a clock that was changed
    };
    for (auto const& c : cases) {
        CAPTURE(c.age.count());
        std::string const id = t.s.add_export({"PendingOrExpired"}, "[]");
        auto const job = loop::resume_export(*t.client, token_for(t.s, id, c.age), quick());
        CHECK(t.poll(*job));
        CHECK(t.wait(*job, c.deadline).error().code() == c.code);
    }
}

TEST_CASE("a token that can't be used says why, and nothing is sent") {
    job_fixture t;
    std::string const good = token_for(t.s, "x", 1s);
    struct {
        std::string token;
        char const* problem;
    } const cases[] = {
        {"loop-export/1/https/api.intheloop.io:443/1700000000/x", "another origin"},
        {"loop-export/2" + good.substr(13), "its version is 2"},
        {good.substr(0, 30), "cut off"},
        {"", "empty"},
        {good + "\x1b[2J", "control character"},
    };
    for (auto const& c : cases) {
        CAPTURE(c.token);
        auto const refused = loop::resume_export(*t.client, c.token);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == errc::invalid_request);
        CHECK(contains(refused.error().detail, "the resume token can't be used"));
        CHECK(contains(refused.error().detail, c.problem));
    }
    CHECK(t.s.requests().empty());
}

TEST_CASE("polls go in the name of the user for whom the export was started") {
    job_fixture t(with_statuses({"Completed"}));
    loop::options how = options_for(t.s);
    how.impersonate_user = user;
    t.client.emplace(t.io.get_executor(), how);
    loop::start_options start = starting(quick());
    std::optional<std::string> expected;
    SUBCASE("as the client's calls") {
        expected = user;
    }
    SUBCASE("as this start says") {
        start.call.impersonate_user = "user_of_the_start";
        expected = "user_of_the_start";
    }
    SUBCASE("of nobody") {
        start.call.impersonate_user = nullptr;
    }
    auto const job = t.try_start(start);
    CHECK(t.wait(*job).has_value());
    REQUIRE(t.s.requests().size() == 2);
    for (auto const& request : t.s.requests())
        CHECK(request.header("X-Impersonate-User") == expected);
}

} // TEST_SUITE("jobs/resuming")
