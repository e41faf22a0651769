// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An export of 1 GiB, row by row through loop-export, in less than 32 MiB.
#include <tools/export_rows.hpp>
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

TEST_SUITE("tools/large_exports/large_exports") {

TEST_CASE("loop-export takes less than 32 MiB for an export of 1 GiB" *
          doctest::skip(tests::directory_of_programs().empty())) {
    tests::export_rows const rows((std::uint64_t(1) << 30) / tests::export_rows::bytes_of_row);
    tests::server_options options;
    options.content = rows.content();
    tests::scene s(options);
    auto const began = std::chrono::steady_clock::now();
    auto p = s.start_export({"--ndjson", "-o", "/dev/null"});
    p.watch_memory();
    REQUIRE(p.wait() == 0);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    MESSAGE("peak of memory: ", p.peak_memory(), " KiB; ", took.count(), " s");
    CHECK(p.peak_memory() > 0);
    CHECK(p.peak_memory() < 32 * 1024);
    CHECK(tests::contains(p.err(), "4,194,304 rows, 1,073,741,825 bytes read, "));
}

} // TEST_SUITE("tools/large_exports/large_exports")
