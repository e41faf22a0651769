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
