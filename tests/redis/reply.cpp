// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/fleet/detail/redis_reply.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("redis/reply") {

namespace {

using intheloop::redis::append_command;
using intheloop::redis::reply;
using intheloop::redis::reply_reader;
using progress = reply_reader::progress;

// Writes a reply in one line.
std::string shown(reply const& of) {
    switch (of.type) {
    case reply::kind::nil: return "nil";
    case reply::kind::status: return '+' + of.text;
    case reply::kind::error: return '-' + of.text;
    case reply::kind::integer: return std::to_string(of.number);
    case reply::kind::text: return '"' + of.text + '"';
    case reply::kind::array: break;
    }
    std::string all = "[";
    for (reply const& each : of.items)
        all += (all.size() == 1 ? "" : " ") + shown(each);
    return all + ']';
}

std::string read(std::vector<std::string_view> const& pieces, std::size_t max_size = 1024) {
    reply_reader reader(max_size);
    std::string all;
    for (std::string_view const piece : pieces) {
        reader.feed(piece);
        reply got;
        progress how;
        while ((how = reader.next(got)) == progress::got_reply)
            all += (all.empty() ? "" : ", ") + shown(got);
        if (how == progress::is_broken)
            return all + (all.empty() ? "broken" : ", broken");
    }
    return all;
}

} // namespace

TEST_CASE("replies are read however they are cut") {
    std::string_view const text = "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*0\r\n"
                                  "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n$0\r\n\r\n";
    std::string const expected =
        "+OK, -ERR no, -42, \"a\r\nbc\", nil, nil, [], [1 [\"x\" []] \"\"]";
    CHECK(read({text}) == expected);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        CHECK(read({text.substr(0, cut), text.substr(cut)}) == expected);
    std::vector<std::string_view> octets;
    for (std::size_t i = 0; i != text.size(); ++i)
        octets.push_back(text.substr(i, 1));
    CHECK(read(octets) == expected);
}

TEST_CASE("what is no reply breaks the connection, and takes no memory") {
    struct {
        char const* name;
        std::string text;
    } const cases[] = {
        {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"},
        {"TLS", std::string("\x15\x03\x01\x00\x02\x02\x46", 7)},
        {"a text longer than allowed", "$1025\r\n" + std::string(1030, 'x')},
        {"a huge array, of which elements come", "*2147483647\r\n" +
                                                     [] {
                                                         std::string all;
                                                         for (int i = 0; i != 1024; ++i)
                                                             all += ":1\r\n";
                                                         return all;
                                                     }()},
        {"a length that is no number", "$x\r\n"},
        {"a negative length", "*-2\r\n"},
        {"arrays that never end",
         [] {
             std::string all;
             for (int i = 0; i != 100; ++i)
                 all += "*1\r\n";
             return all;
         }()},
        {"a double of a later protocol", ",1.5\r\n"},
        {"a map of a later protocol", "%1\r\n+a\r\n+b\r\n"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        CHECK(read({each.text}) == "broken");
        CHECK(read({"+OK\r\n", each.text}) == "+OK, broken");
        CHECK(read({"*2\r\n:1\r\n", each.text}) == "broken");
    }
}

TEST_CASE("any bytes are read alike, however they are cut") {
    constexpr std::string_view parts[] = {"*",     "$",          ":",      "+",      "-",      "_",
                                          "%",     "#",          ",",      "1",      "2",      "-1",
                                          "0",     "9999999999", "\r\n",   "\r",     "\n",     "ab",
                                          "x\r\n", "*2\r\n",     "$1\r\n", ":3\r\n", "+OK\r\n"};
    intheloop::detail::random_numbers random(1);
    for (int round = 0; round != 20'000; ++round) {
        std::string text;
        for (auto count = random.next() % 12; count != 0; --count)
            text += parts[random.next() % std::size(parts)];
        auto const cut = random.next() % (text.size() + 1);
        CAPTURE(text);
        CHECK(read({text}) ==
              read({std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}));
    }
}

TEST_CASE("the limit counts for each reply anew") {
    std::string const one = "$700\r\n" + std::string(700, 'x') + "\r\n";
    CHECK(read({one, one, one}) == read({one}) + ", " + read({one}) + ", " + read({one}));
    CHECK(read({one}) == '"' + std::string(700, 'x') + '"');
}

TEST_CASE("an error has a code if it begins with one") {
    struct {
        char const* text;
        char const* code;
    } const cases[] = {
        {"NOSCRIPT No matching script", "NOSCRIPT"},
        {"WRONGPASS", "WRONGPASS"},
        {"ERR unknown", "ERR"},
        {"unknown", "ERR"},
        {"Err unknown", "ERR"},
        {"", "ERR"},
        {"THISWORDISLONGERTHANANYCODEIS x", "ERR"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.text);
        reply failed(reply::kind::error);
        failed.text = each.text;
        CHECK(failed.error_code() == each.code);
    }
}

TEST_CASE("a command may have any bytes") {
    std::string out = "before ";
    append_command(out, {"SET", std::string_view("a\0\r\n", 4), ""});
    CHECK(out == "before " + std::string("*3\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 29));
}

} // TEST_SUITE("redis/reply")
