// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/loop_export/csv.hpp"
#include "../../../tools/loop_export/csv_table.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("tools/loop_export/csv") {

namespace {

using tools::csv_table;

std::string cell_of(std::string const& json) {
    std::string text;
    tools::add_csv_value(text, boost::json::parse(json));
    return text;
}

// The whole table of rows that are JSON texts.
std::string table_of(csv_table& table, std::vector<std::string> const& rows) {
    std::string text;
    for (std::string const& row : rows)
        table.add(boost::json::parse(row), 0, text);
    table.finish(text);
    return text;
}

} // namespace

TEST_CASE("a value is a cell") {
    std::pair<char const*, char const*> const cases[] = {
        {"null", ""},
        {"true", "true"},
        {"false", "false"},
        {"0", "0"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"18446744073709551615", "18446744073709551615"},
        {"0.1", "0.1"},
        {"2.50", "2.5"},
        {"1e300", "1e+300"},
        {"\"\"", "\"\""},
        {"\"plain text\"", "plain text"},
        {"\"a,b\"", "\"a,b\""},
        {"\"say \\\"hi\\\"\"", "\"say \"\"hi\"\"\""},
        {"\"two\\nlines\"", "\"two\nlines\""},
        {"\"a\\rb\"", "\"a\rb\""},
        {"\" begins with a space\"", "\" begins with a space\""},
        {"\"Gr\\u00f6\\u00dfe\"", "Gr\xc3\xb6\xc3\x9f"
                                  "e"},
        {"[]", "[]"},
        {"[1, 0.1, \"a\"]", "\"[1,0.1,\"\"a\"\"]\""},
        {"{}", "{}"},
    };
    for (auto const& [json, cell] : cases) {
        CAPTURE(std::string(json));
        CHECK(cell_of(json) == cell);
    }
}

TEST_CASE("a number that can't be written ends the table instead of falsifying it") {
    CHECK_THROWS_AS(cell_of("1e400"), std::runtime_error);
    CHECK_THROWS_AS(cell_of("[-1e400, 5]"), std::runtime_error);
}

TEST_CASE("a row becomes columns with dotted names") {
    std::pair<char const*, char const*> const cases[] = {
        {R"({"a":1})", "a=1;"},
        {R"({"a":{"b":1,"c":{"d":2}},"e":3})", "a.b=1;a.c.d=2;e=3;"},
        {R"({"a":{},"b":[{"c":1}]})", "a={};b=[{\"c\":1}];"},
        {R"({"a.b":1})", "a.b=1;"},
        {R"({})", ""},
        {"7", "value=7;"},
        {"[1]", "value=[1];"},
    };
    for (auto const& [json, columns] : cases) {
        CAPTURE(std::string(json));
        std::string found;
        tools::flatten(boost::json::parse(json), [&](std::string_view name, auto const& value) {
            found.append(name) += '=' + boost::json::serialize(value) + ';';
        });
        CHECK(found == columns);
    }
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
        table.add(boost::json::parse(R"({"a":1})"), 0, text);
    CHECK(text.empty());
    table.add(boost::json::parse(R"({"b":2})"), 0, text);
    CHECK(text.starts_with("a,b\r\n1,\r\n"));
    text.clear();
    table.add(boost::json::parse(R"({"a":3,"c":4,"d":5})"), 0, text);
    table.add(boost::json::parse(R"({"d":6})"), 0, text);
    table.add(boost::json::parse(R"({"a":7})"), 0, text);
    CHECK(text == "3,\r\n,\r\n7,\r\n");
    REQUIRE(table.remarks().size() == 1);
    CHECK(table.remarks()[0] == "2 rows have values that no column was made for, as none of the "
                                "first rows has them: c, d; --columns names the columns");
}

TEST_CASE("a MiB of rows is enough to know the columns by") {
    csv_table table;
    std::string text;
    table.add(boost::json::parse(R"({"a":1})"), 1 << 19, text);
    CHECK(text.empty());
    table.add(boost::json::parse(R"({"b":2})"), 1 << 20, text);
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
