// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The document describes each kind of member, wherever it stands.
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/parameters.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/openapi.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

namespace loop = intheloop;
namespace json = boost::json;

namespace {
struct twin {};
} // namespace
using hidden_twin = twin;
struct twin {};

class color : public loop::open_enum<color> {
public:
    enum value_type : unsigned char { unknown, red, green };
    static constexpr std::string_view texts[] = {"Red", "Green"};
    color() = default;
    color(value_type value) : open_enum(value) {}
};

struct part {
    std::string id;
    std::vector<part> parts;
    using members = loop::members<&part::id, &part::parts>;
};

struct circle {
    double radius;
    using members = loop::members<&circle::radius>;
};
using choice = loop::one_of<"kind", part, loop::alternative<"O", circle>>;

template <class T>
struct page {
    std::vector<T> resources;
    using members = loop::members<&page::resources>;
};

struct kinds {
    std::string text;
    bool flag;
    std::int64_t large;
    std::uint16_t small;
    double number;
    std::chrono::sys_seconds time;
    color paint;
    std::optional<std::string> optional_text;
    loop::nullable<std::string> nullable_text;
    loop::nullable<color> nullable_paint;
    loop::nullable<json::value> nullable_any;
    std::vector<std::optional<int>> gaps;
    std::map<std::string, part> parts;
    json::value any;
    json::object object;
    json::array array;
    std::string type;
    std::chrono::sys_time<std::chrono::milliseconds> instant;
    loop::date_time written_time;
    std::chrono::year_month_day day;
    choice chosen;
    static constexpr loop::member_note notes[] = {
        {"time", "When."},
        {"paint", "Its color.", loop::certainty::observed},
        {"$type", "What it is."}};
    using members =
        loop::members<&kinds::text, &kinds::flag, &kinds::large, &kinds::small, &kinds::number,
                      &kinds::time, &kinds::paint, &kinds::optional_text, &kinds::nullable_text,
                      &kinds::nullable_paint, &kinds::nullable_any, &kinds::gaps, &kinds::parts,
                      &kinds::any, &kinds::object, &kinds::array,
                      loop::renamed<&kinds::type, "$type">, &kinds::instant, &kinds::written_time,
                      &kinds::day, &kinds::chosen>;
};

struct seen_by_head {
    std::string id;
    using members = loop::members<&seen_by_head::id>;
};
using look_request = loop::parameters<loop::path_parameter<"id", std::string>>;

class order_request {
public:
    order_request() {}
    std::string id;
    int page = 0;
    std::optional<color> paint;
    std::vector<std::int64_t> sizes;
    std::string trace;
    std::optional<std::chrono::sys_seconds> since;
    std::string comment;
    std::optional<bool> silent;
    static constexpr loop::member_note notes[] = {{"sizes", "Of these."},
                                                  {"trace", "To find it by."}};
    static constexpr std::string_view sample =
        R"({"id":"7","sizes":[1,2],"trace":"x","comment":"fast","silent":true})";
    using members =
        loop::members<&order_request::id, &order_request::page, &order_request::paint,
                      &order_request::sizes, &order_request::trace, &order_request::since,
                      &order_request::comment, &order_request::silent>;
};

class silent_request {
public:
    silent_request() {}
    std::optional<bool> silent;
    using members = loop::members<&silent_request::silent>;
};

class replace_request {
public:
    replace_request() {}
    std::string id;
    part content;
    using members = loop::members<&replace_request::id, &replace_request::content>;
};

inline constexpr loop::endpoint<loop::verb::get, "/kinds", loop::no_parameters, kinds,
                                loop::operation<"kinds">>
    get_kinds{};
inline constexpr loop::endpoint<
    loop::verb::patch, "/orders/{id}", order_request, part,
    loop::query<&order_request::page, &order_request::paint, &order_request::sizes>,
    loop::header<"X-Trace", &order_request::trace>, loop::header<"X-Since", &order_request::since>,
    loop::operation<"orders.change">, loop::inferred>
    change_order{};
inline constexpr loop::endpoint<
    loop::verb::delete_, "/orders/{id}", order_request, part, loop::operation<"orders.remove">,
    loop::query<&order_request::page, &order_request::paint, &order_request::sizes,
                &order_request::trace, &order_request::since, &order_request::comment,
                &order_request::silent>>
    remove_order{};
inline constexpr loop::endpoint<loop::verb::post, "/silent", silent_request, page<part>,
                                loop::operation<"silent">>
    silence{};
inline constexpr loop::endpoint<loop::verb::post, "/nothing", loop::no_parameters,
                                std::optional<std::vector<part>>, loop::operation<"nothing">>
    nothing{};
inline constexpr loop::endpoint<loop::verb::put, "/parts/{id}", replace_request, bool,
                                loop::body<&replace_request::content>, loop::operation<"replace">>
    replace{};

inline constexpr loop::endpoint<loop::verb::put, "/parts/{id}/copy", replace_request, part,
                                loop::body<&replace_request::content>, loop::success<202, 201>,
                                loop::operation<"copy">>
    copy{};

using may_replace = loop::parameters<loop::path_parameter<"id", std::string>,
                                     loop::body_parameter<"content", std::optional<part>>>;
inline constexpr loop::endpoint<loop::verb::put, "/parts/{id}/maybe", may_replace, bool,
                                loop::operation<"maybe">>
    replace_maybe{};
using may_clear = loop::parameters<loop::path_parameter<"id", std::string>,
                                   loop::body_parameter<"text", loop::nullable<std::string>>>;
inline constexpr loop::endpoint<loop::verb::put, "/parts/{id}/text", may_clear, bool,
                                loop::operation<"text">>
    set_text{};

inline constexpr loop::endpoint<loop::verb::head, "/parts/{id}", look_request,
                                std::optional<seen_by_head>, loop::operation<"look">>
    look{};
inline constexpr loop::endpoint<loop::verb::head, "/files/{id}", look_request, loop::raw_body,
                                loop::operation<"look_at_file">>
    look_at_file{};
struct counted_by_head {
    std::string id;
    std::optional<std::int64_t> total;
    using members = loop::members<&counted_by_head::id, &counted_by_head::total>;
};
inline constexpr loop::endpoint<loop::verb::head, "/counts/{id}", look_request,
                                std::optional<counted_by_head>, loop::operation<"count">,
                                loop::response_header<"X-Total", &counted_by_head::total>>
    count{};

inline constexpr loop::catalog<get_kinds, change_order, remove_order, silence, nothing, replace,
                               copy, replace_maybe, set_text, look, look_at_file, count>
    endpoints{};

} // namespace shop

namespace {

struct expectation {
    char const* what;
    char const* json;
};

} // namespace

TEST_SUITE("openapi/members") {

namespace {

namespace json = boost::json;

json::value document() {
    return intheloop::openapi(shop::endpoints);
}
json::value operation(char const* path, char const* verb) {
    return document().at("paths").at(path).at(verb);
}
json::value schema(char const* name) {
    return document().at("components").at("schemas").at(name);
}

} // namespace

TEST_CASE("in a JSON object") {
    expectation const table[] = {
        {"text", R"({"type":"string"})"},
        {"flag", R"({"type":"boolean"})"},
        {"large", R"({"type":"integer","format":"int64"})"},
        {"small", R"({"type":"integer","format":"uint16","minimum":0})"},
        {"number", R"({"type":"number","format":"double"})"},
        {"time", R"({"type":"integer","format":"int64",
                         "description":"When. Whole seconds since the Unix epoch."})"},
        {"paint", R"({"$ref":"#/components/schemas/shop.color","description":"Its color.",
                          "x-certainty":"observed"})"},
        {"optionalText", R"({"type":"string"})"},
        {"nullableText", R"({"type":["string","null"]})"},
        {"nullablePaint",
         R"({"anyOf":[{"$ref":"#/components/schemas/shop.color"},{"type":"null"}]})"},
        {"nullableAny", "{}"},
        {"gaps", R"({"type":"array","items":{"type":["integer","null"],"format":"int32"}})"},
        {"parts", R"({"type":"object",
                          "additionalProperties":{"$ref":"#/components/schemas/shop.part"}})"},
        {"any", "{}"},
        {"object", R"({"type":"object"})"},
        {"array", R"({"type":"array","items":{}})"},
        {"$type", R"({"type":"string","description":"What it is."})"},
        {"instant", R"({"type":"integer","format":"int64",
                            "description":"Whole milliseconds since the Unix epoch."})"},
        {"writtenTime", R"({"type":"string","format":"date-time"})"},
        {"day", R"({"type":"string","format":"date"})"},
        {"chosen", R"({"anyOf":[
                 {"allOf":[{"$ref":"#/components/schemas/shop.part"},
                           {"type":"object","required":["kind"],
                            "properties":{"kind":{"type":"string","const":"Part"}}}]},
                 {"allOf":[{"$ref":"#/components/schemas/shop.circle"},
                           {"type":"object","required":["kind"],
                            "properties":{"kind":{"type":"string","const":"O"}}}]},
                 {"title":"another type","type":"object","required":["kind"],
                  "properties":{"kind":{"type":"string"}}}]})"},
    };
    json::value const kinds = schema("shop.kinds");
    for (auto const& [what, expected] : table) {
        CAPTURE(what);
        CHECK(kinds.at("properties").at(what) == json::parse(expected));
    }
    CHECK(kinds.at("properties").as_object().size() == std::size(table));
    CHECK(kinds.at("required") ==
          json::parse(R"(["text","flag","large","small","number","time","paint","gaps","parts",
                              "any","object","array","$type","instant","writtenTime","day",
                              "chosen"])"));
}

TEST_CASE("an enumeration is open") {
    CHECK(schema("shop.color") == json::parse(R"({"type":"string","examples":["Red","Green"],
                              "x-known-values":["Red","Green"]})"));
}

TEST_CASE("a type that holds itself") {
    CHECK(schema("shop.part") ==
          json::parse(R"({"type":"object","properties":{"id":{"type":"string"},
                              "parts":{"type":"array",
                                       "items":{"$ref":"#/components/schemas/shop.part"}}},
                              "required":["id","parts"]})"));
}

TEST_CASE("in the path, the query and headers") {
    json::value const parameters = operation("/orders/{id}", "patch").at("parameters");
    expectation const table[] = {
        {"id", R"({"name":"id","in":"path","required":true,"schema":{"type":"string"},
                       "example":"7"})"},
        {"page", R"({"name":"page","in":"query","required":true,
                         "schema":{"type":"integer","format":"int32"}})"},
        {"paint", R"({"name":"paint","in":"query","required":false,
                          "schema":{"$ref":"#/components/schemas/shop.color"}})"},
        {"sizes", R"({"name":"sizes","in":"query","description":"Of these.","required":false,
                          "style":"form","explode":true,"example":[1,2],
                          "schema":{"type":"array","items":{"type":"integer","format":"int64"}}})"},
        {"trace", R"({"name":"X-Trace","in":"header","description":"To find it by.",
                          "required":true,"schema":{"type":"string"},"example":"x"})"},
        {"since", R"({"name":"X-Since","in":"header","required":false,
                          "schema":{"type":"integer","format":"int64",
                                    "description":"Whole seconds since the Unix epoch."}})"},
        {"impersonation", R"({"$ref":"#/components/parameters/impersonate_user"})"},
    };
    REQUIRE(parameters.as_array().size() == std::size(table));
    for (std::size_t i = 0; i != std::size(table); ++i)
        CHECK_MESSAGE(parameters.at(i) == json::parse(table[i].json), table[i].what);
}

TEST_CASE("bodies") {
    struct {
        char const* path;
        char const* verb;
        char const* body;
    } const table[] = {
        // The members that have no other place.
        {"/orders/{id}", "patch",
         R"({"required":true,"content":{"application/json":{
                   "schema":{"type":"object","required":["comment"],
                             "properties":{"comment":{"type":"string"},
                                           "silent":{"type":"boolean"}}},
                   "example":{"comment":"fast","silent":true}}}})"},
        // All members.
        {"/silent", "post",
         R"({"required":false,"content":{"application/json":{
                   "schema":{"$ref":"#/components/schemas/shop.silent_request"}}}})"},
        // None.
        {"/nothing", "post",
         R"({"required":false,"content":{"application/json":{
                   "schema":{"type":"object","properties":{}}}}})"},
        // One member is the whole.
        {"/parts/{id}", "put",
         R"({"required":true,"content":{"application/json":{
                   "schema":{"$ref":"#/components/schemas/shop.part"}}}})"},
        // One member is the whole, if it is there.
        {"/parts/{id}/maybe", "put",
         R"({"required":false,"content":{"application/json":{
                   "schema":{"$ref":"#/components/schemas/shop.part"}}}})"},
        {"/parts/{id}/text", "put",
         R"({"required":false,"content":{"application/json":{
                   "schema":{"type":["string","null"]}}}})"},
    };
    for (auto const& [path, verb, body] : table) {
        CAPTURE(path);
        CHECK(operation(path, verb).at("requestBody") == json::parse(body));
    }
    CHECK_FALSE(operation("/orders/{id}", "delete").as_object().contains("requestBody"));
    CHECK_FALSE(operation("/kinds", "get").as_object().contains("requestBody"));
}

TEST_CASE("answers") {
    auto const success = [](char const* path, char const* verb, char const* status) {
        return operation(path, verb).at("responses").at(status);
    };
    CHECK(success("/kinds", "get", "200") ==
          json::parse(R"({"description":"Done.","content":{"application/json":{
                                "schema":{"$ref":"#/components/schemas/shop.kinds"}}}})"));
    CHECK(success("/nothing", "post", "201") ==
          json::parse(R"({"description":"Created; the body may be missing.",
                              "content":{"application/json":{"schema":{"type":"array",
                                "items":{"$ref":"#/components/schemas/shop.part"}}}}})"));
    CHECK_FALSE(operation("/kinds", "get").at("responses").as_object().contains("201"));
    auto const copied = operation("/parts/{id}/copy", "put").at("responses");
    CHECK(copied.at("201") == json::parse(R"({"description":"Created.","content":{
                                "application/json":{
                                  "schema":{"$ref":"#/components/schemas/shop.part"}}}})"));
    CHECK(copied.at("202").at("content") == copied.at("201").at("content"));
    CHECK(copied.at("200").at("content") == copied.at("201").at("content"));
    CHECK(success("/parts/{id}", "put", "200").at("content").at("application/json") ==
          json::parse(R"({"schema":{"type":"boolean"}})"));
}

TEST_CASE("no body of a HEAD is described, nor its type") {
    json::value const described = document();
    for (char const* path : {"/parts/{id}", "/files/{id}"}) {
        CAPTURE(std::string(path));
        CHECK(described.at("paths").at(path).at("head").at("responses").at("200") ==
              json::parse(R"({"description":"Done."})"));
    }
    CHECK_FALSE(described.at("components").at("schemas").as_object().contains("shop.seen_by_head"));
}

TEST_CASE("the headers of a HEAD are described, without its body") {
    json::value const described = document();
    auto const& found =
        described.at("paths").at("/counts/{id}").at("head").at("responses").at("200");
    CHECK(found.at("headers").at("X-Total").at("required") == false);
    CHECK_FALSE(found.as_object().contains("content"));
    auto const& schemas = described.at("components").at("schemas").as_object();
    CHECK_FALSE(schemas.contains("shop.counted_by_head"));
}

TEST_CASE("two verbs of a route share its path; a name without a dot is in no group") {
    CHECK(document().at("paths").at("/orders/{id}").as_object().size() == 2);
    CHECK(operation("/orders/{id}", "patch").at("x-certainty") == "inferred");
    CHECK(document().at("tags") == json::parse(R"([{"name":"orders"}])"));
    CHECK_FALSE(operation("/kinds", "get").as_object().contains("tags"));
}

TEST_CASE("names of types") {
    using intheloop::detail::component_name;
    using intheloop::detail::spelled_type;
    CHECK(component_name(spelled_type<shop::part>()) == "shop.part");
    CHECK(component_name(spelled_type<intheloop::no_parameters>()) == "no_parameters");
    CHECK(component_name(spelled_type<expectation>()) == "expectation");
    CHECK(component_name(spelled_type<shop::page<shop::part>>()) == "shop.page_shop.part");
    CHECK(component_name(spelled_type<shop::page<shop::choice>>()) ==
          "shop.page_one_of__shop.part_alternative__shop.circle");
}

TEST_CASE("types of the same name are told apart") {
    std::string_view const first = intheloop::detail::spelled_type<shop::hidden_twin>();
    std::string_view const second = intheloop::detail::spelled_type<shop::twin>();
    intheloop::detail::schema_registry schemas({});
    auto const none = [] { return json::object(); };
    CHECK(schemas.reference(first, none).at("$ref") == "#/components/schemas/shop.twin");
    CHECK(schemas.reference(second, none).at("$ref") == "#/components/schemas/shop.twin_2");
    CHECK(schemas.reference(first, none).at("$ref") == "#/components/schemas/shop.twin");
    CHECK(schemas.take().size() == 2);
}

} // TEST_SUITE("openapi/members")
