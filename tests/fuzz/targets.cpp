// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The bodies of the fuzz targets, on their seeds, on small changes to these, and on inputs that
// failed once: the same each time, and without a fuzzer.
#include <fuzz/endpoints.hpp>
#include <fuzz/mutate.hpp>
#include <fuzz/seeds.hpp>
#include <fuzz/targets.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("fuzz/targets") {

namespace {

std::string shown(std::string_view input) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (char const c : input) {
        auto const octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet < 0x7f && c != '\\')
            text += c;
        else
            text += {'\\', 'x', digits[octet >> 4], digits[octet & 15]};
    }
    return text;
}

// False if a property does not hold, which fails the test.
template <class Target>
bool holds(Target const&, std::string_view input) {
    try {
        Target::run(fuzz::endpoints, fuzz::bytes_of(input));
        return true;
    } catch (std::exception const& e) {
        FAIL_CHECK(Target::name, " with input ", shown(input), ": ", std::string(e.what()));
        return false;
    }
}

} // namespace

TEST_CASE("every property holds for every seed and for small changes to it") {
    constexpr std::size_t changes = 500;
    fuzz::for_each_target([&]<class Target>(Target const& target) {
        auto const seeds = fuzz::seeds_of(target, fuzz::endpoints);
        CHECK(seeds.size() >= 5);
        std::size_t failures = 0;
        fuzz::mutator mutator(1);
        for (std::size_t i = 0; i != seeds.size(); ++i) {
            failures += holds(target, seeds[i].data) ? 0 : 1;
            std::string_view const other = seeds[(i + 1) % seeds.size()].data;
            // A long input takes long.
            std::size_t const left = seeds[i].data.size() > 1000 ? changes / 10 : changes;
            for (std::size_t count = left; count != 0 && failures < 5; --count)
                failures += holds(target, mutator.changed(seeds[i].data, other)) ? 0 : 1;
        }
    });
}

TEST_CASE("every property holds for what failed once") {
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    REQUIRE_MESSAGE(root, "INTHELOOP_TEST_ROOT names no directory; `meson test` sets it");
    std::filesystem::path const all = std::filesystem::path(root) / "tests/fuzz/regressions";
    std::size_t known = 0;
    fuzz::for_each_target([&]<class Target>(Target const& target) {
        std::filesystem::path const own = all / Target::name;
        if (!exists(own))
            return;
        for (auto const& entry : std::filesystem::directory_iterator(own)) {
            std::string input = fuzz::read_input(entry.path());
            CAPTURE(entry.path().filename().string());
            holds(target, input);
            ++known;
            // Which type its beginning means changes when a catalog grows.
            if constexpr (requires { Target::choices(fuzz::endpoints); })
                for (std::size_t i = 0; i != Target::choices(fuzz::endpoints); ++i)
                    holds(target, input.replace(0, 2, fuzz::chosen(i)));
        }
    });
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(all))
        files += entry.is_regular_file() ? 1 : 0;
    CHECK(known == files); // each lies in the directory of a target
    CHECK(known > 0);
}

} // TEST_SUITE("fuzz/targets")
