// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/headers.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>

TEST_SUITE("base/headers") {

namespace {

using intheloop::headers;

// Names of all lengths and of many beginnings and ends: most of them share what find() looks at
// first with another one.
std::string name_of(std::size_t number, bool is_upper) {
    std::string const letters = is_upper ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"
                                         : "abcdefghijklmnopqrstuvwxyz-0123456789";
    std::string name;
    for (std::size_t i = 0; i != 1 + number % 20; ++i)
        name += letters[(number * 7 + i * (number / 20 + 1)) % letters.size()];
    return name + letters[number % letters.size()];
}

} // namespace

TEST_CASE("a field is found by its name in any case, and no other one is") {
    constexpr std::size_t names = 300;
    for (std::size_t present = 0; present != names; ++present) {
        headers one;
        one.append(name_of(present, false), "value");
        for (std::size_t asked = 0; asked != names; ++asked)
            for (bool const is_upper : {false, true}) {
                std::string const name = name_of(asked, is_upper);
                bool const is_there = name_of(asked, false) == name_of(present, false);
                REQUIRE(one.find(name).has_value() == is_there);
                REQUIRE(one.count(name) == (is_there ? 1 : 0));
            }
    }
}

TEST_CASE("the first field of a name is found, and a copy has the same fields") {
    headers fields;
    CHECK_FALSE(fields.find("a"));
    fields.append("A", "1");
    fields.append("b", "2");
    fields.append("a", "3");
    headers const copy = fields;
    CHECK(fields.find("a") == "1");
    CHECK(copy.find("a") == "1");
    CHECK(copy.find("B") == "2");
    headers const moved = std::move(fields);
    CHECK(moved.find("b") == "2");
}

TEST_CASE("a name is forgotten with its field, and may come again") {
    headers fields;
    fields.append("Retry-After", "1");
    fields.clear();
    CHECK_FALSE(fields.find("Retry-After"));
    fields.append("retry-after", "2");
    CHECK(fields.find("Retry-After") == "2");
}

TEST_CASE("a field without a name is a field") {
    headers fields;
    CHECK_FALSE(fields.find(""));
    fields.append("", "value");
    CHECK(fields.find("") == "value");
}

} // TEST_SUITE("base/headers")
