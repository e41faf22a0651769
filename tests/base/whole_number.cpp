// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/whole_number.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

TEST_SUITE("base/whole_number") {

using intheloop::detail::whole_number;

TEST_CASE("a number is the whole text") {
    CHECK(whole_number<unsigned>("0") == 0u);
    CHECK(whole_number<unsigned>("007") == 7u);
    CHECK(whole_number<int>("-1") == -1);
    CHECK(whole_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
    CHECK(whole_number<std::int64_t>("-9223372036854775808") == INT64_MIN);
    CHECK(whole_number<double>("0.25") == 0.25);
    CHECK(whole_number<double>("-1e3") == -1000.0);
    for (std::string_view const wrong : {"", " ", "+1", " 1", "1 ", "1x", "x", "-", "0x1", "1,0"}) {
        CAPTURE(wrong);
        CHECK_FALSE(whole_number<unsigned>(wrong));
        CHECK_FALSE(whole_number<int>(wrong));
        CHECK_FALSE(whole_number<double>(wrong));
    }
    CHECK_FALSE(whole_number<unsigned>("-1"));
    CHECK_FALSE(whole_number<int>("1.0"));
    std::string_view const longer = "12345";
    CHECK(whole_number<int>(longer.substr(1, 2)) == 23);
}

TEST_CASE("a number that its type can't hold is none") {
    CHECK_FALSE(whole_number<std::uint64_t>("18446744073709551616"));
    CHECK_FALSE(whole_number<std::int64_t>("-9223372036854775809"));
    CHECK_FALSE(whole_number<double>("1e400"));
}

} // TEST_SUITE("base/whole_number")
