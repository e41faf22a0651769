// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export after a run that did not end well, and how such a run ends.
#include <tools/scene.hpp>

#include <intheloop/api/report.hpp>
#include <intheloop/jobs/export_journal.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("tools/loop_export/resume") {

namespace {

namespace fs = std::filesystem;
using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::patience;
using tests::resume_token_in;
using tests::scene;

using names = std::set<std::string>;
names const left_to_resume{"report.json.export"};

// Ends a run between two looks, and gives its token.
std::string interrupted(scene& s, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--poll", "3600"});
    auto p = s.start_export(options);
    REQUIRE(p.says(": Processing, "));
    p.kill(SIGINT);
    CHECK(p.wait() == 130);
    return resume_token_in(p.err());
}

} // namespace

TEST_CASE("Ctrl-C ends it at any point, and says how to go on") {
    SUBCASE("while the export is being started") {
        scene s;
        s.loop.hold_next();
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(p.err().starts_with("loop-export: interrupted; starting the export\nit is not known "
                                  "whether an export was started: "));
        CHECK(s.directory.names() == left_to_resume);
        CHECK(s.loop.wait_until_idle(patience));
    }
    SUBCASE("in the pause after the service refused to start it, of which nothing stays") {
        scene s;
        s.loop.script(intheloop::report::export_report,
                      {fault::status(429).retry_after(std::chrono::seconds(20))});
        auto p = s.start_export({"--verbose"});
        REQUIRE(p.says(": again because of "));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(contains(p.err(), "loop-export: interrupted; "));
        CHECK_FALSE(contains(p.err(), "it is not known"));
        CHECK(s.directory.names().empty());
        CHECK(s.loop.wait_until_idle(patience));
    }
    SUBCASE("between two polls") {
        scene s;
        auto p = s.start_export({"--poll", "3600"});
        REQUIRE(p.says(": Processing, "));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(contains(p.err(), "\nloop-export: interrupted; export "));
        CHECK(contains(p.err(), ": Processing\nresume with: loop-export --resume loop-export/1/"));
        CHECK(p.err().ends_with(" -o " + s.file.string() + "\n"));
        CHECK(s.loop.requests().size() == 1);
        CHECK(s.loop.wait_until_idle(patience));
        CHECK_FALSE(s.has_secret(p));
    }
    SUBCASE("in the middle of the download, of which the part stays") {
        server_options options;
        options.file_bytes_per_second = 8000;
        scene s(options);
        std::ofstream(s.file) << "of yesterday";
        auto p = s.start_export();
        REQUIRE(p.says("; downloading"));
        REQUIRE(tests::wait_for_text(s.directory.path / "report.json.part", "conv_000001"));
        p.kill(SIGTERM);
        CHECK(p.wait() == 143);
        CHECK(s.directory.names() == names{"report.json", "report.json.export", "report.json.part",
                                           "report.json.part.info"});
        CHECK(content_of(s.file) == "of yesterday");
        CHECK_FALSE(s.has_secret(p));
        CHECK_FALSE(contains(content_of(s.file.string() + ".export"), "Signature"));

        auto resumed = s.start_export({"--resume"});
        CHECK(resumed.wait() == 0);
        CHECK((content_of(s.file) == sample_export()));
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(s.starts() == 1);
        auto const files = s.loop.requests(origin::files);
        CHECK(files.back().header("Range"));
    }
    SUBCASE("while rows are written, of which nothing stays") {
        server_options options;
        options.file_bytes_per_second = 8000;
        scene s(options);
        auto p = s.start_export({"--csv"});
        REQUIRE(p.says("; downloading"));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(contains(p.err(), " --csv -o "));
        CHECK(s.directory.names() == left_to_resume);
    }
    SUBCASE("and is quick about it though it is quiet") {
        scene s;
        s.loop.hold_next();
        auto p = s.start_export({"--quiet", "--poll", "3600"});
        REQUIRE(s.loop.wait_until_held(patience));
        s.loop.release();
        REQUIRE(tests::wait_for_text(s.file.string() + ".export", "started"));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(p.err().starts_with("loop-export: interrupted; "));
        CHECK(contains(p.err(), "\nresume with: loop-export --resume "));
    }
}

TEST_CASE("an export that goes on by its token is noted in one step") {
    scene s;
    auto const token = interrupted(s);
    auto const file = (s.directory.path / "again.json").string();
    auto p = s.start_export({"--resume", token, "-o", file, "--poll", "3600"});
    REQUIRE(p.says(": Processing, "));
    p.kill(SIGINT);
    CHECK(p.wait() == 130);
    auto const journal = content_of(file + ".export");
    CHECK(journal.find('\n') == journal.size() - 1); // at no moment it advises to start again
    CHECK(contains(journal, "started"));
    CHECK(s.starts() == 1);
}

TEST_CASE("a run that finds an unfinished export does not lose it") {
    scene s;
    std::string const token = interrupted(s);
    auto plain = s.start_export();
    CHECK(plain.wait() == 2);
    std::string const id = token.substr(token.rfind('/') + 1);
    CHECK(contains(plain.err(), s.file.string() + ".export knows of an unfinished export, " + id));
    CHECK(contains(plain.err(), "--resume, or start another by --start-again\n"));
    CHECK(s.starts() == 1);

    SUBCASE("--resume goes on with it") {
        auto p = s.start_export({"--resume"});
        CHECK(p.wait() == 0);
        CHECK(s.starts() == 1);
    }
    SUBCASE("--resume with its token does, whatever the file") {
        auto p = s.start_export({"--resume", token, "-o", (s.file.string() + ".other")});
        CHECK(p.wait() == 0);
        CHECK(s.starts() == 1);
        CHECK(s.directory.names() == names{"report.json.export", "report.json.other"});
        std::filesystem::rename(s.file.string() + ".other", s.file);
        std::filesystem::remove(s.file.string() + ".export");
    }
    SUBCASE("--resume with a token and rows") {
        auto p = s.start_export({"--resume", token, "--ndjson", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out().starts_with("{\"conversationId\":\"conv_000001\""));
        std::ofstream(s.file) << sample_export();
        std::filesystem::remove(s.file.string() + ".export");
    }
    SUBCASE("--start-again starts another") {
        auto p = s.start_export({"--start-again"});
        CHECK(p.wait() == 0);
        CHECK(s.starts() == 2);
    }
    CHECK((content_of(s.file) == sample_export()));
    CHECK(s.directory.names() == s.only_the_file);
}

TEST_CASE("a token can be gone on with again, without it") {
    scene s;
    std::string const token = interrupted(s);
    std::filesystem::remove(s.file.string() + ".export");
    interrupted(s, {"--resume", token});
    auto p = s.start_export({"--resume"});
    CHECK(p.wait() == 0);
    CHECK(s.starts() == 1);
    CHECK((content_of(s.file) == sample_export()));
}

TEST_CASE("a token that is of no use costs nothing") {
    scene s;
    std::string const token = interrupted(s);
    std::string const journal = s.file.string() + ".export";
    std::string const before = content_of(journal);
    SUBCASE("of another export, where one can be gone on with") {
        auto p = s.start_export({"--resume", token + "_not"});
        CHECK(p.wait() == 2);
        CHECK(contains(p.err(), ".export knows of an unfinished export, "));
        CHECK(content_of(journal) == before);
    }
    SUBCASE("of one that the service does not know") {
        std::filesystem::rename(journal, journal + ".kept");
        auto p = s.start_export({"--resume", token + "_not"});
        CHECK(p.wait() == 4);
        CHECK_FALSE(std::filesystem::exists(journal));
        std::filesystem::rename(journal + ".kept", journal);
    }
    auto p = s.start_export({"--resume"});
    CHECK(p.wait() == 0);
    CHECK(contains(p.err(), "going on with export "));
    CHECK(s.starts() == 1);
    CHECK((content_of(s.file) == sample_export()));
}

TEST_CASE("a start of which nobody knows is not forgotten for one that came to nothing") {
    scene s;
    {
        auto const journal = intheloop::export_journal::open(s.file.string() + ".export").value();
        CHECK_FALSE(journal->intend("1111", s.loop.base_url(), "{}", std::nullopt));
        CHECK_FALSE(journal->sending("1111"));
        CHECK_FALSE(journal->unclear("1111"));
        CHECK_FALSE(journal->intend("2222", s.loop.base_url(), "{}", std::nullopt));
    }
    auto p = s.start_export({"--resume"});
    CHECK(p.wait() == 6);
    CHECK(s.starts() == 0);
}

TEST_CASE("an export that the service does not know any more is given up") {
    scene s;
    interrupted(s);
    s.loop.respond_next(response_override(404, R"({"message":"no such export"})"));
    auto gone = s.start_export({"--resume"});
    CHECK(gone.wait() == 4);
    CHECK(s.directory.names().empty());
}

TEST_CASE("--resume with a period starts where there is nothing to go on with") {
    scene s;
    auto p = s.start_export({"--resume", "--last", "7d"});
    CHECK(p.wait() == 0);
    CHECK(s.starts() == 1);
    CHECK(s.directory.names() == s.only_the_file);
}

TEST_CASE("an export in the name of another user is not gone on with") {
    scene s;
    interrupted(s, {"--impersonate", "ana"});
    CHECK_FALSE(contains(content_of(s.file.string() + ".export"), "ana"));
    for (std::vector<std::string> user : {std::vector<std::string>{}, {"--impersonate", "bor"}}) {
        user.push_back("--resume");
        auto p = s.start_export(user);
        CHECK(p.wait() == 2);
        CHECK(contains(p.err(), "in the name of another user"));
    }
    auto p = s.start_export({"--impersonate", "ana", "--resume"});
    CHECK(p.wait() == 0);
    for (auto const& request : s.loop.requests(origin::api))
        CHECK(request.header("X-Impersonate-User") == "ana");
}

TEST_CASE("where it is not known whether an export was started, nothing is started") {
    scene s;
    s.loop.hold_next();
    {
        auto killed = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        killed.kill(SIGKILL);
        killed.wait();
    }
    for (std::vector<std::string> options : {std::vector<std::string>{}, {"--resume"}}) {
        auto p = s.start_export(options);
        CHECK(p.wait() == 6);
        CHECK(p.err().starts_with("loop-export: it is not known whether an export was started: 2"));
        CHECK(contains(p.err(), "{\"start\":"));
        CHECK(contains(p.err(), "--resume loop-export/1/https/localhost:"));
    }
    CHECK(s.starts() == 1);
    SUBCASE("a person who finds it goes on with it") {
        std::string const id = s.loop.add_export();
        auto asked = s.start_export({"--resume"});
        asked.wait();
        std::string const said = asked.err();
        std::size_t const begin = said.find("--resume loop-export/") + 9;
        std::string const token = said.substr(begin, said.find("/ID,") + 1 - begin) + id;
        auto p = s.start_export({"--resume", token});
        CHECK(p.wait() == 0);
        CHECK(s.starts() == 1);
    }
    SUBCASE("one who does not starts another") {
        auto p = s.start_export({"--start-again"});
        CHECK(p.wait() == 0);
        CHECK(s.starts() == 2);
    }
    CHECK((content_of(s.file) == sample_export()));
    CHECK(s.directory.names() == s.only_the_file);
}

TEST_CASE("a start that fails when the service may have acted has an exit code of its own") {
    scene s;
    SUBCASE("by its answer") {
        s.loop.respond_next(response_override(503, R"({"message":"on fire"})"));
        auto p = s.start_export();
        CHECK(p.wait() == 6);
        CHECK(contains(p.err(), "on fire"));
        CHECK(contains(p.err(), "\nit is not known whether an export was started: "));
        CHECK(s.directory.names() == left_to_resume);
    }
    SUBCASE("by an answer that gives up waiting") {
        for (unsigned const status : {408u, 499u}) {
            s.loop.respond_next(response_override(status));
            auto p = s.start_export({"--start-again"});
            CHECK(p.wait() == 6);
            auto next = s.start_export(); // the journal agrees
            CHECK(next.wait() == 6);
            CHECK(contains(next.err(), "it is not known whether an export was started: 2"));
        }
        CHECK(s.starts() == 2);
        return;
    }
    SUBCASE("without a file") {
        s.loop.respond_next(response_override::bytes(""));
        auto p = s.start_export({"-o", "-"});
        CHECK(p.wait() == 6);
        CHECK(
            contains(p.err(), "\nan export may have been started, under an id that is not known"));
    }
    CHECK(s.starts() == 1);
}

TEST_CASE("one that certainly began nothing is started again by itself") {
    server_options options;
    scene s(options);
    std::string const token = std::exchange(s.environment["INTHELOOP_TOKEN"], "wrong");
    auto refused = s.start_export();
    CHECK(refused.wait() == 3);
    CHECK(s.directory.names().empty());
    s.environment["INTHELOOP_TOKEN"] = token;
    auto p = s.start_export();
    CHECK(p.wait() == 0);
}

TEST_CASE("a journal that is damaged is put aside by --start-again, and by nothing else") {
    scene s;
    std::string const journal = s.file.string() + ".export";
    for (char const* const content :
         {"not a journal\n", "{\"journal\":1,\n{}\n", "{\"journal\":99}\n", "\n"}) {
        CAPTURE(content);
        std::ofstream(journal) << content;
        for (std::vector<std::string> options : {std::vector<std::string>{}, {"--resume"}}) {
            auto p = s.start_export(options);
            CHECK(p.wait() == 2);
            CHECK(content_of(journal) == content);
        }
        auto p = s.start_export({"--start-again"});
        CHECK(p.wait() == 0);
        CHECK(contains(p.err(), "it is " + journal + ".damaged from here on"));
        CHECK((content_of(s.file) == sample_export()));
        CHECK(content_of(journal + ".damaged") == content);
        CHECK(s.directory.names() == names{"report.json", "report.json.export.damaged"});
    }
}

TEST_CASE("a journal that is damaged and can't be put aside stays") {
    scene s;
    std::string const journal = s.file.string() + ".export";
    std::ofstream(journal) << "not a journal\n";
    fs::create_directory(journal + ".damaged");
    auto p = s.start_export({"--start-again"});
    CHECK(p.wait() == 2);
    CHECK(contains(p.err(), "can't rename " + journal + " to " + journal + ".damaged: "));
    CHECK(content_of(journal) == "not a journal\n");
    CHECK(s.starts() == 0);
}

TEST_CASE("a journal that can't be one of this user is not put aside either") {
    scene s;
    fs::path const journal = s.file.string() + ".export";
    std::ofstream(s.directory.path / "precious") << "older";
    SUBCASE("a link") {
        fs::create_symlink("precious", journal);
    }
    SUBCASE("a dangling link") {
        fs::create_symlink("nothing", journal);
    }
    SUBCASE("a hard link") {
        fs::create_hard_link(s.directory.path / "precious", journal);
    }
    SUBCASE("a directory") {
        fs::create_directory(journal);
    }
    SUBCASE("one in use") {
        auto const used = intheloop::export_journal::open(journal).value();
        auto p = s.start_export({"--start-again"});
        CHECK(p.wait() == 2);
        CHECK(contains(p.err(), "is in use by another program"));
        return;
    }
    auto p = s.start_export({"--start-again"});
    CHECK(p.wait() == 2);
    CHECK(s.starts() == 0);
    CHECK(content_of(s.directory.path / "precious") == "older");
}

TEST_CASE("two programs don't write the same file") {
    scene s;
    auto first = s.start_export({"--poll", "3600"});
    REQUIRE(first.says(": Processing, "));
    auto second = s.start_export({"--start-again"});
    CHECK(second.wait() == 2);
    CHECK(contains(second.err(), "report.json.export"));
    first.kill(SIGINT);
    CHECK(first.wait() == 130);
    CHECK(s.starts() == 1);
}

} // TEST_SUITE("tools/loop_export/resume")
