// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <string>

TEST_SUITE("testing/request_decode") {

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;

} // namespace

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
