// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The end of export-server, by a signal.
#include <tools/export_server/fixture.hpp>

#include <csignal>

TEST_SUITE("tools/export_server/shutdown") {

using namespace fixture;

namespace {

void check_that_it_is_closed(browser& idle) {
    CHECK(idle.open() == 0);
    CHECK(idle.failure() == http::error::end_of_stream);
}

} // namespace

TEST_CASE("with nothing under way it ends at once, and in order") {
    for (int const signal : {SIGINT, SIGTERM}) {
        scene s(with_statuses({"Processing"}), {"--grace", "3600"});
        auto const idle = s.open();
        start(*idle); // the server looks at the export all the while
        s.program().kill(signal);
        CHECK(s.program().wait() == 0);
        CHECK(s.program().err().ends_with("stopping\nexport-server: stopped\n"));
        check_that_it_is_closed(*idle);
        CHECK(s.loop.wait_until_idle(patience));
    }
}

TEST_CASE("a stream that is under way may end") {
    scene s({}, {"--grace", "3600"});
    auto const idle = s.open();
    CHECK(idle->get("/").result_int() == 200);
    auto const b = s.open_paused(start(*s.open()) + "/rows");
    s.program().kill(SIGTERM);
    check_that_it_is_closed(*idle);
    CHECK(s.open()->failure() == asio::error::connection_refused);

    s.loop.release();
    CHECK((b->read_all() == as_lines(sample_export())));
    CHECK(b->is_whole());
    CHECK(s.program().wait() == 0);
    check_that_it_is_closed(*b);
}

TEST_CASE("a stream that does not end in time is cut, so that it can be told") {
    scene s({}, {"--grace", "0.1"});
    auto const b = s.open_paused(start(*s.open()) + "/rows");
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK(s.program().err().ends_with("stopping\nexport-server: stopped\n"));
    b->read_all();
    CHECK_FALSE(b->is_whole());
    CHECK(b->failure() == http::error::partial_message);
}

TEST_CASE("those who wait for an export that goes on are cut at once") {
    scene s(with_statuses({"Processing"}), {"--grace", "3600"});
    auto const b = s.open();
    std::string const path = start(*b);
    SUBCASE("following it") {
        b->send(browser::made(http::verb::get, path + "/events"));
        CHECK(b->open() == 200);
        s.program().kill(SIGINT);
        CHECK(s.program().wait() == 0);
        b->read_all();
        CHECK(b->failure() == http::error::partial_message);
    }
    SUBCASE("for its rows") {
        b->send(browser::made(http::verb::get, path + "/rows"));
        s.program().kill(SIGINT);
        CHECK(s.program().wait() == 0);
        CHECK(b->open() == 0);
    }
}

TEST_CASE("an export that is being started is still told") {
    scene s({}, {"--grace", "3600"});
    s.loop.hold_next();
    auto const b = s.open();
    b->send(browser::made_start(any_week));
    REQUIRE(s.loop.wait_until_held(patience));
    s.program().kill(SIGTERM);
    REQUIRE(s.program().says("stopping"));
    s.loop.release();
    CHECK(b->open() == 201);
    CHECK(contains(b->read_all(), "Processing"));
    CHECK(s.program().wait() == 0);
}

TEST_CASE("a second signal ends it at once") {
    scene s({}, {"--grace", "3600"});
    auto const b = s.open_paused(start(*s.open()) + "/rows");
    s.program().kill(SIGTERM);
    REQUIRE(s.program().says("stopping"));
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == -1);
}

TEST_CASE("a log that nobody reads any more ends nothing") {
    scene s;
    s.program().stop_reading_err();
    auto const b = s.open();
    for (std::string const day : {"8", "9"}) // each writes a line
        CHECK(b->get(start(*b, R"({"from": "2026-11-01", "to": "2026-11-0)" + day + "\"}"))
                  .result_int() == 200);
    CHECK(b->get("/").result_int() == 200);
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
}

TEST_CASE("a log that nobody empties holds up nothing") {
    scene s;
    auto const b = s.open();
    for (int i = 0; i != 600; ++i) {
        s.loop.respond_next(response_override(400)); // which writes a line
        CHECK(b->post(any_week).result_int() == 400);
    }
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK(s.program().err().size() < 70'000); // a pipe and no more
}

TEST_CASE("an id of the service's can't hold up the log, nor move the cursor of its reader") {
    scene s;
    auto const b = s.open();
    auto const start_as = [&](std::string const& id) {
        s.loop.respond_next(response_override(201, R"({"id":")" + id + R"(","status":"Failed"})"));
        CHECK(b->post(any_week).result_int() == 201);
    };
    start_as(R"(a\u009b2J\u001b\u007fb)");
    start_as(
        std::string(3000, 'x')); // takes a page of the pipe alone; the next ones would take two
    for (char id = 'a'; id != 'k'; ++id)
        start_as(std::string(7000, id)); // together more than a pipe holds
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK(contains(s.program().err(), "the export a 2J  b is started\n"));
    CHECK_FALSE(contains(s.program().err(), "\xc2\x9b"));
    CHECK(s.program().err().size() < 70'000);
}

TEST_CASE("what it can't be started with") {
    scene s;
    auto const run = [&](std::vector<std::string> arguments, char const* token) {
        arguments.insert(arguments.begin(), program());
        tests::process p(arguments, {{"INTHELOOP_TOKEN", token}});
        int const code = p.wait();
        CHECK(p.out().empty() == (code != 0));
        CHECK(p.err().empty() == (code == 0));
        return code;
    };
    CHECK(run({"--port", "70000"}, "t") == 2);
    CHECK(run({"--port", ""}, "t") == 2);
    CHECK(run({"--port=", "--keep", "5"}, "t") == 2);
    CHECK(run({"--address", "somewhere"}, "t") == 2);
    CHECK(run({"--threads", "0"}, "t") == 2);
    CHECK(run({"--grace", "soon"}, "t") == 2);
    CHECK(run({}, "") == 2);
    CHECK(run({"--port", std::to_string(s.port)}, "t") == 1); // taken
    CHECK(run({"--help"}, "") == 0);
}

} // TEST_SUITE("tools/export_server/shutdown")
