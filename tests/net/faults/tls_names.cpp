// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Which names a certificate stands for. Names that resolve to this machine are rare, so that the
// handshake is done in memory, with the client's own context and checks.
#include <net/faults/bad_peer.hpp>

#include <intheloop/net/detail/tls.hpp>

#include <doctest/doctest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

TEST_SUITE("net/faults/tls_names") {

namespace {

namespace ssl = boost::asio::ssl;
using intheloop::testing::certificate;
using intheloop::testing::certificate_request;

struct free_ssl {
    void operator()(SSL* end) const { SSL_free(end); }
};
using ssl_ptr = std::unique_ptr<SSL, free_ssl>;

ssl::context server_context(certificate const& shown) {
    ssl::context context(ssl::context::tls_server);
    context.use_certificate_chain(boost::asio::buffer(shown.certificate_pem));
    context.use_private_key(boost::asio::buffer(shown.private_key_pem), ssl::context::pem);
    return context;
}

// Returns a client's error for this host before a peer whose certificate has this name.
long verified(std::string const& host, std::string const& name) {
    intheloop::tls_options trust;
    trust.ca_pem = fixture::test_authority().certificate_pem();
    ssl::context ours = intheloop::net::make_tls_context(trust);
    ssl::context theirs =
        server_context(fixture::test_authority().issue(certificate_request({name})));
    ssl_ptr const client(SSL_new(ours.native_handle()));
    ssl_ptr const server(SSL_new(theirs.native_handle()));
    BIO* near_end = nullptr;
    BIO* far_end = nullptr;
    REQUIRE(BIO_new_bio_pair(&near_end, 0, &far_end, 0) == 1);
    SSL_set_bio(client.get(), near_end, near_end);
    SSL_set_bio(server.get(), far_end, far_end);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());

    intheloop::net::origin peer;
    peer.host = host;
    REQUIRE(intheloop::net::prepare_tls(client.get(), peer));
    for (int flights = 0; flights != 4; ++flights) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    long const result = SSL_get_verify_result(client.get());
    CHECK((SSL_is_init_finished(client.get()) == 1) == (result == X509_V_OK));
    return result;
}

} // namespace

TEST_CASE("a certificate stands for its names, and a wildcard for one label") {
    struct {
        char const* host;
        char const* name;
        bool fits;
    } const rows[] = {
        {"api.example.test", "api.example.test", true},
        {"api.example.test", "API.Example.TEST", true},
        {"api.example.test", "example.test", false},
        {"example.test", "api.example.test", false},
        {"api.example.test", "api.example.test.evil.test", false},
        {"api.example.test", "apixexample.test", false},
        {"api.example.test", "*.example.test", true},
        {"a.b.example.test", "*.example.test", false},
        {"example.test", "*.example.test", false},
        {"api.example.test", "*.test", false},
        {"example.test", "*.test", false},
        {"api.example.test", "*", false},
        {"api.example.test", "*.*.test", false},
        {"api.example.test", "api.*.test", false},
        {"api.example.test", "a*.example.test", false},
        {"api.example.test", "*i.example.test", false},
        {"xn--api.example.test", "*.example.test", true},
        {"*.example.test", "*.example.test", true},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "*.0.0.1", false},
        {"127.0.0.1", "127.0.0.2", false},
        {"::1", "::1", true},
        {"::1", "0:0:0:0:0:0:0:1", true},
        {"::1", "::2", false},
        {"::1", "localhost", false},
    };
    for (auto const& [host, name, fits] : rows) {
        CAPTURE(std::string(host));
        CAPTURE(std::string(name));
        long const mismatch = intheloop::net::origin{true, host, "443"}.is_address()
                                  ? X509_V_ERR_IP_ADDRESS_MISMATCH
                                  : X509_V_ERR_HOSTNAME_MISMATCH;
        CHECK(verified(host, name) == (fits ? X509_V_OK : mismatch));
    }
}

} // TEST_SUITE("net/faults/tls_names")
