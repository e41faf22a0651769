// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A journal's demands on the disk, and the outcome when the disk refuses.
#include "fixture.hpp"

#include <support/other_owner.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

// Stands between this program and the system, and writes down what is called. Those whose number,
// from 0, is in `failing` fail.
struct disk {
    static bool allows(char const* call) {
        bool const fails = failing.contains(calls.size());
        calls.emplace_back(call);
        if (fails)
            errno = EIO;
        return !fails;
    }
    static void start(std::set<std::size_t> failing_calls = {}) {
        calls.clear();
        failing = std::move(failing_calls);
    }

    inline static std::vector<std::string> calls;
    inline static std::set<std::size_t> failing;
    inline static int no_modes = 0; // the error of a file system without them
};

} // namespace

extern "C" int fsync(int file) {
    return disk::allows("fsync") ? static_cast<int>(::syscall(SYS_fsync, file)) : -1;
}
extern "C" int fdatasync(int file) {
    return disk::allows("fdatasync") ? static_cast<int>(::syscall(SYS_fdatasync, file)) : -1;
}
extern "C" int ftruncate(int file, off_t size) noexcept {
    return disk::allows("ftruncate") ? static_cast<int>(::syscall(SYS_ftruncate, file, size)) : -1;
}
extern "C" int fchmod(int file, mode_t mode) noexcept {
    errno = disk::no_modes;
    return disk::no_modes == 0 ? static_cast<int>(::syscall(SYS_fchmod, file, mode)) : -1;
}
extern "C" int rename(char const* from, char const* to) noexcept {
    return disk::allows("rename") ? static_cast<int>(::syscall(SYS_rename, from, to)) : -1;
}

TEST_SUITE("jobs/journal/durability") {

using namespace fixture;

namespace {

using calls = std::vector<std::string>;

// One change of a journal that has the entries "a", which is being sent, and "b".
struct change {
    char const* name;
    std::function<std::optional<loop::error>(export_journal&)> make;
    calls needs; // of the disk
};
change const changes[] = {
    {"intend", [](auto& j) { return j.intend("c", origin, request, "user"); }, {"fdatasync"}},
    {"sending", [](auto& j) { return j.sending("b"); }, {"fdatasync"}},
    {"not_sent", [](auto& j) { return j.not_sent("a"); }, {"fdatasync"}},
    {"unclear", [](auto& j) { return j.unclear("b"); }, {"fdatasync"}},
    {"started", [](auto& j) { return j.started("a", "6e1c"); }, {"fdatasync"}},
    {"forget", [](auto& j) { return j.forget("a"); }, {"fsync", "rename", "fsync"}},
};

std::shared_ptr<export_journal> prepared(fs::path const& path) {
    fs::remove(path);
    auto journal = opened(path);
    CHECK_FALSE(journal->intend("a", origin, request, std::nullopt));
    CHECK_FALSE(journal->sending("a"));
    CHECK_FALSE(journal->intend("b", origin, request, std::nullopt));
    return journal;
}

} // namespace

TEST_CASE("a journal, its name, and each change are on the disk before it is said") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    disk::start();
    opened(path);
    CHECK(disk::calls == calls{"fdatasync", "fsync"});
    for (change const& each : changes) {
        CAPTURE(std::string(each.name));
        auto const journal = prepared(path);
        disk::start();
        CHECK_FALSE(each.make(*journal));
        CHECK(disk::calls == each.needs);
    }
}

TEST_CASE("a change that the disk refuses is an error, and can be made later") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    for (change const& each : changes)
        for (std::size_t failing = 0; failing != each.needs.size(); ++failing) {
            CAPTURE(std::string(each.name));
            CAPTURE(each.needs[failing]);
            auto journal = prepared(path);
            auto const before = journal->entries();
            disk::start({failing});
            auto const failure = each.make(*journal);
            disk::start();
            REQUIRE(failure);
            CHECK(failure->code() == loop::errc::file_failed);
            CHECK(failure->detail.find("Input/output error") != std::string::npos);
            CHECK(d.names() == std::set<std::string>{"journal"});

            // Only an entry that is forgotten may be gone by then.
            bool const is_gone = each.needs.size() == 3 && failing == 2;
            CHECK((journal->entries() == before) == !is_gone);
            auto const now = journal->entries();
            journal.reset();
            journal = opened(path);
            CHECK((journal->entries() == now));
            if (!is_gone)
                CHECK_FALSE(each.make(*journal));
        }
}

TEST_CASE("a line that can't even be cut off is cut off before the next one") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = prepared(path);
    std::string const before = content_of(path);
    disk::start({0, 1});
    CHECK(journal->sending("b"));
    CHECK(disk::calls == calls{"fdatasync", "ftruncate"});
    CHECK(content_of(path) != before);

    disk::start({0});
    CHECK(journal->started("a", "6e1c"));
    CHECK(disk::calls == calls{"ftruncate"});

    disk::start();
    CHECK_FALSE(journal->started("a", "6e1c"));
    CHECK(disk::calls == calls{"ftruncate", "fdatasync"});
    CHECK(content_of(path).find("sending", before.size()) == std::string::npos);
    auto const expected = journal->entries();
    journal.reset();
    CHECK((opened(path)->entries() == expected));
}

TEST_CASE("after a file was written anew, no line is added before its name is on the disk") {
    scratch_directory const d;
    auto const journal = prepared(d.path / "journal");
    disk::start({2});
    CHECK(journal->forget("a"));
    disk::start({0});
    CHECK(journal->sending("b"));
    CHECK(disk::calls == calls{"fsync"});
    disk::start();
    CHECK_FALSE(journal->sending("b"));
    CHECK(disk::calls == calls{"fsync", "fdatasync"});
}

TEST_CASE("a journal works where files have no modes") {
    scratch_directory const d;
    for (int const code : {ENOSYS, EOPNOTSUPP}) {
        CAPTURE(code);
        disk::no_modes = code;
        disk::start();
        auto const journal = prepared(d.path / "journal");
        CHECK_FALSE(journal->forget("b"));
        disk::no_modes = 0;
    }
    disk::no_modes = EPERM; // but it is this user's
    auto const refused = export_journal::open(d.path / "journal");
    disk::no_modes = 0;
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error().detail, "can't protect"));
}

TEST_CASE("a journal works where the mode of another owner's files can't be set") {
    scratch_directory const d;
    fs::permissions(d.path, fs::perms::all);
    tests::other_owner const squashed(65534);
    if (!squashed) {
        MESSAGE("skipped: this user can't make files of another one");
        return;
    }
    disk::no_modes = EPERM;
    disk::start();
    auto const journal = prepared(d.path / "journal");
    auto const failure = journal->forget("b");
    disk::no_modes = 0;
    CHECK_FALSE(failure);
}

TEST_CASE("a journal that can't be made durable is not opened") {
    scratch_directory const d;
    for (std::size_t failing : {0u, 1u}) {
        disk::start({failing});
        auto const journal = export_journal::open(d.path / "journal");
        disk::start();
        REQUIRE_FALSE(journal);
        CHECK(journal.error().code() == loop::errc::file_failed);
    }
    opened(d.path / "journal");
}

} // TEST_SUITE("jobs/journal/durability")
