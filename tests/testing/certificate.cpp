// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include <intheloop/testing/certificate.hpp>

#include <doctest/doctest.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

TEST_SUITE("testing/certificate") {

namespace {

using namespace std::chrono_literals;
using intheloop::testing::certificate;
using intheloop::testing::certificate_authority;
using intheloop::testing::certificate_request;
using intheloop::testing::revocation_request;

struct free_openssl {
    void operator()(X509* x) const { X509_free(x); }
    void operator()(BIO* x) const { BIO_free(x); }
    void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
    void operator()(X509_CRL* x) const { X509_CRL_free(x); }
    void operator()(X509_STORE* x) const { X509_STORE_free(x); }
    void operator()(X509_STORE_CTX* x) const { X509_STORE_CTX_free(x); }
    void operator()(STACK_OF(X509) * x) const { sk_X509_pop_free(x, X509_free); }
};

using x509 = std::unique_ptr<X509, free_openssl>;

std::vector<x509> read_chain(std::string const& pem) {
    std::unique_ptr<BIO, free_openssl> const bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::vector<x509> chain;
    while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        chain.emplace_back(next);
    return chain;
}

void add_list(X509_STORE* store, std::string const& pem) {
    std::unique_ptr<BIO, free_openssl> const bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::unique_ptr<X509_CRL, free_openssl> const list(
        PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
    REQUIRE(list);
    X509_STORE_add_crl(store, list.get());
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

// X509_V_OK, or why a client refuses the chain for this purpose, by these revocation lists.
int verify(std::string const& chain_pem, std::string const& ca_pem,
           int purpose = X509_PURPOSE_SSL_SERVER, std::vector<std::string> const& lists = {}) {
    auto const chain = read_chain(chain_pem);
    auto const roots = read_chain(ca_pem);
    std::unique_ptr<X509_STORE, free_openssl> const store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), roots.at(0).get());
    for (std::string const& list : lists)
        add_list(store.get(), list);
    std::unique_ptr<STACK_OF(X509), free_openssl> const others(sk_X509_new_null());
    for (auto const& each : chain) {
        X509_up_ref(each.get());
        sk_X509_push(others.get(), each.get());
    }
    std::unique_ptr<X509_STORE_CTX, free_openssl> const context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.at(0).get(), others.get());
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

bool is_for_host(certificate const& made, std::string const& host) {
    return X509_check_host(read_chain(made.certificate_pem).at(0).get(), host.data(), host.size(),
                           0, nullptr) == 1;
}

bool is_for_address(certificate const& made, std::string const& address) {
    return X509_check_ip_asc(read_chain(made.certificate_pem).at(0).get(), address.c_str(), 0) == 1;
}

bool key_fits(certificate const& made) {
    std::unique_ptr<BIO, free_openssl> const bio(BIO_new_mem_buf(
        made.private_key_pem.data(), static_cast<int>(made.private_key_pem.size())));
    std::unique_ptr<EVP_PKEY, free_openssl> const key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    return X509_check_private_key(read_chain(made.certificate_pem).at(0).get(), key.get()) == 1;
}

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

int verify_with(std::vector<std::string> const& lists, certificate const& made,
                certificate_authority const& ca) {
    return verify(made.certificate_pem, ca.certificate_pem(), X509_PURPOSE_SSL_SERVER, lists);
}

// Returns the authority's error for a request for a certificate or for a revocation list.
template <class Ask>
std::string refusal_of(Ask ask) {
    try {
        ask(certificate_authority());
    } catch (std::runtime_error const& error) {
        return error.what();
    }
    return "";
}

std::string refusal(certificate_request const& request) {
    return refusal_of(
        [&](certificate_authority const& ca) { static_cast<void>(ca.issue(request)); });
}

std::string refusal(revocation_request const& request) {
    return refusal_of(
        [&](certificate_authority const& ca) { static_cast<void>(ca.issue_crl(request)); });
}

} // namespace

TEST_CASE("an issued certificate is valid for its names and for no other") {
    certificate_authority const ca;
    certificate const made =
        ca.issue(certificate_request({"localhost", "*.example.test", "127.0.0.1", "2001:db8::1"}));

    CHECK(read_chain(made.certificate_pem).size() == 1);
    CHECK(verify(made.certificate_pem, ca.certificate_pem()) == X509_V_OK);
    CHECK(key_fits(made));
    CHECK(is_for_host(made, "localhost"));
    CHECK(is_for_host(made, "a.example.test"));
    CHECK_FALSE(is_for_host(made, "a.b.example.test"));
    CHECK_FALSE(is_for_host(made, "example.com"));
    CHECK(is_for_address(made, "127.0.0.1"));
    CHECK(is_for_address(made, "2001:db8::1"));
    CHECK_FALSE(is_for_address(made, "127.0.0.2"));
    CHECK_FALSE(is_for_host(made, "127.0.0.1"));
}

TEST_CASE("another authority does not vouch for it") {
    certificate_authority const ours;
    certificate_authority const theirs;
    certificate const made = ours.issue(certificate_request({"localhost"}));
    CHECK(verify(made.certificate_pem, theirs.certificate_pem()) ==
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_CASE("a copy of an authority is the same authority") {
    certificate_authority const ca;
    certificate_authority const copy = ca;
    certificate const made = copy.issue(certificate_request({"localhost"}));
    CHECK(verify(made.certificate_pem, ca.certificate_pem()) == X509_V_OK);
}

TEST_CASE("an expired one and one that is not yet valid are just that") {
    certificate_authority const ca;
    certificate_request request({"localhost"});

    request.not_before = now() - 48h;
    request.not_after = now() - 24h;
    CHECK(verify(ca.issue(request).certificate_pem, ca.certificate_pem()) ==
          X509_V_ERR_CERT_HAS_EXPIRED);

    request.not_before = now() + 24h;
    request.not_after = now() + 48h;
    CHECK(verify(ca.issue(request).certificate_pem, ca.certificate_pem()) ==
          X509_V_ERR_CERT_NOT_YET_VALID);

    // Beyond 2050 X.509 writes times in another way.
    request.not_before = now() - 1h;
    request.not_after = now() + std::chrono::years(60);
    CHECK(verify(ca.issue(request).certificate_pem, ca.certificate_pem()) == X509_V_OK);
}

TEST_CASE("the use is what was asked for") {
    certificate_authority const ca;
    certificate_request request({});
    request.common_name = "a client";
    request.server_auth = false;
    request.client_auth = true;
    certificate const client = ca.issue(request);
    CHECK(verify(client.certificate_pem, ca.certificate_pem(), X509_PURPOSE_SSL_CLIENT) ==
          X509_V_OK);
    CHECK(verify(client.certificate_pem, ca.certificate_pem(), X509_PURPOSE_SSL_SERVER) ==
          X509_V_ERR_INVALID_PURPOSE);

    request.server_auth = true;
    certificate const both = ca.issue(request);
    CHECK(verify(both.certificate_pem, ca.certificate_pem(), X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
    CHECK(verify(both.certificate_pem, ca.certificate_pem(), X509_PURPOSE_SSL_SERVER) == X509_V_OK);
}

TEST_CASE("an intermediate stands in the chain, and the chain needs it") {
    certificate_authority const ca;
    certificate_request request({"localhost"});
    request.through_intermediate = true;
    certificate const made = ca.issue(request);
    std::string const& pem = made.certificate_pem;

    REQUIRE(read_chain(pem).size() == 2);
    CHECK(key_fits(made));
    CHECK(verify(pem, ca.certificate_pem()) == X509_V_OK);
    std::string const leaf_alone = pem.substr(0, pem.find("-----BEGIN", 1));
    CHECK(verify(leaf_alone, ca.certificate_pem()) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_CASE("an intermediate authority issues what its root vouches for") {
    certificate_authority const ca;
    certificate_authority const middle = ca.intermediate();
    certificate_request request({"localhost"});
    request.through_intermediate = true; // has no meaning here
    certificate const made = middle.issue(request);

    auto const chain = read_chain(made.certificate_pem);
    REQUIRE(chain.size() == 2);
    CHECK(X509_cmp(chain[1].get(), read_chain(middle.certificate_pem()).at(0).get()) == 0);
    CHECK(verify(made.certificate_pem, ca.certificate_pem()) == X509_V_OK);
    CHECK(refusal_of([&](auto const&) { static_cast<void>(middle.intermediate()); }) ==
          "test certificate: an intermediate authority has none below it");
}

TEST_CASE("a revocation list names what its authority took back") {
    certificate_authority const ca;
    certificate const good = ca.issue(certificate_request({"localhost"}));
    certificate const bad = ca.issue(certificate_request({"localhost"}));
    std::string const list = ca.issue_crl(revocation_request({bad.certificate_pem}));
    CHECK(verify_with({list}, good, ca) == X509_V_OK);
    CHECK(verify_with({list}, bad, ca) == X509_V_ERR_CERT_REVOKED);
    CHECK(verify_with({ca.issue_crl(revocation_request())}, bad, ca) == X509_V_OK);

    std::string const foreign = certificate_authority().issue_crl(revocation_request());
    CHECK(verify_with({foreign}, good, ca) == X509_V_ERR_UNABLE_TO_GET_CRL);
}

TEST_CASE("a revocation list covers what that authority issued, and no other") {
    certificate_authority const ca;
    certificate_authority const middle = ca.intermediate();
    certificate const made = middle.issue(certificate_request({"localhost"}));
    std::string const none = ca.issue_crl(revocation_request());
    std::string const none_below = middle.issue_crl(revocation_request());
    CHECK(verify_with({none}, made, ca) == X509_V_ERR_UNABLE_TO_GET_CRL);
    CHECK(verify_with({none, none_below}, made, ca) == X509_V_OK);
    std::string const middle_revoked = ca.issue_crl(revocation_request({middle.certificate_pem()}));
    CHECK(verify_with({middle_revoked, none_below}, made, ca) == X509_V_ERR_CERT_REVOKED);
}

TEST_CASE("an expired revocation list and one that is not yet valid are just that") {
    certificate_authority const ca;
    certificate const made = ca.issue(certificate_request({"localhost"}));
    revocation_request request;
    request.this_update = now() - 48h;
    request.next_update = now() - 24h;
    CHECK(verify_with({ca.issue_crl(request)}, made, ca) == X509_V_ERR_CRL_HAS_EXPIRED);
    request.this_update = now() + 24h;
    request.next_update = now() + 48h;
    CHECK(verify_with({ca.issue_crl(request)}, made, ca) == X509_V_ERR_CRL_NOT_YET_VALID);
}

TEST_CASE("a self-signed one is trusted by nobody") {
    certificate_authority const ca;
    certificate const made = intheloop::testing::self_signed(certificate_request({"localhost"}));
    CHECK(key_fits(made));
    CHECK(is_for_host(made, "localhost"));
    CHECK(verify(made.certificate_pem, ca.certificate_pem()) ==
          X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
}

TEST_CASE("serial numbers differ") {
    certificate_authority const ca;
    certificate_request const request({"localhost"});
    auto const one = read_chain(ca.issue(request).certificate_pem);
    auto const two = read_chain(ca.issue(request).certificate_pem);
    CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(one[0].get()),
                           X509_get0_serialNumber(two[0].get())) != 0);
}

TEST_CASE("a name longer than a common name may be still becomes an alternative name") {
    std::string const host = std::string(60, 'a') + ".example.test";
    certificate const made = certificate_authority().issue(certificate_request({host}));
    CHECK(is_for_host(made, host));
}

TEST_CASE("what can't be a certificate is refused with a reason") {
    CHECK(refusal(certificate_request({""})) ==
          "test certificate: a name must have 1 to 253 characters");
    CHECK(refusal(certificate_request({std::string(254, 'a')})) ==
          "test certificate: a name must have 1 to 253 characters");
    CHECK(refusal(certificate_request({std::string("a\0b", 3)})) ==
          "test certificate: a name must be printable ASCII without spaces");
    CHECK(refusal(certificate_request({"größe.example"})) ==
          "test certificate: a name must be printable ASCII without spaces");

    certificate_request reversed({"localhost"});
    reversed.not_after = reversed.not_before - 1s;
    CHECK(refusal(reversed) == "test certificate: not_after is before not_before");

    revocation_request reversed_list;
    reversed_list.next_update = reversed_list.this_update - 1s;
    CHECK(refusal(reversed_list) == "test certificate: next_update is before this_update");
    CHECK(refusal(revocation_request({"no PEM"}))
              .starts_with("test certificate: reading a certificate: error:"));

    certificate_request long_name({"localhost"});
    long_name.common_name = std::string(65, 'a');
    CHECK(refusal(long_name).starts_with("test certificate: setting the common name: error:"));
}

} // TEST_SUITE("testing/certificate")
