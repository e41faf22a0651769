// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// What README.md repeats of other files is still what they say.
#include <intheloop.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

std::string file(char const* name) {
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    REQUIRE(root);
    std::ifstream in(std::string(root) + '/' + name);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_SUITE("readme") {

    TEST_CASE("the first program is examples/quick_start.cpp") {
        std::string const program = file("examples/quick_start.cpp");
        auto const begin = program.find("#include");
        REQUIRE(begin != program.npos);
        CHECK(file("README.md").find("```cpp\n" + program.substr(begin) + "```\n") !=
              std::string::npos);
    }

    TEST_CASE("each documented endpoint has its row in the table of routes") {
        std::string const readme = file("README.md");
        intheloop::documented_endpoints.for_each([&](auto const& endpoint) {
            std::string row = "\n| ";
            row += to_string(endpoint.method);
            row += " | ";
            row += endpoint.route;
            row += " | ";
            auto const begin = readme.find(row);
            REQUIRE_MESSAGE(begin != readme.npos, endpoint.description());
            auto const end = readme.find('\n', begin + 1);
            CHECK(readme.substr(begin, end - begin)
                      .ends_with(endpoint.is_idempotent ? " | yes |" : " | no |"));
        });
    }
}
