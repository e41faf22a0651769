// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A disk on which there is no space left.
#include "fixture.hpp"

#include <support/full_disk.hpp>

#include <cstddef>
#include <set>

TEST_SUITE("jobs/journal/full_disk") {

using namespace fixture;
using tests::full_disk;

TEST_CASE("a disk that is full, at any byte of a line, leaves what was there") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = opened(path);
    check_done(journal->intend("a", origin, request, std::nullopt));
    std::string const before = content_of(path);
    auto const sending_with_space_for = [&](std::size_t bytes) {
        full_disk const full(before.size() + bytes);
        return journal->sending("a");
    };
    std::size_t space = 0;
    while (auto const failure = sending_with_space_for(space)) {
        CAPTURE(space);
        CHECK(failure->code() == errc::file_failed);
        CHECK(contains(failure->detail, "File too large"));
        CHECK(content_of(path) == before);
        CHECK(shown(*journal) == "a start_again -\n");
        ++space;
    }
    CHECK(space > 40);
    CHECK(content_of(path).size() == before.size() + space);
    CHECK(shown_after_reopening(journal, path) == "a ask -\n");
}

TEST_CASE("a disk that is full when an entry is forgotten leaves the entry") {
    scratch_directory const d;
    fs::path const path = d.path / "journal";
    auto journal = opened(path);
    check_done(journal->intend("a", origin, request, std::nullopt));
    check_done(journal->intend("b", origin, request, std::nullopt));
    std::string const before = content_of(path);
    {
        full_disk const full(before.size() / 2 - 1);
        auto const failure = journal->forget("a");
        REQUIRE(failure);
        CHECK(contains(failure->detail, "File too large"));
    }
    CHECK(content_of(path) == before);
    CHECK(d.names() == std::set<std::string>{"journal"});
    CHECK(shown_after_reopening(journal, path) == "a start_again -\nb start_again -\n");
    write_file(path.string() + ".compacting", "what a program left that was killed");
    check_done(journal->forget("a"));
    CHECK(d.names() == std::set<std::string>{"journal"});
    CHECK(shown_after_reopening(journal, path) == "b start_again -\n");
}

} // TEST_SUITE("jobs/journal/full_disk")
