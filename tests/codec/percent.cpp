// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("codec/percent") {

namespace {

namespace codec = intheloop::codec;

std::string encoded(std::string_view text) {
    std::string out;
    codec::append_percent_encoded(out, text);
    return out;
}

} // namespace

TEST_CASE("of all octets only the unreserved ones of RFC 3986 stand for themselves") {
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr char digits[] = "0123456789ABCDEF";
    for (int octet = 0; octet != 256; ++octet) {
        CAPTURE(octet);
        char const c = static_cast<char>(octet);
        bool const plain = unreserved.find(c) != unreserved.npos;
        CHECK(codec::is_unreserved(c) == plain);
        std::string const expected =
            plain ? std::string(1, c) : std::string{'%', digits[octet / 16], digits[octet % 16]};
        CHECK(encoded(std::string(1, c)) == expected);
    }
}

TEST_CASE("percent-encoding of texts") {
    struct {
        std::string_view text;
        std::string_view encoded;
    } const table[] = {
        {"", ""},
        {"6e1cf0db-52d7-4522-97c9-97aa40b14058", "6e1cf0db-52d7-4522-97c9-97aa40b14058"},
        {"a b", "a%20b"},
        {"a+b", "a%2Bb"},
        {"a/b", "a%2Fb"},
        {"100%", "100%25"},
        {"%2F", "%252F"},
        {"?x=1&y=2#z", "%3Fx%3D1%26y%3D2%23z"},
        {"\xc4\x8d", "%C4%8D"},
        {"\xf0\x9f\x92\xac", "%F0%9F%92%AC"},
        {std::string_view("\0\r\n", 3), "%00%0D%0A"},
        {"..", ".."},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(encoded(row.text) == row.encoded);
    }
}

TEST_CASE("percent-encoding appends") {
    std::string out = "/a/";
    codec::append_percent_encoded(out, "b c");
    CHECK(out == "/a/b%20c");
}

TEST_CASE("what is UTF-8 and what is not") {
    for (std::string_view text :
         {"", "text", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
          "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
          "a\xc4\x8d"
          "b\xf0\x9f\x92\xac"})
        CHECK_MESSAGE(codec::is_utf8(text), encoded(text));
    CHECK(codec::is_utf8(std::string_view("\0", 1)));
    for (std::string_view text : {
             "\x80",
             "\xbf",
             "a\x80", // a continuation byte alone
             "\xc4",
             "\xe2\x82",
             "\xf0\x9f\x92", // cut short
             "\xc4"
             "a",
             "\xe2\x82"
             "a",
             "\xf0\x9f\x92"
             "a",
             "\xc0\x80",
             "\xc1\xbf", // overlong
             "\xe0\x80\x80",
             "\xe0\x9f\xbf",
             "\xf0\x80\x80\x80",
             "\xf0\x8f\xbf\xbf",
             "\xed\xa0\x80",
             "\xed\xbf\xbf", // surrogates
             "\xf4\x90\x80\x80",
             "\xf5\x80\x80\x80",
             "\xff",
             "\xfe",
         })
        CHECK_FALSE_MESSAGE(codec::is_utf8(text), encoded(text));
}

} // TEST_SUITE("codec/percent")
