// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// test-server, run as a user runs it.
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

TEST_SUITE("tools/test_server/test_server") {

using tests::contains;
using tests::content_of;
using tests::process;
using tests::program;
using tests::scratch_directory;

TEST_CASE("test-server gives a command a service, and its exit code back") {
    scratch_directory directory;
    process::variables const environment{
        {"TMPDIR", directory.path.string()},
        {"PATH", "/usr/bin:/bin"}}; // no place that is closed to us
    auto const run = [&](std::vector<std::string> command) {
        command.insert(command.begin(), program("test-server"));
        return process(command, environment);
    };
    SUBCASE("loop-export finds all that it needs") {
        auto const file = directory.path / "report.json";
        auto p = run({program("loop-export"), "--last", "7d", "--poll-interval", "0.01", "-o",
                      file.string()});
        CHECK(p.wait() == 0);
        CHECK(p.err().starts_with("test server: the API at https://localhost:"));
        CHECK(content_of(file) == intheloop::testing::sample_export());
        CHECK(directory.names() == std::set<std::string>{"report.json"});
    }
    SUBCASE("an exit code comes through") {
        CHECK(run({"sh", "-c", "exit 7"}).wait() == 7);
        CHECK(run({"sh", "-c", "kill -KILL $$"}).wait() == 128 + SIGKILL);
    }
    SUBCASE("a certificate authority lies there as long as the command runs") {
        auto p = run({"sh", "-c", "cat \"$SSL_CERT_FILE\""});
        CHECK(p.wait() == 0);
        CHECK(p.out().starts_with("-----BEGIN CERTIFICATE-----"));
        CHECK(directory.names().empty());
    }
    SUBCASE("Ctrl-C ends the command, and the server with it") {
        auto const file = (directory.path / "report.json").string();
        auto p = run({program("loop-export"), "--last", "7d", "-o", file});
        REQUIRE(p.says(": Processing, "));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(directory.names() == std::set<std::string>{"report.json.export"});
    }
    SUBCASE("usage") {
        CHECK(run({}).wait() == 2);
        CHECK(run({"no-such-command-anywhere"}).wait() == 127);
        CHECK(run({"/etc/passwd"}).wait() == 126);
        CHECK(run({"--"}).wait() == 2);
        CHECK(run({"--", "sh", "-c", "exit 4"}).wait() == 4);
        CHECK(directory.names().empty());
    }
}

TEST_CASE("a proxy of the caller does not stand between a command and the server") {
    scratch_directory directory;
    process::variables environment;
    for (char const* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        environment[name] = "http://127.0.0.1:1";
    auto const lists = [&](process::variables const& more) {
        auto all = environment;
        all.insert(more.begin(), more.end());
        process p({program("test-server"), "sh", "-c", R"(echo "$no_proxy $NO_PROXY")"}, all);
        CHECK(p.wait() == 0);
        return p.out();
    };
    std::string const server = "localhost,127.0.0.1";
    CHECK(lists({}) == server + ' ' + server + '\n');
    CHECK(lists({{"no_proxy", "*"}}) == "* *\n");
    CHECK(lists({{"no_proxy", ""}, {"NO_PROXY", "a,.b"}}) ==
          "a,.b," + server + " a,.b," + server + '\n');
    CHECK(lists({{"no_proxy", "a"}, {"NO_PROXY", "*"}}) == "a," + server + " *\n");

    for (process::variables const& more :
         {process::variables{}, {{"no_proxy", "a"}}, {{"NO_PROXY", "*"}}}) {
        auto all = environment;
        all.insert(more.begin(), more.end());
        auto const file = directory.path / "report.json";
        process p({program("test-server"), program("loop-export"), "--last", "7d",
                   "--poll-interval", "0.01", "-o", file.string()},
                  all);
        CHECK(p.wait() == 0);
        CHECK(content_of(file) == intheloop::testing::sample_export());
    }
}

TEST_CASE("a signal to test-server alone ends its command too") {
    scratch_directory directory;
    process::variables const environment{{"TMPDIR", directory.path.string()}};
    auto const run = [&](std::string const& script) {
        return process({program("test-server"), "sh", "-c", script}, environment);
    };
    // A wait ends at the end of the error stream: of all that was started.
    SUBCASE("with the exit code that a shell gives, and with what the command has started") {
        for (int const number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
            CAPTURE(number);
            auto p = run("sleep 300 & echo ready >&2; wait");
            REQUIRE(p.says("ready\n"));
            REQUIRE(::kill(p.id(), number) == 0);
            CHECK(p.wait() == 128 + number);
        }
    }
    SUBCASE("or with the exit code of a command that ends in order") {
        auto p = run("trap 'echo in order >&2; exit 3' TERM INT; echo ready >&2; "
                     "while :; do sleep 0.01; done");
        REQUIRE(p.says("ready\n"));
        REQUIRE(::kill(p.id(), SIGINT) == 0);
        CHECK(p.wait() == 3);
        CHECK(contains(p.err(), "in order\n"));
    }
    SUBCASE("a command that does not end is killed by another signal") {
        auto p = run("trap 'echo heard >&2' TERM; trap '' INT; echo ready >&2; "
                     "while :; do sleep 0.01; done");
        REQUIRE(p.says("ready\n"));
        REQUIRE(::kill(p.id(), SIGTERM) == 0);
        REQUIRE(p.says("heard\n"));
        REQUIRE(::kill(p.id(), SIGINT) == 0);
        CHECK(p.wait() == 128 + SIGKILL);
    }
    SUBCASE("or after some seconds") {
        auto p = run("trap '' TERM INT; echo ready >&2; sleep 300");
        REQUIRE(p.says("ready\n"));
        REQUIRE(::kill(p.id(), SIGTERM) == 0);
        CHECK(p.wait() == 128 + SIGKILL);
    }
    CHECK(directory.names().empty());
}

TEST_CASE("test-server stops and goes on with its command") {
    process p({program("test-server"), "sh", "-c", "echo ready >&2; kill -STOP $$; exit 5"}, {});
    REQUIRE(p.says("ready\n"));
    int status = 0;
    REQUIRE(::waitpid(p.id(), &status, WUNTRACED) == p.id());
    CHECK(WIFSTOPPED(status));
    REQUIRE(::kill(p.id(), SIGCONT) == 0);
    CHECK(p.wait() == 5);
}

TEST_CASE("a command has the signals and streams that a shell gives it") {
    scratch_directory directory;
    SUBCASE("a pipe without a reader ends it") {
        process p({program("test-server"), "sh", "-c",
                   "mkfifo \"$0/p\"; exec 3<>\"$0/p\" 4>\"$0/p\" 3<&-; exec yes >&4",
                   directory.path.string()},
                  {});
        CHECK(p.wait() == 128 + SIGPIPE);
    }
    SUBCASE("under nohup a hangup ends neither") {
        auto p = tests::in_shell(
            R"(trap '' HUP; exec "$@")", directory,
            {program("test-server"), "sh", "-c", "kill -HUP $PPID $$; echo still here >&2; exit 7"},
            {});
        CHECK(p.wait() == 7);
        CHECK(contains(p.err(), "still here"));
    }
    SUBCASE("closed ones stay useless, and are no socket of the server") {
        auto p = tests::in_shell(R"(exec "$@" <&- >&-)", directory,
                                 {program("test-server"), "sh", "-c",
                                  "echo x && echo written >&2; cat && echo read >&2; exit 7"},
                                 {});
        CHECK(p.wait() == 7);
        CHECK_FALSE(contains(p.err(), "written"));
        CHECK_FALSE(contains(p.err(), "\nread"));
    }
}

} // TEST_SUITE("tools/test_server/test_server")
