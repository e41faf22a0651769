// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/cut_text.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string_view>

TEST_SUITE("base/cut_text") {

using intheloop::detail::cut_text;
using intheloop::detail::shortened;

TEST_CASE("a text is cut between characters") {
    std::string_view const text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"; // of 1, 2, 3 and 4 bytes
    CHECK(cut_text(text, 10) == text);
    CHECK(cut_text(text, 100) == text);
    std::size_t const kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6}; // of so many bytes
    for (std::size_t longest = 0; longest != 10; ++longest) {
        CAPTURE(longest);
        CHECK(cut_text(text, longest) == text.substr(0, kept[longest]));
    }
    CHECK(cut_text("\x80\x80\x80", 2).empty()); // no text
}

TEST_CASE("what is left out is told") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc...");
    CHECK(shortened("ab\xc3\xa9", 3) == "ab...");
    CHECK(shortened("", 0).empty());
}

} // TEST_SUITE("base/cut_text")
