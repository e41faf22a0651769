// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/report.hpp>
#include <intheloop/codec/detail/json_encode.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/json_encode") {

namespace written {

namespace loop = intheloop;

struct leaf {
    std::string id;
    std::optional<double> weight;
    using members = loop::members<&leaf::id, &leaf::weight>;
};

struct tree {
    std::vector<leaf> leaves;
    std::map<std::string, leaf> by_name;
    loop::nullable<leaf> favourite;
    std::optional<std::string> note;
    using members = loop::members<&tree::leaves, &tree::by_name, &tree::favourite, &tree::note>;
};

struct odd_names {
    std::string quoted;
    std::string slashed;
    using members = loop::members<loop::renamed<&odd_names::quoted, "a\"b\\c">,
                                  loop::renamed<&odd_names::slashed, "x/y~z">>;
};

} // namespace written

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;
namespace json = boost::json;

template <class T>
std::string encoded(T const& value) {
    std::string out;
    auto const problem = codec::encode_json(out, value);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    return out;
}

template <class T>
std::string problem(T const& value) {
    std::string out;
    auto const found = codec::encode_json(out, value);
    return found ? found->text() : "none";
}

} // namespace

TEST_CASE("texts are escaped as RFC 8259 asks, and no further") {
    struct {
        std::string_view text;
        std::string_view json;
    } const table[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"\"", R"("\"")"},
        {"\\", R"("\\")"},
        {"/", R"("/")"},
        {"\n\r\t", R"("\n\r\t")"},
        {"\b\f", R"("\u0008\u000c")"},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {std::string_view("\0", 1), R"("\u0000")"},
        {std::string_view("a\0b", 3), R"("a\u0000b")"},
        {"a\"b\"c", R"("a\"b\"c")"},
        {"\xc4\x8d\xe2\x82\xac\xf0\x9f\x92\xac", "\"\xc4\x8d\xe2\x82\xac\xf0\x9f\x92\xac\""},
        {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""},
        {"</script>", R"("</script>")"},
        {"\\u0041", R"("\\u0041")"},
    };
    for (auto const& row : table) {
        CAPTURE(row.json);
        CHECK(encoded(std::string(row.text)) == row.json);
    }
}

TEST_CASE("integers are exact") {
    CHECK(encoded(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(encoded(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
    CHECK(encoded(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(encoded(std::int64_t{9007199254740993}) == "9007199254740993");
    CHECK(encoded(std::int64_t{0}) == "0");
    CHECK(encoded(std::int8_t{-128}) == "-128");
    CHECK(encoded(std::uint8_t{255}) == "255");
    CHECK(encoded(std::uint16_t{65535}) == "65535");
}

TEST_CASE("times are whole seconds since the Unix epoch") {
    using namespace std::chrono;
    CHECK(encoded(sys_seconds(seconds(0))) == "0");
    CHECK(encoded(sys_seconds(seconds(-1))) == "-1");
    CHECK(encoded(sys_seconds(sys_days(2023y / November / 2))) == "1698883200");
    CHECK(encoded(sys_seconds(seconds(std::numeric_limits<std::int64_t>::max()))) ==
          "9223372036854775807");
}

TEST_CASE("numbers are written so that they read back the same; what JSON can't say is refused") {
    CHECK(encoded(0.5) == "0.5");
    CHECK(encoded(0.1) == "0.1");
    CHECK(encoded(-1e300) == "-1e+300");
    CHECK(encoded(1e22) == "1e+22");
    CHECK(encoded(0.0) == "0");
    CHECK(encoded(-0.0) == "-0.0");
    CHECK(encoded(0.1f) == "0.1");
    CHECK(encoded(-0.0f) == "-0.0");
    CHECK(encoded(16777216.0f) == "16777216");
    CHECK(encoded(std::numeric_limits<float>::max()) == "3.4028235e+38");
    CHECK(encoded(std::numeric_limits<float>::denorm_min()) == "1e-45");
    CHECK(encoded(0.1L) == "0.1");
    CHECK(problem(std::numeric_limits<double>::quiet_NaN()) ==
          "not a finite number, which JSON can't say");
    CHECK(problem(std::numeric_limits<double>::infinity()) ==
          "not a finite number, which JSON can't say");
    CHECK(problem(-std::numeric_limits<float>::infinity()) ==
          "not a finite number, which JSON can't say");
    std::vector<double> const some{1.5, std::numeric_limits<double>::quiet_NaN()};
    CHECK(problem(some) == "/1: not a finite number, which JSON can't say");
}

TEST_CASE("true and false") {
    CHECK(encoded(true) == "true");
    CHECK(encoded(false) == "false");
}

TEST_CASE("an open enumeration is written as its text, known or not") {
    using loop::report::export_status;
    CHECK(encoded(export_status(export_status::pending_or_expired)) == R"("PendingOrExpired")");
    CHECK(encoded(export_status::from_text("Paused \"now\"")) == R"("Paused \"now\"")");
    CHECK(encoded(export_status()) == R"("")");
}

TEST_CASE("absent, null and empty are three things") {
    using std::chrono::seconds;
    loop::report::export_request request{std::chrono::sys_seconds(seconds(1)),
                                         std::chrono::sys_seconds(seconds(2))};
    CHECK(encoded(request) == R"({"start":1,"end":2})");
    request.timezone = nullptr;
    request.tag_ids = nullptr;
    CHECK(encoded(request) == R"({"timezone":null,"start":1,"end":2,"tagIds":null})");
    request.timezone = "";
    request.tag_ids = std::vector<std::string>();
    CHECK(encoded(request) == R"({"timezone":"","start":1,"end":2,"tagIds":[]})");
    request.timezone.reset();
    request.tag_ids = {};
    CHECK(encoded(request) == R"({"start":1,"end":2})");

    written::tree tree{};
    CHECK(encoded(tree) == R"({"leaves":[],"byName":{}})");
    tree.note = "";
    tree.favourite = nullptr;
    CHECK(encoded(tree) == R"({"leaves":[],"byName":{},"favourite":null,"note":""})");
}

TEST_CASE("an element that is absent is null: a list can't leave it out") {
    std::vector<std::optional<std::string>> const optionals{"a", std::nullopt};
    CHECK(encoded(optionals) == R"(["a",null])");
    std::vector<loop::nullable<std::int64_t>> const nullables{1, nullptr, {}};
    CHECK(encoded(nullables) == "[1,null,null]");
}

TEST_CASE("objects within arrays within maps") {
    written::tree tree{};
    tree.leaves = {{"a", 0.5}, {"b", std::nullopt}};
    tree.by_name = {{"", {"c", std::nullopt}}, {"k\"ey", {"d", std::nullopt}}};
    tree.favourite = written::leaf{"e", std::nullopt};
    CHECK(encoded(tree) == R"({"leaves":[{"id":"a","weight":0.5},{"id":"b"}],)"
                           R"("byName":{"":{"id":"c"},"k\"ey":{"id":"d"}},)"
                           R"("favourite":{"id":"e"}})");
}

TEST_CASE("names are escaped like every text") {
    CHECK(encoded(written::odd_names{"1", "2"}) == R"({"a\"b\\c":"1","x/y~z":"2"})");
}

TEST_CASE("an error says where, as a JSON pointer") {
    CHECK(problem(std::string("\xff")) == "not valid UTF-8");
    CHECK(problem(written::odd_names{"", "\xff"}) == "/x~1y~0z: not valid UTF-8");

    written::tree tree{};
    tree.leaves = {{"a", std::nullopt}, {"\xc4", std::nullopt}};
    CHECK(problem(tree) == "/leaves/1/id: not valid UTF-8");
    tree.leaves.clear();
    tree.by_name = {{"a/b", {"x", std::numeric_limits<double>::quiet_NaN()}}};
    CHECK(problem(tree) == "/byName/a~1b/weight: not a finite number, which JSON can't say");
    tree.by_name = {{"", {"\xed\xa0\x80", std::nullopt}}};
    CHECK(problem(tree) == "/byName//id: not valid UTF-8");
}

TEST_CASE("of several errors the first is given") {
    std::vector<std::string> const both{"a", "\xfe", "\xff"};
    CHECK(problem(both) == "/1: not valid UTF-8");
}

TEST_CASE("open JSON values are written as they are") {
    json::value const value = {
        {"null", nullptr},
        {"list", {true, -1, std::numeric_limits<std::uint64_t>::max(), 0.25, "a\nb"}},
        {"none", json::array()},
        {"empty", json::object()},
    };
    CHECK(encoded(value) == R"({"null":null,"list":[true,-1,18446744073709551615,0.25,"a\nb"],)"
                            R"("none":[],"empty":{}})");
    CHECK(encoded(value.as_object()) == encoded(value));
    CHECK(encoded(value.at("list").as_array()) == R"([true,-1,18446744073709551615,0.25,"a\nb"])");
    CHECK(problem(json::value{{"a", {0, {{"b~", std::numeric_limits<double>::infinity()}}}}}) ==
          "/a/1/b~0: not a finite number, which JSON can't say");
    CHECK(problem(json::value{{"\xff", 1}}).ends_with(": not valid UTF-8"));
}

TEST_CASE("an open JSON value that is too deep is refused instead of ending the stack") {
    json::value deep = nullptr;
    for (int i = 0; i != 511; ++i)
        deep = json::array{std::move(deep)};
    CHECK(problem(deep) == "none");
    for (int i = 0; i != 100; ++i)
        deep = json::array{std::move(deep)};
    CHECK(problem(deep).ends_with("deeper than 512 levels"));
}

TEST_CASE("encoding appends") {
    std::string out = "x=";
    CHECK_FALSE(codec::encode_json(out, std::vector<std::int64_t>{1, 2}));
    CHECK(out == "x=[1,2]");
}

} // TEST_SUITE("codec/json_encode")
