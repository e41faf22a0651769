// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/query.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("base/query") {

namespace {

using intheloop::detail::path_of;
using intheloop::detail::query_reader;

// "[name=value]" of each parameter, "[name]" where it has no value.
std::string walked(std::string_view target) {
    std::string text;
    for (query_reader query(target); query.next();) {
        CHECK(std::string(query.name()) + (query.has_value() ? "=" : "") +
                  std::string(query.value()) ==
              query.parameter());
        text += '[' + std::string(query.parameter()) + ']';
    }
    return text;
}

} // namespace

TEST_CASE("a path ends before the query") {
    CHECK(path_of("/a/b?c=d?e") == "/a/b");
    CHECK(path_of("/a") == "/a");
    CHECK(path_of("?a").empty());
    CHECK(path_of("").empty());
}

TEST_CASE("parameters come as they are spelled") {
    CHECK(walked("/a").empty());
    CHECK(walked("").empty());
    CHECK(walked("/a?b=c&d=%20e&f") == "[b=c][d=%20e][f]");
    CHECK(walked("?a=b=c&=d&e=") == "[a=b=c][=d][e=]");
    CHECK(walked("/a?b?c=d") == "[b?c=d]");
}

TEST_CASE("empty parameters come too") {
    CHECK(walked("/a?") == "[]");
    CHECK(walked("/a?&") == "[][]");
    CHECK(walked("/a?b&&c&") == "[b][][c][]");
}

TEST_CASE("a name ends with the first sign, and a value is what follows") {
    query_reader query("/a?b=c=d&e");
    REQUIRE(query.next());
    CHECK(query.name() == "b");
    CHECK(query.value() == "c=d");
    REQUIRE(query.next());
    CHECK(query.name() == "e");
    CHECK_FALSE(query.has_value());
    CHECK(query.value().empty());
    CHECK_FALSE(query.next());
    CHECK_FALSE(query.next());
}

} // TEST_SUITE("base/query")
