// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Objects, arrays and maps: what is required, what is ignored, and where an error is.
#include <intheloop/api/report.hpp>
#include <intheloop/codec/detail/json_decode.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/json_decode") {

namespace taken {

namespace loop = intheloop;

struct leaf {
    std::string id;
    std::optional<std::int64_t> size;
    loop::nullable<std::string> note;
    using members = loop::members<&leaf::id, &leaf::size, &leaf::note>;
};

struct tree {
    std::optional<leaf> top;
    std::vector<leaf> leaves;
    std::map<std::string, leaf> by_name;
    loop::nullable<std::vector<std::vector<std::int64_t>>> grid;
    std::optional<boost::json::object> rest;
    using members =
        loop::members<&tree::top, &tree::leaves, &tree::by_name, &tree::grid, &tree::rest>;
};

// Without a default constructor, as request types are.
class period {
public:
    period(std::int64_t from, std::int64_t to) : start(from), end(to) {}
    std::int64_t start;
    std::optional<std::string> zone;
    std::int64_t end;
    using members = loop::members<&period::start, &period::zone, &period::end>;
};
struct periods {
    std::vector<period> list;
    using members = loop::members<&periods::list>;
};

struct flags {
    std::vector<std::optional<std::string>> optionals;
    std::vector<loop::nullable<std::string>> nullables;
    std::map<std::string, std::optional<leaf>> by_name;
    using members = loop::members<&flags::optionals, &flags::nullables, &flags::by_name>;
};

struct odd_names {
    std::int64_t slashed;
    using members = loop::members<loop::renamed<&odd_names::slashed, "x/y~z">>;
};

} // namespace taken

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;

template <class T>
T decoded(std::string_view text, codec::json_statistics* statistics = nullptr) {
    T value = intheloop::detail::make_empty<T>();
    auto const problem = codec::decode_json(text, value, {}, statistics);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    return value;
}

template <class T>
std::string problem(std::string_view text) {
    T value = intheloop::detail::make_empty<T>();
    auto const found = codec::decode_json(text, value);
    return found ? found->text() : "none";
}

std::size_t unknown_keys(std::string_view text) {
    codec::json_statistics statistics;
    decoded<taken::leaf>(text, &statistics);
    return statistics.unknown_keys;
}

std::string nested(std::size_t levels, std::string_view begin, std::string_view end) {
    std::string text;
    for (std::size_t i = 0; i != levels; ++i)
        text += begin;
    for (std::size_t i = 0; i != levels; ++i)
        text += end;
    return text;
}

} // namespace

TEST_CASE("an object in any order, with and without its optional members") {
    auto leaf = decoded<taken::leaf>(R"({"note":"n","id":"a","size":3})");
    CHECK(leaf.id == "a");
    CHECK(leaf.size == 3);
    CHECK(leaf.note == "n");
    leaf = decoded<taken::leaf>(R"( { "id" : "a" } )");
    CHECK_FALSE(leaf.size);
    CHECK(leaf.note.is_absent());
    leaf = decoded<taken::leaf>(R"({"id":"a","note":null})");
    CHECK(leaf.note.is_null());
    leaf = decoded<taken::leaf>(R"({"id":"","note":""})");
    CHECK(leaf.note == "");
}

TEST_CASE("a required member that is missing is named") {
    CHECK(problem<taken::leaf>("{}") == "/id: required, but missing");
    CHECK(problem<taken::leaf>(R"({"size":1,"ID":"a","id ":"b"})") == "/id: required, but missing");
    CHECK(problem<taken::tree>(R"({"leaves":[{"id":"a"},{}],"byName":{}})") ==
          "/leaves/1/id: required, but missing");
    CHECK(problem<taken::tree>(R"({"leaves":[],"byName":{"k":{}}})") ==
          "/byName/k/id: required, but missing");
    CHECK(problem<taken::tree>(R"({"leaves":[]})") == "/byName: required, but missing");
    CHECK(problem<taken::period>(R"({"start":1})") == "/end: required, but missing");
}

TEST_CASE("null is refused where it is not expected") {
    CHECK(problem<taken::leaf>(R"({"id":null})") == "/id: expected a string, got null");
    CHECK(problem<taken::leaf>(R"({"id":"a","size":null})") ==
          "/size: expected a 64-bit integer, got null");
    CHECK(problem<taken::tree>(R"({"leaves":null,"byName":{}})") ==
          "/leaves: expected an array, got null");
    CHECK(problem<taken::tree>(R"({"leaves":[null],"byName":{}})") ==
          "/leaves/0: expected an object, got null");
    CHECK(problem<taken::tree>(R"({"top":null,"leaves":[],"byName":{}})") ==
          "/top: expected an object, got null");
    CHECK(problem<taken::leaf>("null") == "expected an object, got null");
}

TEST_CASE("null for an optional member is absent, where the caller takes it so") {
    codec::json_limits const lenient{.null_is_absent = true};
    taken::tree tree;
    tree.top.emplace();
    tree.rest.emplace();
    auto failed = codec::decode_json(
        R"({"top":null,"leaves":[{"id":"a","size":null,"note":null}],"byName":{"x":{"id":"b",)"
        R"("size":null}},"grid":null,"rest":null})",
        tree, lenient);
    REQUIRE_FALSE(failed);
    CHECK_FALSE(tree.top);
    CHECK_FALSE(tree.leaves.at(0).size);
    CHECK(tree.leaves.at(0).note.is_null()); // a nullable tells the two apart
    CHECK_FALSE(tree.by_name.at("x").size);
    CHECK(tree.grid.is_null());
    CHECK_FALSE(tree.rest);

    taken::leaf leaf;
    leaf.size = 7;
    CHECK_FALSE(codec::decode_json(R"({"id":"a","size":null})", leaf, lenient));
    CHECK_FALSE(leaf.size);
    // Of a repeated key the last value counts.
    CHECK_FALSE(codec::decode_json(R"({"size":1,"id":"a","size":null})", leaf, lenient));
    CHECK_FALSE(leaf.size);
    CHECK_FALSE(codec::decode_json(R"({"size":null,"id":"a","size":2})", leaf, lenient));
    CHECK(leaf.size == 2);

    auto const problem_of = [&]<class T>(std::string_view text, T value) {
        auto const found = codec::decode_json(text, value, lenient);
        return found ? found->text() : "none";
    };
    CHECK(problem_of(R"({"id":null})", leaf) == "/id: expected a string, got null");
    CHECK(problem_of(R"({"leaves":null,"byName":{}})", tree) ==
          "/leaves: expected an array, got null");
    CHECK(problem_of(R"({"leaves":[{"id":"a"},null],"byName":{}})", tree) ==
          "/leaves/1: expected an object, got null");
    CHECK(problem_of(R"({"leaves":[{"id":null}],"byName":{}})", tree) ==
          "/leaves/0/id: expected a string, got null");
    CHECK(problem_of("null", leaf) == "expected an object, got null");
    CHECK(problem_of("null", std::optional(leaf)) == "none");
    // null is a JSON value like any other.
    std::optional<boost::json::value> open;
    CHECK(problem_of("null", open) == "none");
    CHECK_FALSE(codec::decode_json("null", open, lenient));
    REQUIRE(open);
    CHECK(open->is_null());
}

TEST_CASE("and counts as drift, once for each") {
    class sink final : public codec::drift_sink {
    public:
        void found(loop::drift_kind kind, std::string pointer, std::string_view text) override {
            all.push_back(std::string(to_string(kind)) + " at " + pointer + std::string(text));
        }
        void read_object(std::string, std::span<std::string_view const> absent) override {
            for (std::string_view const name : absent)
                all.push_back("absent " + std::string(name));
        }
        std::vector<std::string> all;
    };
    sink drift;
    codec::json_statistics statistics;
    statistics.drift = &drift;
    taken::tree tree;
    CHECK_FALSE(codec::decode_json(
        R"({"top":null,"leaves":[{"id":"a","size":null,"note":null}],"byName":{"x":{"id":"b",)"
        R"("size":null,"note":""}},"grid":null,"rest":null})",
        tree, {.null_is_absent = true}, &statistics));
    CHECK(drift.all == std::vector<std::string>{
                           "unexpected null at /top", "unexpected null at /leaves/*/size",
                           "unexpected null at /byName/*/size", "unexpected null at /rest"});
    drift.all.clear();
    taken::flags flags; // null is how an absent element is written
    CHECK_FALSE(codec::decode_json(R"({"optionals":[null],"nullables":[null],"byName":{"x":null}})",
                                   flags, {.null_is_absent = true}, &statistics));
    CHECK(drift.all.empty());
}

TEST_CASE("a text can be checked without a type") {
    for (std::string_view const text :
         {"null", "[]", "{}", R"({"a":[1,{"b":"\ud83d\ude00"}],"c":1e400})", "\xef\xbb\xbf 7 "})
        CHECK_FALSE(codec::check_json(text));
    for (std::string_view const text :
         {"", "{", "nul", R"({"a" 1})", R"(["\ud83d"])", "[NaN]", "\"\xff\"", "[\"\n\"]", "1 2"}) {
        CAPTURE(text);
        auto const found = codec::check_json(text);
        REQUIRE(found);
        CHECK(found->malformed);
    }
    CHECK(codec::check_json("[[]]", {.max_depth = 1}));
    CHECK_FALSE(codec::check_json("[[]]", {.max_depth = 2}));
}

TEST_CASE("of a list's elements an optional one may be null") {
    auto const flags = decoded<taken::flags>(
        R"({"optionals":["a",null,""],"nullables":[null,"b"],"byName":{"x":null,"y":{"id":"z"}}})");
    REQUIRE(flags.optionals.size() == 3);
    CHECK(flags.optionals[0] == "a");
    CHECK_FALSE(flags.optionals[1]);
    CHECK(flags.optionals[2] == "");
    REQUIRE(flags.nullables.size() == 2);
    CHECK(flags.nullables[0].is_null());
    CHECK(flags.nullables[1] == "b");
    REQUIRE(flags.by_name.size() == 2);
    CHECK_FALSE(flags.by_name.at("x"));
    CHECK(flags.by_name.at("y")->id == "z");
    CHECK(problem<taken::flags>(R"({"optionals":[7],"nullables":[],"byName":{}})") ==
          "/optionals/0: expected a string, got 7");
}

TEST_CASE("unknown keys are ignored, whatever they hold, and counted") {
    CHECK(unknown_keys(R"({"id":"a"})") == 0);
    CHECK(unknown_keys(R"({"id":"a","x":1})") == 1);
    CHECK(unknown_keys(R"({"x":null,"id":"a","y":{"id":7,"z":[{}]},"w":[[{"id":null}]]})") == 3);
    CHECK(unknown_keys(R"({"":"","Id":1,"id":"a","i\u0064s":2})") == 3);
    CHECK(unknown_keys(R"({"x":1,"x":2,"id":"a"})") == 2);
    CHECK(unknown_keys(R"({"x":"\ud83d\udcac\"}","id":"a"})") == 1);

    codec::json_statistics statistics;
    decoded<taken::tree>(
        R"({"leaves":[{"id":"a","x":1},{"y":2,"id":"b"}],"byName":{"k":{"id":"c","z":3}},"w":4})",
        &statistics);
    CHECK(statistics.unknown_keys == 4);
    // Only members of an open object were asked for.
    codec::json_statistics open;
    decoded<taken::tree>(R"({"leaves":[],"byName":{},"rest":{"a":1,"b":{"c":2}}})", &open);
    CHECK(open.unknown_keys == 0);
}

TEST_CASE("what is malformed is malformed under an unknown key too") {
    for (std::string_view text :
         {R"({"id":"a","x":tru})", R"({"id":"a","x":[1,]})", R"({"id":"a","x":"\ud83d"})",
          "{\"id\":\"a\",\"x\":\"\xff\"}", R"({"id":"a","x":01})"}) {
        CAPTURE(text);
        taken::leaf leaf;
        auto const found = codec::decode_json(text, leaf);
        REQUIRE(found);
        CHECK(found->malformed);
    }
}

TEST_CASE("a key with escapes is the same key") {
    auto const leaf = decoded<taken::leaf>(R"({"\u0069d":"a","\u0073\u0069\u007a\u0065":3})");
    CHECK(leaf.id == "a");
    CHECK(leaf.size == 3);
    auto const odd = decoded<taken::odd_names>(R"({"x\/y~z":7})");
    CHECK(odd.slashed == 7);
    auto const tree = decoded<taken::tree>(
        R"({"leaves":[],"byName":{"\ud83d\udcac\n":{"id":"a"},"":{"id":"b"}}})");
    CHECK(tree.by_name.at("\xf0\x9f\x92\xac\n").id == "a");
    CHECK(tree.by_name.at("").id == "b");
}

TEST_CASE("of two values for one key the last counts, whole") {
    auto const leaf =
        decoded<taken::leaf>(R"({"id":"a","id":"b","size":1,"size":2,"note":"n","note":null})");
    CHECK(leaf.id == "b");
    CHECK(leaf.size == 2);
    CHECK(leaf.note.is_null());
    CHECK(decoded<taken::leaf>(R"({"id":"a","note":null,"note":"n"})").note == "n");

    auto const tree = decoded<taken::tree>(
        R"({"top":{"id":"a","size":1,"note":"n"},"top":{"id":"b"},)"
        R"("leaves":[{"id":"c"},{"id":"d"}],"leaves":[{"id":"e"}],)"
        R"("byName":{"k":{"id":"f","size":1},"l":{"id":"g"}},"byName":{"k":{"id":"h"},"k":{"id":"i"}},)"
        R"("grid":[[1],[2]],"grid":[],"rest":{"a":1},"rest":{"b":2}})");
    REQUIRE(tree.top);
    CHECK(tree.top->id == "b");
    CHECK_FALSE(tree.top->size);
    CHECK(tree.top->note.is_absent());
    REQUIRE(tree.leaves.size() == 1);
    CHECK(tree.leaves[0].id == "e");
    REQUIRE(tree.by_name.size() == 1);
    CHECK(tree.by_name.at("k").id == "i");
    CHECK_FALSE(tree.by_name.at("k").size);
    CHECK(tree.grid->empty());
    REQUIRE(tree.rest);
    CHECK(*tree.rest == boost::json::object{{"b", 2}});
}

TEST_CASE("decoding replaces what a list or a map held before") {
    taken::tree tree{};
    tree.leaves.resize(3);
    tree.by_name["old"];
    CHECK_FALSE(codec::decode_json(R"({"leaves":[{"id":"a"}],"byName":{}})", tree));
    CHECK(tree.leaves.size() == 1);
    CHECK(tree.by_name.empty());
}

TEST_CASE("arrays within arrays, empty ones too") {
    auto const tree = decoded<taken::tree>(
        R"({"leaves":[],"byName":{},"grid":[[],[1,-2],[],[9007199254740993]]})");
    REQUIRE(tree.grid);
    CHECK(*tree.grid ==
          std::vector<std::vector<std::int64_t>>{{}, {1, -2}, {}, {9007199254740993}});
}

TEST_CASE("types without a default constructor can be elements") {
    auto const periods = decoded<taken::periods>(
        R"({"list":[{"end":2,"start":1},{"start":3,"end":4,"zone":"UTC"}]})");
    REQUIRE(periods.list.size() == 2);
    CHECK(periods.list[0].start == 1);
    CHECK(periods.list[0].end == 2);
    CHECK_FALSE(periods.list[0].zone);
    CHECK(periods.list[1].zone == "UTC");
}

TEST_CASE("an error says where, as a JSON pointer, and what was expected and found") {
    struct {
        char const* text;
        std::string_view says;
    } const table[] = {
        {R"([])", "expected an object, got an array"},
        {R"("x")", "expected an object, got a string"},
        {R"({"leaves":{},"byName":{}})", "/leaves: expected an array, got an object"},
        {R"({"leaves":[],"byName":[]})", "/byName: expected an object, got an array"},
        {R"({"leaves":"x"})", "/leaves: expected an array, got a string"},
        {R"({"leaves":[{"id":"a"},{"id":"b"},{"id":false}]})",
         "/leaves/2/id: expected a string, got false"},
        {R"({"leaves":[{"id":"a","size":1.5}]})",
         "/leaves/0/size: expected a 64-bit integer, got 1.5"},
        {R"({"leaves":[{"id":"a"},7]})", "/leaves/1: expected an object, got 7"},
        {R"({"leaves":[[]]})", "/leaves/0: expected an object, got an array"},
        {R"({"byName":{"a/b~c":{"id":1}}})", "/byName/a~1b~0c/id: expected a string, got 1"},
        {R"({"byName":{"":{"id":1}}})", "/byName//id: expected a string, got 1"},
        {R"({"byName":{"~1":7}})", "/byName/~01: expected an object, got 7"},
        {R"({"byName":{"\u00e9\"":7}})", "/byName/\xc3\xa9\": expected an object, got 7"},
        {R"({"grid":[[1],[2,3,"x"]]})", "/grid/1/2: expected a 64-bit integer, got a string"},
        {R"({"grid":[[1],2]})", "/grid/1: expected an array, got 2"},
        {R"({"x":{"y":1},"grid":[[],[],[null]]})",
         "/grid/2/0: expected a 64-bit integer, got null"},
        {R"({"rest":[1]})", "/rest: expected an object, got an array"},
        {R"({"rest":"x"})", "/rest: expected an object, got a string"},
        {R"({"top":{"id":"a","note":[]}})", "/top/note: expected a string, got an array"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(problem<taken::tree>(row.text) == row.says);
    }
    CHECK(problem<taken::odd_names>(R"({"x/y~z":"7"})") ==
          "/x~1y~0z: expected a 64-bit integer, got a string");
}

TEST_CASE("no string of the document comes into an error text") {
    CHECK(problem<taken::leaf>(R"({"id":"a","size":"what a user wrote"})") ==
          "/size: expected a 64-bit integer, got a string");
}

TEST_CASE("a document may be as deep as the limit, and no deeper") {
    for (auto const& [begin, end] : {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}}) {
        CAPTURE(begin);
        // The innermost object needs a value.
        auto const document = [&](std::size_t levels) {
            std::string text = nested(levels, begin, end);
            if (*begin == '{')
                text.insert(levels * std::string_view(begin).size(), "0");
            return text;
        };
        for (std::size_t limit : {1u, 2u, 64u, 200u}) {
            boost::json::value value;
            CHECK_FALSE(codec::decode_json(document(limit), value, {.max_depth = limit}));
            auto const found = codec::decode_json(document(limit + 1), value, {.max_depth = limit});
            REQUIRE(found);
            CHECK(found->malformed);
            CHECK(found->message == "deeper than " + std::to_string(limit) + " levels");
        }
    }
    boost::json::value value;
    CHECK_FALSE(codec::decode_json(nested(64, "[", "]"), value));
    CHECK(codec::decode_json(nested(65, "[", "]"), value));
    CHECK(codec::decode_json(std::string(1000000, '['), value));
}

TEST_CASE("the depth limit holds for what nobody asked for too") {
    taken::leaf leaf;
    CHECK_FALSE(codec::decode_json(R"({"id":"a","x":)" + nested(63, "[", "]") + '}', leaf));
    auto const found = codec::decode_json(R"({"id":"a","x":)" + nested(64, "[", "]") + '}', leaf);
    REQUIRE(found);
    CHECK(found->malformed);
}

} // TEST_SUITE("codec/json_decode")
