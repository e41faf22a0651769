// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Whom the client talks to: a server whose certificate is not right gets no byte of HTTP.
#include <client/certificates.hpp>
#include <client/fixture.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <vector>

TEST_SUITE("client/tls") {

using namespace fixture;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;
using loop::testing::tls_version;

namespace {

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Calls a server that shows this certificate, as a client that trusts `authority`.
auto call_with(certificate shown, certificate_authority const& authority,
               void (*check)(server const&)) {
    server_options how;
    how.authority = authority;
    how.api_certificate = std::move(shown);
    server s(how);
    auto r = call(options_for(s), report::export_report, week());
    CHECK(s.wait_until_idle(patience));
    check(s);
    return r;
}

void refused(certificate shown, certificate_authority const& authority, std::string_view why) {
    auto r = call_with(std::move(shown), authority, [](server const& s) {
        CHECK(s.connections_accepted() == 1);
        CHECK(s.application_bytes_received() == 0);
        CHECK(s.requests().empty());
    });
    REQUIRE_FALSE(r);
    loop::error const& e = r.error();
    CHECK(e.code() == loop::condition::tls);
    CHECK(e.code() == loop::errc::certificate_refused);
    CHECK(e.progress == loop::request_progress::not_sent);
    CHECK_MESSAGE(contains(e.detail, why), e.detail);
}

} // namespace

TEST_CASE("a certificate that is not right is refused, and nothing is sent") {
    certificate_authority const authority;
    certificate_request request({"localhost", "127.0.0.1"});
    SUBCASE("for another host") {
        refused(authority.issue(certificate_request({"api.example.test"})), authority,
                "hostname mismatch");
    }
    SUBCASE("for the name of another host that begins alike") {
        refused(authority.issue(certificate_request({"localhost.example.test"})), authority,
                "hostname mismatch");
    }
    SUBCASE("a name only in the subject") {
        certificate_request named({"api.example.test"});
        named.common_name = "localhost";
        refused(authority.issue(named), authority, "hostname mismatch");
    }
    SUBCASE("for the address, when the name was asked for") {
        refused(authority.issue(certificate_request({"127.0.0.1"})), authority,
                "hostname mismatch");
    }
    SUBCASE("self-signed") {
        refused(loop::testing::self_signed(request), authority, "self-signed certificate");
    }
    SUBCASE("of an unknown authority") {
        refused(certificate_authority().issue(request), authority,
                "unable to get local issuer certificate");
    }
    SUBCASE("expired") {
        request.not_before = now() - 48h;
        request.not_after = now() - 24h;
        refused(authority.issue(request), authority, "certificate has expired");
    }
    SUBCASE("not yet valid") {
        request.not_before = now() + 24h;
        request.not_after = now() + 48h;
        refused(authority.issue(request), authority, "certificate is not yet valid");
    }
    SUBCASE("for clients only") {
        request.server_auth = false;
        request.client_auth = true;
        refused(authority.issue(request), authority, "purpose");
    }
    SUBCASE("with its intermediate missing") {
        request.through_intermediate = true;
        certificate chain = authority.issue(request);
        chain.certificate_pem = leaf_of(chain);
        refused(chain, authority, "unable to get local issuer certificate");
    }
}

TEST_CASE("a certificate that is right is accepted") {
    certificate_authority const authority;
    auto const accepted = [&](certificate shown) {
        auto r = call_with(std::move(shown), authority, [](server const&) {});
        REQUIRE_MESSAGE(r, r.error());
    };
    SUBCASE("for the name") {
        accepted(authority.issue(certificate_request({"localhost"})));
    }
    SUBCASE("through an intermediate") {
        certificate_request request({"localhost"});
        request.through_intermediate = true;
        accepted(authority.issue(request));
    }
}

TEST_CASE("an address as host is verified as an address, and sends no server name") {
    server s;
    loop::options how = options_for(s);
    how.base_url = "https://127.0.0.1:" + std::to_string(s.api_port());
    auto r = call(how, report::export_report, week());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(s.requests().at(0).tls_server_name.empty());

    server_options only_name;
    only_name.api_certificate = s.authority().issue(certificate_request({"localhost"}));
    server other(only_name);
    how = options_for(other);
    how.tls.ca_pem = s.ca_certificate();
    how.base_url = "https://127.0.0.1:" + std::to_string(other.api_port());
    auto wrong = call(how, report::export_report, week());
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code() == loop::errc::certificate_refused);
    CHECK(contains(wrong.error().detail, "IP address mismatch"));
}

TEST_CASE("without an own authority the system's are trusted, and only they") {
    server s;
    loop::options how = options_for(s);
    how.tls.ca_pem.clear();
    auto r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::errc::certificate_refused);
    CHECK(s.application_bytes_received() == 0);
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, nothing older") {
    certificate_authority const authority;
    auto const speak = [&](tls_version version) {
        server_options how;
        how.minimum_tls = how.maximum_tls = version;
        server s(how);
        auto r = call(options_for(s), report::export_report, week());
        if (r)
            return s.requests().at(0).tls_version;
        CHECK(r.error().code() == loop::condition::tls);
        CHECK(r.error().progress == loop::request_progress::not_sent);
        CHECK(s.application_bytes_received() == 0);
        return std::string("refused");
    };
    CHECK(speak(tls_version::tls_1_3) == "TLSv1.3");
    CHECK(speak(tls_version::tls_1_2) == "TLSv1.2");
    CHECK(speak(tls_version::tls_1_1) == "refused");
    CHECK(speak(tls_version::tls_1_0) == "refused");
}

TEST_CASE("a server that asks for a client certificate gets it") {
    server_options how;
    how.require_client_certificate = true;
    server s(how);
    certificate const own = client_certificate(s.authority(), "a client of the test");

    loop::options with = options_for(s);
    with.tls.certificate_pem = own.certificate_pem;
    with.tls.private_key_pem = own.private_key_pem;
    auto r = call(with, report::export_report, week());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(s.requests().at(0).client_common_name == "a client of the test");

    // With TLS 1.3 the refusal comes after the client's handshake is over.
    auto without = call(options_for(s), report::export_report, week());
    REQUIRE_FALSE(without);
    CHECK((without.error().code() == loop::condition::tls ||
           without.error().code() == loop::condition::network));
    CHECK(s.requests().size() == 1);

    loop::options mismatched = options_for(s);
    mismatched.tls.certificate_pem = own.certificate_pem;
    mismatched.tls.private_key_pem =
        client_certificate(s.authority(), "a client of the test").private_key_pem;
    asio::io_context io;
    CHECK_THROWS_AS(loop::client(io.get_executor(), mismatched), loop::exception);
}

TEST_CASE("an encrypted private key is refused, and nobody is asked for its pass phrase") {
    // As `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256` makes it.
    certificate_authority const authority;
    certificate const own = authority.issue(certificate_request({"client"}));
    BIO* const in = BIO_new_mem_buf(own.private_key_pem.data(), -1);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO* const out = BIO_new(BIO_s_mem());
    std::string phrase = "a phrase";
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), phrase.data(),
                                          static_cast<int>(phrase.size()), nullptr, nullptr) == 1);
    char* text = nullptr;
    long const size = BIO_get_mem_data(out, &text);
    loop::options how = options_for_port(1);
    how.tls.certificate_pem = own.certificate_pem;
    how.tls.private_key_pem = std::string(text, static_cast<std::size_t>(size));
    BIO_free(in);
    BIO_free(out);
    EVP_PKEY_free(key);
    asio::io_context io;
    CHECK_THROWS_AS(loop::client(io.get_executor(), how), loop::exception);
}

TEST_CASE("a peer that speaks no TLS is a tls error") {
    server_options plain;
    plain.plain_http = true;
    server s(plain);
    loop::options how = options_for(s);
    how.base_url = "https://localhost:" + std::to_string(s.api_port());
    auto r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::errc::handshake_failed);
    CHECK(r.error().progress == loop::request_progress::not_sent);
    CHECK(s.requests().empty());
}

TEST_CASE("an error that the program leaves in OpenSSL's queue is not taken for the client's") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    report::export_request longer_than_a_socket_takes = week();
    longer_than_a_socket_takes.tag_ids = {std::string(8'000'000, 'x')};
    for (int i = 0; i != 3; ++i) {
        ERR_put_error(ERR_LIB_SSL, 0, ERR_R_INTERNAL_ERROR, __FILE__, __LINE__);
        auto const r = call(client, io, report::export_report, week());
        CHECK_MESSAGE(r, r.error());
        ERR_put_error(ERR_LIB_SSL, 0, ERR_R_INTERNAL_ERROR, __FILE__, __LINE__);
        auto const refused = call(client, io, report::export_report, longer_than_a_socket_takes);
        CHECK_MESSAGE((refused || refused.error().code() != loop::condition::tls), refused.error());
    }
}

} // TEST_SUITE("client/tls")
