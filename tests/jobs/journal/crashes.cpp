// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A program that is killed at any moment, and the one that comes after it.
#include <intheloop/jobs/export_journal.hpp>
#include <support/process.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

TEST_SUITE("jobs/journal/crashes") {

namespace {

namespace fs = std::filesystem;
namespace loop = intheloop;
using loop::export_journal;
using enum loop::journal_advice;

// Keeps the entries that a program is to find: those that a journal has once it has been told the
// same.
class model {
public:
    struct entry {
        std::string key;
        loop::journal_advice advice;
        std::optional<std::string> id;
        bool operator==(entry const&) const = default;
    };

    void intend(std::string const& key) { entries_.push_back({key, start_again, {}}); }
    void sending(std::string const& key) { find(key).advice = ask; }
    void not_sent(std::string const& key) { find(key).advice = start_again; }
    void unclear(std::string const& key) { find(key).advice = ask; }
    void started(std::string const& key, std::string const& id) { find(key) = {key, resume, id}; }
    void forget(std::string const& key) {
        std::erase_if(entries_, [&](entry const& each) { return each.key == key; });
    }
    std::vector<entry> const& entries() const { return entries_; }

private:
    entry& find(std::string const& key) {
        return *std::find_if(entries_.begin(), entries_.end(),
                             [&](entry const& each) { return each.key == key; });
    }

    std::vector<entry> entries_;
};

// The same calls, made to a journal; whether they went well.
class told_journal {
public:
    explicit told_journal(export_journal& journal) : journal_(journal) {}

    void intend(std::string const& key) {
        keep(journal_.intend(key, "https://api.example.com:443", "{}", "user"));
    }
    void sending(std::string const& key) { keep(journal_.sending(key)); }
    void not_sent(std::string const& key) { keep(journal_.not_sent(key)); }
    void unclear(std::string const& key) { keep(journal_.unclear(key)); }
    void started(std::string const& key, std::string const& id) { keep(journal_.started(key, id)); }
    void forget(std::string const& key) { keep(journal_.forget(key)); }
    bool is_good() const { return is_good_; }

private:
    void keep(std::optional<loop::error> const& failure) { is_good_ = is_good_ && !failure; }

    export_journal& journal_;
    bool is_good_ = true;
};

// The life of a program, one call at a time: exports that begin one after the other and end in
// different ways, each forgotten some time later.
template <class Target>
void step(Target& target, unsigned number) {
    unsigned const round = number / 4;
    std::string const key = std::to_string(round);
    switch (number % 4) {
    case 0: return target.intend(key);
    case 1: return target.sending(key);
    case 2:
        if (round % 3 == 0)
            return target.not_sent(key);
        if (round % 3 == 1)
            return target.unclear(key);
        return target.started(key, "export " + key);
    case 3:
        if (round >= 5)
            target.forget(std::to_string(round - 5));
        return;
    }
}

std::vector<model::entry> entries_of(export_journal const& journal) {
    std::vector<model::entry> found;
    for (loop::journal_entry const& each : journal.entries())
        found.push_back({each.key, each.advice, each.id});
    return found;
}

// A process that runs a function with one end of a pipe.
class child {
public:
    template <class Function>
    explicit child(Function const& run) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        id_ = ::fork();
        REQUIRE(id_ >= 0);
        if (id_ == 0) {
            ::close(ends[0]);
            run(ends[1]);
            ::_exit(1);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }
    ~child() {
        kill();
        ::close(pipe_);
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    // The bytes that it wrote, up to so many.
    unsigned read(unsigned most) {
        unsigned count = 0;
        char byte = 0;
        while (count != most && ::read(pipe_, &byte, 1) == 1)
            ++count;
        return count;
    }
    void kill() {
        if (id_ == 0)
            return;
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
        id_ = 0;
    }

private:
    pid_t id_ = 0;
    int pipe_ = -1;
};

// Goes on with the steps, and writes a byte after each.
void live(fs::path const& path, unsigned next, int pipe) {
    auto const journal = export_journal::open(path);
    if (!journal)
        return;
    told_journal target(**journal);
    for (;; ++next) {
        step(target, next);
        if (!target.is_good() || ::write(pipe, "", 1) != 1)
            return;
    }
}

} // namespace

TEST_CASE("killed at any moment, what was done is there, and of what was not at most one step") {
    tests::scratch_directory const d;
    fs::path const path = d.path / "journal";
    std::mt19937 random(20'261'101);
    auto const up_to = [&](unsigned most) {
        return std::uniform_int_distribution<unsigned>(1, most)(random);
    };
    model expected;
    unsigned done = 0;
    for (int life = 0; life != 60; ++life) {
        child program([&](int pipe) { live(path, done, pipe); });
        unsigned count = program.read(up_to(24));
        // Somewhere within the next step, which takes about as long.
        auto const until =
            std::chrono::steady_clock::now() + std::chrono::microseconds(up_to(2000));
        while (std::chrono::steady_clock::now() < until) {
        }
        program.kill();
        count += program.read(1000);
        REQUIRE(count != 0);
        for (; count != 0; --count)
            step(expected, done++);

        auto const journal = export_journal::open(path);
        REQUIRE_MESSAGE(journal, journal.error());
        auto const found = entries_of(**journal);
        CAPTURE(life);
        CAPTURE(done);
        if (found != expected.entries())
            step(expected, done++);
        CHECK((found == expected.entries()));
    }
}

TEST_CASE("while one program writes its journal anew, no other can open it") {
    tests::scratch_directory const d;
    fs::path const path = d.path / "journal";
    child program([&](int pipe) {
        auto const journal = export_journal::open(path);
        if (!journal || ::write(pipe, "", 1) != 1)
            return;
        told_journal target(**journal);
        while (target.is_good()) {
            target.intend("a");
            target.forget("a");
        }
    });
    REQUIRE(program.read(1) == 1);
    for (int i = 0; i != 5000; ++i) {
        auto const journal = export_journal::open(path);
        REQUIRE_FALSE(journal);
        REQUIRE(journal.error().detail == path.string() + " is in use by another program");
    }
    program.kill();
    CHECK(export_journal::open(path));
}

} // TEST_SUITE("jobs/journal/crashes")
