// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The ways in which all programs are used alike.
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_SUITE("tools/test_server/usage") {

namespace {

using tests::contains;
using tests::in_shell;
using tests::process;
using tests::program;
using tests::scratch_directory;

char const* const programs[] = {"export-server", "loop-call",  "loop-export",
                                "openapi",       "route-docs", "test-server"};

} // namespace

TEST_CASE("each program has a help, under each of its names") {
    for (char const* name : programs) {
        CAPTURE(std::string(name));
        process help({program(name), "--help"}, {});
        CHECK(help.wait() == 0);
        CHECK(help.err().empty());
        for (std::string const& part : {"Usage: " + std::string(name), std::string("Examples:\n"),
                                        std::string("Exit codes:\n"), std::string("-h,--help")}) {
            CAPTURE(part);
            CHECK(contains(help.out(), part));
        }
        for (std::string const word : {"-h", "help"}) {
            CAPTURE(word);
            process same({program(name), word}, {});
            CHECK(same.wait() == 0);
            CHECK(same.out() == help.out());
            CHECK(same.err().empty());
        }
    }
}

TEST_CASE("an option that there is not names the nearest one") {
    struct {
        char const* name;
        std::vector<std::string> words;
        char const* nearest;
    } const cases[] = {
        {"export-server", {"--prot", "80"}, "--port"},
        {"loop-call", {"--hepl"}, "--help"},
        {"loop-call", {"report.get_report", "--idd=x"}, "--id"},
        {"loop-call", {"report.get_reprot"}, "report.get_report"},
        {"loop-call", {"report.export_report", "--tag-id", "x"}, "--tag-ids"},
        {"loop-export", {"--last", "7d", "--outptu", "x"}, "--output"},
        {"loop-export", {"--last", "7d", "-o", "x", "--time-zone", "UTC"}, "--timezone"},
        {"loop-export", {"--last", "7d", "-o", "x", "--fromm=2026-11-01"}, "--from"},
        {"loop-export", {"-O", "x"}, "-o"},
        {"loop-export", {"-last", "7d", "-o", "x"}, "--last"},
        {"openapi", {"--hepl"}, "--help"},
        {"route-docs", {"--hepl", "."}, "--help"},
        {"test-server", {"--hlep", "true"}, "--help"},
        {"test-server", {"--vers"}, "--version"},
    };
    for (auto const& each : cases) {
        std::vector<std::string> command = each.words;
        command.insert(command.begin(), program(each.name));
        process p(command, {});
        CAPTURE(command);
        CHECK(p.wait() == 2);
        INFO(p.err());
        CHECK(contains(p.err(), std::string("did you mean ") + each.nearest + '?'));
        CHECK(contains(p.err(), "Run with --help"));
        CHECK(p.out().empty());
    }
}

TEST_CASE("a secret in an argument that there is not is not repeated") {
    std::string const secret = "an-invented-secret";
    std::vector<std::string> const ways[] = {
        {"--token=" + secret},
        {"--token", secret},
        {"--api-key:" + secret},
        {"-t" + secret},
        {"-t", secret},
        {"-t=" + secret},
        {secret},
    };
    std::vector<std::string> const beginnings[] = {
        {"export-server"},
        {"loop-call"},
        {"loop-call", "report.get_report"},
        {"loop-call", "report.get_report", "--id", "x"},
        {"loop-export"},
        {"loop-export", "--last", "7d", "-o", "x"},
        {"openapi"},
        {"route-docs"},
        {"route-docs", "/nonexistent"},
        {"test-server"},
    };
    for (auto const& beginning : beginnings)
        for (auto const& way : ways) {
            if (way[0] == secret &&
                (beginning[0] == "test-server" || beginning.back() == "route-docs"))
                continue; // the name of a command or a directory
            std::vector<std::string> command = beginning;
            command[0] = program(command[0].c_str());
            command.insert(command.end(), way.begin(), way.end());
            CAPTURE(command);
            process p(command, {});
            CHECK(p.wait() == 2);
            INFO(p.err());
            CHECK_FALSE(contains(p.err() + p.out(), secret));
            std::string const name = way[0].substr(0, way[0].find_first_of("=:"));
            bool const is_named = name.starts_with("--") && beginning[0] != "test-server";
            CHECK(contains(p.err(), "the token comes from INTHELOOP_TOKEN") == is_named);
        }
    process both({program("loop-export"), "--last", "7d", "-o", "x", "--token", secret, "--quick"},
                 {});
    CHECK(both.wait() == 2);
    CHECK(
        contains(both.err(), "not expected: --token, --quick and 1 argument that is no option; "));
}

TEST_CASE("a help or a version that can't be written is a failure") {
    for (char const* name : programs)
        for (auto const& output : tests::broken_outputs) {
            CAPTURE(std::string(name));
            CAPTURE(std::string(output.name));
            scratch_directory directory;
            auto p = in_shell(output.script, directory, {program(name), "--help"}, {});
            CHECK(p.wait() == 1);
            INFO(p.err());
            CHECK(contains(p.err(), name + std::string(": can't write the standard output: ")));
            CHECK(contains(p.err(), output.problem));
        }
    scratch_directory directory;
    for (char const* name : {"loop-call", "loop-export", "test-server"}) {
        auto p = in_shell(R"(exec "$@" >/dev/full)", directory, {program(name), "--version"}, {});
        CHECK(p.wait() == 1);
    }
    auto document = in_shell(R"(exec "$@" >/dev/full)", directory, {program("openapi")}, {});
    CHECK(document.wait() == 1);
}

TEST_CASE("each program has the version of the library") {
    for (char const* name : {"loop-call", "loop-export", "test-server"}) {
        process p({program(name), "--version"}, {});
        CHECK(p.wait() == 0);
        CHECK(p.out() == name + std::string(" " INTHELOOP_VERSION_STRING "\n"));
    }
}

} // TEST_SUITE("tools/test_server/usage")
