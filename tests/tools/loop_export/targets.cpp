// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The option -o may name devices, pipes, links, and paths that can't become the file.
#include <support/sanitizers.hpp>
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("tools/loop_export/targets") {

namespace {

using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::program;
using tests::scene;

namespace fs = std::filesystem;

// With and without rows: each has its own way to write.
std::vector<std::vector<std::string>> const ways = {{}, {"--ndjson"}, {"--csv"}};

} // namespace

TEST_CASE("what can't become the file is refused before an export is started") {
    scene s;
    auto const at = [&](char const* name) { return s.directory.path / name; };
    fs::create_directory(at("taken"));
    fs::create_symlink("round", at("round"));
    fs::create_symlink("no/such/place", at("nowhere"));
    std::ofstream(at("file")) << "older";
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, at("socket").c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(socket);
    struct {
        fs::path out;
        char const* says;
    } const rows[] = {
        {at("taken"), "taken is a directory"},
        {at("round"), "symbolic links"},
        {at("nowhere"), "no/such is no directory"},
        {at("file") / "r", "Not a directory"},
        {at("socket"), "socket is a socket"},
        {at("missing") / "r", "missing is no directory"},
        {s.directory.path / std::string(256, 'x'), "name too long"},
    };
    for (auto const& row : rows)
        for (auto options : ways) {
            CAPTURE(row.says);
            options.insert(options.end(), {"-o", row.out.string()});
            auto p = s.start_export(options);
            CHECK(p.wait() == 2);
            CHECK(contains(p.err(), "--output: "));
            CHECK(contains(p.err(), row.says));
        }
    CHECK(s.loop.requests().empty());
    CHECK(content_of(at("file")) == "older");
}

TEST_CASE("a part that is not this user's is found before an export is started") {
    struct {
        char const* name;
        std::vector<std::string> options;
        std::vector<std::string> others; // options of a run that has no such part
    } const parts[] = {
        {".part", {}, {"--ndjson"}},          {".part.info", {}, {"--csv"}},
        {".part.info.new", {}, {"--ndjson"}}, {".rows.part", {"--ndjson"}, {}},
        {".rows.part", {"--csv"}, {}},
    };
    std::string kind;
    SUBCASE("a link") {
        kind = "link";
    }
    SUBCASE("a hard link") {
        kind = "hard link";
    }
    SUBCASE("a directory") {
        kind = "directory";
    }
    SUBCASE("a pipe") {
        kind = "pipe";
    }
    for (auto const& each : parts) {
        CAPTURE(each.name);
        scene s;
        std::string const part = s.file.string() + each.name;
        std::ofstream(s.directory.path / "precious") << "older";
        if (kind == "link")
            fs::create_symlink("precious", part);
        else if (kind == "hard link")
            fs::create_hard_link(s.directory.path / "precious", part);
        else if (kind == "directory")
            fs::create_directory(part);
        else
            REQUIRE(::mkfifo(part.c_str(), 0600) == 0);
        auto p = s.start_export(each.options);
        CHECK(p.wait() == 2);
        CHECK(contains(p.err(), "--output: " + part + " is no file of this user alone"));
        auto resumed = each.options;
        resumed.push_back("--resume");
        CHECK(s.start_export(resumed).wait() == 2);
        CHECK(s.loop.requests().empty());
        auto other = s.start_export(each.others);
        CHECK(other.wait() == 0);
        CHECK(content_of(s.directory.path / "precious") == "older");
    }
}

TEST_CASE("parts that a run of this user has left are no obstacle") {
    for (auto const& options : ways) {
        scene s;
        for (char const* name : {".part", ".part.info", ".part.info.new", ".rows.part"})
            std::ofstream(s.file.string() + name) << "left";
        auto p = s.start_export(options);
        CHECK(p.wait() == 0);
        CHECK(s.loop.requests().size() == 5);
        CHECK(fs::file_size(s.file) > 100);
    }
}

TEST_CASE("a file is for its owner alone, whatever the umask says") {
    for (char const* const mask : {"0777", "0377", "0"})
        for (auto options : ways) {
            CAPTURE(mask);
            scene s;
            options.insert(options.begin(), {program("loop-export"), "--last", "7d", "--poll",
                                             "0.01", "-o", s.file.string()});
            auto p = tests::in_shell("umask " + std::string(mask) + R"(; exec "$@")", s.directory,
                                     options, s.environment);
            CHECK(p.wait() == 0);
            struct ::stat written {};
            REQUIRE(::stat(s.file.c_str(), &written) == 0);
            CHECK((written.st_mode & 07777) == 0600);
        }
}

TEST_CASE("a pipe waits for its reader before an export is started") {
    bool is_interrupted = false;
    SUBCASE("it is interrupted meanwhile") {
        is_interrupted = true;
    }
    SUBCASE("the reader comes") {}
    for (auto options : ways) {
        scene s;
        auto const pipe = (s.directory.path / "pipe").string();
        REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
        options.insert(options.end(), {"-o", pipe});
        auto p = s.start_export(options);
        REQUIRE(p.says("waiting for a reader of " + pipe));
        CHECK(s.loop.requests().empty());
        if (is_interrupted) {
            p.kill(SIGINT);
            CHECK(p.wait() == 130);
            CHECK(s.loop.requests().empty());
        } else {
            std::string got;
            std::thread reader([&] { got = content_of(pipe); });
            CHECK(p.wait() == 0);
            reader.join();
            CHECK_FALSE(got.empty());
            if (options.size() == 2)
                CHECK((got == sample_export()));
        }
        CHECK(s.directory.names() == std::set<std::string>{"pipe"});
    }
}

TEST_CASE("a pipe that nobody opens ends with the deadline") {
    scene s;
    auto const pipe = (s.directory.path / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    auto p = s.start_export({"-o", pipe, "--deadline", "0.2"});
    CHECK(p.wait() == 5);
    CHECK(s.loop.requests().empty());
}

TEST_CASE("a link to a file that is not there yet makes it where it leads") {
    for (auto options : ways) {
        scene s;
        fs::create_directory(s.directory.path / "data");
        fs::create_symlink("data/today", s.directory.path / "newest");
        options.insert(options.end(), {"-o", (s.directory.path / "newest").string()});
        auto p = s.start_export(options);
        CHECK(p.wait() == 0);
        CHECK(fs::is_symlink(s.directory.path / "newest"));
        CHECK(fs::file_size(s.directory.path / "data" / "today") > 0);
        CHECK(s.directory.names() == std::set<std::string>{"data", "newest"});
    }
}

TEST_CASE("a long name has its journal and its part beside it") {
    for (auto options : ways) {
        scene s;
        fs::path const out = s.directory.path / std::string(255, 'x');
        options.insert(options.end(), {"-o", out.string()});
        s.loop.respond_next(response_override(404, "gone"), origin::files);
        s.loop.respond_next(response_override(404, "gone"), origin::files);
        auto broken = s.start_export(options);
        CHECK(broken.wait() == 1);
        CHECK(s.directory.names().size() == 1); // the export may still be fetched
        options.push_back("--resume");
        auto p = s.start_export(options);
        CHECK(p.wait() == 0);
        CHECK(s.directory.names() == std::set<std::string>{std::string(255, 'x')});
        CHECK(s.starts() == 1);
    }
}

TEST_CASE("the name of the file is on the disk before the journal forgets the export") {
    char const* const found = std::getenv("INTHELOOP_TEST_STRACE");
    std::string const strace = found ? found : "";
    if (support::is_sanitized || strace.empty() ||
        tests::process({strace, "-o", "/dev/null", "true"}, {}).wait() != 0) {
        MESSAGE("skipped: nothing can be traced here");
        return;
    }
    for (auto options : ways) {
        scene s;
        auto const log = s.directory.path / "calls";
        options.insert(options.begin(),
                       {strace, "-f", "-y", "-o", log.string(), "-e",
                        "trace=fsync,?rename,?renameat,?renameat2,?unlink,?unlinkat",
                        program("loop-export"), "--last", "7d", "--poll", "0.01", "-o",
                        s.file.string()});
        tests::process p(options, s.environment);
        REQUIRE_MESSAGE(p.wait() == 0, p.err());
        std::string const calls = content_of(log);
        INFO(calls);
        auto const named = calls.find(", \"" + s.file.string() + '"');
        auto const flushed =
            calls.find('<' + fs::canonical(s.directory.path).string() + ">)", named);
        auto const forgotten = calls.find(s.file.string() + ".export\"", named);
        CHECK(named < flushed);
        CHECK(flushed < forgotten);
        CHECK(forgotten != calls.npos);
    }
}

TEST_CASE("what an older file will lose is said, and stays where nothing came of it") {
    scene s;
    std::ofstream(s.file) << "older";
    fs::permissions(s.file, fs::perms(0644));
    fs::create_hard_link(s.file, s.directory.path / "other");
    auto p = s.start_export();
    CHECK(p.wait() == 0);
    CHECK(contains(p.err(), s.file.string() +
                                " will be replaced: its other hard links (1) keep the "
                                "older content; its mode 0644 becomes 0600\n"));
    CHECK(content_of(s.directory.path / "other") == "older");
    auto again = s.start_export();
    CHECK(again.wait() == 0);
    CHECK_FALSE(contains(again.err(), "will be replaced"));
}

} // TEST_SUITE("tools/loop_export/targets")
