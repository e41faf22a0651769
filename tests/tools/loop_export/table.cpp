// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/loop_export/table.hpp"
#include "../../../tools/loop_export/progress.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

TEST_SUITE("tools/loop_export/table") {

namespace {

std::string table(std::vector<char const*> const& records, std::size_t line) {
    std::ostringstream out;
    tools::print_table(out, {records.begin(), records.end()}, line);
    return "\n" + out.str();
}

} // namespace

TEST_CASE("a text is cut between characters") {
    CHECK(tools::width("Größe") == 5);
    CHECK(tools::cut("Größe", 5) == "Größe");
    CHECK(tools::cut("Größen", 5) == "Gr...");
    CHECK(tools::cut("öööööö", 5) == "öö...");
    CHECK(tools::cut("abcdef", 2) == "..");
    CHECK(tools::cut("abcdef", 0) == "");
    CHECK(tools::cut("", 0) == "");
}

TEST_CASE("a text of others has no power over the terminal") {
    CHECK(tools::one_line("a\nb\tc\x1b[2J\x7f") == "a b c [2J ");
    CHECK(tools::one_line("\xc2\x9b"
                          "2J\xc2\xa0x\xc2") == " 2J\xc2\xa0x\xc2");
    // Where each of them moves all that follows, this takes minutes.
    std::string many;
    for (int i = 0; i != 3'000'000; ++i)
        many += "\xc2\x80";
    CHECK(tools::one_line(many) == std::string(3'000'000, ' '));
}

TEST_CASE("numbers are grouped") {
    CHECK(tools::grouped(0) == "0");
    CHECK(tools::grouped(999) == "999");
    CHECK(tools::grouped(1000) == "1,000");
    CHECK(tools::grouped(1234567) == "1,234,567");
    CHECK(tools::grouped(18446744073709551615u) == "18,446,744,073,709,551,615");
}

TEST_CASE("columns come from the records, numbers stand to the right") {
    CHECK(table({R"({"id":"a","n":5,"mixed":1})",
                 R"({"id":"long one","n":1200,"mixed":"x","tags":["é",null]})",
                 R"({"n":null,"tags":{}})"},
                80) == R"(
id           n  mixed  tags
--------  ----  -----  ----------
a            5  1
long one  1200  x      ["é",null]
                       {}
)");
}

TEST_CASE("numbers are shown as they are written") {
    CHECK(table({R"({"n":18446744073709551617,"d":1.50})", R"({"n":1e400,"d":[-0, 1.0]})"}, 80) ==
          R"(
                   n  d
--------------------  --------
18446744073709551617  1.50
               1e400  [-0,1.0]
)");
}

TEST_CASE("records that are no objects have one column") {
    CHECK(table({"1", "true", "[1,2]"}, 80) == R"(
value
-----
1
true
[1,2]
)");
    CHECK(table({}, 80) == "\n");
    CHECK(table({"{}"}, 80) == "\n");
}

TEST_CASE("long cells are cut, columns without a place are named") {
    CHECK(table({R"({"text":"0123456789012345678901234567890123456789","b":"12345","c":1})"}, 34) ==
          R"(
text
----------------------------
0123456789012345678901234...
not shown: b, c
)");
    CHECK(table({R"({"text":"0123456789","b":1})"}, 8) == R"(
text
--------
01234...
not s...
)");
}

TEST_CASE("a key that comes again counts the last time") {
    CHECK(table({R"({"a":1,"b":2,"a":"x"})", R"({"b":3})"}, 80) == R"(
a  b
-  -
x  2
   3
)");
}

// Where each key is compared with all others, or has a cell in each row, this takes minutes.
TEST_CASE("rows may have any number of keys") {
    std::string keys = "{\"\":0";
    for (int i = 0; i != 100'000; ++i)
        keys += ",\"k" + std::to_string(i) + "\":1";
    std::vector<std::string> records(50'000, "{}");
    records.push_back(keys + '}');
    std::ostringstream out;
    tools::print_table(out, records, 40);
    CHECK(out.str().ends_with("not shown: k9, k10, k11, k12, k13, k1...\n"));
}

TEST_CASE("keys and cells are cleaned") {
    CHECK(table({R"({"a\u001b":"x\ny"})"}, 80) == "\na\n---\nx y\n");
}

TEST_CASE("on a terminal the line is rewritten") {
    std::ostringstream out;
    {
        tools::progress_line line(out, 10);
        line.show("one");
        line.show("one");
        line.show("two\nand much more");
        line.finish();
        line.finish();
    }
    CHECK(out.str() == "\r\x1b[Kone\r\x1b[Ktwo an...\n");
}

TEST_CASE("elsewhere each change is a line") {
    std::ostringstream out;
    {
        tools::progress_line line(out, 0);
        line.show("one");
        line.show("one");
        line.show("two and much more than ten columns");
    }
    CHECK(out.str() == "one\ntwo and much more than ten columns\n");
}

} // TEST_SUITE("tools/loop_export/table")
