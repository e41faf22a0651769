// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The reader of usual documents takes nothing otherwise than the parser: the same value or error,
// and as many unknown keys, for documents that are changed in every small way.
#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/json_plain.hpp>
#include <intheloop/codec/detail/json_plain_value.hpp>

#include <support/fixtures.hpp>

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/json_readers") {

namespace read_twice {

namespace loop = intheloop;

// A member of each kind of scalar.
struct scalars {
    std::string text;
    std::optional<std::int64_t> whole;
    std::optional<std::uint64_t> natural;
    std::optional<std::int8_t> tiny;
    std::optional<double> real;
    std::optional<bool> flag;
    std::optional<std::chrono::sys_seconds> at;
    loop::nullable<loop::report::export_status> status;
    std::optional<boost::json::value> open;
    loop::nullable<boost::json::object> open_object;
    using members = loop::members<&scalars::text, &scalars::whole, &scalars::natural,
                                  &scalars::tiny, &scalars::real, &scalars::flag, &scalars::at,
                                  &scalars::status, &scalars::open, &scalars::open_object>;
};

} // namespace read_twice

namespace {

using namespace std::string_view_literals;

namespace loop = intheloop;
namespace codec = intheloop::codec;

using read_twice::scalars;

// The kinds of all numbers: the text of a value tells 1 from 1.0, but not a signed 1 from another.
void append_kinds(std::string& text, boost::json::value const& value) {
    if (auto const* const object = value.if_object())
        for (auto const& member : *object)
            append_kinds(text, member.value());
    else if (auto const* const array = value.if_array())
        for (auto const& element : *array)
            append_kinds(text, element);
    else if (value.is_number())
        text += value.is_int64() ? 'i' : value.is_uint64() ? 'u' : 'd';
}

// All that a reading gives, as text.
template <class T>
std::string outcome(T const& value, std::optional<codec::json_error> const& problem,
                    codec::json_statistics const& statistics) {
    std::string text = std::to_string(statistics.unknown_keys) + " unknown keys, ";
    if (problem)
        return text + (problem->malformed ? "malformed" : "another shape") + " at \"" +
               problem->pointer + "\": " + problem->message;
    if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object>) {
        text += boost::json::serialize(value) + ' ';
        append_kinds(text, value);
    } else {
        if (auto const unwritable = codec::encode_json(text, value)) // an infinity in open JSON
            text += unwritable->text();
        if constexpr (std::same_as<T, scalars>) {
            append_kinds(text, value.open ? *value.open : boost::json::value());
            if (value.open_object.has_value())
                append_kinds(text, *value.open_object);
        }
    }
    return text;
}

// Reads documents both ways.
template <class T>
class comparison {
public:
    explicit comparison(T begin) : begin_(std::move(begin)) {}

    void of(std::string_view text, std::size_t max_depth = 64) {
        for (bool const null_is_absent : {false, true}) {
            codec::json_limits const limits{max_depth, null_is_absent};
            std::string const parsed = read(text, limits, &codec::detail::parse_json);
            std::string const found = read(text, limits, &codec::detail::decode_json);
            if (found != parsed)
                FAIL_CHECK("of ", text, "\nthe parser gives ", parsed, "\nbut not ", found);
        }
        T value = begin_;
        std::size_t unknown_keys = 0;
        codec::detail::json_plain_reader plain(text);
        bool is_taken = false;
        if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object>) {
            boost::json::value read;
            is_taken = codec::detail::json_plain_value_reader(text, max_depth).read(read) &&
                       (std::same_as<T, boost::json::value> || read.is_object());
        } else
            is_taken = max_depth != 0 &&
                       plain.read(codec::detail::json_type_of<T>(), &value, unknown_keys);
        if (is_taken)
            ++taken;
        else
            ++left_to_parser;
    }

    // Each way in which one byte can be another, be missing or be too much, and each beginning.
    void of_changes_to(std::string_view document) {
        constexpr auto bytes = "\0\x1f\t\n\r \"\\/,:{}[]0159-+.eEntfuabA_\x7f\x80\x9f\xbf\xc0\xc2"
                               "\xe0\xed\xef\xf0\xf4\xff"sv;
        of(document);
        for (std::size_t at = 0; at <= document.size(); ++at) {
            of(document.substr(0, at));
            std::string const before(document.substr(0, at));
            std::string_view const after = document.substr(at);
            for (char const byte : bytes)
                of(before + byte + std::string(after));
            if (after.empty())
                continue;
            of(before + std::string(after.substr(1)));
            for (char const byte : bytes)
                of(before + byte + std::string(after.substr(1)));
        }
    }

    // Other orders, and members that are missing or come twice.
    void of_orders(std::vector<std::string> const& members) {
        for (std::size_t i = 0; i != members.size(); ++i) {
            auto without = members;
            without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
            of(object(without));
            for (std::size_t j = 0; j != members.size(); ++j) {
                auto changed = members;
                std::swap(changed[i], changed[j]);
                of(object(changed));
                changed = members;
                changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(j), members[i]);
                of(object(changed));
            }
        }
    }
    void of_one_more(std::vector<std::string> const& members, std::string const& more) {
        for (std::size_t i = 0; i <= members.size(); ++i) {
            auto changed = members;
            changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), more);
            of(object(changed));
        }
    }

    static std::string object(std::vector<std::string> const& members) {
        std::string text = "{";
        for (std::string const& member : members)
            text += (text.size() == 1 ? "" : ",") + member;
        return text + '}';
    }

    std::size_t taken = 0;
    std::size_t left_to_parser = 0;

private:
    template <class Read>
    std::string read(std::string_view text, codec::json_limits limits, Read const& with) const {
        T value = begin_;
        codec::json_statistics statistics;
        auto const problem =
            with(text, codec::detail::json_type_of<T>(), &value, limits, statistics);
        return outcome(value, problem, statistics);
    }

    T begin_;
};

template <class T>
comparison<T> from_empty() {
    return comparison<T>(intheloop::detail::make_empty<T>());
}

std::vector<std::string> const members_of_result = {R"("id":"6e1cf0db")", R"("status":"Completed")",
                                                    R"("url":"https://reports.intheloop.io/x")"};

// Lists texts that may stand as a value; for most members most of them are wrong.
constexpr std::string_view values[] = {"0",
                                       "-0",
                                       "00",
                                       "01",
                                       "-01",
                                       "1",
                                       "-1",
                                       "127",
                                       "128",
                                       "-128",
                                       "-129",
                                       "1e3",
                                       "1E3",
                                       "1e+3",
                                       "1e-3",
                                       "1.0",
                                       "1.5",
                                       "1.",
                                       ".5",
                                       "-",
                                       "+1",
                                       "0x1",
                                       "1 2",
                                       "1,",
                                       "1_",
                                       "1e",
                                       "1e400",
                                       "0e2147483648",
                                       "1698330175",
                                       "9007199254740993",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "-9223372036854775808",
                                       "-9223372036854775809",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "18446744073709551616null",
                                       "1null",
                                       "1.5true",
                                       "\"\xff\"1",
                                       "\"\xff\"null",
                                       "\"a\"\"b\"",
                                       "-null",
                                       "100000000000000000000000000000",
                                       "true",
                                       "false",
                                       "null",
                                       "tru",
                                       "truE",
                                       "nulll",
                                       "null0",
                                       "falsey",
                                       "nan",
                                       "Infinity",
                                       "[]",
                                       "[1]",
                                       "[null]",
                                       "{}",
                                       R"({"text":"a"})",
                                       "{1}",
                                       R"("")",
                                       R"("a")",
                                       R"("Completed")",
                                       R"("completed")",
                                       R"("1")",
                                       R"("null")",
                                       R"("a\"b")",
                                       R"("\\")",
                                       R"("\/")",
                                       R"("\u0041")",
                                       R"("\u00e9")",
                                       R"("\ud83d\udcac")",
                                       R"("\ud83d")",
                                       R"("\udcac")",
                                       R"("\u12")",
                                       R"("\x")",
                                       "\"\xc3\xa9\"",
                                       "\"\xe2\x82\xac\"",
                                       "\"\xf0\x9f\x92\xac\"",
                                       "\"\xed\xa0\x80\"",
                                       "\"\x7f\"",
                                       "\"\x1f\"",
                                       "\"\n\"",
                                       "'a'",
                                       "\"a",
                                       "a\"",
                                       " 1 ",
                                       "\t\"a\"\n",
                                       "\v1",
                                       "\xef\xbb\xbf"
                                       "1",
                                       "/**/1",
                                       ""};

} // namespace

TEST_CASE("each small change to the documented samples") {
    auto results = from_empty<loop::report::export_result>();
    results.of_changes_to(loop::report::export_result::sample);
    results.of_changes_to(support::fixture("export_pending_or_expired.json"));
    CHECK(results.taken > 5000);
    CHECK(results.left_to_parser > 5000);

    auto requests = from_empty<loop::report::export_request>();
    requests.of_changes_to(R"({"start":1698330175,"timezone":null,"end":1698934975})");
    requests.of_changes_to(loop::report::export_request::sample);
    CHECK(requests.taken > 500);
    CHECK(requests.left_to_parser > 5000);

    auto lookups = from_empty<loop::report::get_request>();
    lookups.of_changes_to(loop::report::get_request::sample);
    CHECK(lookups.taken > 500);
    CHECK(lookups.left_to_parser > 500);
}

TEST_CASE("each value in the place of each member") {
    auto documents = from_empty<scalars>();
    for (std::string const name : {"text", "whole", "natural", "tiny", "real", "flag", "at",
                                   "status", "open", "openObject", "unknown"})
        for (std::string_view const value : values) {
            documents.of(R"({"text":"t",")" + name + "\":" + std::string(value) + '}');
            documents.of("{\"" + name + "\":" + std::string(value) + R"(,"text":"t"})");
        }
    CHECK(documents.taken > 100);
    CHECK(documents.left_to_parser > 1000);
}

TEST_CASE("members in other orders, missing, twice, and unknown ones") {
    // The old value stays where nothing replaces it, in both ways alike.
    loop::report::export_result filled;
    filled.id = "before";
    filled.url = "https://before";
    for (auto const& begin : {loop::report::export_result(), filled}) {
        comparison<loop::report::export_result> documents(begin);
        documents.of_orders(members_of_result);
        for (std::string_view const value : values)
            documents.of_one_more(members_of_result, "\"more\":" + std::string(value));
        for (std::string const name : {"", "ID", "id ", "i\\u0064", "\\u0069d", "\xc4\x8d", "\xff",
                                       "i\nd", "url", "status", "a\\/b"})
            for (std::string const value : {"1", "null", R"("a")", "[]"})
                documents.of_one_more(members_of_result, '"' + name + "\":" + value);
        CHECK(documents.taken > 20);
        CHECK(documents.left_to_parser > 100);
    }
}

TEST_CASE("bytes that are UTF-8 or nearly so") {
    constexpr auto edges =
        "\x61\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef"
        "\xf0\xf1\xf3\xf4\xf5\xff"sv;
    auto documents = from_empty<loop::report::get_request>();
    auto const read = [&](std::string const& text) { documents.of(R"({"id":")" + text + R"("})"); };
    for (char const a : edges)
        for (char const b : edges)
            for (char const c : edges) {
                read({a, b, c});
                if (a >= '\xe0' && a < '\0') // four bytes, or three and one more
                    for (char const d : "\x61\x7f\x80\xbf\xc0"sv)
                        read({a, b, c, d});
            }
    CHECK(documents.taken > 500);
    CHECK(documents.left_to_parser > 5000);
}

TEST_CASE("white space, a byte order mark, levels, and what is no object") {
    auto documents = from_empty<loop::report::export_result>();
    for (std::string const space :
         {" ", "\n", "\r\n", "\t", " \t\r\n ", "\f", "\v", "\xc2\xa0", "\xef\xbb\xbf"})
        for (std::string_view const where :
             {"#{}", "{#}", "{}#", R"(#{"id":"a"})", R"({#"id":"a"})", R"({"id"#:"a"})",
              R"({"id":#"a"})", R"({"id":"a"#})", R"({"id":"a"}#)", R"({"id":"a"#,"url":null})",
              R"({"id":"a",#"url":null})"}) {
            std::string text(where);
            text.replace(text.find('#'), 1, space);
            documents.of(text);
        }
    for (std::string_view const text :
         {R"({"id":"a"})", R"({"id":"a","x":[1]})", R"({"id":"a","x":1})", "{}", "[]"})
        for (std::size_t const max_depth : {0u, 1u, 2u, 64u})
            documents.of(text, max_depth);
    for (std::string_view const value : values)
        documents.of(value);
    for (std::string_view const text :
         {R"({"id":"a"}})", R"({"id":"a"}{"id":"b"})", R"({"id":"a",})", R"({,"id":"a"})",
          R"({"id":"a" "url":null})", R"({"id" "a"})", R"({id:"a"})", R"(["id","a"])",
          R"({"id":"a"},)"})
        documents.of(text);
    CHECK(documents.taken > 40);
    CHECK(documents.left_to_parser > 100);
}

TEST_CASE("open values: each small change to a row") {
    comparison<boost::json::value> documents{boost::json::value()};
    documents.of_changes_to(R"({"id":"c\"\n8","n":-10,"x":[1.5e-3,{},[]],"sla":{"met":true}})");
    documents.of_changes_to("{\"a\": [null , false, \"more than sixteen b\xc3\xa9tes\"] }");
    comparison<boost::json::object> objects{boost::json::object()};
    objects.of_changes_to(R"({"a":{"b":[0]}})");
    CHECK(documents.taken > 2000);
    CHECK(documents.left_to_parser > 2000);
    CHECK(objects.taken > 100);
}

TEST_CASE("open values: each value, alone, in an array, in an object, and as a key") {
    comparison<boost::json::value> documents{boost::json::value()};
    comparison<boost::json::object> objects{boost::json::object()};
    for (std::string_view const value : values)
        for (std::string_view const where :
             {"#", "[#]", "[#,1]", R"({"a":#})", R"({"a":#,"b":2})", "{#:1}", R"({"a":1,"a":#})"}) {
            std::string text(where);
            text.replace(text.find('#'), 1, value);
            documents.of(text);
            objects.of(text);
        }
    for (std::string const sign : {"", "-"})
        for (std::string const whole : {"0", "7", "123456789012345678", "999999999999999999",
                                        "1234567890123456789", "12345678901234567890"})
            for (std::string const rest :
                 {"", ".0", ".5", ".", "e0", "E+2", "e-2", "e", "e+", ".5e1", ".e1", "e400",
                  "e-400", ".000000000000000000000000000001", "0", " ", "x"})
                documents.of('[' + sign + whole + rest + ']');
    CHECK(documents.taken > 300);
    CHECK(documents.left_to_parser > 300);
}

TEST_CASE("open values: levels, white space, many members, long texts") {
    comparison<boost::json::value> documents{boost::json::value()};
    for (std::size_t const levels : {1u, 2u, 3u, 63u, 64u, 65u, 200u})
        for (std::size_t const max_depth : {0u, 1u, 2u, 64u, 200u}) {
            documents.of(std::string(levels, '[') + std::string(levels, ']'), max_depth);
            std::string text = "1";
            for (std::size_t i = 0; i != levels; ++i)
                text = "{\"k\":" + text + "}";
            documents.of(text, max_depth);
        }
    for (std::string const space : {" ", "\n", "\r\n", "\t", "\f", "\v", "\xc2\xa0"})
        for (std::string_view const where :
             {"#[]", "[#]", "[]#", "[1#,2]", "[1,#2]", "{#}", R"({#"a":1})", R"({"a"#:1})",
              R"({"a":#1})", R"({"a":1#})", R"({"a":1,#"b":2})"}) {
            std::string text(where);
            text.replace(text.find('#'), 1, space);
            documents.of(text);
        }
    std::string many = "{";
    for (int i = 0; i != 300; ++i)
        many += (i ? ",\"" : "\"") + std::to_string(i % 250) + "\":[" + std::to_string(i) + ']';
    documents.of(many + '}');
    for (std::size_t size = 0; size != 70; ++size)
        for (std::string const stop : {"", "\\n", "\\u0041", "\xc3\xa9", "\x1f", "\xff", "\\"}) {
            std::string const text(size, 'x');
            documents.of("[\"" + text + stop + text + "\"]");
            documents.of("[\"" + text + stop + "\"]");
            documents.of("{\"" + text + stop + "\":0}");
            documents.of("[\"" + text + stop);
        }
    CHECK(documents.taken > 500);
    CHECK(documents.left_to_parser > 500);
}

} // TEST_SUITE("codec/json_readers")
