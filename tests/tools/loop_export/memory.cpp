// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How much memory loop-export takes.
#include <support/sanitizers.hpp>
#include <tools/export_rows.hpp>
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <string>

TEST_SUITE("tools/loop_export/memory") {

namespace {

using tests::contains;
using tests::export_rows;
using tests::scene;

constexpr std::size_t limit = 32 * 1024; // KiB

} // namespace

TEST_CASE("an export that is larger than the memory is written row by row" *
          doctest::skip(support::is_sanitized)) {
    export_rows const rows((std::uint64_t(64) << 20) / export_rows::bytes_of_row);
    tests::server_options options;
    options.content = rows.content();
    scene s(options);
    SUBCASE("as lines") {
        auto p = s.start_export({"--ndjson"});
        p.watch_memory();
        REQUIRE(p.wait() == 0);
        MESSAGE("peak of memory: ", p.peak_memory(), " KiB");
        CHECK(p.peak_memory() > 0);
        CHECK(p.peak_memory() < limit);
        std::ifstream written(s.file);
        std::uint64_t count = 0, wrong = 0;
        for (std::string line; std::getline(written, line); ++count)
            wrong += line == export_rows::row(count) ? 0 : 1;
        CHECK(count == rows.count());
        CHECK(wrong == 0);
    }
    SUBCASE("as a table") {
        auto p = s.start_export({"--csv"});
        p.watch_memory();
        REQUIRE(p.wait() == 0);
        MESSAGE("peak of memory: ", p.peak_memory(), " KiB");
        CHECK(p.peak_memory() > 0);
        CHECK(p.peak_memory() < limit);
        CHECK(contains(p.err(), ": 262,144 rows, "));
    }
    SUBCASE("and into a file, as it is") {
        auto p = s.start_export();
        p.watch_memory();
        REQUIRE(p.wait() == 0);
        MESSAGE("peak of memory: ", p.peak_memory(), " KiB");
        CHECK(p.peak_memory() > 0);
        CHECK(p.peak_memory() < limit);
        CHECK(std::filesystem::file_size(s.file) == rows.size());
        CHECK(contains(p.err(), ": 262,144 rows, "));
    }
}

} // TEST_SUITE("tools/loop_export/memory")
