// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The end of the server example, by a signal.
#include <export_server/fixture.hpp>

#include <csignal>

using namespace fixture;

namespace {

// A browser to which rows are streamed, that stop in the middle until the service is released.
std::unique_ptr<browser> with_running_stream(scene& s) {
    response_override paused(200, sample_export());
    paused.pause_after = 6000;
    s.loop.respond_next(paused, origin::files);
    auto b = s.open();
    b->send(browser::made(http::verb::get, start(*b) + "/rows"));
    CHECK(b->open() == 200);
    REQUIRE(s.loop.wait_until_held(patience));
    return b;
}

void check_that_it_is_closed(browser& idle) {
    CHECK(idle.open() == 0);
    CHECK(idle.failure() == http::error::end_of_stream);
}

} // namespace

TEST_SUITE_BEGIN("export_server/shutdown" * doctest::skip(program().empty()));

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
    auto const b = with_running_stream(s);
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
    auto const b = with_running_stream(s);
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK(s.program().err().ends_with("stopping\nexport-server: stopped\n"));
    b->read_all();
    CHECK_FALSE(b->is_whole());
    CHECK(b->failure() == http::error::partial_message);
}

TEST_CASE("so are those who follow an export that goes on") {
    scene s(with_statuses({"Processing"}), {"--grace", "0.1"});
    auto const b = s.open();
    b->send(browser::made(http::verb::get, start(*b) + "/events"));
    CHECK(b->open() == 200);
    s.program().kill(SIGINT);
    CHECK(s.program().wait() == 0);
    b->read_all();
    CHECK_FALSE(b->is_whole());
}

TEST_CASE("a second signal ends it at once") {
    scene s({}, {"--grace", "3600"});
    auto const b = with_running_stream(s);
    s.program().kill(SIGTERM);
    REQUIRE(s.program().says("stopping"));
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == -1);
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
    CHECK(run({"--address", "somewhere"}, "t") == 2);
    CHECK(run({"--threads", "0"}, "t") == 2);
    CHECK(run({"--grace", "soon"}, "t") == 2);
    CHECK(run({}, "") == 2);
    CHECK(run({"--port", std::to_string(s.port)}, "t") == 1); // taken
    CHECK(run({"--help"}, "") == 0);
}

TEST_SUITE_END();
