// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/parameters.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

TEST_SUITE("endpoint/parameters") {

namespace {

using namespace intheloop;

using find =
    parameters<path_parameter<"id", std::string>, query_parameter<"size", std::optional<int>>,
               query_parameter<"since", int>, query_parameter<"ids", std::vector<int>, '|'>,
               header_parameter<"X-Trace", std::optional<std::string>>>;
using found = fields<json_field<"id", std::string>, json_field<"$type", nullable<std::string>>>;
inline constexpr endpoint<verb::get, "/things/{id}", find, found> get_thing{};

// A class without a default constructor, as written ones are.
class owner {
public:
    explicit owner(std::string of_name) : name(std::move(of_name)) {}
    std::string name;
    using members = intheloop::members<&owner::name>;
};
using change =
    parameters<path_parameter<"id", std::string>, json_field<"owner", owner>,
               json_field<"tags", std::map<std::string, int>>, query_parameter<"dry", bool>>;
inline constexpr endpoint<verb::put, "/things/{id}", change, std::optional<found>> put_thing{};

using replace = parameters<path_parameter<"id", std::string>, body_parameter<"thing", found>>;
inline constexpr endpoint<verb::put, "/things/{id}/all", replace, std::vector<found>> put_all{};

// A JSON object whose members a route names: fields<> as a request.
inline constexpr endpoint<verb::post, "/things/{id}", found, fields<>> post_thing{};

template <class Endpoint>
codec::encoded_request encoded(Endpoint const& endpoint,
                               typename Endpoint::request_type const& request) {
    codec::encoded_request out;
    auto const problem = codec::encode_request(endpoint, request, out);
    CHECK_FALSE(problem);
    return out;
}

} // namespace

TEST_CASE("the constructor takes what is required, in order; the rest begins empty") {
    static_assert(std::is_constructible_v<find, std::string, int>);
    static_assert(!std::is_default_constructible_v<find>);
    static_assert(!std::is_constructible_v<find, std::string>);
    static_assert(!std::is_constructible_v<find, std::string, int, std::optional<int>>);
    static_assert(!std::is_convertible_v<std::string, found>);
    static_assert(std::is_default_constructible_v<parameters<>>);
    static_assert(std::is_default_constructible_v<fields<json_field<"a", std::vector<int>>>>);
    find const request("1", 7);
    CHECK(request.get<"id">() == "1");
    CHECK(request.get<"since">() == 7);
    CHECK_FALSE(request.get<"size">());
    CHECK(request.get<"ids">().empty());
    CHECK(found("a").get<"$type">().is_absent());
}

TEST_CASE("none of them is an aggregate, which some compilers destroy twice") {
    static_assert(!std::is_aggregate_v<find>);
    static_assert(!std::is_aggregate_v<found>);
    static_assert(!std::is_aggregate_v<parameters<>>);
    static_assert(!std::is_aggregate_v<fields<json_field<"a", std::vector<int>>>>);
}

TEST_CASE("set and get take the name on the wire, and keep the member's type") {
    find request("1", 7);
    CHECK(&request.set<"size">(5) == &request);
    request.set<"ids">({1, 2}).set<"X-Trace">("t").set<"id">("2");
    CHECK(request.get<"size">() == 5);
    CHECK(request.get<"ids">() == std::vector<int>{1, 2});
    CHECK(request.get<"X-Trace">() == "t");
    CHECK(request.get<"id">() == "2");
    request.set<"size">(std::nullopt);
    CHECK_FALSE(request.get<"size">());
    request.get<"ids">().push_back(3);
    CHECK(request.get<"ids">().size() == 3);
    CHECK(request.*find::member<"since"> == 7);
    static_assert(std::is_same_v<find::type_of<"size">, std::optional<int>>);
    static_assert(std::is_same_v<decltype(std::as_const(request).get<"id">()), std::string const&>);

    find const& chained = find("3", 1).set<"size">(9); // a value, which the reference keeps
    CHECK(chained.get<"size">() == 9);
    static_assert(std::is_same_v<decltype(find("3", 1).get<"id">()), std::string>);
    CHECK(found("a").set<"$type">(nullptr).get<"$type">().is_null());
}

TEST_CASE("the parts say where they go") {
    find request("a b", 7);
    request.set<"ids">({1, 2}).set<"X-Trace">("t");
    auto const sent = encoded(get_thing, request);
    CHECK(sent.target == "/things/a%20b?since=7&ids=1%7C2");
    CHECK(sent.header_lines == "X-Trace: t\r\n");
    CHECK_FALSE(sent.has_body);

    change changed("1", owner("Ana"), true);
    changed.get<"tags">()["x"] = 1;
    auto const put = encoded(put_thing, changed);
    CHECK(put.target == "/things/1?dry=true");
    CHECK(put.body == R"({"owner":{"name":"Ana"},"tags":{"x":1}})");

    auto const whole = encoded(put_all, replace("1", found("b").set<"$type">(nullptr)));
    CHECK(whole.target == "/things/1/all");
    CHECK(whole.body == R"({"id":"b","$type":null})");

    CHECK(encoded(post_thing, found("1")).target == "/things/1");
    CHECK(encoded(post_thing, found("1")).body == "{}");
}

TEST_CASE("a body need not be JSON") {
    using upload = parameters<path_parameter<"id", std::string>, body_parameter<"file", raw_body>>;
    static constexpr endpoint<verb::put, "/files/{id}", upload, raw_body> put_file{};
    CHECK(put_file.sends_raw_body);
    auto const sent = encoded(put_file, upload("1", raw_body("abc", "text/plain")));
    CHECK(sent.body == "abc");
    CHECK(sent.content_type == "text/plain");
}

TEST_CASE("a value that can't stand in its place is refused with the parameter's name") {
    codec::encoded_request out;
    auto const problem = codec::encode_request(get_thing, find("", 1), out);
    REQUIRE(problem);
    CHECK(problem->pointer == "/id");
}

TEST_CASE("JSON is read and written by the names, with a pointer in an error") {
    using items = fields<json_field<"items", std::vector<fields<json_field<"a/b", int>>>>,
                         json_field<"owner", std::optional<owner>>>;
    items read;
    REQUIRE_FALSE(
        codec::decode_json(R"({"items":[{"a/b":1},{"a/b":2}],"owner":{"name":"x"}})", read));
    CHECK(read.get<"items">().at(1).get<"a/b">() == 2);
    CHECK(read.get<"owner">()->name == "x");
    std::string written;
    REQUIRE_FALSE(codec::encode_json(written, read));
    CHECK(written == R"({"items":[{"a/b":1},{"a/b":2}],"owner":{"name":"x"}})");
    auto const wrong = codec::decode_json(R"({"items":[{"a/b":1},{"a/b":"2"}]})", read);
    REQUIRE(wrong);
    CHECK(wrong->pointer == "/items/1/a~1b");
    auto const missing = codec::decode_json(R"({"items":[{}]})", read);
    REQUIRE(missing);
    CHECK(missing->pointer == "/items/0/a~1b");
}

TEST_CASE("fields<> can be an alternative under a name") {
    using comment = one_of<"$type", alternative<"Mail", fields<json_field<"subject", std::string>>>,
                           alternative<"Chat", fields<json_field<"text", std::string>>>>;
    comment read;
    REQUIRE_FALSE(codec::decode_json(R"({"$type":"Chat","text":"hi"})", read));
    using chat = fields<json_field<"text", std::string>>;
    REQUIRE(std::get_if<chat>(&read));
    CHECK(std::get<chat>(read).get<"text">() == "hi");
}

TEST_CASE("descriptions and texts are short") {
    CHECK(get_thing.description() ==
          "GET /things/{id} (id, size, since, ids, X-Trace) -> {id, $type}");
    CHECK(put_thing.description() ==
          "PUT /things/{id} (id, owner, tags, dry) -> optional<{id, $type}>");
    CHECK(put_all.description() == "PUT /things/{id}/all (id, thing) -> vector<{id, $type}>");
    CHECK(post_thing.description() == "POST /things/{id} ({id, $type}) -> {}");
    CHECK(detail::type_name<find>() == "parameters");
    CHECK(detail::type_name<found>() == "fields");
}

} // TEST_SUITE("endpoint/parameters")
