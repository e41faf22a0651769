// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/loop_export/csv.hpp"
#include "../../../tools/loop_export/csv_table.hpp"

#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("tools/loop_export/csv") {

namespace {

using tests::contains;
using tools::csv_table;

std::string cell_of(std::string const& json, bool escape_formulas = false) {
    std::string text;
    tools::add_csv_value(text, json, escape_formulas);
    return text;
}

// The whole table of rows that are JSON texts.
std::string table_of(csv_table& table, std::vector<std::string> const& rows) {
    std::string text;
    for (std::string const& row : rows)
        table.add(row, 0, text);
    table.finish(text);
    return text;
}

} // namespace

TEST_CASE("a value is a cell") {
    std::pair<char const*, char const*> const cases[] = {
        {"null", ""},
        {"true", "true"},
        {"false", "false"},
        {"\"\"", "\"\""},
        {"\"plain text\"", "plain text"},
        {"\"a,b\"", "\"a,b\""},
        {"\"say \\\"hi\\\"\"", "\"say \"\"hi\"\"\""},
        {"\"two\\nlines\"", "\"two\nlines\""},
        {"\"a\\rb\"", "\"a\rb\""},
        {"\"a;b\"", "\"a;b\""},
        {"\"a\\tb\"", "\"a\tb\""},
        {"\" begins with a space\"", "\" begins with a space\""},
        {"\"Gr\\u00f6\\u00dfe\"", "Gr\xc3\xb6\xc3\x9f"
                                  "e"},
        {"[]", "[]"},
        {"[1, 0.1, \"a\"]", "\"[1,0.1,\"\"a\"\"]\""},
        {"[ \"a b\\\" \" ,\n{ } ]", "\"[\"\"a b\\\"\" \"\",{}]\""},
        {"{}", "{}"},
        {"\"\\b\\f\\/\\\\\"", "\b\f/\\"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80"},
    };
    for (auto const& [json, cell] : cases) {
        CAPTURE(std::string(json));
        CHECK(cell_of(json) == cell);
    }
}

TEST_CASE("a number keeps its text") {
    for (std::string const number :
         {"0", "-0", "1.0", "2.50", "1e300", "1E+300", "0.1", "-9223372036854775808",
          "18446744073709551615", "18446744073709551617", "12345678901234567890123",
          "1234567890.123456789", "0.1000000000000000055511151231257827", "1e400", "-1e400",
          "1e-400", "1e99999999999999999999", "100000000000000000000000000000000"}) {
        CAPTURE(number);
        CHECK(cell_of(number) == number);
        CHECK(cell_of(number, true) == number);
        CHECK(cell_of("[" + number + " ]") == "[" + number + "]");
        CHECK(cell_of("{\"a\": " + number + "}") == "\"{\"\"a\"\":" + number + "}\"");
    }
}

TEST_CASE("what is no JSON is no cell") {
    for (std::string const text :
         {"",          "NaN",         "nul",      "+1",   "01",       "-",   "1.",
          ".5",        "1e",          "1e+",      "0x1",  "Infinity", "\"",  "\"\\q\"",
          "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "[1,]", "[,1]",     "[1",  "{\"a\"}",
          "{\"a\":}",  "{\"a\":1,}",  "{a:1}",    "[1}",  "1 2",      "'a'", "[tru]"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(cell_of(text), std::invalid_argument);
    }
}

TEST_CASE("characters that a table can't hold are replaced, and that is told") {
    std::string const mark = "\xef\xbf\xbd";
    std::pair<std::string, std::string> const cases[] = {
        {R"("a\ud800")", "a" + mark},
        {R"("\udc00b")", mark + "b"},
        {R"("\ud800\ud83d\ude00")", mark + "\xf0\x9f\x98\x80"},
        {R"("\ud800x\udc00")", mark + "x" + mark},
        {R"("a\u0000b")", "a" + mark + "b"},
        {"\"a\xff\"", "a" + mark},
        {"\"\xc3\"", mark},
        {"\"\xed\xa0\x80\"", mark + mark + mark},
        {"[\"\xff\"]", "\"[\"\"" + mark + "\"\"]\""},
    };
    for (auto const& [json, cell] : cases) {
        CAPTURE(json);
        std::string text;
        CHECK(tools::add_csv_value(text, json));
        CHECK(text == cell);
    }
    std::string text;
    CHECK_FALSE(tools::add_csv_value(text, "\"Gr\xc3\xb6\xc3\x9f\""));
}

TEST_CASE(
    "a text that a spreadsheet takes for a formula gets an apostrophe, if that is asked for") {
    std::pair<char const*, char const*> const cases[] = {
        {R"("=1+1")", "'=1+1"},
        {R"("+386 40")", "'+386 40"},
        {R"("-1")", "'-1"}, // a text
        {R"("@A1")", "'@A1"},
        {R"("\t1")", "\"'\t1\""},
        {R"("\t=1")", "\"'\t'=1\""},
        {R"("\r=1")", "\"'\r'=1\""},
        {R"("\n=1")", "\"'\n'=1\""},
        // behind what separates cells for some spreadsheets
        {R"("hi;=cmd|'/C calc'!A0;x")", "\"hi;'=cmd|'/C calc'!A0;x\""},
        {R"("hi; =1;+2; ;@3")", "\"hi; '=1;'+2; ;'@3\""},
        {R"("hi\n=1\r\n-2")", "\"hi\n'=1\r\n'-2\""},
        {R"("hi\t=1")", "\"hi\t'=1\""},
        {R"-("hi;\"=1\"")-", "\"hi;\"\"'=1\"\"\""},
        {R"("hi;\uff1d1")", "\"hi;'\xef\xbc\x9d\x31\""},
        {R"("a;b=1;c -2")", "\"a;b=1;c -2\""},
        {R"(["a;=1",{"b":"\n=2"}])", "\"[\"\"a;'=1\"\",{\"\"b\"\":\"\"\\n=2\"\"}]\""},
        {R"(" =1")", "' =1"},
        {R"-("=HYPERLINK(\"x\",\"y\")")-", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
        {R"("\uff1d1")", "'\xef\xbc\x9d\x31"},
        {R"("a=1")", "a=1"},
        {R"("")", "\"\""},
        {"-1", "-1"}, // a number
        {"-1.5e3", "-1.5e3"},
        {"true", "true"},
        {"null", ""},
        {R"(["=1"])", "\"[\"\"=1\"\"]\""},
    };
    for (auto const& [json, cell] : cases) {
        CAPTURE(std::string(json));
        CHECK(cell_of(json, true) == cell);
    }
    CHECK(cell_of(R"("=1+1")") == "=1+1");
    CHECK(cell_of(R"("a;=1")") == "\"a;=1\"");
    tools::csv_options escaped;
    escaped.escape_formulas = true;
    csv_table table({}, escaped);
    CHECK(table_of(table, {R"({"=1":"=2","b;=1":-3})"}) == "'=1,\"b;'=1\"\r\n'=2,-3\r\n");
}

TEST_CASE("a row becomes columns with dotted names") {
    std::pair<char const*, char const*> const cases[] = {
        {R"({"a":1})", "a=1;"},
        {R"({"a":{"b":1,"c":{"d":2}},"e":3})", "a.b=1;a.c.d=2;e=3;"},
        {R"({"a":{},"b":[{"c":1}]})", "a={};b=[{\"c\":1}];"},
        {R"({"a.b":1})", "a.b=1;"},
        {R"( { "a" : { "b" : [ ] } , "c" : { } } )", "a.b=[ ];c={ };"},
        {R"({"a":1,"a":2})", "a=1;a=2;"},
        {R"({"\u0061\n":NaN})", "a\n=NaN;"},
        {R"("x")", "value=\"x\";"},
        {R"({})", ""},
        {"7", "value=7;"},
        {"[1]", "value=[1];"},
    };
    for (auto const& [json, columns] : cases) {
        CAPTURE(std::string(json));
        std::string found;
        tools::flatten(json, [&](tools::csv_path const& path, std::string_view value) {
            found.append(path.name).append("=").append(value).append(";");
        });
        CHECK(found == columns);
    }
}

TEST_CASE("the pointer of a value tells it from all others of the row") {
    std::string found;
    tools::flatten(R"({"a.b":1,"a":{"b":2,"~/":3},"":4})",
                   [&](tools::csv_path const& path, std::string_view) {
                       found.append(path.pointer).append(";");
                   });
    CHECK(found == "/a.b;/a/b;/a/~0~1;/;");
}

TEST_CASE("the columns are those of the rows, in the order in which they come") {
    csv_table table;
    CHECK(table_of(table, {R"({"b":1,"a":2})", R"({"c":3,"b":4})", "{}"}) ==
          "b,a,c\r\n1,2,\r\n4,,3\r\n,,\r\n");
    CHECK(table.remarks().empty());
}

TEST_CASE("the names are quoted too") {
    csv_table table;
    CHECK(table_of(table, {R"({"a,b":1,"":2})"}) == "\"a,b\",\"\"\r\n1,2\r\n");
}

TEST_CASE("a line is never blank, as a blank one is no row for many readers") {
    csv_table one;
    CHECK(table_of(one, {R"({"a":1})", "{}", R"({"a":null})", R"({"a":""})"}) ==
          "a\r\n1\r\n\"\"\r\n\"\"\r\n\"\"\r\n");
    csv_table named({"a"});
    CHECK(table_of(named, {R"({"b":1})", R"({"a":2})"}) == "a\r\n\"\"\r\n2\r\n");
    csv_table values;
    CHECK(table_of(values, {"null", "7"}) == "value\r\n\"\"\r\n7\r\n");
}

TEST_CASE("two columns with one name are told apart") {
    SUBCASE("in one row") {
        csv_table table;
        CHECK(table_of(table, {R"({"a.b":1,"c":3,"a":{"b":2}})"}) == "/a.b,c,/a/b\r\n1,3,2\r\n");
        REQUIRE(table.remarks().size() == 1);
        CHECK(table.remarks()[0] ==
              "columns that would have one name, a.b, are told apart as /a.b, /a/b");
    }
    SUBCASE("in several") {
        csv_table table;
        CHECK(table_of(table, {R"({"a.b":1})", R"({"a":{"b":2}})"}) == "/a.b,/a/b\r\n1,\r\n,2\r\n");
    }
    SUBCASE("rows that are no objects and a member of that name") {
        csv_table table;
        CHECK(table_of(table, {"7", R"({"value":8})"}) == "\"\",/value\r\n7,\r\n,8\r\n");
    }
    SUBCASE("and from one that has such a name by itself") {
        csv_table table;
        CHECK(table_of(table, {R"({"a.b":1,"a":{"b":2},"/a/b":3})"}) ==
              "/a.b,/a/b,/~1a~1b\r\n1,2,3\r\n");
    }
    SUBCASE("and later ones are not mixed") {
        csv_table table;
        std::vector<std::string> rows(100, R"({"a":{"b":1}})");
        rows.push_back(R"({"a.b":2})");
        CHECK(table_of(table, rows).ends_with("\r\n1\r\n\"\"\r\n"));
        REQUIRE(table.remarks().size() == 1);
        CHECK(contains(table.remarks()[0], ": /a.b;"));
    }
    SUBCASE("those that are named have one column by their name, and each its own by its pointer") {
        for (std::vector<std::string> const& rows :
             {std::vector<std::string>{R"({"a.b":1,"a":{"b":2}})"},
              std::vector<std::string>{R"({"a":{"b":2}})", R"({"a.b":1})"}}) {
            csv_table refused({"a.b"});
            std::string problem;
            try {
                table_of(refused, rows);
            } catch (std::runtime_error const& e) {
                problem = e.what();
            }
            CAPTURE(problem);
            CHECK(contains(problem, "the column a.b stands for two: "));
            CHECK(contains(problem, "/a.b"));
            CHECK(contains(problem, "/a/b"));
        }
        csv_table table({"/a/b", "/a.b"});
        CHECK(table_of(table, {R"({"a.b":1,"a":{"b":2}})"}) == "/a/b,/a.b\r\n2,1\r\n");
        csv_table one({"/a/b", "c"});
        CHECK(table_of(one, {R"({"a.b":1,"a":{"b":2},"c":3})"}) == "/a/b,c\r\n2,3\r\n");
    }
}

TEST_CASE("of a key that comes twice the last value stands, and that is told") {
    csv_table table;
    CHECK(table_of(table, {R"({"a":1,"b":{"c":2},"a":3,"b":{"d":4}})"}) ==
          "a,b.c,b.d\r\n3,2,4\r\n");
    REQUIRE(table.remarks().size() == 1);
    CHECK(table.remarks()[0] == "1 row has a key twice, of which the last value stands: a");
}

TEST_CASE("replaced characters are told of") {
    csv_table table;
    CHECK(table_of(table, {R"({"a":"\ud800","b":"\u0000"})", R"({"a":"x"})"}) ==
          "a,b\r\n\xef\xbf\xbd,\xef\xbf\xbd\r\nx,\r\n");
    REQUIRE(table.remarks().size() == 1);
    CHECK(table.remarks()[0] ==
          "1 row has characters that a table can't hold, replaced by U+FFFD: a, b");
}

TEST_CASE("what is no JSON ends the table only where it is in a column") {
    csv_table unused({"a"});
    CHECK(table_of(unused, {R"({"a":1,"b":NaN,"c":"\ud800"})", R"({"b":[1,],"a":2})"}) ==
          "a\r\n1\r\n2\r\n");
    csv_table keys({"a"});
    CHECK(table_of(
              keys,
              {"{\"a\":1,\"x\ty\":2}", "{\"b\":{\"k\n\":1},\"a\":2}",
               R"({"c\q":3,"\u1":[],"\u":0,"\uzzzz":{"a":4},"\u123\\":5,"\ud800\u":6,"a":3})"}) ==
          "a\r\n1\r\n2\r\n3\r\n");
    CHECK(keys.remarks().empty());
    for (std::string const row : {"{\"x\ty\":2}", R"({"x":{"c\q":3}})", "{\"x\n\":{\"b\":1}}"}) {
        CAPTURE(row);
        csv_table of_all;
        CHECK_THROWS_AS(table_of(of_all, {row}), std::runtime_error);
        csv_table named({"x\ty", "x.cq", "/x\n/b"});
        CHECK_THROWS_AS(table_of(named, {row}), std::runtime_error);
    }
    csv_table used;
    CHECK_THROWS_WITH_AS(table_of(used, {"{}", R"({"b":NaN})"}),
                         "row 1 of the export is not JSON: expected a value at byte 3",
                         std::runtime_error);
    for (char const* row :
         {R"({"a":1)", R"({"a" 1})", R"({"a":1 "b":2})", R"({a:1})", R"({"a":1}})"}) {
        CAPTURE(std::string(row));
        csv_table table({"b"});
        CHECK_THROWS_AS(table_of(table, {row}), std::runtime_error);
    }
}

TEST_CASE("a strict table that lacks a value is none") {
    tools::csv_options strict;
    strict.strict = true;
    auto const end_of = [&](std::vector<std::string> const& columns,
                            std::vector<std::string> const& rows) {
        csv_table table(columns, strict);
        try {
            table_of(table, rows);
        } catch (tools::stopped const& e) {
            CHECK(e.code == tools::incomplete);
            return std::string(e.what());
        }
        return std::string();
    };
    std::vector<std::string> rows(100, R"({"a":1})");
    CHECK(end_of({}, rows).empty());
    rows.push_back(R"({"a":1,"late":2})");
    CHECK(contains(end_of({}, rows), ": late; --columns names the columns"));
    CHECK(end_of({"a"}, rows).empty()); // the others are left away on purpose
    CHECK(end_of({"a", "late"}, rows).empty());
    CHECK(contains(end_of({}, {R"({"a":1,"a":1})"}), "a key twice"));
    CHECK(contains(end_of({}, {R"({"a":"\udfff"})"}), "U+FFFD: a"));
    CHECK(end_of({}, {R"({"a.b":1,"a":{"b":2}})"}).empty());
    CHECK(end_of({"a"}, {}).empty());
}

TEST_CASE("a strict table has no cell that is empty for another reason than the row's") {
    tools::csv_options strict;
    strict.strict = true;
    struct {
        std::vector<std::string> columns;
        std::vector<std::string> rows;
        char const* says; // nullptr: all is there
    } const cases[] = {
        {{"a"}, {R"({"a":1})", R"({"a":{"b":1}})"}, "1 row has an object where a column was named"},
        {{"a.b"}, {R"({"a":{"b":{"c":{"d":1}}}})"}, "nothing is written: a.b; --columns takes"},
        {{"/a~1b"}, {R"({"a/b":{"c":1}})"}, "nothing is written: /a~1b; "},
        {{"a/b"}, {R"({"a/b":{"c":1,"d":2}})"}, "1 row has an object"},
        {{"a~1"}, {R"({"a~1":{"c":1}})"}, "nothing is written: a~1; "},
        {{"a", "a.b"}, {R"({"a":1})", R"({"a":{"b":1}})"}, nullptr},
        {{"a"}, {R"({"a":1,"b":{"a":1}})", R"({"a":1,"a.b":2})"}, nullptr},
        {{"a"}, {R"({"a":{}})", R"({"a":[{"b":1}]})", R"({"a":null})"}, nullptr},
        {{"a", "zz"}, {R"({"a":1})"}, "; no row has zz"},
        {{"a"}, {R"({"a":null})"}, nullptr},
        {{"a", "b"}, {R"({"a":1})", R"({"b":1})"}, nullptr},
    };
    for (auto const& each : cases) {
        CAPTURE(each.rows.back());
        csv_table table(each.columns, strict);
        std::string said;
        try {
            table_of(table, each.rows);
        } catch (tools::stopped const& e) {
            said = e.what();
        }
        CHECK(said.empty() == (each.says == nullptr));
        CHECK(contains(said, each.says ? each.says : ""));
    }
    csv_table lenient({"a"});
    table_of(lenient, {R"({"a":{"b":1}})"});
    REQUIRE(lenient.remarks().size() == 1);
    CHECK(lenient.remarks()[0].starts_with("1 row has an object where a column was named"));
}

TEST_CASE("a byte order mark comes first") {
    tools::csv_options marked;
    marked.byte_order_mark = true;
    csv_table table({}, marked);
    CHECK(table_of(table, {R"({"a":1})"}) == "\xef\xbb\xbf"
                                             "a\r\n1\r\n");
    csv_table empty({}, marked);
    CHECK(table_of(empty, {}) == "\xef\xbb\xbf");
    csv_table named({"a"}, marked);
    CHECK(table_of(named, {}) == "\xef\xbb\xbf"
                                 "a\r\n");
}

TEST_CASE("no rows are an empty table, but for named columns") {
    csv_table table;
    CHECK(table_of(table, {}).empty());
    csv_table named({"a", "b"});
    CHECK(table_of(named, {}) == "a,b\r\n");
}

TEST_CASE("named columns are all there is; one that no row has is told of") {
    csv_table table({"c", "a.b", "c"});
    CHECK(table_of(table, {R"({"a":{"b":1},"d":2})"}) == "c,a.b\r\n,1\r\n");
    REQUIRE(table.remarks().size() == 1);
    CHECK(table.remarks()[0] == "no row has c");
}

TEST_CASE("rows are written once the hundredth has come; later ones have no new columns") {
    csv_table table;
    std::string text;
    for (int i = 0; i != 99; ++i)
        table.add(R"({"a":1})", 0, text);
    CHECK(text.empty());
    table.add(R"({"b":2})", 0, text);
    CHECK(text.starts_with("a,b\r\n1,\r\n"));
    text.clear();
    table.add(R"({"a":3,"c":4,"d":5})", 0, text);
    table.add(R"({"d":6})", 0, text);
    table.add(R"({"a":7})", 0, text);
    CHECK(text == "3,\r\n,\r\n7,\r\n");
    REQUIRE(table.remarks().size() == 1);
    CHECK(table.remarks()[0] == "2 rows have values that no column was made for, as none of the "
                                "first rows has them: c, d; --columns names the columns");
}

TEST_CASE("a table that breaks off has the rows before the failure") {
    struct {
        std::vector<std::string> rows;
        char const* table;
    } const cases[] = {
        {{}, ""},
        {{R"({"a":1})", R"({"b":2})"}, "a,b\r\n1,\r\n,2\r\n"},
        {{R"({"a":1})", R"({"b":NaN})", R"({"c":3})"}, "a,b,c\r\n1,,\r\n"},
        {{R"({"a":1})", R"({"a":2})", R"({"b" 3})", R"({"c" 4})"}, "a\r\n1\r\n2\r\n"},
        {{R"({"a":1,"b":2})", R"({"a":3,"c":{"x\q":4}})"}, "a,b\r\n1,2\r\n"},
        {{R"({"a" 1})", R"({"b":2})"}, ""},
    };
    for (auto const& each : cases) {
        CAPTURE(std::string(each.table));
        csv_table table;
        std::string text;
        for (std::string const& row : each.rows)
            table.add(row, 0, text);
        CHECK(text.empty());
        table.break_off(text);
        CHECK(text == each.table);
        table.break_off(text);
        CHECK(text == each.table);
        csv_table ended;
        text.clear();
        try {
            for (std::string const& row : each.rows)
                ended.add(row, 0, text);
            ended.finish(text);
        } catch (std::runtime_error const&) {
        }
        ended.break_off(text);
        CHECK(text == each.table);
    }
    csv_table named({"a"});
    std::string text;
    named.break_off(text);
    CHECK(text.empty());
    named.add(R"({"a":1})", 0, text);
    named.break_off(text);
    CHECK(text == "a\r\n1\r\n");
}

TEST_CASE("a MiB of rows is enough to know the columns by") {
    csv_table table;
    std::string text;
    table.add(R"({"a":1})", 1 << 19, text);
    CHECK(text.empty());
    table.add(R"({"b":2})", 1 << 20, text);
    CHECK(text == "a,b\r\n1,\r\n,2\r\n");
}

TEST_CASE("a new name in every row takes no more memory and no more lines") {
    csv_table table;
    std::vector<std::string> rows(100, "{}");
    for (int i = 0; i != 1000; ++i)
        rows.push_back(R"({"x)" + std::to_string(i) + "\":1}");
    CHECK(table_of(table, rows).empty());
    CHECK(table.remarks()[0].starts_with("1,000 rows have"));
    CHECK(table.remarks()[0].find("x7, ...;") != std::string::npos);
}

} // TEST_SUITE("tools/loop_export/csv")
