// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("testing/request_decode") {

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;

using part = loop::fields<loop::json_field<"id", std::string>>;
using set_part = loop::parameters<loop::path_parameter<"id", std::string>,
                                  loop::body_parameter<"thing", std::optional<part>>>;
constexpr loop::endpoint<loop::verb::put, "/part/{id}", set_part, std::string> put_part{};
using set_label = loop::parameters<loop::body_parameter<"label", loop::nullable<std::string>>>;
constexpr loop::endpoint<loop::verb::put, "/label", set_label, std::string> put_label{};
using set_any = loop::parameters<loop::body_parameter<"any", std::optional<boost::json::value>>>;
constexpr loop::endpoint<loop::verb::put, "/any", set_any, std::string> put_any{};

// What is sent, as it is received.
template <class Endpoint>
loop::testing::detail::wire_request received(Endpoint const& endpoint,
                                             typename Endpoint::request_type const& request) {
    codec::encoded_request sent;
    CHECK_FALSE(encode_request(endpoint, request, sent));
    loop::testing::detail::wire_request made;
    made.target = sent.target;
    made.body = sent.body;
    return made;
}

} // namespace

TEST_CASE("a path says where the values of a route stand in it") {
    using values = std::vector<std::string>;
    struct {
        std::string_view route, path;
        std::optional<values> found;
    } const table[] = {
        {"/", "/", values{}},
        {"/a", "/a", values{}},
        {"/a", "/b", {}},
        {"/a", "/a/", {}},
        {"/a/", "/a", {}},
        {"/a/{x}", "/a/1", values{"1"}},
        {"/a/{x}", "/a/", {}},
        {"/a/{x}", "/a/1/2", {}},
        {"/a/{x}/", "/a/1/", values{"1"}},
        {"/{x}/{y}", "/1/2", values{"1", "2"}},
        {"/a/{x}.json", "/a/b.json.json", values{"b.json"}},
        {"/a/{x}.json", "/a/.json", {}},
        {"/a/b{x}", "/a/b1", values{"1"}},
        {"/a/b{x}", "/a/c1", {}},
        {"/a/{x}", "/a/%2Fb%20", values{"/b "}},
        {"/a/{x}", "/a/%2", {}},
        // Several in a segment.
        {"/c/{year}-{month}-{day}", "/c/2026-11-01", values{"2026", "11", "01"}},
        {"/c/{year}-{month}-{day}", "/c/2026-11", {}},
        {"/c/{year}-{month}-{day}", "/c/2026--01", {}},
        {"/c/{year}-{month}-{day}", "/c/-11-01", {}},
        {"/c/{year}-{month}-{day}", "/c/2026-11-", {}},
        {"/x/{a}:{b}:{c}/y", "/x/1:2:3/y", values{"1", "2", "3"}},
        {"/x/{a}:{b}:{c}/y", "/x/1:2:3/z", {}},
        {"/x/{a}.{b}.json", "/x/1.2.json", values{"1", "2"}},
        {"/x/{a}.{b}.json", "/x/1.json", {}},
        {"/x/v{a}.{b}/{c}", "/x/v1.2/3", values{"1", "2", "3"}},
        // A value may hold the text between.
        {"/{a}-{b}", "/x-y-z", values{"x-y", "z"}},
        {"/{a}-{b}-{c}", "/w-x-y-z", values{"w-x", "y", "z"}},
        {"/{a}-{b}-{c}", "/----", {}},
        {"/{a}-{b}-{c}", "/-----", values{"-", "-", "-"}},
        {"/{a}--{b}", "/x---y", values{"x-", "y"}},
        {"/{name}.{format}", "/a.b.json", values{"a.b", "json"}},
        // It may look like a part of a code.
        {"/{a}4{b}", "/x4%34", values{"x", "4"}},
        {"/{a}4{b}", "/%34x4%41", values{"4x", "A"}},
        {"/{a}4{b}", "/%34%41", {}},
        {"/{a}34", "/%34", {}},
    };
    for (auto const& row : table) {
        CAPTURE(row.route);
        CAPTURE(row.path);
        CHECK((loop::testing::detail::match_route(row.route, row.path) == row.found));
    }
}

TEST_CASE("an empty body is an optional that is the whole body, and absent") {
    set_part request("1");
    request.get<"thing">().emplace("before");
    CHECK_FALSE(decode_request(put_part, received(put_part, set_part("1")), request));
    CHECK_FALSE(request.get<"thing">());

    set_part full("1");
    full.get<"thing">().emplace("a");
    CHECK_FALSE(decode_request(put_part, received(put_part, full), request));
    REQUIRE(request.get<"thing">());
    CHECK(request.get<"thing">()->get<"id">() == "a");

    // A service may refuse null, which is something else.
    auto null = received(put_part, full);
    null.body = "null";
    auto const problem = decode_request(put_part, null, request);
    REQUIRE(problem);
    CHECK(problem->text() == "expected an object, got null");
}

TEST_CASE("absent and null are told apart in a body that may be either") {
    set_label label, read_label;
    read_label.set<"label">("before");
    CHECK_FALSE(decode_request(put_label, received(put_label, label), read_label));
    CHECK(read_label.get<"label">().is_absent());
    label.set<"label">(nullptr);
    CHECK_FALSE(decode_request(put_label, received(put_label, label), read_label));
    CHECK(read_label.get<"label">().is_null());

    set_any any, read_any;
    read_any.set<"any">(boost::json::value(7));
    CHECK_FALSE(decode_request(put_any, received(put_any, any), read_any));
    CHECK_FALSE(read_any.get<"any">());
    any.set<"any">(boost::json::value(nullptr));
    CHECK_FALSE(decode_request(put_any, received(put_any, any), read_any));
    REQUIRE(read_any.get<"any">());
    CHECK(read_any.get<"any">()->is_null());
}

TEST_CASE("a body that is one member, whole, is read into it") {
    loop::testing::detail::wire_request received;
    received.target = "/v1/drafts";
    received.body = R"({"subject":"hi","to":["user_1",null,3]})";
    loop::drafts::create_request request;
    CHECK_FALSE(decode_request(loop::drafts::create_draft, received, request));
    codec::encoded_request sent;
    CHECK_FALSE(encode_request(loop::drafts::create_draft, request, sent));
    CHECK(sent.body == received.body);

    received.body = "[]";
    auto const problem = decode_request(loop::drafts::create_draft, received, request);
    REQUIRE(problem);
    CHECK(problem->text() == "expected an object, got an array");
}

} // TEST_SUITE("testing/request_decode")
