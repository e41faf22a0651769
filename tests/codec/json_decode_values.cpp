// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Single values: what each type takes, exactly.
#include <intheloop/api/report.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/json_decode_values") {

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;

template <class T>
std::optional<T> decoded(std::string_view text) {
    T value{};
    if (auto const problem = codec::decode_json(text, value)) {
        MESSAGE(problem->text());
        return std::nullopt;
    }
    return value;
}

template <class T>
std::string problem(std::string_view text) {
    T value{};
    auto const found = codec::decode_json(text, value);
    if (found)
        CHECK_FALSE(found->malformed);
    return found ? found->text() : "none";
}

template <class T>
std::optional<codec::json_error> failure(std::string_view text) {
    T value{};
    return codec::decode_json(text, value);
}

} // namespace

TEST_CASE("64-bit integers are exact over their whole range") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    struct {
        char const* text;
        std::int64_t value;
    } const table[] = {
        {"0", 0},
        {"-0", 0},
        {"-1", -1},
        {"9007199254740991", 9007199254740991},
        {"9007199254740993", 9007199254740993},
        {"-9007199254740993", -9007199254740993},
        {"9223372036854775807", most},
        {"9223372036854775806", most - 1},
        {"-9223372036854775808", least},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1.5e1", 15},
        {"10e-1", 1},
        {"1.0", 1},
        {"-0.0", 0},
        {"1.698934975e9", 1698934975},
        {"9007199254740991.0", 9007199254740991},
        {" 7 ", 7},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(decoded<std::int64_t>(row.text) == row.value);
    }
}

TEST_CASE("what is not exactly a 64-bit integer is refused, and shown as it was written") {
    for (std::string const text :
         {"9223372036854775808", "18446744073709551616", "-9223372036854775809", "1.5", "-0.1",
          "1e19", "1e400", "-1e400", "9007199254740992.0", "9007199254740993.0", "1e-3", "null",
          "true"}) {
        CAPTURE(text);
        CHECK(problem<std::int64_t>(text) == "expected a 64-bit integer, got " + text);
    }
    CHECK(problem<std::int64_t>("\"7\"") == "expected a 64-bit integer, got a string");
    CHECK(problem<std::int64_t>("{}") == "expected a 64-bit integer, got an object");
    CHECK(problem<std::int64_t>("[1]") == "expected a 64-bit integer, got an array");
}

TEST_CASE("smaller and unsigned integers keep to their range") {
    CHECK(decoded<std::int8_t>("-128") == std::int8_t{-128});
    CHECK(decoded<std::uint8_t>("255") == std::uint8_t{255});
    CHECK(decoded<std::uint64_t>("18446744073709551615") ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(decoded<std::uint32_t>("4294967295") == 4294967295u);
    CHECK(problem<std::int8_t>("128") == "expected a small integer, got 128");
    CHECK(problem<std::uint8_t>("-1") == "expected a small unsigned integer, got -1");
    CHECK(problem<std::int32_t>("2147483648") == "expected a small integer, got 2147483648");
    CHECK(problem<std::int32_t>("3e9") == "expected a small integer, got 3e9");
    CHECK(problem<std::uint64_t>("-1") == "expected a 64-bit unsigned integer, got -1");
    CHECK(problem<std::uint64_t>("18446744073709551616") ==
          "expected a 64-bit unsigned integer, got 18446744073709551616");
}

TEST_CASE("times are whole seconds") {
    using std::chrono::seconds;
    using std::chrono::sys_seconds;
    CHECK(decoded<sys_seconds>("1698934975") == sys_seconds(seconds(1698934975)));
    CHECK(decoded<sys_seconds>("-9223372036854775808") == sys_seconds(seconds::min()));
    CHECK(problem<sys_seconds>("1698934975.5") ==
          "expected whole seconds since the Unix epoch, got 1698934975.5");
    CHECK(problem<sys_seconds>("\"2023-11-02\"") ==
          "expected whole seconds since the Unix epoch, got a string");
}

TEST_CASE("numbers are the nearest to what was written") {
    for (double const value :
         {0.0, 0.1, -2.5, 1e22, 9.967448324391879e-241, 1.0730581983089675e+22,
          std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
          std::numeric_limits<double>::denorm_min()}) {
        char text[40];
        std::snprintf(text, sizeof text, "%.17g", value);
        CAPTURE(text);
        CHECK(decoded<double>(text) == value);
    }
    CHECK(decoded<double>("3") == 3.0);
    CHECK(decoded<double>("18446744073709551615") == 18446744073709551616.0);
    CHECK(decoded<double>("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
    CHECK(decoded<float>("0.5") == 0.5f);
    CHECK(problem<double>("1e400") == "expected a number, got 1e400");
    CHECK(problem<float>("1e39") == "expected a number, got 1e39");
    CHECK(problem<double>("\"1\"") == "expected a number, got a string");
    CHECK(problem<double>("null") == "expected a number, got null");
}

TEST_CASE("a number of any length fits into an error") {
    std::string const text = "0." + std::string(1000, '3');
    std::string const said = problem<std::int64_t>(text);
    CHECK(said.starts_with("expected a 64-bit integer, got 0.333"));
    CHECK(said.size() < 100);
}

TEST_CASE("true and false are no numbers") {
    CHECK(decoded<bool>("true") == true);
    CHECK(decoded<bool>("false") == false);
    CHECK(problem<bool>("0") == "expected true or false, got 0");
    CHECK(problem<bool>("\"true\"") == "expected true or false, got a string");
    CHECK(problem<bool>("null") == "expected true or false, got null");
}

TEST_CASE("a list of true and false is read and written in the type that the compiler advises") {
    using list = std::vector<std::optional<bool>>; // as json_list_of_bool of compile_fail says
    auto const read = decoded<list>("[true,false]");
    REQUIRE(read);
    CHECK(*read == list{true, false});
    std::string written;
    CHECK_FALSE(codec::encode_json(written, *read));
    CHECK(written == "[true,false]");
    CHECK(problem<list>("[1]") == "/0: expected true or false, got 1");
}

TEST_CASE("strings") {
    struct {
        std::string_view json;
        std::string_view text;
    } const table[] = {
        {R"("")", ""},
        {R"("plain")", "plain"},
        {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
        {R"("\u0041\u00e9\u20AC")", "A\xc3\xa9\xe2\x82\xac"},
        {R"("\ud83d\udcac")", "\xf0\x9f\x92\xac"},
        {R"("\uDBFF\uDFFF")", "\xf4\x8f\xbf\xbf"},
        {R"("\u0000")", std::string_view("\0", 1)},
        {R"("a\u0000b")", std::string_view("a\0b", 3)},
        {"\"\xc4\x8d\xf0\x9f\x92\xac\x7f\"", "\xc4\x8d\xf0\x9f\x92\xac\x7f"},
        {R"("\\u0041")", "\\u0041"},
        {R"("\\\"")", "\\\""},
    };
    for (auto const& row : table) {
        CAPTURE(row.json);
        CHECK(decoded<std::string>(row.json) == std::string(row.text));
    }
    CHECK(problem<std::string>("7") == "expected a string, got 7");
    CHECK(problem<std::string>("null") == "expected a string, got null");
    CHECK(problem<std::string>("{}") == "expected a string, got an object");
}

TEST_CASE("an escape is read wherever in a string it stands") {
    // The parser hands long strings and those with escapes on in parts.
    for (std::size_t before = 0; before != 70; ++before)
        for (std::size_t after : {0u, 1u, 7u, 40u}) {
            std::string const json = '"' + std::string(before, 'x') + R"(\n\ud83d\udcac\u0041\")" +
                                     std::string(after, 'y') + '"';
            std::string const text = std::string(before, 'x') +
                                     "\n\xf0\x9f\x92\xac"
                                     "A\"" +
                                     std::string(after, 'y');
            CAPTURE(json);
            CHECK(decoded<std::string>(json) == text);
            CHECK(decoded<boost::json::value>(json) == boost::json::value(text));
            auto const status = decoded<loop::report::export_status>(json);
            REQUIRE(status);
            CHECK(status->text() == text);
        }
    std::string const large(100000, 'z');
    CHECK(decoded<std::string>('"' + large + '"') == large);
    CHECK(decoded<std::string>('"' + large + "\\n" + large + '"') == large + '\n' + large);
}

TEST_CASE("strings that are no Unicode text are no JSON") {
    for (char const* json :
         {R"("\ud83d")", R"("\ud83d x")", R"("\ud83d\u0041")", R"("\udcac")", R"("\u12")",
          R"("\u12g4")", R"("\x41")", "\"\xff\"", "\"\xc4\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
          "\"\xf4\x90\x80\x80\"", "\"a\nb\"", "\"a\tb\"", "\"", "\"\\\"", "'a'"}) {
        CAPTURE(json);
        auto const found = failure<std::string>(json);
        REQUIRE(found);
        CHECK(found->malformed);
    }
}

TEST_CASE("an open enumeration takes any text, and only text") {
    using loop::report::export_status;
    CHECK(decoded<export_status>(R"("Completed")") == export_status::completed);
    CHECK(decoded<export_status>(R"("Complet\u0065d")") == export_status::completed);
    auto const unseen = decoded<export_status>(R"("Paus\"ed")");
    REQUIRE(unseen);
    CHECK(unseen->value() == export_status::unknown);
    CHECK(unseen->text() == "Paus\"ed");
    CHECK(problem<export_status>("7") == "expected a string, got 7");
    CHECK(problem<export_status>("null") == "expected a string, got null");
}

TEST_CASE("open JSON values take everything of their kind") {
    using boost::json::array;
    using boost::json::object;
    using boost::json::value;
    CHECK(decoded<value>("null") == value(nullptr));
    CHECK(decoded<value>("true") == value(true));
    CHECK(decoded<value>("-9223372036854775808") ==
          value(std::numeric_limits<std::int64_t>::min()));
    CHECK(decoded<value>("18446744073709551615") ==
          value(std::numeric_limits<std::uint64_t>::max()));
    CHECK(decoded<value>("0.1") == value(0.1));
    CHECK(decoded<value>("\"a\"") == value("a"));
    CHECK(decoded<value>("[]") == value(array()));
    CHECK(decoded<value>("{}") == value(object()));
    CHECK(decoded<value>(R"({"a":[1,{"b":null},[]],"c":"d"})") ==
          value{{"a", {1, {{"b", nullptr}}, array()}}, {"c", "d"}});
    CHECK(decoded<object>(R"({"a":1})") == object{{"a", 1}});
    CHECK(decoded<array>("[1,[2]]") == array{1, array{2}});
    CHECK(problem<object>("[]") == "expected an object, got an array");
    CHECK(problem<object>("7") == "expected an object, got 7");
    CHECK(problem<array>("{}") == "expected an array, got an object");
    CHECK(problem<array>("null") == "expected an array, got null");
}

TEST_CASE("an optional is not null, a nullable is") {
    CHECK(decoded<std::optional<std::int64_t>>("7") == std::optional<std::int64_t>(7));
    CHECK(problem<std::optional<std::int64_t>>("null") == "expected a 64-bit integer, got null");
    auto const null = decoded<loop::nullable<std::int64_t>>("null");
    REQUIRE(null);
    CHECK(null->is_null());
    // null is a JSON value like any other.
    auto const objects = decoded<std::vector<std::optional<boost::json::object>>>("[null,{}]");
    REQUIRE(objects);
    REQUIRE(objects->size() == 2);
    CHECK_FALSE(objects->front());
    CHECK(objects->back());
    auto const value = decoded<std::optional<boost::json::value>>("null");
    REQUIRE(value);
    REQUIRE(value->has_value());
    CHECK((*value)->is_null());
}

TEST_CASE("whitespace around, a byte order mark before, nothing behind") {
    CHECK(decoded<std::int64_t>("\r\n\t 7 \r\n\t") == 7);
    CHECK(decoded<std::int64_t>("\xef\xbb\xbf"
                                "7") == 7);
    CHECK(decoded<std::int64_t>("\xef\xbb\xbf 7") == 7);
    for (std::string_view text : {"\xef\xbb\xbf\xef\xbb\xbf"
                                  "7",
                                  "7\xef\xbb\xbf",
                                  "\xef\xbb"
                                  "7",
                                  "7 8", "7,", "7}", "7 // seven", "7\f"}) {
        CAPTURE(text);
        auto const found = failure<std::int64_t>(text);
        REQUIRE(found);
        CHECK(found->malformed);
    }
    CHECK(failure<std::int64_t>(std::string_view("7\0", 2)));
    CHECK(failure<std::int64_t>("7 8")->text() ==
          "not valid JSON at byte 2: something follows the document");
}

TEST_CASE("what is no JSON is told apart from JSON of another shape") {
    for (std::string_view text : {"", " ", "\xef\xbb\xbf", "{", "[", "[1", "[1,", "{\"a\"",
                                  "{\"a\":", "{\"a\":1", "tru", "nul", "-", "1e", "\"a"}) {
        CAPTURE(text);
        auto const found = failure<boost::json::value>(text);
        REQUIRE(found);
        CHECK(found->malformed);
        CHECK(found->text() == "not valid JSON: it ends too early");
    }
    for (std::string_view text :
         {"01",         "+1",        ".5",      "1.",        "1.e3",      "0x10",    "NaN",
          "Infinity",   "-Infinity", "True",    "nulL",      "[1,]",      "[,1]",    "[1 2]",
          "{\"a\":1,}", "{a:1}",     "{'a':1}", "{\"a\" 1}", "{1:1}",     "]",       "}",
          "[}",         "{]",        "/*x*/1",  "<html>",    "undefined", "{\"a\":}"}) {
        CAPTURE(text);
        auto const found = failure<boost::json::value>(text);
        REQUIRE(found);
        CHECK(found->malformed);
        CHECK(found->pointer.empty());
        CHECK(found->text().starts_with("not valid JSON"));
    }
}

} // TEST_SUITE("codec/json_decode_values")
