// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../examples/loop_export/records.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using example::record_scanner;

namespace {

record_scanner scanned(std::string_view text, std::size_t keep = 2) {
    record_scanner scanner(keep);
    scanner.feed(text);
    return scanner;
}

} // namespace

TEST_SUITE("examples/records") {

    TEST_CASE("records are counted, the first ones kept") {
        auto const records = scanned(" [ {\"a\": [1, 2]} ,\n{\"b\":{\"c\":3}},4,\"x\" ]\n");
        CHECK(records.complete());
        CHECK(records.count() == 4);
        CHECK(records.first() == std::vector<std::string>{"{\"a\": [1, 2]}", "{\"b\":{\"c\":3}}"});
    }

    TEST_CASE("strings may hold what elsewhere has a meaning") {
        auto const records = scanned(R"([{"a":"],[\"}\\"},"\\",", ]{",[]])", 9);
        CHECK(records.complete());
        CHECK(records.first() ==
              std::vector<std::string>{R"({"a":"],[\"}\\"})", R"("\\")", R"(", ]{")", "[]"});
    }

    TEST_CASE("it does not matter where the pieces end") {
        std::string const text = R"([{"a":"\\\"é, ]"}, {"b":[{}]} ,"",7])";
        auto const whole = scanned(text, 9);
        record_scanner bytewise(9);
        for (char const& c : text)
            bytewise.feed(std::string_view(&c, 1));
        CHECK(bytewise.complete());
        CHECK(whole.count() == 4);
        CHECK(bytewise.first() == whole.first());
    }

    TEST_CASE("an empty array is whole, and nothing need be kept") {
        CHECK(scanned("[]").complete());
        CHECK(scanned(" [ ] ").count() == 0);
        CHECK(scanned("[1,2,3]", 0).first().empty());
        CHECK(scanned("[1,2,3]", 0).count() == 3);
    }

    TEST_CASE("what is no array, or broken off, is not complete") {
        for (char const* text : {"",     " ",    "{}",    "7",   "\"[]\"",     "[",   "[1",
                                 "[1,",  "[1,]", "[,1]",  "[,]", "[1,,2]",     "[]]", "[][]",
                                 "[] x", "[1}",  "[\"a]", "x[]", "PK\x03\x04", "[{]"}) {
            CAPTURE(text);
            CHECK_FALSE(scanned(text).complete());
        }
    }
}
