// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Bodies that are not JSON.
#include "raw_routes.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>
#include <intheloop/openapi.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

TEST_SUITE("client/bodies/raw_body") {

namespace {

using namespace fixture;
using namespace raw;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::string const bytes = "\0\r\n\xff{\""s + std::string(100'000, '\x80');

} // namespace

TEST_CASE("bytes go as they are, and say what they are") {
    server s;
    s.on(upload, [](upload_request const& request) {
        stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
    upload_request request("f/1", loop::raw_body(bytes, "image/png"));
    auto const got = call(options_for(s), upload, request);
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->size == static_cast<int>(bytes.size()));
    auto const came = s.requests(upload).at(0);
    CHECK(came.value.id == "f/1");
    CHECK(came.value.content == request.content);
    CHECK(came.raw.header("Content-Type") == "image/png");
    CHECK(came.raw.header("Accept") == "application/json");
}

TEST_CASE("an answer of any content is taken as it came") {
    server s;
    s.on(get_file, [](file_request const& request) {
        return request.id == "empty" ? loop::raw_body("", "") : loop::raw_body(bytes, "image/png");
    });
    auto const got = call(options_for(s), get_file, file_request("1"));
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->bytes == bytes);
    CHECK(got->content_type == "image/png");
    CHECK(s.requests().front().header("Accept") == "*/*");
    auto const empty = call(options_for(s), get_file, file_request("empty"));
    REQUIRE(empty);
    CHECK(empty->bytes.empty());
}

TEST_CASE("an error is still an error") {
    server s;
    s.on(get_file, [](file_request const&) { return loop::testing::refuse(404, "no such file"); });
    auto const got = call(options_for(s), get_file, file_request("1"));
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == loop::errc::not_found);
    CHECK(got.error().service_message == "no such file");
    s.respond_next(response_override(200, "x").header("Content-Encoding", "gzip"));
    auto const encoded = call(options_for(s), get_file, file_request("1"));
    REQUIRE_FALSE(encoded);
    CHECK(encoded.error().code() == loop::errc::unexpected_content);
}

TEST_CASE("a content type that can't stand in a header is refused") {
    server s;
    for (std::string_view const type : {""sv, "a\r\nX-Evil: 1"sv, "a\0b"sv}) {
        upload_request request("1", loop::raw_body("x", std::string(type)));
        auto const got = call(options_for(s), upload, request);
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == loop::errc::invalid_request);
        CHECK(got.error().detail.starts_with("/content: "));
    }
    CHECK(s.requests().empty());
}

TEST_CASE("a document says so") {
    constexpr loop::catalog<upload, get_file> both{};
    auto const document = loop::openapi(both);
    auto const& operations = document.at("paths").at("/file/{id}");
    auto const any = boost::json::parse(R"({"*/*":{"schema":{"type":"string"}}})");
    CHECK(operations.at("put").at("requestBody").at("content") == any);
    CHECK(operations.at("get").at("responses").at("200").at("content") == any);
}

} // TEST_SUITE("client/bodies/raw_body")
