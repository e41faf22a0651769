// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// test-server, run as a user runs it.
#include <tools/scene.hpp>

#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

TEST_SUITE("tools/test_server/test_server") {

using tests::content_of;
using tests::process;
using tests::program;
using tests::scratch_directory;

TEST_CASE("test-server gives a command a service, and its exit code back") {
    scratch_directory directory;
    process::variables const environment{{"TMPDIR", directory.path.string()}};
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
        CHECK(directory.names().empty());
    }
}

} // TEST_SUITE("tools/test_server/test_server")
