// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The rows of an export, cut out of pieces of any size.
#include <intheloop/codec/detail/row_splitter.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/row_splitter") {

namespace {

namespace loop = intheloop;
using loop::errc;
using loop::codec::row_splitter;
using step = row_splitter::step;
using texts = std::vector<std::string>;

// All that a splitter says of an input.
struct outcome {
    texts rows;
    std::vector<std::uint64_t> begins;
    std::string failure;
    boost::system::error_code code;
    std::uint64_t bytes = 0;

    friend bool operator==(outcome const&, outcome const&) = default;
};

outcome split(std::vector<std::string_view> const& pieces, loop::row_options const& how = {}) {
    row_splitter splitter(how);
    outcome found;
    auto piece = pieces.begin();
    for (;;) {
        step const now = splitter.next();
        if (now == step::row) {
            found.rows.emplace_back(splitter.row());
            found.begins.push_back(splitter.row_begin());
        } else if (now == step::need_piece) {
            if (piece != pieces.end())
                splitter.feed(*piece++);
            else
                splitter.feed_end();
        } else {
            CHECK(splitter.next() == now); // and again
            CHECK(splitter.rows() == found.rows.size());
            found.bytes = splitter.bytes();
            if (now == step::failed) {
                found.failure = splitter.failure().detail;
                found.code = splitter.failure().code();
            }
            return found;
        }
    }
}

// As a whole; byte by byte; in two, cut at each position; with empty pieces: it must not matter.
outcome split_in_every_way(std::string_view text, loop::row_options const& how = {}) {
    outcome const whole = split({text}, how);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i != text.size(); ++i)
        bytes.push_back(text.substr(i, 1));
    CHECK(split(bytes, how) == whole);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CAPTURE(cut);
        CHECK(split({text.substr(0, cut), "", text.substr(cut)}, how) == whole);
    }
    return whole;
}

struct good_input {
    std::string_view text;
    texts rows;
};
struct bad_input {
    std::string_view text;
    std::size_t rows; // before the failure
    std::string_view failure;
};

} // namespace

TEST_CASE("an array's elements are its rows") {
    std::vector<good_input> const inputs = {
        {"[]", {}},
        {" \t\r\n[ \n ]\n ", {}},
        {R"([{"a":1}])", {R"({"a":1})"}},
        {R"([{"a":1},{"b":2}])", {R"({"a":1})", R"({"b":2})"}},
        {"[ {\"a\" : 1 }\r\n,\t{} ] ", {"{\"a\" : 1 }", "{}"}},
        {"\xef\xbb\xbf[{}]", {"{}"}},
        {"\xef\xbb\xbf \n[{}]", {"{}"}},
        // brackets and quotes within strings
        {R"([{"a":"}]{[,"},{"b":"\"}"}])", {R"({"a":"}]{[,"})", R"({"b":"\"}"})"}},
        {R"([{"a\\":"\\"},{"\\\"":"\\\\\""}])", {R"({"a\\":"\\"})", R"({"\\\"":"\\\\\""})"}},
        {R"(["\ud83d\ude00","\u0022]"])", {R"("\ud83d\ude00")", R"("\u0022]")"}},
        {"[\"\xf0\x9f\x98\x80\",\"\xc5\xa1\"]", {"\"\xf0\x9f\x98\x80\"", "\"\xc5\xa1\""}},
        // nested
        {"[[],[[1,[2]],{}],[[]]]", {"[]", "[[1,[2]],{}]", "[[]]"}},
        {R"([{"a":[{"b":[]},{}]}])", {R"({"a":[{"b":[]},{}]})"}},
        // scalars
        {R"([1,-2.5e+3 ,true,false,null,"",0])",
         {"1", "-2.5e+3", "true", "false", "null", "\"\"", "0"}},
        {"[12]", {"12"}},
        // no valid JSON, which their parser finds out
        {"[NaN,Infinity, -Infinity ,undefined]", {"NaN", "Infinity", "-Infinity", "undefined"}},
        {"[{\"a\":NaN},nul,{\"a\" \"b\"}]", {"{\"a\":NaN}", "nul", "{\"a\" \"b\"}"}},
        {"[\"\xff\",\"\n\",\"\\ud83d\",\"\\x\"]", {"\"\xff\"", "\"\n\"", "\"\\ud83d\"", "\"\\x\""}},
        {"[12 ]", {"12"}},
    };
    for (good_input const& input : inputs) {
        CAPTURE(input.text);
        outcome const found = split_in_every_way(input.text);
        CHECK(found.failure == "");
        CHECK(found.rows == input.rows);
        CHECK(found.bytes == input.text.size());
        REQUIRE(found.begins.size() == found.rows.size());
        for (std::size_t i = 0; i != found.rows.size(); ++i)
            CHECK(input.text.substr(found.begins[i]).starts_with(found.rows[i]));
    }
}

TEST_CASE("so are the objects of a sequence") {
    std::vector<good_input> const inputs = {
        {"{}", {"{}"}},
        {" {\"a\":1}\n", {"{\"a\":1}"}},
        {"{\"a\":1}\n{\"b\":[{}]}\n", {"{\"a\":1}", "{\"b\":[{}]}"}},
        {"{\"a\":1}\r\n\r\n{}", {"{\"a\":1}", "{}"}},
        {"\xef\xbb\xbf{}{} {}", {"{}", "{}", "{}"}},
        {"{\n \"a\": \"}\"\n}\n{}", {"{\n \"a\": \"}\"\n}", "{}"}},
    };
    for (good_input const& input : inputs) {
        CAPTURE(input.text);
        outcome const found = split_in_every_way(input.text);
        CHECK(found.failure == "");
        CHECK(found.rows == input.rows);
    }
}

TEST_CASE("what is wrong between the rows is named, with its row and its byte") {
    std::vector<bad_input> const inputs = {
        {"[{}{}]", 1, "at row 1, byte 3: expected ',' or ']', got '{'"},
        {"[1 2]", 1, "at row 1, byte 3: expected ',' or ']', got '2'"},
        {"[{}}", 1, "at row 1, byte 3: expected ',' or ']', got '}'"},
        {"[1:2]", 1, "at row 1, byte 2: expected ',' or ']', got ':'"},
        {"[{},,{}]", 1, "at row 1, byte 4: expected a value, got ','"},
        {"[{},]", 1, "at row 1, byte 4: expected a value, got ']'"},
        {"[,{}]", 0, "at row 0, byte 1: expected a value, got ','"},
        {"[}", 0, "at row 0, byte 1: expected a value, got '}'"},
        {"[\xc5\xa1]", 0, "at row 0, byte 1: expected a value, got byte 0xc5"},
        {"[{}]x", 1, "at row 1, byte 4: expected nothing after the array, got 'x'"},
        {"[] \n[]", 0, "at row 0, byte 4: expected nothing after the array, got '['"},
        {"[1]]", 1, "at row 1, byte 3: expected nothing after the array, got ']'"},
        {std::string_view("[1]\0", 4), 1,
         "at row 1, byte 3: expected nothing after the array, got byte 0x00"},
        {"{},{}", 1, "at row 1, byte 2: expected an object, got ','"},
        {"{}\n[]", 1, "at row 1, byte 3: expected an object, got '['"},
        {"{}}", 1, "at row 1, byte 2: expected an object, got '}'"},
        {"<html>", 0, "at row 0, byte 0: expected an array or objects, got '<'"},
        {"NaN", 0, "at row 0, byte 0: expected an array or objects, got 'N'"},
        {"['a']", 0, "at row 0, byte 1: expected a value, got '''"},
        {"\xff\xfe[", 0, "at row 0, byte 0: expected an array or objects, got byte 0xff"},
        {"\xef\xbb[]", 0, "at row 0, byte 2: expected the rest of a byte order mark, got '['"},
        {" \xef\xbb\xbf[]", 0, "at row 0, byte 1: expected an array or objects, got byte 0xef"},
    };
    for (bad_input const& input : inputs) {
        CAPTURE(input.text);
        outcome const found = split_in_every_way(input.text);
        CHECK(found.failure == input.failure);
        CHECK(found.code == errc::invalid_json);
        CHECK(found.rows.size() == input.rows);
    }
}

TEST_CASE("JSON that has no rows is JSON of another shape") {
    for (std::string_view text : {"\"[]\"", " 17", "true", "null", "-1"}) {
        CAPTURE(text);
        CHECK(split_in_every_way(text).code == errc::unexpected_json);
    }
}

TEST_CASE("an input that ends too early says where") {
    std::vector<bad_input> const inputs = {
        {"", 0, "the input is empty"},
        {" \n", 0, "the input is empty"},
        {"\xef\xbb\xbf", 0, "the input is empty"},
        {"[", 0, "the input ends before row 0, at byte 1"},
        {"[{},", 1, "the input ends before row 1, at byte 4"},
        {"[{}", 1, "the input ends with its array open before row 1, at byte 3"},
        {"[{\"a\":1", 0, "the input ends within row 0, at byte 7"},
        {"[{\"a\":\"x", 0, "the input ends within row 0, at byte 8"},
        {"[{\"a\":\"\\", 0, "the input ends within row 0, at byte 8"},
        {"[{},12", 1, "the input ends within row 1, at byte 6"}, // it may go on
        {"{}\n{\"a\":[", 1, "the input ends within row 1, at byte 9"},
    };
    for (bad_input const& input : inputs) {
        CAPTURE(input.text);
        outcome const found = split_in_every_way(input.text);
        CHECK(found.failure == input.failure);
        CHECK(found.code == errc::invalid_json);
        CHECK(found.rows.size() == input.rows);
    }
}

TEST_CASE("every beginning of an export is an error, and of a sequence at the rows' ends only") {
    std::string_view const array = R"([{"a":[1,"\"]"]}, 2 ,["x"]])";
    for (std::size_t size = 0; size != array.size(); ++size) {
        CAPTURE(size);
        CHECK(split_in_every_way(array.substr(0, size)).code == errc::invalid_json);
    }
    std::string_view const sequence = "{\"a\":{}}\n{\"b\":\"}\"}";
    for (std::size_t size = 0; size <= sequence.size(); ++size) {
        CAPTURE(size);
        bool const at_end = size == 8 || size == 9 || size == sequence.size();
        CHECK(split_in_every_way(sequence.substr(0, size)).failure.empty() == at_end);
    }
}

TEST_CASE("a row may be as large as the limit, and no larger") {
    loop::row_options how;
    how.max_row_size = 7;
    for (std::string_view row : {R"({"a":1})", R"("12345")", "[1,[2]]", "1234567"}) {
        CAPTURE(row);
        std::string const text = "[ 1, " + std::string(row) + " ,2]";
        CHECK(split_in_every_way(text, how).rows == texts{"1", std::string(row), "2"});
        CHECK(split_in_every_way("[" + std::string(row) + "]", how).rows.size() == 1);
    }
    for (std::string_view row :
         {R"({"a":12})", R"("123456")", "[1,[23]]", "12345678", "\"1234567"}) {
        CAPTURE(row);
        outcome const found = split_in_every_way("[ 1, " + std::string(row) + " ,2]", how);
        CHECK(found.failure == "row 1, which begins at byte 5, is larger than 7 bytes");
        CHECK(found.code == errc::response_too_large);
    }
    CHECK(split_in_every_way("{\"a\":1}\n{\"a\":12}", how).code == errc::response_too_large);
    how.max_row_size = std::size_t(-1);
    CHECK(split_in_every_way("[{}, {}]", how).rows.size() == 2);
}

TEST_CASE("a row may be as deep as the limit, and no deeper") {
    loop::row_options how;
    how.max_depth = 3;
    CHECK(split_in_every_way(R"([[[[]]],{"a":[{}],"b":[[]]}])", how).rows.size() == 2);
    outcome const found = split_in_every_way(R"([1,{"a":[[[]]]}])", how);
    CHECK(found.failure == "at row 1, byte 10: deeper than 3 levels");
    CHECK(found.code == errc::invalid_json);
    CHECK(found.rows == texts{"1"});
    how.max_depth = 0;
    CHECK(split_in_every_way("[1,\"[\"]", how).rows.size() == 2);
}

TEST_CASE("what has a meaning has it at each place of a long row") {
    std::string const input =
        R"([{"key":"a text of some length","and":["more texts",{"of":"it"}]},)"
        R"({"the second":"row"},7])";
    std::size_t good = 0;
    for (char const c : std::string_view("\"\\{}[]"))
        for (std::size_t at = 0; at <= input.size(); ++at) {
            CAPTURE(c);
            CAPTURE(at);
            std::string changed = input;
            changed.insert(at, 1, c);
            outcome const found = split_in_every_way(changed);
            good += found.failure.empty();
            if (found.failure.empty() && found.rows.size() == 3)
                CHECK(found.rows[1] == changed.substr(static_cast<std::size_t>(found.begins[1]),
                                                      found.rows[1].size()));
        }
    CHECK(good > 100); // within strings
}

TEST_CASE("a row that lies in one piece is not copied") {
    std::string_view const piece = "[{\"a\":1},{\"b\":2";
    row_splitter splitter;
    REQUIRE(splitter.next() == step::need_piece);
    splitter.feed(piece);
    REQUIRE(splitter.next() == step::row);
    CHECK(splitter.row().data() == piece.data() + 1);
    REQUIRE(splitter.next() == step::need_piece);
    splitter.feed("}]");
    REQUIRE(splitter.next() == step::row);
    CHECK(splitter.row() == "{\"b\":2}");
}

} // TEST_SUITE("codec/row_splitter")
