// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <support/fixtures.hpp>

#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("codec/response") {

namespace {

namespace codec = intheloop::codec;
using intheloop::condition;
using intheloop::errc;
using intheloop::error;
using intheloop::report::export_result;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view good_body = R"({"id":"1","status":"Completed","url":null})";

codec::encoded_response
answer(unsigned status, std::string_view body,
       std::vector<std::pair<std::string_view, std::string_view>> const& fields = {
           {"Content-Type", json_type}}) {
    codec::encoded_response made;
    made.status = status;
    made.body = body;
    for (auto const& [name, value] : fields)
        made.headers.append(name, value);
    return made;
}

template <class T = export_result>
std::optional<error> failure(codec::encoded_response const& response,
                             codec::json_limits limits = {}) {
    T value{};
    codec::json_statistics statistics;
    return codec::decode_response(response, value, limits, statistics);
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("200 and 201 are success, and only they") {
    for (unsigned status : {200u, 201u}) {
        CAPTURE(status);
        export_result result;
        codec::json_statistics statistics;
        auto const failed = codec::decode_response(
            answer(status, R"({"id":"1","x":{},"status":"Completed"})"), result, {}, statistics);
        CHECK_FALSE(failed);
        CHECK(result.id == "1");
        CHECK(result.status == intheloop::report::export_status::completed);
        CHECK(statistics.unknown_keys == 1);
    }
    struct {
        unsigned status;
        errc code;
        condition kind;
    } const table[] = {
        {100, errc::unexpected_status, condition::protocol},
        {202, errc::unexpected_status, condition::protocol},
        {204, errc::unexpected_status, condition::protocol},
        {206, errc::unexpected_status, condition::protocol},
        {301, errc::unexpected_status, condition::protocol},
        {302, errc::unexpected_status, condition::protocol},
        {304, errc::unexpected_status, condition::protocol},
        {307, errc::unexpected_status, condition::protocol},
        {400, errc::bad_request, condition::bad_request},
        {401, errc::unauthorized, condition::unauthorized},
        {402, errc::bad_request, condition::bad_request},
        {403, errc::forbidden, condition::forbidden},
        {404, errc::not_found, condition::bad_request},
        {408, errc::bad_request, condition::bad_request},
        {409, errc::bad_request, condition::bad_request},
        {422, errc::bad_request, condition::bad_request},
        {429, errc::rate_limited, condition::rate_limited},
        {451, errc::account_not_verified, condition::account_not_verified},
        {499, errc::bad_request, condition::bad_request},
        {500, errc::server_error, condition::server},
        {502, errc::server_error, condition::server},
        {503, errc::server_error, condition::server},
        {504, errc::server_error, condition::server},
        {599, errc::server_error, condition::server},
        {600, errc::unexpected_status, condition::protocol},
        {999, errc::unexpected_status, condition::protocol},
    };
    for (auto const& row : table) {
        CAPTURE(row.status);
        // Even where the body is what a success would have brought.
        auto const failed = failure(answer(row.status, good_body));
        REQUIRE(failed);
        CHECK(failed->code() == row.code);
        CHECK(failed->code() == row.kind);
        CHECK(failed->status == row.status);
        CHECK(failed->body == good_body);
    }
}

TEST_CASE("an error's message and code are found under each of their names") {
    struct {
        std::string_view body;
        std::string_view message;
        std::string_view code;
    } const table[] = {
        {R"({"message":"no","errorCode":"E1"})", "no", "E1"},
        {R"({"message":"","detail":"no","errorCode":"","code":"E1"})", "no", "E1"},
        {R"({"message":"no","error_code":"E2"})", "no", "E2"},
        {R"({"message":"no","code":"E3"})", "no", "E3"},
        {R"({"message":"no","errorCode":1001})", "no", "1001"},
        {R"({"message":"no","code":-7})", "no", "-7"},
        {R"({"message":"no","code":18446744073709551615})", "no", "18446744073709551615"},
        {R"({"code":"c","errorCode":"e","message":"no"})", "no", "e"},
        {R"({"errorCode":null,"code":"c","message":"no"})", "no", "c"},
        {R"({"title":"t","status":400,"detail":"d"})", "d", ""},
        {R"({"type":"about:blank","title":"t"})", "t", ""},
        {R"({"message":"a \u0022b\u0022\n"})", "a \"b\"\n", ""},
        {R"({"message":"no","message":["no"],"title":"t","code":"E1","code":2})", "t", "2"},
        {R"({"requestId":"r","message":"Ra\u010dun","status":403,"errors":[{"message":"x"}]})",
         "Ra\xc4\x8dun", ""},
        {"{\"message\":\"Ra\xc4\x8dun\",\"code\":null}", "Ra\xc4\x8dun", ""},
        {R"({"code":"E1"})", "", "E1"},
        {R"({})", "", ""},
        {R"( { } )", "", ""},
    };
    for (auto const& row : table) {
        CAPTURE(row.body);
        auto const failed = failure(answer(400, row.body));
        REQUIRE(failed);
        CHECK(failed->service_message == row.message);
        CHECK(failed->service_code == row.code);
        CHECK(failed->body == row.body);
        CHECK(failed->detail.empty());
    }
    std::string const sample = support::fixture("error.json");
    auto const failed = failure(answer(403, sample));
    REQUIRE(failed);
    CHECK(failed->service_message == "The period is too long.");
    CHECK(failed->service_code == "PeriodTooLong");
}

TEST_CASE("an error's body is read whatever its Content-Type says") {
    for (std::string_view type : {"application/problem+json", "text/plain", "text/html", ""}) {
        auto const failed = failure(answer(400, R"({"message":"no"})", {{"Content-Type", type}}));
        REQUIRE(failed);
        CHECK(failed->service_message == "no");
    }
    auto const failed = failure(answer(400, R"({"message":"no"})", {}));
    REQUIRE(failed);
    CHECK(failed->service_message == "no");
}

TEST_CASE("and with a byte order mark before it") {
    auto const failed = failure(answer(400, "\xef\xbb\xbf{\"message\":\"no\",\"code\":\"E\"}",
                                       {{"Content-Type", "text/plain"}}));
    REQUIRE(failed);
    CHECK(failed->service_message == "no");
    CHECK(failed->service_code == "E");
}

TEST_CASE("an error's body that is JSON of another shape is called so, and a text is the message") {
    auto failed = failure(answer(400, R"("not so")", {{"Content-Type", "text/plain"}}));
    REQUIRE(failed);
    CHECK(failed->service_message == "not so");
    CHECK(failed->detail.empty());
    for (std::string_view body : {R"(["no"])", "null", "7", R"("no" so)"}) {
        failed = failure(answer(400, body));
        REQUIRE(failed);
        CHECK(failed->service_message.empty());
        CHECK(contains(failed->detail, "JSON of another shape (application/json)"));
        CHECK(contains(failed->detail, body));
    }
}

TEST_CASE("an error's body without a message under a known name is shown by its beginning") {
    for (std::string_view body :
         {R"({"error":{"code":"BadPeriod","message":"The period is too long."}})",
          R"({"error":"invalid_token","error_description":"The token has expired."})",
          R"({"Message":"Authorization has been denied for this request."})",
          R"({"errors":[{"message":"no"}]})", R"({"statusCode":400,"message":["no","nor this"]})",
          R"({"message":{"text":"no"},"code":["x"]})", R"({"message":true,"code":1.5})",
          R"({"code":"E1","errors":{"start":["too early"]}})"}) {
        CAPTURE(body);
        auto const failed = failure(answer(400, body));
        REQUIRE(failed);
        CHECK(failed->service_message.empty());
        CHECK(contains(failed->detail, "JSON without a message (application/json)"));
        CHECK(contains(failed->detail, body));
    }
    auto const failed =
        failure(answer(400, R"({"errors":")" + std::string(500, 'x') + R"("})", {}));
    REQUIRE(failed);
    CHECK(contains(failed->detail, "(no Content-Type)"));
    CHECK(failed->detail.ends_with("..."));
    CHECK(failed->detail.size() < 250);
}

TEST_CASE("an error's body that the endpoint names a type for needs no words") {
    static constexpr codec::detail::error_type named[] = {{422, "problems", nullptr}};
    codec::answer_rules rules;
    rules.errors = named;
    for (std::string_view body : {R"({"fields":["start"]})", R"([{"field":"start"}])"})
        for (unsigned const status : {422u, 400u}) {
            CAPTURE(body);
            export_result value;
            codec::json_statistics statistics;
            auto const failed =
                codec::decode_response(answer(status, body), value, {}, statistics, &rules);
            REQUIRE(failed);
            CHECK(failed->body == body);
            CHECK(failed->detail.empty() == (status == 422));
        }
}

TEST_CASE("an error without a body is its status") {
    for (unsigned status : {204u, 302u, 401u, 500u}) {
        auto const failed = failure(answer(status, "", {}));
        REQUIRE(failed);
        CHECK(failed->status == status);
        CHECK(failed->detail.empty());
        CHECK(failed->service_message.empty());
        CHECK(failed->service_code.empty());
    }
}

TEST_CASE("the web page of a proxy is called so, and begins the error's text") {
    std::string const page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>" +
                             std::string(5000, 'x') + "</body></html>";
    for (unsigned status : {502u, 503u, 404u, 200u, 201u}) {
        CAPTURE(status);
        auto const failed = failure(answer(status, page, {{"Content-Type", "text/html"}}));
        REQUIRE(failed);
        CHECK(failed->code() == (status >= 500   ? errc::server_error
                                 : status == 404 ? errc::not_found
                                                 : errc::unexpected_content));
        CHECK(contains(failed->detail, "a web page"));
        CHECK(contains(failed->detail, "text/html"));
        CHECK(contains(failed->detail, "<title>502 Bad Gateway</title>"));
        CHECK(failed->detail.size() < 250);
        CHECK(failed->body == page);
        CHECK(failed->service_message.empty());
    }
}

TEST_CASE("other text in an error's body is shown by its beginning") {
    auto failed = failure(answer(503, "upstream connect error", {{"Content-Type", "text/plain"}}));
    REQUIRE(failed);
    CHECK(contains(failed->detail, "not JSON"));
    CHECK(contains(failed->detail, "text/plain"));
    CHECK(contains(failed->detail, "upstream connect error"));
    failed = failure(answer(503, "oops", {}));
    REQUIRE(failed);
    CHECK(contains(failed->detail, "no Content-Type"));
    failed = failure(answer(500, R"({"message":"cut sho)"));
    REQUIRE(failed);
    CHECK(contains(failed->detail, "cut sho"));
    CHECK(failed->service_message.empty());
}

TEST_CASE("the beginning of a body is cut between characters") {
    for (std::size_t before = 90; before != 105; ++before)
        for (std::string_view character : {"\xc4\x8d", "\xe2\x82\xac", "\xf0\x9f\x92\xac"}) {
            std::string body(before, 'x');
            for (int i = 0; i != 20; ++i)
                body += character;
            auto const failed = failure(answer(503, body, {{"Content-Type", "text/plain"}}));
            REQUIRE(failed);
            CHECK(codec::is_utf8(failed->detail));
            CHECK(failed->detail.ends_with("..."));
        }
}

TEST_CASE("an empty body is right for an optional answer, and an error for any other") {
    for (unsigned status : {200u, 201u}) {
        CAPTURE(status);
        for (auto const& fields :
             std::initializer_list<std::vector<std::pair<std::string_view, std::string_view>>>{
                 {},
                 {{"Content-Type", json_type}},
                 {{"Content-Type", "text/html"}},
                 {{"Content-Length", "0"}}}) {
            std::optional<boost::json::value> none = 1;
            none.reset();
            codec::json_statistics statistics;
            CHECK_FALSE(codec::decode_response(answer(status, "", fields), none, {}, statistics));
            CHECK_FALSE(none);

            auto const failed = failure(answer(status, "", fields));
            REQUIRE(failed);
            CHECK(failed->code() == errc::missing_body);
            CHECK(failed->code() == condition::protocol);
            CHECK(failed->status == status);
            CHECK(failed->detail == "the answer should hold export_result");
        }
    }
}

TEST_CASE("an optional answer that is there is read") {
    std::optional<boost::json::value> draft;
    codec::json_statistics statistics;
    CHECK_FALSE(codec::decode_response(answer(201, R"({"id":"d_1"})"), draft, {}, statistics));
    REQUIRE(draft);
    CHECK(*draft == boost::json::value{{"id", "d_1"}});
}

TEST_CASE("a body of white space is none") {
    // The draft was created: an error here would invite to create it once more.
    for (std::string_view blank : {" ", "\r\n", "\t \n"}) {
        std::optional<boost::json::value> draft;
        codec::json_statistics statistics;
        CHECK_FALSE(codec::decode_response(answer(201, std::string(blank)), draft, {}, statistics));
        CHECK_FALSE(draft);
        auto const failed = failure(answer(201, std::string(blank)));
        REQUIRE(failed);
        CHECK(failed->code() == errc::missing_body);
    }
}

TEST_CASE("which Content-Types name JSON") {
    for (std::string_view type :
         {"application/json", "Application/JSON", "application/json; charset=utf-8",
          "application/json;charset=UTF-8", "application/json ; charset = \"utf-8\"",
          "application/json; charset=utf8", "application/json; charset=us-ascii",
          "application/json; charset='utf-8'", "application/json; odata.metadata=minimal",
          "application/json; odata=x; charset=utf-8", "application/json;",
          "application/problem+json", "application/problem+json; charset=utf-8",
          "application/vnd.loop.v1+JSON", "text/json", "  application/json  "})
        CHECK_MESSAGE(codec::is_json_content_type(type), type);
    for (std::string_view type :
         {"", "text/html", "text/html; charset=utf-8", "text/plain", "application/xml",
          "application/octet-stream", "application/jsonp", "application/json-seq",
          "application/x-ndjson", "json", "application/json; charset=iso-8859-1",
          "application/json; charset=utf-16", "application/json;x=y;CHARSET=\"latin1\"",
          "text/html; application/json", "multipart/form-data; boundary=application/json"})
        CHECK_FALSE_MESSAGE(codec::is_json_content_type(type), type);
}

TEST_CASE("the body of a success decides whether it is JSON, whatever its Content-Type says") {
    for (std::string_view type :
         {"application/json; charset=utf-8", "application/problem+json", "text/plain",
          "text/plain; charset=utf-8", "text/plain;charset=ISO-8859-1", "text/json", "text/html",
          "application/octet-stream", "application/xml", "binary/octet-stream", "json", "x", ""})
        for (std::string_view body : {good_body, std::string_view("\xef\xbb\xbf {\"id\":\"1\"}"),
                                      std::string_view("\r\n{\"id\":\"1\"}\n")}) {
            CAPTURE(type);
            CHECK_FALSE(failure(answer(200, body, {{"content-type", type}})));
        }
    CHECK_FALSE(failure(answer(200, good_body, {})));
    // The shape is judged alike.
    for (std::string_view type : {"application/json", "text/plain", "text/html", ""}) {
        auto const failed = failure(answer(200, R"({"id":7})", {{"Content-Type", type}}));
        REQUIRE(failed);
        CHECK(failed->code() == errc::unexpected_json);
        CHECK(failed->detail == "/id: expected a string, got 7");
    }
}

TEST_CASE("what is no JSON is told by its type, and by its place where it begins as JSON") {
    for (std::string_view type : {"text/html", "text/html; charset=utf-8", "text/plain",
                                  "application/octet-stream", "application/xml"})
        for (std::string_view body :
             {"<html>", "\xef\xbb\xbf<!DOCTYPE html>", " <?xml version='1'?>",
              "no healthy upstream", "OK", "true story", "-"}) {
            auto const failed = failure(answer(200, body, {{"Content-Type", type}}));
            REQUIRE(failed);
            CHECK(failed->code() == errc::unexpected_content);
            CHECK(failed->code() == condition::protocol);
            CHECK(contains(failed->detail, type));
            CHECK(contains(failed->detail, body));
            CHECK(failed->body == body);
        }
    for (auto const& fields :
         std::initializer_list<std::vector<std::pair<std::string_view, std::string_view>>>{
             {}, {{"Content-Type", ""}}}) {
        auto failed = failure(answer(200, "<html>", fields));
        REQUIRE(failed);
        CHECK(failed->code() == errc::unexpected_content);
        CHECK(contains(failed->detail, "a web page"));
        CHECK(contains(failed->detail, "no Content-Type"));
        failed = failure(answer(200, R"({"id" "1"})", fields));
        REQUIRE(failed);
        CHECK(failed->code() == errc::invalid_json);
        CHECK(contains(failed->detail, "not valid JSON at byte 6"));
    }
    auto failed = failure(answer(200, R"({"id":"1")", {{"Content-Type", "text/plain"}}));
    REQUIRE(failed);
    CHECK(failed->code() == errc::invalid_json);
    CHECK(failed->detail == "not valid JSON: it ends too early (text/plain)");
    failed = failure(answer(200, "<html>"));
    REQUIRE(failed);
    CHECK(failed->code() == errc::invalid_json);
}

TEST_CASE("a body in another charset is refused where that makes a difference") {
    for (std::string_view type : {"application/json; charset=iso-8859-1",
                                  "text/plain; charset=windows-1252", "text/json;charset=utf-16"})
        for (std::string_view body : {"{\"id\":\"\xe9\"}", "{\"id\":\"\xc3\xa9\"}"}) {
            auto const failed = failure(answer(200, body, {{"Content-Type", type}}));
            REQUIRE(failed);
            CHECK(failed->code() == errc::unexpected_content);
            CHECK(contains(failed->detail, type));
            CHECK(contains(failed->detail, "not in UTF-8"));
        }
    // ASCII octets that are no ASCII text.
    struct {
        std::string_view type;
        std::string_view body;
    } const shifted[] = {
        {"application/json; charset=utf-16",
         std::string_view("{\0\"\0i\0d\0\"\0:\0\"\0x\0\"\0}\0", 20)},
        {"application/json; charset=utf-7", R"({"id":"+AOk-"})"},
        {"text/plain; charset=iso-2022-jp", "{\"id\":\"\x1b$B%\"\x1b(B\"}"},
    };
    for (auto const& [type, body] : shifted) {
        CAPTURE(type);
        auto const failed = failure(answer(200, body, {{"Content-Type", type}}));
        REQUIRE(failed);
        CHECK(failed->code() == errc::unexpected_content);
        CHECK(contains(failed->detail, "not in UTF-8"));
    }
}

TEST_CASE("a charset that servers name by default makes no difference to ASCII") {
    for (std::string_view type :
         {"application/json;charset=ISO-8859-1", "application/json; charset=\"windows-1252\"",
          "text/json; charset=latin1", "application/problem+json; charset=utf-16",
          "text/plain; charset=latin1"}) {
        CAPTURE(type);
        CHECK_FALSE(failure(answer(200, good_body, {{"Content-Type", type}})));
        CHECK_FALSE(
            failure(answer(200, "{\r\n\t\"id\": \"\\u00e9\x7f\"\n}", {{"Content-Type", type}})));
    }
}

TEST_CASE("a type that a proxy has made of two has the charset of the first") {
    for (std::string_view type :
         {"application/json; charset=utf-8, application/json",
          "application/json;charset=UTF-8,UTF-8", "application/json, text/html; charset=latin1",
          "application/json; profile=\"a;charset=latin1\"",
          "application/json; charset=utf-8; charset=latin1"}) {
        CAPTURE(type);
        CHECK_FALSE(failure(answer(200, "{\"id\":\"\xc3\xa9\"}", {{"Content-Type", type}})));
    }
    CHECK(failure(answer(200, "{\"id\":\"\xc3\xa9\"}",
                         {{"Content-Type", "application/json; charset=latin1, text/html"}})));
}

TEST_CASE("a charset in single quotes is the charset") {
    CHECK_FALSE(failure(answer(200, "{\"id\":\"\xc3\xa9\"}",
                               {{"Content-Type", "application/json; charset='utf-8'"}})));
    CHECK(failure(answer(200, "{\"id\":\"\xc3\xa9\"}",
                         {{"Content-Type", "application/json; charset='latin1'"}})));
}

TEST_CASE("a byte order mark alone is no body") {
    for (std::string_view body : {"\xef\xbb\xbf", "\xef\xbb\xbf\r\n"}) {
        std::optional<boost::json::value> draft;
        codec::json_statistics statistics;
        CHECK_FALSE(codec::decode_response(answer(201, body), draft, {}, statistics));
        CHECK_FALSE(draft);
        auto const failed = failure(answer(200, body));
        REQUIRE(failed);
        CHECK(failed->code() == errc::missing_body);
    }
}

TEST_CASE("null for an optional member of an answer is absent") {
    struct {
        std::string_view type;
        std::string_view mark;
    } const spellings[] = {{json_type, ""}, {"text/plain", "\xef\xbb\xbf"}};
    for (auto const& each : spellings) {
        export_result result;
        codec::json_statistics statistics;
        CHECK_FALSE(codec::decode_response(
            answer(200, std::string(each.mark) + R"({"id":"1","status":null,"url":null})",
                   {{"Content-Type", each.type}}),
            result, {}, statistics));
        CHECK(result.id == "1");
    }
    auto const failed = failure(answer(200, R"({"id":null})"));
    REQUIRE(failed);
    CHECK(failed->code() == errc::unexpected_json);
    CHECK(failed->detail == "/id: expected a string, got null");
}

TEST_CASE("an answer that is compressed, which was not asked for, is refused") {
    for (std::string_view coding : {"gzip", "br", "deflate, gzip"}) {
        auto const failed = failure(answer(
            200, "\x1f\x8b\x08", {{"Content-Type", json_type}, {"Content-Encoding", coding}}));
        REQUIRE(failed);
        CHECK(failed->code() == errc::unexpected_content);
        CHECK(contains(failed->detail, coding));
    }
    for (std::string_view plain :
         {"identity", " Identity ", "none", "UTF-8", "utf8", "binary", "identity, utf-8"})
        CHECK_FALSE(failure(answer(200, good_body, {{"Content-Encoding", plain}})));
    CHECK_FALSE(failure(answer(
        200, good_body, {{"Content-Encoding", "identity"}, {"content-encoding", "IDENTITY"}})));
    // All fields, and all members of their lists.
    for (auto const& each : {std::pair<char const*, char const*>{"identity", "gzip"},
                             {"gzip", "identity"},
                             {"identity, gzip", "identity"},
                             {"identity", " , identity ,GZip"},
                             {"none", "utf-8, gzip"},
                             {"", "gzip"}}) {
        CAPTURE(std::string(each.first));
        auto const refused = failure(answer(200, good_body,
                                            {{"Content-Type", json_type},
                                             {"Content-Encoding", each.first},
                                             {"CONTENT-ENCODING", each.second}}));
        REQUIRE(refused);
        CHECK(refused->code() == errc::unexpected_content);
    }
    // Without a body there is nothing to read, as after a HEAD.
    CHECK_FALSE(failure<std::optional<boost::json::value>>(
        answer(201, "", {{"Content-Encoding", "gzip"}})));
    // An error stays the error that it is.
    auto const failed = failure(answer(401, "\x1f\x8b\x08", {{"Content-Encoding", "gzip"}}));
    REQUIRE(failed);
    CHECK(failed->code() == errc::unauthorized);
}

TEST_CASE("a body that is no JSON, or JSON of another shape") {
    auto failed = failure(answer(200, R"({"id":"1")"));
    REQUIRE(failed);
    CHECK(failed->code() == errc::invalid_json);
    CHECK(failed->code() == condition::decode);
    CHECK(contains(failed->detail, "not valid JSON"));
    CHECK(failed->body == R"({"id":"1")");
    CHECK(failed->status == 200);

    failed = failure(answer(200, R"({"id":"1","status":7})"));
    REQUIRE(failed);
    CHECK(failed->code() == errc::unexpected_json);
    CHECK(failed->code() == condition::decode);
    CHECK(failed->detail == "/status: expected a string, got 7");

    failed = failure(answer(201, "[]"));
    REQUIRE(failed);
    CHECK(failed->detail == "expected an object, got an array");
}

TEST_CASE("the depth limit is that of the caller") {
    auto const deep = answer(200, R"({"id":"1","x":[[[[]]]]})");
    CHECK_FALSE(failure(deep, {.max_depth = 5}));
    auto const failed = failure(deep, {.max_depth = 4});
    REQUIRE(failed);
    CHECK(failed->code() == errc::invalid_json);
    CHECK(contains(failed->detail, "deeper than 4 levels"));
    // An error's body is read or not, but never ends the stack.
    CHECK(failure(answer(400, std::string(1000000, '['))));
}

} // TEST_SUITE("codec/response")
