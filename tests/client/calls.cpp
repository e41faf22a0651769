// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls, and their answers, as they go over the wire.
#include <client/fixture.hpp>

#include <boost/json/parse.hpp>

#include <ostream>

TEST_SUITE("client/calls") {

using namespace fixture;

TEST_CASE("an export is started, looked at and completed") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    CHECK(client.origin() == s.base_url());

    auto started = call(client, io, report::export_report, week());
    REQUIRE_MESSAGE(started, started.error());
    CHECK(started->status == report::export_status::processing);
    CHECK(started->url.has_value() == false);
    CHECK(started.status() == 200);
    CHECK(started.attempts() == 1);
    CHECK(started.request_id() == s.requests().back().request_id);
    CHECK(started.headers().find("content-TYPE").value().starts_with("application/json"));

    report::get_request const which(started->id);
    for (auto expected : {report::export_status::processing, report::export_status::processing,
                          report::export_status::completed}) {
        auto state = call(client, io, report::get_report, which);
        REQUIRE_MESSAGE(state, state.error());
        CHECK(state->id == started->id);
        CHECK(state->status == expected);
        CHECK(state->url.has_value() == (expected == report::export_status::completed));
    }
    CHECK(s.requests().back().target == "/api/v1/report/exports/" + started->id);
    CHECK(s.requests().back().body.empty());
}

TEST_CASE("a request carries what the documentation asks for, and no more") {
    server s;
    loop::options how = options_for(s);
    how.application = "sample-app/2.1";
    how.impersonate_user = user;
    report::export_request request = week();
    request.timezone = "Europe/Ljubljana";
    request.tag_ids = {"tag_1", "tag_2"};
    request.team_ids = nullptr;
    request.result_format = report::result_format::xlsx;
    REQUIRE(call(how, report::export_report, request));

    auto const sent = s.requests().at(0);
    CHECK(sent.method == "POST");
    CHECK(sent.target == "/api/v1/report/export");
    CHECK(sent.header("Authorization") == "Bearer " + s.token());
    CHECK(sent.header("X-Impersonate-User") == user);
    CHECK(sent.header("Content-Type") == "application/json");
    CHECK(sent.header("Accept") == "application/json");
    CHECK(sent.header("Host") == s.base_url().substr(8));
    std::string const agent = sent.header("User-Agent").value();
    CHECK(agent.starts_with("intheloop/0."));
    CHECK(contains(agent, " (C++; Boost 1."));
    CHECK(agent.ends_with(") sample-app/2.1"));
    CHECK(sent.header("Content-Length") == std::to_string(sent.body.size()));
    CHECK(sent.headers.size() == 7);
    CHECK(boost::json::parse(sent.body) ==
          boost::json::parse(R"({"timezone":"Europe/Ljubljana","start":1728000000,
              "end":1728604800,"resultFormat":"Xlsx","tagIds":["tag_1","tag_2"],"teamIds":null})"));
    CHECK(sent.tls_server_name == "localhost");
}

TEST_CASE("a GET has no body and says nothing of one") {
    server s;
    auto r = call(options_for(s), report::get_report, report::get_request(s.add_export()));
    REQUIRE_MESSAGE(r, r.error());
    auto const sent = s.requests().at(0);
    CHECK(sent.method == "GET");
    CHECK_FALSE(sent.header("Content-Type"));
    CHECK_FALSE(sent.header("Content-Length"));
}

TEST_CASE("what stands in a path is encoded") {
    server s;
    auto r = call(options_for(s), report::get_report, report::get_request("a/b?c#d e%41\xc3\xa9"));
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::errc::not_found);
    CHECK(s.requests().at(0).target == "/api/v1/report/exports/a%2Fb%3Fc%23d%20e%2541%C3%A9");
}

TEST_CASE("a base URL may have a path, which goes before each route") {
    server s;
    for (std::string_view end : {"/gateway", "/gateway/"}) {
        loop::options how = options_for(s);
        how.base_url += end;
        auto r = call(how, report::get_report, report::get_request("x"));
        CHECK(s.requests().back().target == "/gateway/api/v1/report/exports/x");
    }
}

TEST_CASE("one call can impersonate another user, or nobody") {
    server s;
    loop::options how = options_for(s);
    how.impersonate_user = user;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    report::get_request const which(s.add_export());
    loop::call_options per_call;

    REQUIRE(call(client, io, report::get_report, which, per_call));
    CHECK(s.requests().back().header("X-Impersonate-User") == user);
    per_call.impersonate_user = "user_2";
    REQUIRE(call(client, io, report::get_report, which, per_call));
    CHECK(s.requests().back().header("X-Impersonate-User") == "user_2");
    per_call.impersonate_user = nullptr;
    REQUIRE(call(client, io, report::get_report, which, per_call));
    CHECK_FALSE(s.requests().back().header("X-Impersonate-User"));
}

TEST_CASE("a draft is any JSON object; its answer may have no body") {
    drafts::create_request const draft(
        boost::json::object{{"subject", "Hello"}, {"nested", {1, 2, nullptr}}});
    SUBCASE("201 without a body") {
        server s;
        auto r = call(options_for(s), drafts::create_draft, draft);
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r.status() == 201);
        CHECK_FALSE(r->has_value());
        CHECK(boost::json::parse(s.requests().at(0).body) == boost::json::value(draft.content));
        CHECK(s.requests().at(0).target == "/v1/drafts");
    }
    SUBCASE("201 with white space") {
        server s;
        s.respond_next(response_override(201, "\r\n"));
        auto r = call(options_for(s), drafts::create_draft, draft);
        REQUIRE_MESSAGE(r, r.error());
        CHECK_FALSE(r->has_value());
    }
    SUBCASE("201 with a body") {
        server_options with_answer;
        with_answer.draft_answer = R"({"id":"draft_1"})";
        server s(with_answer);
        auto r = call(options_for(s), drafts::create_draft, draft);
        REQUIRE_MESSAGE(r, r.error());
        CHECK((*r)->at("id") == "draft_1");
    }
    SUBCASE("an empty object") {
        server s;
        REQUIRE(call(options_for(s), drafts::create_draft, drafts::create_request()));
        CHECK(s.requests().at(0).body == "{}");
    }
}

TEST_CASE("unknown keys are ignored and counted, an unknown status is kept") {
    server s;
    s.respond_next(response_override(
        200, R"({"id":"e1","status":"Paused","url":null,"new":{"a":[1]},"newer":1})"));
    auto r = call(options_for(s), report::get_report, report::get_request("e1"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->status->text() == "Paused");
    CHECK(r->status->value() == report::export_status::unknown);
    CHECK(r->url.is_null());
    CHECK(r.unknown_keys() == 2);
}

namespace {
struct failing_answer {
    unsigned status;
    char const* content_type;
    char const* body;
    loop::errc code;
    loop::condition kind;
    char const* shown;
};
} // namespace

TEST_CASE("every answer but 200 and 201 is an error that says what came") {
    using loop::condition;
    using loop::errc;
    failing_answer const cases[] = {
        {400, "application/json", R"({"message":"bad start","errorCode":"E1"})", errc::bad_request,
         condition::bad_request, "the service says \"bad start\""},
        {401, "application/json", R"({"message":"who?","error_code":7})", errc::unauthorized,
         condition::unauthorized, "code 7"},
        {403, "application/problem+json", R"({"title":"no","detail":"not yours"})", errc::forbidden,
         condition::forbidden, "not yours"},
        {404, "application/json", R"({"message":"gone","code":"E4"})", errc::not_found,
         condition::bad_request, "gone"},
        {429, "application/json", R"({"message":"slow down"})", errc::rate_limited,
         condition::rate_limited, "slow down"},
        {451, "application/json", R"({"message":"verify"})", errc::account_not_verified,
         condition::account_not_verified, "verify"},
        {500, "application/json", "{}", errc::server_error, condition::server, "HTTP status 500"},
        {502, "text/html", "<html><h1>Bad gateway</h1>", errc::server_error, condition::server,
         "begins with: <html><h1>Bad gateway</h1>"},
        {302, "text/plain", "", errc::unexpected_status, condition::protocol, "HTTP status 302"},
        {202, "application/json", R"({"id":"x"})", errc::unexpected_status, condition::protocol,
         "HTTP status 202"},
        {204, "application/json", "", errc::unexpected_status, condition::protocol, "204"},
    };
    server s;
    for (failing_answer const& c : cases) {
        CAPTURE(c.status);
        s.respond_next(response_override(c.status, c.body, c.content_type));
        auto r = call(options_for(s), report::export_report, week());
        REQUIRE_FALSE(r);
        loop::error const& e = r.error();
        CHECK(e.code() == c.code);
        CHECK(e.code() == c.kind);
        CHECK(e.status == c.status);
        CHECK(e.body == c.body);
        CHECK(e.progress == loop::request_progress::response_begun);
        CHECK(e.attempts == 1);
        CHECK(e.request_id == s.requests().back().request_id);
        CHECK(e.endpoint == "POST /api/v1/report/export (export_request) -> export_result");
        CHECK_MESSAGE(contains(printed(e), c.shown), printed(e));
        CHECK_FALSE(contains(printed(e), "\n"));
        CHECK_THROWS_WITH_AS(r.value(), printed(e).c_str(), loop::exception);
        CHECK(r.headers().empty());
        CHECK(r.unknown_keys() == 0);
    }
    CHECK(s.requests().size() == std::size(cases)); // none was sent twice
}

TEST_CASE("an answer that is no JSON, or of another shape, is an error with the place") {
    using loop::errc;
    struct {
        char const* content_type;
        char const* body;
        errc code;
        char const* shown;
    } const cases[] = {
        {"application/json", R"({"id":"x","status":7})", errc::unexpected_json,
         "/status: expected a string, got 7"},
        {"application/json", R"({"status":"Failed"})", errc::unexpected_json,
         "/id: required, but missing"},
        {"application/json", R"({"id":)", errc::invalid_json, "ends too early"},
        {"application/json", "", errc::missing_body, "should hold export_result"},
        {"text/html", "<!DOCTYPE html><title>Sign in</title>", errc::unexpected_content,
         "web page"},
        {"application/json; charset=iso-8859-2", "{\"id\":\"\xe8\"}", errc::unexpected_content,
         "iso-8859-2"},
    };
    server s;
    for (auto const& c : cases) {
        CAPTURE(c.body);
        s.respond_next(response_override(200, c.body, c.content_type));
        auto r = call(options_for(s), report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == c.code);
        CHECK_MESSAGE(contains(printed(r.error()), c.shown), printed(r.error()));
    }
    s.respond_next(
        response_override(200, R"({"id":"x"})", "Application/Problem+JSON ; Charset=\"UTF-8\""));
    CHECK(call(options_for(s), report::get_report, report::get_request("x")));
    s.respond_next(response_override(201));
    auto without_body = call(options_for(s), report::export_report, week());
    REQUIRE_FALSE(without_body);
    CHECK(without_body.error().code() == errc::missing_body);
}

TEST_CASE("Retry-After is read in each form") {
    server s;
    for (auto const& [value, date, seconds] :
         {std::tuple{"120", "Sun, 06 Nov 1994 08:49:37 GMT", 120},
          std::tuple{"Sun, 06 Nov 1994 08:50:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 23},
          std::tuple{"Sunday, 06-Nov-94 08:50:00 GMT", "Sun Nov  6 08:49:00 1994", 60}}) {
        s.respond_next(
            response_override(429, "{}").header("Retry-After", value).header("Date", date));
        auto r = call(options_for(s), report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        CHECK(r.error().retry_after == std::chrono::seconds(seconds));
    }
}

TEST_CASE("a secret that the service sends back does not come out again") {
    server s;
    loop::options how = options_for(s);
    how.impersonate_user = user;
    std::string const address =
        "https://reports.intheloop.io/RF?Expires=1&Signature=t7Wry-7L~q__&Key-Pair-Id=K3";
    std::string const text =
        "token " + s.token() + " of " + user + " may not read " + address + " (" + s.token() + ")";
    auto const check = [&](loop::error const& e) {
        for (std::string const& shown :
             {printed(e), e.body, e.service_message, e.service_code, e.detail, e.request_id}) {
            CHECK_FALSE(contains(shown, s.token()));
            CHECK_FALSE(contains(shown, user));
            CHECK_FALSE(contains(shown, "t7Wry"));
        }
        CHECK(contains(printed(e), "[redacted]"));
    };
    s.respond_next(response_override(403, "{\"message\":\"" + text + "\",\"errorCode\":\"" +
                                              s.token() + "\"}"));
    auto as_json = call(how, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(as_json);
    check(as_json.error());
    s.respond_next(response_override(502, "<p>" + text + "</p>", "text/html")
                       .header("X-Request-Id", "for " + s.token()));
    auto as_page = call(how, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(as_page);
    check(as_page.error());
}

TEST_CASE("an impersonated user does not come out again in another case of its letters") {
    server s;
    loop::options how = options_for(s);
    how.impersonate_user = "Ana.Novak@Example.com";
    for (std::string const& told :
         {std::string("ana.novak@example.com"), std::string("ANA.NOVAK@EXAMPLE.COM")}) {
        s.respond_next(response_override(403, R"({"message":")" + told + R"( may not export"})")
                           .header("X-Request-Id", told)
                           .header("X-Echo", told));
        auto const r = call(how, report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        CHECK(r.error().service_message == "[redacted] may not export");
        CHECK(r.error().body == R"({"message":"[redacted] may not export"})");
        CHECK_FALSE(contains(r.error().request_id, told));
        CHECK(r.error().headers.find("X-Echo") == "[redacted]");
        CHECK_FALSE(contains(printed(r.error()), told));
    }
}

TEST_CASE("what can't be sent is refused before a connection is made") {
    server s;
    loop::options const how = options_for(s);
    auto const refused = [&](auto const& r, std::string_view shown) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::condition::configuration);
        CHECK(r.error().progress == loop::request_progress::not_sent);
        CHECK(r.error().attempts == 0);
        CHECK_MESSAGE(contains(printed(r.error()), shown), printed(r.error()));
    };
    using std::string_literals::operator""s;
    for (auto const& [id, shown] :
         {std::pair{""s, "/id: must not be empty"}, std::pair{"."s, "/id: must not be \".\""},
          std::pair{".."s, "/id: must not be \"..\""},
          std::pair{"a\r\nb"s, "/id: must not hold CR"},
          std::pair{"a\0b"s, "/id: must not hold CR"}, std::pair{"\xff"s, "/id: not valid UTF-8"}})
        refused(call(how, report::get_report, report::get_request(id)), shown);

    report::export_request request = week();
    request.tag_ids = {"fine", "not\xc3"};
    refused(call(how, report::export_report, request), "/tagIds/1: not valid UTF-8");
    report::export_request backwards(week().end, week().start);
    refused(call(how, report::export_report, backwards), "/end: lies before the start");

    loop::call_options per_call;
    per_call.impersonate_user = "user\r\nX-Evil: 1";
    refused(call(how, report::get_report, report::get_request("x"), per_call), "impersonate_user");
    per_call.impersonate_user = "";
    refused(call(how, report::get_report, report::get_request("x"), per_call), "impersonate_user");
    per_call.impersonate_user.reset();
    per_call.deadline = 0ms;
    refused(call(how, report::get_report, report::get_request("x"), per_call), "deadline");

    CHECK(s.connections_accepted() == 0);
}

TEST_CASE("options that can't be used are refused when the client is made") {
    asio::io_context io;
    auto const shown = [&](auto change) -> std::string {
        loop::options how;
        how.token = "a_token_for_tests";
        change(how);
        try {
            loop::client client(io.get_executor(), how);
        } catch (loop::exception const& e) {
            CHECK(e.code() == loop::condition::configuration);
            CHECK_FALSE(contains(e.what(), "a_token_for_tests"));
            return e.what();
        }
        return "accepted";
    };
    using std::string_literals::operator""s;
    using opts = loop::options;
    CHECK(shown([](opts&) {}) == "accepted");
    CHECK(contains(shown([](opts& o) { o.token = ""; }), "token is empty"));
    for (auto const& bad : {"a\r\nb"s, "a\nb"s, "a\0b"s, "a b"s, "t\xc3\xb6"s, " a"s, "a\t"s})
        CHECK(contains(shown([&](opts& o) { o.token = bad; }), "token holds a character"));
    for (auto const& bad : {""s, "u\r\nX: y"s, "u\0"s, "two words"s})
        CHECK(contains(shown([&](opts& o) { o.impersonate_user = bad; }), "impersonate_user"));
    CHECK(contains(shown([](opts& o) { o.application = "app\r\nX: y"; }), "application"));
    for (std::size_t const bad : {0u, 513u, 1'000'000u})
        CHECK(contains(shown([&](opts& o) { o.max_json_depth = bad; }),
                       "max_json_depth is not between 1 and 512"));
    CHECK(shown([](opts& o) { o.max_json_depth = 512; }) == "accepted");
    for (char const* bad :
         {"", "api.intheloop.io", "ftp://api.intheloop.io", "https://", "https://user:pw@host",
          "https://host:99999", "https://host:0", "https://ho st", "https://host?x=1", "//host",
          "https://host/\r\n", "https://h%0d%0ax", "https://localhost%2f", "https://localhost%3a1",
          "https://."})
        CHECK_MESSAGE(contains(shown([&](opts& o) { o.base_url = bad; }), "base_url: "),
                      std::string(bad));
    CHECK(contains(shown([](opts& o) { o.base_url = "http://api.intheloop.io"; }), "in the clear"));
    CHECK(contains(shown([](opts& o) {
                       o.base_url = "http://api.intheloop.io";
                       o.allow_insecure_loopback = true;
                   }),
                   "in the clear"));
    CHECK(contains(shown([](opts& o) {
                       o.base_url = "http://localhost.example.com";
                       o.allow_insecure_loopback = true;
                   }),
                   "in the clear"));
    CHECK(contains(shown([](opts& o) { o.base_url = "http://localhost:1"; }),
                   "allow_insecure_loopback"));
    for (char const* good : {"http://localhost:1", "http://127.0.0.1", "http://[::1]:80"})
        CHECK(shown([&](opts& o) {
                  o.base_url = good;
                  o.allow_insecure_loopback = true;
              }) == "accepted");
    CHECK(contains(shown([](opts& o) { o.deadline = 0ms; }), "deadline"));
    CHECK(contains(shown([](opts& o) { o.connect_timeout = -1ms; }), "connect_timeout"));
    CHECK(contains(shown([](opts& o) { o.handshake_timeout = 0ms; }), "handshake_timeout"));
    CHECK(shown([](opts& o) { o.deadline = std::chrono::milliseconds::max(); }) == "accepted");
    CHECK(contains(shown([](opts& o) { o.retry.max_attempts = 0; }), "retry.max_attempts"));
    CHECK(contains(shown([](opts& o) { o.max_header_size = 1023; }), "max_header_size"));
    CHECK(contains(shown([](opts& o) { o.max_header_size = 64 * 1024 * 1024 + 1; }),
                   "max_header_size"));
    CHECK(contains(shown([](opts& o) { o.max_json_depth = 0; }), "max_json_depth"));
    CHECK(contains(shown([](opts& o) { o.addresses["a"]; }), "addresses: none for a"));
    CHECK(contains(shown([](opts& o) {
                       o.addresses["a"] = {"127.0.0.1", "b"};
                   }),
                   "addresses: what is given for a is no IP address"));
    CHECK(contains(shown([](opts& o) { o.tls.ca_file = "/does/not/exist.pem"; }),
                   "/does/not/exist.pem"));
    CHECK(contains(shown([](opts& o) { o.tls.ca_pem = "no PEM"; }), "TLS"));
    CHECK(contains(shown([](opts& o) { o.tls.certificate_pem = "x"; }), "belong together"));
}

TEST_CASE("a plain connection to this machine works, with the option") {
    server_options plain;
    plain.plain_http = true;
    server s(plain);
    loop::options how = options_for(s);
    how.allow_insecure_loopback = true;
    auto r = call(how, report::export_report, week());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(s.requests().at(0).tls_version.empty());
}

TEST_CASE("limits on an answer") {
    server s;
    asio::io_context io;
    loop::options how = options_for(s);
    how.max_response_size = 100;
    how.max_header_size = 2000;
    loop::client client(io.get_executor(), how);
    auto const code = [&] {
        auto r = call(client, io, report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        return r.error().code();
    };
    std::string const padding(100, ' ');
    s.respond_next(response_override(200, R"({"id":"x"})" + padding));
    CHECK(code() == loop::errc::response_too_large);
    s.respond_next(response_override::bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                            "32\r\n" +
                                            std::string(50, ' ') + "\r\n33\r\n" +
                                            std::string(51, ' ') + "\r\n0\r\n\r\n"));
    CHECK(code() == loop::errc::response_too_large);
    s.respond_next(
        response_override(200, R"({"id":"x"})").header("X-Long", std::string(2000, 'x')));
    CHECK(code() == loop::errc::invalid_http);
    s.respond_next(response_override(200, R"({"id":"x","a":)" + std::string(65, '[')));
    CHECK(code() == loop::errc::invalid_json);
    s.respond_next(response_override(200, R"({"id":"x"})" + std::string(90, ' ')));
    auto fits = call(client, io, report::get_report, report::get_request("x"));
    REQUIRE_MESSAGE(fits, fits.error());
}

TEST_CASE("interim answers are passed over, within bounds") {
    server s;
    std::string const answer = "HTTP/1.1 200 OK\r\nContent-Type: "
                               "application/json\r\nContent-Length: 10\r\n\r\n{\"id\":\"x\"}";
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    s.respond_next(response_override::bytes("HTTP/1.1 100 Continue\r\n\r\n" + hints + answer));
    auto r = call(options_for(s), report::get_report, report::get_request("x"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK_FALSE(r.headers().find("Link"));

    std::string flood;
    for (int i = 0; i != 9; ++i)
        flood += hints;
    s.respond_next(response_override::bytes(flood + answer));
    auto flooded = call(options_for(s), report::get_report, report::get_request("x"));
    REQUIRE_FALSE(flooded);
    CHECK(flooded.error().code() == loop::errc::invalid_http);

    s.respond_next(response_override::bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    auto switched = call(options_for(s), report::get_report, report::get_request("x"));
    REQUIRE_FALSE(switched);
    CHECK(switched.error().code() == loop::errc::invalid_http);
}

} // TEST_SUITE("client/calls")
