// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The client against a server that nobody here wrote.
#include <client/fixture.hpp>
#include <net/nginx/nginx.hpp>

TEST_SUITE("net/nginx/nginx") {

using namespace fixture;

namespace {

constexpr char const* locations = R"(
    keepalive_requests 3;
    location = /api/v1/report/export {
      if ($request_method != POST) { return 405; }
      if ($http_authorization != "Bearer token_for_nginx") {
        return 401 '{"message":"unauthorized","errorCode":"E401"}';
      }
      if ($http_content_type != "application/json") { return 415; }
      return 200 '{"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","status":"Processing"}';
    }
    location = /api/v1/report/exports/6e1cf0db-52d7-4522-97c9-97aa40b14058 {
      return 200 '{"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","status":"Completed","url":"https://reports.intheloop.io/RF_6a1cf0db?Expires=1698934975&Signature=t7Wry-7L~q__&Key-Pair-Id=K3OIERPZ19GBMM"}';
    }
    location = /v1/drafts { return 201; }
    location = /api/v1/report/exports/limited {
      add_header Retry-After 17 always;
      return 429 '{"message":"too many"}';
    }
    location = /api/v1/report/exports/elsewhere { return 301 https://localhost:1/; }
    location = /api/v1/report/exports/broken { proxy_pass http://127.0.0.1:1; })";

struct setup {
    setup() : server(locations) {
        how.base_url = server.base_url();
        how.token = "token_for_nginx";
        how.tls.ca_pem = server.ca_certificate();
        how.retry.max_attempts = 1;
    }
    nginx server;
    loop::options how;
    asio::io_context io;
};

} // namespace

TEST_CASE("INTHELOOP_TEST_NGINX names an nginx") {
    REQUIRE_MESSAGE(!no_nginx(), "nginx is missing: these tests need it (Debian: nginx-light)");
}

TEST_CASE("the documented routes and samples, over TLS" * doctest::skip(no_nginx())) {
    setup t;
    loop::client client(t.io.get_executor(), t.how);
    for (int i = 0; i != 4; ++i) { // more often than nginx lets one connection serve
        auto started = call(client, t.io, report::export_report, week());
        REQUIRE_MESSAGE(started, started.error());
        CHECK(started->status == report::export_status::processing);
        auto state = call(client, t.io, report::get_report, report::get_request(started->id));
        REQUIRE_MESSAGE(state, state.error());
        CHECK(state->status == report::export_status::completed);
        CHECK(*state->url == "https://reports.intheloop.io/RF_6a1cf0db?Expires=1698934975&"
                             "Signature=t7Wry-7L~q__&Key-Pair-Id=K3OIERPZ19GBMM");
        auto draft = call(client, t.io, drafts::create_draft, drafts::create_request());
        REQUIRE_MESSAGE(draft, draft.error());
        CHECK(draft.status() == 201);
        CHECK_FALSE(draft->has_value());
    }
}

TEST_CASE("its error pages and refusals" * doctest::skip(no_nginx())) {
    setup t;
    auto const error_of = [&](char const* id) {
        auto r = call(t.how, report::get_report, report::get_request(id));
        REQUIRE_FALSE(r);
        return r.error();
    };
    loop::error const missing = error_of("unknown");
    CHECK(missing.code() == loop::errc::not_found);
    CHECK_MESSAGE(contains(printed(missing), "a web page"), printed(missing));
    CHECK(contains(printed(missing), "<html>"));

    loop::error const gateway = error_of("broken");
    CHECK(gateway.code() == loop::condition::server);
    CHECK(gateway.status == 502);
    CHECK(contains(printed(gateway), "502 Bad Gateway"));

    CHECK(error_of("elsewhere").code() == loop::errc::unexpected_status);
    CHECK(error_of("limited").retry_after == 17s);

    t.how.token = "another_token";
    auto unauthorized = call(t.how, report::export_report, week());
    REQUIRE_FALSE(unauthorized);
    CHECK(unauthorized.error().code() == loop::condition::unauthorized);
    CHECK(unauthorized.error().service_code == "E401");
}

TEST_CASE("its certificate is verified" * doctest::skip(no_nginx())) {
    setup t;
    t.how.tls.ca_pem = loop::testing::certificate_authority().certificate_pem();
    auto r = call(t.how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::errc::certificate_refused);
}

TEST_CASE("an encoded path arrives as it was meant, or is not sent" * doctest::skip(no_nginx())) {
    setup t;
    // nginx decodes the path before it looks for dot segments.
    for (char const* id : {"a/b", "..%2f", "%2e%2e", "...", "a..", "a%00b", "?x#y", "\xc3\xa9"}) {
        CAPTURE(id);
        auto r = call(t.how, report::get_report, report::get_request(id));
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::errc::not_found);
    }
    for (char const* id :
         {".", "..", "a/..", "a/../../../../v1/drafts", "../x", "a/./b", "\\..\\"}) {
        CAPTURE(id);
        auto r = call(t.how, report::get_report, report::get_request(id));
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::errc::invalid_request);
    }
}

TEST_CASE("HTTP/1.1 is agreed on, where HTTP/2 is spoken too" * doctest::skip(no_nginx())) {
    nginx const both(R"(location / { return 200 '{"id":"$server_protocol $ssl_alpn_protocol"}'; })",
                     nginx::when_down::waits, "ssl http2");
    loop::options how;
    how.base_url = both.base_url();
    how.token = "token_for_nginx";
    how.tls.ca_pem = both.ca_certificate();
    auto r = call(how, report::get_report, report::get_request("x"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->id == "HTTP/1.1 http/1.1");
}

} // TEST_SUITE("net/nginx/nginx")
