// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include "server_fixture.hpp"

#include <stdexcept>
#include <string>

TEST_SUITE("testing/server_tls") {

using namespace tests;

TEST_CASE("a client that does not trust the certificate ends the handshake") {
    server loop;
    {
        blocking_client stranger(loop.api_port());
        CHECK(stranger.handshake(certificate_authority().certificate_pem(), "localhost"));
    }
    {
        blocking_client elsewhere(loop.api_port());
        CHECK(elsewhere.handshake(loop.ca_certificate(), "example.test"));
    }
    CHECK(loop.wait_until_idle(patience));
    CHECK(loop.handshakes_failed() == 2);
    CHECK(loop.handshakes_completed() == 0);
    CHECK(loop.application_bytes_received() == 0);
}

TEST_CASE("the certificate and its names are a matter of options") {
    server_options options;
    options.authority = certificate_authority();
    options.extra_names = {"*.example.test"};
    certificate_request expired({"127.0.0.1"});
    expired.not_before -= 48h;
    expired.not_after = expired.not_before + 24h;
    options.files_certificate = options.authority->issue(expired);
    server loop(options);
    CHECK(loop.ca_certificate() == options.authority->certificate_pem());
    CHECK_FALSE(
        blocking_client(loop.api_port()).handshake(loop.ca_certificate(), "a.example.test"));
    CHECK(blocking_client(loop.files_port()).handshake(loop.ca_certificate(), "127.0.0.1"));

    options.api_certificate = certificate("no PEM", "no PEM");
    CHECK_THROWS_AS(server{options}, std::runtime_error);
}

TEST_CASE("a client's certificate is asked for if the options say so") {
    server_options options;
    options.require_client_certificate = true;
    server loop(options);

    blocking_client without(loop.api_port());
    // With TLS 1.3 the client is told after its own handshake, at the first read.
    if (!without.handshake(loop.ca_certificate(), "localhost"))
        CHECK(without.read_to_end().second.category() == boost::asio::error::get_ssl_category());
    CHECK(loop.handshakes_completed() == 0);

    certificate_request request({});
    request.common_name = "client 1";
    request.server_auth = false;
    request.client_auth = true;
    certificate const identity = loop.authority().issue(request);
    blocking_client with(loop.api_port());
    with.tls.use_certificate_chain(boost::asio::buffer(identity.certificate_pem));
    with.tls.use_private_key(boost::asio::buffer(identity.private_key_pem),
                             boost::asio::ssl::context::pem);
    REQUIRE_FALSE(with.handshake(loop.ca_certificate(), "localhost"));
    CHECK(with.ask("GET", "/").result_int() == 401);
    CHECK(loop.requests().back().client_common_name == "client 1");
}

TEST_CASE("versions of TLS can be limited") {
    server_options options;
    options.maximum_tls = tls_version::tls_1_2;
    {
        server loop(options);
        auto const api = connect(loop);
        static_cast<void>(api->ask("GET", "/"));
        CHECK(loop.requests().back().tls_version == "TLSv1.2");
    }
    options.minimum_tls = tls_version::tls_1_1;
    options.maximum_tls = tls_version::tls_1_1;
    server old(options);
    blocking_client modern(old.api_port());
    modern.tls.set_options(boost::asio::ssl::context::no_tlsv1_1);
    CHECK(modern.handshake(old.ca_certificate(), "localhost"));
    blocking_client lax(old.api_port());
    SSL_CTX_set_security_level(lax.tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(lax.tls.native_handle(), TLS1_1_VERSION);
    CHECK_FALSE(lax.handshake(old.ca_certificate(), "localhost"));
}

TEST_CASE("without TLS on request") {
    server_options options;
    options.plain_http = true;
    options.token = "a token of my own";
    server loop(options);
    CHECK(loop.base_url() == "http://localhost:" + std::to_string(loop.api_port()));
    CHECK(loop.files_url() == "http://127.0.0.1:" + std::to_string(loop.files_port()));
    auto const api = connect(loop);
    CHECK(api->ask("POST", "/v1/drafts",
                   {{"Authorization", "Bearer a token of my own"},
                    {"Content-Type", "application/json"}},
                   "{}")
              .result_int() == 201);
    CHECK(loop.requests().back().tls_version.empty());
    CHECK(loop.handshakes_completed() == 0);
}

TEST_CASE("a stalled handshake lasts until the client hangs up") {
    server_options options;
    options.stall_handshakes = true;
    server loop(options);
    {
        blocking_client client(loop.api_port());
        client.send(std::string(100'000, '\x16'));
        REQUIRE(loop.wait_for_connections(1, patience));
        CHECK_FALSE(loop.wait_until_idle(0ms));
    }
    CHECK(loop.wait_until_idle(patience));
    CHECK(loop.handshakes_completed() == 0);
    CHECK(loop.application_bytes_received() == 0);
}

TEST_CASE("a port that is taken is an error that names it") {
    server first;
    server_options options;
    options.api_port = first.api_port();
    std::string text;
    try {
        server const second(options);
    } catch (std::runtime_error const& error) {
        text = error.what();
    }
    CHECK(text.starts_with(
        "test server: can't listen on 127.0.0.1:" + std::to_string(first.api_port()) + ": "));
}

} // TEST_SUITE("testing/server_tls")
