// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/ascii.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

TEST_SUITE("base/ascii") {

namespace {

using namespace intheloop::detail;

// All octets for which a function says yes, in their order.
std::string octets_where(bool (*holds)(char) noexcept) {
    std::string found;
    for (int octet = 0; octet != 256; ++octet)
        if (holds(static_cast<char>(octet)))
            found += static_cast<char>(octet);
    return found;
}

constexpr std::string_view digits = "0123456789";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";

} // namespace

TEST_CASE("classes of characters hold ASCII only") {
    CHECK(octets_where(&is_digit) == digits);
    CHECK(octets_where(&is_letter) == std::string(upper) + std::string(lower));
    CHECK(octets_where(&is_word_char) ==
          std::string(digits) + std::string(upper) + '_' + std::string(lower));
    // RFC 9110, 5.6.2
    CHECK(octets_where(&is_token_char) == "!#$%&'*+-." + std::string(digits) + std::string(upper) +
                                              "^_`" + std::string(lower) + "|~");
    std::string controls;
    for (char c = 0; c != ' '; ++c)
        controls += c;
    CHECK((octets_where(&is_control) == controls + '\x7f'));
}

TEST_CASE("cases are those of ASCII") {
    CHECK(to_lower(upper) == lower);
    std::string all;
    for (int octet = 0; octet != 256; ++octet)
        all += static_cast<char>(octet);
    std::string expected = all;
    expected.replace('A', upper.size(), lower);
    CHECK((to_lower(all) == expected));
    CHECK(to_lower(std::string_view()).empty());
    CHECK(equal_ignoring_case("Content-TYPE", "content-type"));
    CHECK_FALSE(equal_ignoring_case("content-type", "content_type"));
    CHECK_FALSE(equal_ignoring_case("content", "content-type"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
}

TEST_CASE("beginnings and ends are compared in both cases") {
    CHECK(begins_with_ignoring_case("Content-Type", "content-"));
    CHECK(begins_with_ignoring_case("content-", "Content-"));
    CHECK(begins_with_ignoring_case("", ""));
    CHECK_FALSE(begins_with_ignoring_case("content", "content-"));
    CHECK_FALSE(begins_with_ignoring_case("x-content-", "content-"));
    CHECK(ends_with_ignoring_case("application/problem+JSON", "+json"));
    CHECK(ends_with_ignoring_case("+json", "+JSON"));
    CHECK(ends_with_ignoring_case("", ""));
    CHECK_FALSE(ends_with_ignoring_case("json", "+json"));
    CHECK_FALSE(ends_with_ignoring_case("application/problem+json;", "+json"));
}

TEST_CASE("space is taken from both ends") {
    CHECK(trimmed(" \t a b\t ") == "a b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed(" \t").empty());
    CHECK(trimmed("").empty());
    CHECK(trimmed("\r\n a") == "\r\n a");
    CHECK(trimmed("\r\n a \n", " \t\r\n") == "a");
}

TEST_CASE("hexadecimal digits are read in both cases and written in lower case") {
    for (int octet = 0; octet != 256; ++octet) {
        CAPTURE(octet);
        char const c = static_cast<char>(octet);
        std::size_t const place = std::string_view("0123456789abcdef").find(to_lower(c));
        CHECK(hexadecimal_value(c) == (place == std::string::npos ? -1 : static_cast<int>(place)));
        std::string const text = to_hexadecimal({&c, 1});
        CHECK(text.size() == 2);
        CHECK(hexadecimal_octet(text) == octet);
    }
    CHECK(to_hexadecimal("\x01\xab\xff") == "01abff");
    CHECK(to_hexadecimal("").empty());
    CHECK(hexadecimal_octet("Ff rest") == 255);
    for (std::string_view wrong : {"", "f", "fg", "gf", "-1", "+1", " 1", "0x"}) {
        CAPTURE(wrong);
        CHECK(hexadecimal_octet(wrong) == -1);
    }
}

} // TEST_SUITE("base/ascii")
