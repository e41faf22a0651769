// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "fixture.hpp"

#include <support/other_owner.hpp>
#include <support/other_umask.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

TEST_SUITE("jobs/journal/journal") {

using namespace fixture;

namespace {

// Returns the error of opening it.
std::string refusal(fs::path const& path) {
    auto const journal = export_journal::open(path);
    REQUIRE_FALSE(journal);
    CHECK(journal.error().code() == errc::file_failed);
    return journal.error().detail;
}

} // namespace

TEST_CASE("each step of a start is there when the journal is opened again") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = opened(path);
    CHECK(journal->entries().empty());
    check_done(journal->intend("a", origin, request, std::nullopt));
    CHECK(shown_after_reopening(journal, path) == "a start_again -\n");
    check_done(journal->sending("a"));
    CHECK(shown_after_reopening(journal, path) == "a ask -\n");
    check_done(journal->not_sent("a"));
    CHECK(shown_after_reopening(journal, path) == "a start_again -\n");
    check_done(journal->sending("a"));
    check_done(journal->unclear("a"));
    CHECK(shown_after_reopening(journal, path) == "a ask -\n");
    check_done(journal->started("a", "6e1c"));
    CHECK(shown_after_reopening(journal, path) == "a resume 6e1c\n");
    check_done(journal->intend("b", origin, request, "user_1"));
    CHECK(shown_after_reopening(journal, path) == "a resume 6e1c\nb start_again -\n");
    check_done(journal->forget("a"));
    CHECK(shown_after_reopening(journal, path) == "b start_again -\n");
    check_done(journal->forget("b"));
    CHECK(shown_after_reopening(journal, path).empty());
    CHECK(fs::file_size(path) == 0);
    CHECK(d.names() == std::set<std::string>{"journal"});
}

TEST_CASE("an entry says what was to be exported, and is found by it") {
    using namespace std::chrono;
    scratch_directory const d;
    auto const before = floor<seconds>(system_clock::now());
    auto const journal = opened(d.path / "journal");
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->intend("b", origin, request, "abc"));
    check_done(journal->intend("c", origin, request, std::nullopt));
    auto const by_user = journal->find(origin, request, "abc");
    REQUIRE(by_user);
    CHECK(by_user->key == "b");
    CHECK(by_user->origin == origin);
    CHECK(by_user->request == request);
    CHECK(by_user->user_digest ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // of FIPS 180-2
    CHECK(by_user->began >= before);
    CHECK(by_user->began <= system_clock::now());
    auto const newest = journal->find(origin, request, std::nullopt);
    REQUIRE(newest);
    CHECK(newest->key == "c");
    CHECK_FALSE(newest->user_digest);
    CHECK_FALSE(journal->find(origin, request, "ab"));
    CHECK_FALSE(journal->find(origin, "{}", std::nullopt));
}

TEST_CASE("the impersonated user does not stand in the file") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    constexpr std::string_view user = "user_of_a_test";
    auto const journal = opened(path);
    check_done(journal->intend("a", origin, request, user));
    check_done(journal->intend("b", origin, request, user));
    check_done(journal->started("a", "6e1c"));
    CHECK_FALSE(contains(content_of(path), user));
    check_done(journal->forget("b"));
    CHECK_FALSE(contains(content_of(path), user));
    CHECK(contains(content_of(path), "6e1c"));
}

TEST_CASE("a key is new each time") {
    std::set<std::string> keys;
    for (int i = 0; i != 100; ++i) {
        auto const key = export_journal::new_key();
        REQUIRE(key);
        CHECK(key->size() == 16);
        CHECK(key->find_first_not_of("0123456789abcdef") == std::string::npos);
        keys.insert(*key);
    }
    CHECK(keys.size() == 100);
}

TEST_CASE("what can't be written is refused, and changes nothing") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto const journal = opened(path);
    check_done(journal->intend("a", origin, request, std::nullopt));
    std::string const before = content_of(path);
    struct {
        std::optional<loop::error> failure;
        std::string detail;
    } const cases[] = {
        {journal->intend("a", origin, request, std::nullopt),
         "the export journal has an entry with the key a"},
        {journal->intend("", origin, request, std::nullopt),
         "the export journal needs a key, an origin and a request"},
        {journal->intend("b", origin, "", std::nullopt),
         "the export journal needs a key, an origin and a request"},
        {journal->intend("b", origin, "\"\xff\"", std::nullopt),
         "the export journal: /request: not valid UTF-8"},
        {journal->sending("b"), "the export journal has no entry with the key b"},
        {journal->not_sent("b"), "the export journal has no entry with the key b"},
        {journal->unclear("b"), "the export journal has no entry with the key b"},
        {journal->started("b", "6e1c"), "the export journal has no entry with the key b"},
        {journal->forget("b"), "the export journal has no entry with the key b"},
        {journal->started("a", ""), "the id of the export is empty"},
        {journal->started("a", "\xc3"), "the export journal: /id: not valid UTF-8"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.detail);
        REQUIRE(each.failure);
        CHECK(each.failure->code() == errc::invalid_request);
        CHECK(each.failure->detail == each.detail);
    }
    CHECK(content_of(path) == before);
    CHECK(shown(*journal) == "a start_again -\n");
}

TEST_CASE("a second attempt needs no second line") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto const journal = opened(path);
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->sending("a"));
    std::string const before = content_of(path);
    check_done(journal->sending("a"));
    CHECK(content_of(path) == before);
}

TEST_CASE("cut at any byte, it goes on with the lines before") {
    scratch_directory const d;
    fs::path const whole = d.path / "whole";
    {
        auto const journal = opened(whole);
        check_done(journal->intend("a", origin, request, std::nullopt));
        check_done(journal->sending("a"));
        check_done(journal->started("a", "6e1c"));
    }
    std::string const text = content_of(whole);
    std::size_t const line_1 = text.find('\n') + 1;
    std::size_t const line_2 = text.find('\n', line_1) + 1;
    fs::path const path = d.path / "journal";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CAPTURE(size);
        write_file(path, text.substr(0, size));
        auto journal = opened(path);
        std::string const expected = size < line_1        ? ""
                                     : size < line_2      ? "a start_again -\n"
                                     : size < text.size() ? "a ask -\n"
                                                          : "a resume 6e1c\n";
        CHECK(shown(*journal) == expected);
        check_done(journal->intend("b", origin, request, std::nullopt));
        CHECK(shown_after_reopening(journal, path) == expected + "b start_again -\n");
    }
}

TEST_CASE("one program at a time has it open") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = opened(path);
    CHECK(refusal(path) == path.string() + " is in use by another program");
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->forget("a")); // which makes another file of it
    CHECK(refusal(path) == path.string() + " is in use by another program");
    journal.reset();
    opened(path);
}

TEST_CASE("its owner alone can read it, and programs that are started don't inherit it") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    tests::other_umask const wide(0);
    auto const journal = opened(path);
    auto const check = [&] {
        CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
        int found = 0;
        for (auto const& each : fs::directory_iterator("/proc/self/fd")) {
            std::error_code gone;
            if (fs::read_symlink(each.path(), gone) != path)
                continue;
            ++found;
            int const flags = ::fcntl(std::stoi(each.path().filename()), F_GETFD);
            CHECK((flags & FD_CLOEXEC) != 0);
        }
        CHECK(found == 1);
    };
    check();
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->intend("b", origin, request, std::nullopt));
    check_done(journal->forget("a"));
    check();
}

TEST_CASE("a file that is no journal is refused and stays as it is") {
    scratch_directory const d;
    fs::path const path = d.path / "file";
    std::string const newer = R"({"journal":2,"at":1,"key":"a","event":"intended"})"
                              "\n";
    struct {
        std::string content;
        std::string problem;
    } const cases[] = {
        {"precious", ": it is not a start journal"},
        {"precious\n", ": line 1 can't be read as one of a start journal: not valid JSON"},
        {"[{\"id\":1}]", ": it is not a start journal"},
        {newer, ": line 1 can't be read as one of a start journal: /journal: version 2 is newer"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.content);
        write_file(path, each.content);
        CHECK(refusal(path).starts_with(path.string() + each.problem));
        CHECK(content_of(path) == each.content);
    }
}

TEST_CASE("a path where no file can be is refused") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    SUBCASE("a symbolic link") {
        fs::create_symlink(d.path / "elsewhere", path);
        CHECK(refusal(path) == path.string() + " is a symbolic link");
        CHECK(d.names() == std::set<std::string>{"journal"});
    }
    SUBCASE("a directory") {
        fs::create_directory(path);
        CHECK(contains(refusal(path), "Is a directory"));
    }
    SUBCASE("a pipe") {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        CHECK(refusal(path) == path.string() + " is not a regular file");
    }
    SUBCASE("in a directory that is not there") {
        CHECK(contains(refusal(path / "journal"), "No such file or directory"));
    }
    SUBCASE("none") {
        CHECK(refusal("") == "the path of the export journal names no file");
        CHECK(refusal(d.path / "") == "the path of the export journal names no file");
    }
}

TEST_CASE("a journal that others could read is taken from them") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    for (unsigned const mode : {0644u, 0666u, 0640u, 0604u, 0755u}) {
        CAPTURE(mode);
        {
            auto const journal = opened(path);
            check_done(journal->intend(std::to_string(mode), origin, request, std::nullopt));
        }
        fs::permissions(path, fs::perms(mode));
        auto const journal = opened(path);
        CHECK(fs::status(path).permissions() == fs::perms(0600));
        CHECK(journal->entries().back().key == std::to_string(mode));
    }
}

TEST_CASE("a journal that is another's, or may be, is refused and stays as it is") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    {
        auto const journal = opened(path);
        check_done(journal->intend("a", origin, request, std::nullopt));
    }
    std::string const content = content_of(path);
    SUBCASE("a hard link") {
        fs::create_hard_link(path, d.path / "other");
    }
    SUBCASE("another owner") {
        if (::geteuid() != 0) {
            MESSAGE("skipped: it takes root to give a file away");
            return;
        }
        REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    }
    fs::permissions(path, fs::perms(0644));
    CHECK(refusal(path) == path.string() + " is no file of this user alone");
    CHECK(fs::status(path).permissions() == fs::perms(0644));
    CHECK(content_of(path) == content);
}

TEST_CASE("a journal works where the file system gives all files another owner") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    fs::permissions(d.path, fs::perms::all);
    {
        tests::other_owner const squashed(65534);
        if (!squashed) {
            MESSAGE("skipped: this user can't make files of another one");
            return;
        }
        auto journal = opened(path);
        check_done(journal->intend("a", origin, request, std::nullopt));
        check_done(journal->intend("b", origin, request, std::nullopt));
        check_done(journal->forget("a"));
        CHECK(shown_after_reopening(journal, path) == "b start_again -\n");
        CHECK(d.names() == std::set<std::string>{"journal"});
    }
    // Elsewhere it is another user's.
    CHECK(refusal(path) == path.string() + " is no file of this user alone");
    CHECK(d.names() == std::set<std::string>{"journal"});
}

TEST_CASE("a journal with a long name is written anew as well") {
    scratch_directory const d;
    for (std::size_t const size : {255u, 250u, 244u, 232u}) {
        fs::path const path = d.path / std::string(size, 'j');
        auto journal = opened(path);
        check_done(journal->intend("a", origin, request, std::nullopt));
        check_done(journal->intend("b", origin, request, std::nullopt));
        check_done(journal->forget("a"));
        CHECK(shown_after_reopening(journal, path) == "b start_again -\n");
        fs::remove(path);
        CHECK(d.names().empty());
    }
}

TEST_CASE("a journal is its owner's alone, whatever the umask leaves of its mode") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    tests::other_umask const narrow(0777);
    auto journal = opened(path);
    CHECK(fs::status(path).permissions() == fs::perms(0600));
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->forget("a")); // which writes it anew
    CHECK(fs::status(path).permissions() == fs::perms(0600));
}

TEST_CASE("a relative path stays the same file when the program changes its directory") {
    scratch_directory const d;
    fs::path const before = fs::current_path();
    fs::current_path(d.path);
    auto journal = opened("journal");
    fs::current_path(before);
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->intend("b", origin, request, std::nullopt));
    check_done(journal->forget("a"));
    CHECK(d.names() == std::set<std::string>{"journal"});
    CHECK(shown_after_reopening(journal, d.path / "journal") == "b start_again -\n");
}

TEST_CASE("lines don't go into a file that was removed or replaced") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto const journal = opened(path);
    check_done(journal->intend("a", origin, request, std::nullopt));
    fs::rename(path, d.path / "elsewhere");
    auto const check = [&](std::optional<loop::error> const& failure) {
        REQUIRE(failure);
        CHECK(failure->code() == errc::file_failed);
        CHECK(failure->detail == path.string() + " was removed or replaced while it was in use");
    };
    check(journal->sending("a"));
    write_file(path, "");
    check(journal->sending("a"));
    check(journal->forget("a"));
    CHECK(fs::file_size(path) == 0);
    CHECK(shown(*journal) == "a start_again -\n");
    fs::rename(d.path / "elsewhere", path);
    check_done(journal->sending("a"));
    CHECK(shown(*journal) == "a ask -\n");
}

TEST_CASE("threads share a journal") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = opened(path);
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t != 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i != 10; ++i) {
                std::string const key = std::to_string(t) + '.' + std::to_string(i);
                bool const failed = journal->intend(key, origin, request, std::nullopt) ||
                                    journal->sending(key) || journal->started(key, "of " + key) ||
                                    (i != 9 && journal->forget(key));
                failures += failed ? 1 : 0;
            }
        });
    for (std::thread& each : threads)
        each.join();
    CHECK(failures == 0);
    CHECK(journal->entries().size() == 4);
    std::string const before = shown(*journal);
    for (char t : {'0', '1', '2', '3'})
        CHECK(contains(before, std::string(1, t) + ".9 resume of " + t + ".9\n"));
    CHECK(shown_after_reopening(journal, path) == before);
}

} // TEST_SUITE("jobs/journal/journal")
