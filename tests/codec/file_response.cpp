// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Servers of files say more than the file.
#include <intheloop/codec/detail/file_response.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/file_response") {

namespace {

namespace codec = intheloop::codec;
using intheloop::error;

intheloop::headers fields_of(std::vector<std::string_view> const& codings) {
    intheloop::headers fields;
    fields.append("Content-Type", "application/json");
    for (std::string_view const coding : codings)
        fields.append(fields.size() % 2 == 0 ? "content-encoding" : "Content-Encoding", coding);
    return fields;
}

error refusal(std::string_view body, std::string_view type = "application/xml") {
    intheloop::headers fields;
    fields.append("Content-Type", type);
    error read;
    codec::read_file_refusal(fields, body, read);
    return read;
}

} // namespace

TEST_CASE("a file whose coding leaves its bytes alone is taken") {
    std::vector<std::vector<std::string_view>> const plain = {
        {},
        {""},
        {"identity"},
        {"Identity"},
        {" IDENTITY\t"},
        {"aws-chunked"},
        {"AWS-Chunked"},
        {"aws-chunked,"},
        {"aws-chunked, identity"},
        {" ,identity , ,aws-chunked,"},
        {"identity", "aws-chunked"},
        {"", ""},
        {"none"},
        {"None"},
        {"utf-8"},
        {"UTF-8"},
        {"utf8"},
        {"binary"},
        {"aws-chunked, utf-8"},
        {"none", "binary"},
    };
    for (auto const& codings : plain)
        CHECK_FALSE(codec::refuse_file_coding(fields_of(codings)));
    std::vector<std::vector<std::string_view>> const encoded = {
        {"gzip"},
        {"x-gzip"},
        {"aws-chunked,gzip"},
        {"gzip, aws-chunked"},
        {"identity", "gzip"},
        {"", "gzip"},
        {"aws-chunked", "identity, gzip"},
        {"gzip;q=1"},
        {"identity gzip"},
        {"identity; gzip"},
        {"none, gzip"},
        {"utf-8", "gzip"},
        {"utf-8+gzip"},
    };
    for (auto const& codings : encoded) {
        auto const refused = codec::refuse_file_coding(fields_of(codings));
        REQUIRE(refused);
        CHECK(refused->code() == intheloop::errc::unexpected_content);
        CHECK(refused->detail.find("the file is encoded with ") == 0);
        CHECK(refused->detail.find("gzip") != std::string::npos);
        CHECK(refused->detail.find("aws-chunked") == std::string::npos);
    }
}

TEST_CASE("the words of a refusal are those of the storage, or of a CDN before it") {
    error const s3 =
        refusal("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<Error><Code>ExpiredToken</Code><Message>The provided token has "
                "expired &amp; is &quot;gone&quot;.</Message><HostId>x</HostId></Error>");
    CHECK(s3.service_code == "ExpiredToken");
    CHECK(s3.service_message == "The provided token has expired & is \"gone\".");
    CHECK(s3.detail.empty());

    error const azure = refusal("\xef\xbb\xbf<?xml version=\"1.0\"?><Error>"
                                "<Code>AuthenticationFailed</Code><Message>Server failed to "
                                "authenticate the request.\nRequestId:1</Message></Error>");
    CHECK(azure.service_code == "AuthenticationFailed");

    error const json = refusal(R"({"code": "expired_auth_token", "message": "no", "status": 401})",
                               "application/json");
    CHECK(json.service_code == "expired_auth_token");
    CHECK(json.service_message == "no");

    error const page = refusal("<html><h1>Gone</h1>", "text/html");
    CHECK(page.service_code.empty());
    CHECK(page.service_message.empty());
    CHECK(page.detail == "the answer (text/html) begins with: <html><h1>Gone</h1>");

    error const silent = refusal(R"({"error":"Forbidden"})", "application/json");
    CHECK(silent.service_message.empty());
    CHECK(silent.detail == R"(the answer (application/json) begins with: {"error":"Forbidden"})");

    CHECK(refusal("").detail.empty());
    for (std::string_view const cut : {"<Code>", "<Code>Exp", "<Code", "<Message>&am", "{", "\0"}) {
        CAPTURE(cut);
        refusal(cut);
    }
    CHECK(refusal("<Code>A</Code>").service_code == "A");
    CHECK(refusal("<Message>&am</Message>").service_message == "&am");
}

TEST_CASE("a long refusal is cut, and shows it") {
    constexpr std::size_t most = 64 * 1024;
    std::string body = "<Error><Message>";
    body.append(most - body.size() - 3, 'x');
    body += "t7Wry-7L</Message></Error>";
    error const cut = refusal(body);
    CHECK(cut.service_message.ends_with("xt7W..."));
    CHECK(cut.service_message.size() <= most);
    CHECK(refusal("<Message>" + std::string(most - 19, 'x') + "</Message>").service_message ==
          std::string(most - 19, 'x'));
}

} // TEST_SUITE("codec/file_response")
