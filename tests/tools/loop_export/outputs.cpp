// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export, where its standard streams are a terminal, or take nothing.
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("tools/loop_export/outputs") {

namespace {

using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::in_shell;
using tests::program;
using tests::resume_token_in;
using tests::scene;
using tests::with_content;

// A terminal, of which the test sees all that is shown.
class terminal {
public:
    terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
        REQUIRE(master_ >= 0);
        REQUIRE(::grantpt(master_) == 0);
        REQUIRE(::unlockpt(master_) == 0);
        name_ = ::ptsname(master_);
        slave_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC); // so that it stays open
        REQUIRE(slave_ >= 0);
    }
    ~terminal() {
        ::close(slave_);
        ::close(master_);
    }
    terminal(terminal const&) = delete;
    terminal& operator=(terminal const&) = delete;

    std::string const& name() const { return name_; }
    std::string shown() const {
        std::string text;
        char piece[4096];
        for (ssize_t size; (size = ::read(master_, piece, sizeof piece)) > 0;)
            text.append(piece, static_cast<std::size_t>(size));
        return text;
    }

private:
    int master_;
    int slave_ = -1;
    std::string name_;
};

std::vector<std::string> to_standard_output(std::vector<std::string> const& options) {
    std::vector<std::string> command{program("loop-export"), "--poll", "0.01", "-o", "-"};
    command.insert(command.end(), options.begin(), options.end());
    return command;
}

// A server whose exports are larger than a pipe.
server_options with_much() {
    server_options options;
    options.content = export_content::generated(1 << 20, [](std::uint64_t, std::span<char> out) {
        std::fill(out.begin(), out.end(), 'x');
    });
    return options;
}

// A pipe with a name, into which the program writes. The test has its end for reading.
class named_pipe {
public:
    explicit named_pipe(std::string name) : name_(std::move(name)) {
        REQUIRE(::mkfifo(name_.c_str(), 0600) == 0);
        reader_ = ::open(name_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(reader_ >= 0);
    }
    ~named_pipe() { ::close(reader_); }
    named_pipe(named_pipe const&) = delete;
    named_pipe& operator=(named_pipe const&) = delete;

    bool wait_until_full() const {
        int const writer = ::open(name_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        bool const is_full = tests::wait_until(
            [&] {
                pollfd room{writer, POLLOUT, 0};
                return ::poll(&room, 1, 0) == 0;
            },
            tests::patience);
        ::close(writer);
        return is_full;
    }
    // Returns so many bytes, or all until nobody writes any more.
    std::string read(std::size_t most = std::string::npos) const {
        std::string text;
        char piece[4096];
        pollfd more{reader_, POLLIN, 0};
        while (text.size() != most && ::poll(&more, 1, -1) == 1) {
            auto const size = ::read(reader_, piece, std::min(sizeof piece, most - text.size()));
            if (size <= 0)
                break;
            text.append(piece, static_cast<std::size_t>(size));
        }
        return text;
    }

private:
    std::string name_;
    int reader_ = -1;
};

// Tells how a process, and all with which it shares that, has a descriptor open.
bool is_non_blocking(tests::process const& of, int descriptor) {
    std::ifstream info("/proc/" + std::to_string(of.id()) + "/fdinfo/" +
                       std::to_string(descriptor));
    std::string name, value;
    while (name != "flags:" && info >> name >> value) {
    }
    REQUIRE(name == "flags:");
    return (std::stoul(value, nullptr, 8) & O_NONBLOCK) != 0;
}

} // namespace

TEST_CASE("a pipe that others write to as well stays as they have opened it") {
    scene s(with_much());
    named_pipe const pipe((s.directory.path / "pipe").string());
    std::ofstream(s.directory.path / "more") << std::string(1 << 20, 'y');
    auto p = in_shell(
        R"(exec 4>"$0/pipe"; "$@" >&4 && echo FIRST DONE >&2; cat "$0/more" >&4 && echo SECOND DONE >&2)",
        s.directory, to_standard_output({"--last", "7d"}), s.environment);
    REQUIRE(pipe.wait_until_full());
    CHECK_FALSE(is_non_blocking(p, 4));
    CHECK((pipe.read(1 << 20) == std::string(1 << 20, 'x')));
    REQUIRE(p.says("FIRST DONE"));
    CHECK_FALSE(is_non_blocking(p, 4)); // the shell is there: the pipe can't hold the rest
    REQUIRE(pipe.wait_until_full());
    CHECK((pipe.read() == std::string(1 << 20, 'y')));
    CHECK(p.wait() == 0);
    CHECK(contains(p.err(), "SECOND DONE"));
}

TEST_CASE("a full pipe that takes data and messages loses no message") {
    scene s(with_much());
    named_pipe const pipe((s.directory.path / "pipe").string());
    auto p = in_shell(R"(exec "$@" >"$0/pipe" 2>&1)", s.directory,
                      to_standard_output({"--last", "7d"}), s.environment);
    REQUIRE(pipe.wait_until_full());
    p.kill(SIGINT);
    auto const all = pipe.read();
    CHECK(p.wait() == 130);
    CHECK(contains(all, "xxx"));
    CHECK_FALSE(resume_token_in(all).empty());
}

TEST_CASE("data that can't be written are a failure, and the export is not lost") {
    std::vector<std::string> const forms[] = {
        {}, {"--ndjson"}, {"--csv"}, {"--csv", "--strict"}, {"--quiet"}};
    for (auto const& output : tests::broken_outputs)
        for (auto const& form : forms) {
            CAPTURE(std::string(output.name));
            CAPTURE(form);
            scene s(with_content("[{\"a\":1},{\"a\":2}]"));
            auto options = form;
            options.insert(options.end(), {"--last", "7d"});
            auto p =
                in_shell(output.script, s.directory, to_standard_output(options), s.environment);
            CHECK(p.wait() == 1);
            INFO(p.err());
            CHECK(contains(p.err(), "loop-export: can't write the standard output: "));
            CHECK(contains(p.err(), output.problem));
            auto const token = resume_token_in(p.err());
            CHECK_FALSE(token.empty());
            CHECK(s.starts() == 1);
        }
}

TEST_CASE("the token of an output that failed fetches the export") {
    scene s;
    auto p = in_shell(R"(exec "$@" >/dev/full)", s.directory,
                      to_standard_output({"--last", "7d", "--quiet"}), s.environment);
    CHECK(p.wait() == 1);
    auto again = s.start_export({"--resume", resume_token_in(p.err()), "-o", "-"});
    CHECK(again.wait() == 0);
    CHECK(again.out() == sample_export());
    CHECK(s.starts() == 1);
}

TEST_CASE("an open file that -o names is written into where it stands, and is not replaced") {
    struct {
        char const* name;
        char const* script;
    } const cases[] = {
        {"/dev/stdout", R"(exec "$@" >>"$0/out")"},
        {"/dev/fd/1", R"(exec "$@" >>"$0/out")"},
        {"/proc/self/fd/1", R"(exec "$@" >>"$0/out")"},
        {"/dev/fd/3", R"(exec "$@" 3>>"$0/out")"},
        {"link", R"(ln -s /dev/stdout "$0/link"; cd "$0"; exec "$@" >>"$0/out")"},
    };
    for (auto const& each : cases)
        for (std::vector<std::string> options : {std::vector<std::string>(), {"--ndjson"}}) {
            CAPTURE(each.name);
            scene s;
            auto const out = s.directory.path / "out";
            std::ofstream(out) << "older\n";
            std::filesystem::create_hard_link(out, s.directory.path / "same");
            options.insert(options.begin(), {program("loop-export"), "--last", "7d", "--poll",
                                             "0.01", "-o", each.name});
            auto p = in_shell(each.script, s.directory, options, s.environment);
            CHECK(p.wait() == 0);
            CHECK(content_of(out).starts_with("older\n[") != (options.back() == "--ndjson"));
            CHECK(content_of(out).size() > 100);
            CHECK(content_of(s.directory.path / "same") == content_of(out));
            CHECK(content_of(out).starts_with("older\n"));
        }
}

TEST_CASE("a descriptor that is not open for writing is refused before an export is started") {
    scene s;
    for (char const* name : {"/dev/fd/0", "/dev/fd/77"}) {
        auto p = in_shell(R"(exec "$@" </dev/null)", s.directory,
                          {program("loop-export"), "--last", "7d", "-o", name}, s.environment);
        CHECK(p.wait() == 2);
        CHECK(contains(p.err(), std::string(name) + " is not open for writing"));
    }
    CHECK(s.loop.requests().empty());
}

TEST_CASE("a program without standard streams writes its file and nothing else") {
    scene s;
    auto p =
        in_shell(R"(exec "$@" <&- >&- 2>&-)", s.directory,
                 {program("loop-export"), "--last", "7d", "--poll", "0.01", "-o", s.file.string()},
                 s.environment);
    CHECK(p.wait() == 0);
    CHECK(content_of(s.file) == sample_export());
    CHECK(s.directory.names() == s.only_the_file);
}

TEST_CASE("on a terminal the data stand alone") {
    struct {
        std::vector<std::string> options;
        std::string shown; // a terminal makes CR LF of LF
    } const cases[] = {
        {{"--csv"}, "a\r\r\n1\r\r\n2\r\r\n"},
        {{"--csv", "--strict"}, "a\r\r\n1\r\r\n2\r\r\n"},
        {{"--ndjson"}, "{\"a\":1}\r\n{\"a\":2}\r\n"},
        {{}, "[{\"a\":1},{\"a\":2}]\r\n"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.shown);
        scene s(with_content("[{\"a\":1},{\"a\":2}]"));
        terminal screen;
        auto options = each.options;
        options.insert(options.end(), {"--last", "7d"});
        std::vector<std::string> command = to_standard_output(options);
        command.insert(command.begin(), {"sh", "-c", R"(exec "$@" >"$0" 2>"$0")", screen.name()});
        tests::process p(command, s.environment);
        CHECK(p.wait() == 0);
        std::string const shown = screen.shown();
        INFO(shown);
        constexpr char erase[] = "\r\x1b[K";
        CHECK(contains(shown, "; downloading" + std::string(erase) + each.shown));
        CHECK(shown.rfind(erase) < shown.find(each.shown));
    }
}

TEST_CASE("a terminal that can't erase a line gets a line for each change") {
    scene s;
    s.environment["TERM"] = "dumb";
    terminal screen;
    std::vector<std::string> command = to_standard_output({"--ndjson", "--last", "7d"});
    command.insert(command.begin(), {"sh", "-c", R"(exec "$@" 2>"$0")", screen.name()});
    tests::process p(command, s.environment);
    CHECK(p.wait() == 0);
    std::string const shown = screen.shown();
    CHECK(contains(shown, "; downloading\r\n"));
    CHECK_FALSE(contains(shown, "\x1b"));
}

} // TEST_SUITE("tools/loop_export/outputs")
