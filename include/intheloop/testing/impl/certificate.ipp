// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_CERTIFICATE_IPP
#define INTHELOOP_TESTING_IMPL_CERTIFICATE_IPP

#include <intheloop/testing/certificate.hpp>
#include <intheloop/testing/detail/random.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace intheloop::testing {
namespace detail {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

using key_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using x509_ptr = openssl_ptr<X509, X509_free>;
using name_ptr = openssl_ptr<X509_NAME, X509_NAME_free>;
using bio_ptr = openssl_ptr<BIO, BIO_free_all>;
using extension_ptr = openssl_ptr<X509_EXTENSION, X509_EXTENSION_free>;
using general_name_ptr = openssl_ptr<GENERAL_NAME, GENERAL_NAME_free>;
using general_names_ptr = openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free>;
using ia5_ptr = openssl_ptr<ASN1_IA5STRING, ASN1_IA5STRING_free>;
using octets_ptr = openssl_ptr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using bignum_ptr = openssl_ptr<BIGNUM, BN_free>;
using crl_ptr = openssl_ptr<X509_CRL, X509_CRL_free>;
using revoked_ptr = openssl_ptr<X509_REVOKED, X509_REVOKED_free>;
using integer_ptr = openssl_ptr<ASN1_INTEGER, ASN1_INTEGER_free>;
using time_ptr = openssl_ptr<ASN1_TIME, ASN1_TIME_free>;

[[noreturn]] INTHELOOP_DECL void refuse(std::string const& reason) {
    throw std::runtime_error("test certificate: " + reason);
}

INTHELOOP_DECL void require(bool ok, std::string at) {
    if (ok)
        return;
    if (unsigned long const code = ERR_peek_last_error(); code != 0) {
        std::array<char, 256> reason{};
        ERR_error_string_n(code, reason.data(), reason.size());
        at += ": ";
        at += reason.data();
    }
    ERR_clear_error();
    refuse(at);
}

template <class Write>
std::string to_pem(Write write, char const* action) {
    bio_ptr const bio{BIO_new(BIO_s_mem())};
    require(bio && write(bio.get()) == 1, action);
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

INTHELOOP_DECL std::string to_pem(X509& cert) {
    return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, &cert); },
                  "writing a certificate");
}

INTHELOOP_DECL std::string to_pem(X509_CRL& list) {
    return to_pem([&](BIO* out) { return PEM_write_bio_X509_CRL(out, &list); },
                  "writing a revocation list");
}

INTHELOOP_DECL std::string to_pem(EVP_PKEY& key) {
    return to_pem(
        [&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, &key, nullptr, nullptr, 0, nullptr, nullptr);
        },
        "writing a private key");
}

INTHELOOP_DECL key_ptr make_key() {
    key_ptr key{EVP_EC_gen("P-256")};
    require(key != nullptr, "making a P-256 key");
    return key;
}

INTHELOOP_DECL void set_validity(X509& cert, std::chrono::sys_seconds from,
                                 std::chrono::sys_seconds until) {
    if (until < from)
        refuse("not_after is before not_before");
    require(ASN1_TIME_set(X509_getm_notBefore(&cert),
                          static_cast<std::time_t>(from.time_since_epoch().count())) &&
                ASN1_TIME_set(X509_getm_notAfter(&cert),
                              static_cast<std::time_t>(until.time_since_epoch().count())),
            "setting the period of validity");
}

INTHELOOP_DECL void set_common_name(X509& cert, std::string const& name) {
    if (name.empty())
        return;
    name_ptr const subject{X509_NAME_new()}; // the certificate's own is const since OpenSSL 4
    require(subject &&
                X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8,
                                           reinterpret_cast<unsigned char const*>(name.data()),
                                           static_cast<int>(name.size()), -1, 0) &&
                X509_set_subject_name(&cert, subject.get()),
            "setting the common name");
}

// Makes a certificate with the parts that all have: version 3, a random serial number, a period and
// a key.
INTHELOOP_DECL x509_ptr new_certificate(EVP_PKEY& key, std::chrono::sys_seconds from,
                                        std::chrono::sys_seconds until) {
    x509_ptr cert{X509_new()};
    require(cert && X509_set_version(cert.get(), X509_VERSION_3), "making a certificate");
    // 127 bits are positive and within the 20 octets that RFC 5280 allows.
    bignum_ptr const serial{BN_new()};
    require(serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
                BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(cert.get())),
            "making a serial number");
    set_validity(*cert, from, until);
    require(X509_set_pubkey(cert.get(), &key), "setting the public key");
    return cert;
}

INTHELOOP_DECL void add_extension(X509& cert, X509& issuer, int nid, char const* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, &issuer, &cert, nullptr, nullptr, 0);
    extension_ptr const extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
    require(extension && X509_add_ext(&cert, extension.get(), -1), value);
}

INTHELOOP_DECL general_name_ptr make_general_name(std::string const& name) {
    for (char const c : name)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
            refuse("a name must be printable ASCII without spaces");
    if (name.empty() || name.size() > 253)
        refuse("a name must have 1 to 253 characters");

    general_name_ptr entry{GENERAL_NAME_new()};
    require(entry != nullptr, "making a name");
    if (octets_ptr address{a2i_IPADDRESS(name.c_str())}) {
        GENERAL_NAME_set0_value(entry.get(), GEN_IPADD, address.release());
        return entry;
    }
    ERR_clear_error();
    ia5_ptr dns{ASN1_IA5STRING_new()};
    require(dns && ASN1_STRING_set(dns.get(), name.data(), static_cast<int>(name.size())),
            "making a DNS name");
    GENERAL_NAME_set0_value(entry.get(), GEN_DNS, dns.release());
    return entry;
}

INTHELOOP_DECL void add_subject_alt_names(X509& cert, std::vector<std::string> const& names) {
    if (names.empty())
        return;
    general_names_ptr const list{GENERAL_NAMES_new()};
    require(list != nullptr, "making a list of names");
    for (std::string const& name : names) {
        general_name_ptr entry = make_general_name(name);
        require(sk_GENERAL_NAME_push(list.get(), entry.get()) > 0, "adding a name");
        entry.release();
    }
    require(X509_add1_ext_i2d(&cert, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) == 1,
            "adding the names");
}

INTHELOOP_DECL void add_authority_extensions(X509& cert, X509& issuer, char const* constraints) {
    add_extension(cert, issuer, NID_basic_constraints, constraints);
    add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(cert, issuer, NID_subject_key_identifier, "hash");
    add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
}

INTHELOOP_DECL void sign(X509& cert, EVP_PKEY& key) {
    require(X509_sign(&cert, &key, EVP_sha256()) > 0, "signing a certificate");
}

// A null issuer means the certificate itself.
INTHELOOP_DECL x509_ptr make_leaf(certificate_request const& request, EVP_PKEY& key, X509* issuer,
                                  EVP_PKEY& issuer_key) {
    x509_ptr cert = new_certificate(key, request.not_before, request.not_after);
    std::string common_name = request.common_name;
    // A common name is limited to 64 bytes, a DNS name is not: a longer one is an alternative name
    // only.
    if (common_name.empty() && !request.names.empty() && request.names.front().size() <= 64)
        common_name = request.names.front();
    set_common_name(*cert, common_name);
    X509& signer = issuer != nullptr ? *issuer : *cert;
    require(X509_set_issuer_name(cert.get(), X509_get_subject_name(&signer)), "setting the issuer");

    add_extension(*cert, signer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(*cert, signer, NID_key_usage, "critical,digitalSignature");
    if (request.server_auth || request.client_auth) {
        char const* const usage = !request.client_auth   ? "serverAuth"
                                  : !request.server_auth ? "clientAuth"
                                                         : "serverAuth,clientAuth";
        add_extension(*cert, signer, NID_ext_key_usage, usage);
    }
    add_subject_alt_names(*cert, request.names);
    add_extension(*cert, signer, NID_subject_key_identifier, "hash");
    if (issuer != nullptr)
        add_extension(*cert, signer, NID_authority_key_identifier, "keyid");
    sign(*cert, issuer_key);
    return cert;
}

// Makes a certificate for an authority, without issuer and signature.
INTHELOOP_DECL x509_ptr make_authority(EVP_PKEY& key, std::chrono::years around_now,
                                       std::string const& kind) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    x509_ptr cert = new_certificate(key, now - around_now, now + around_now);
    // Each authority has a unique name, so that it is not taken for another in the same trust
    // store.
    set_common_name(*cert, kind + random_hex(8));
    return cert;
}

INTHELOOP_DECL void certify_authority(X509& cert, X509& issuer, EVP_PKEY& issuer_key,
                                      char const* constraints) {
    require(X509_set_issuer_name(&cert, X509_get_subject_name(&issuer)), "setting the issuer");
    add_authority_extensions(cert, issuer, constraints);
    sign(cert, issuer_key);
}

INTHELOOP_DECL x509_ptr read_certificate(std::string const& pem) {
    bio_ptr const bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    x509_ptr cert{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    require(cert != nullptr, "reading a certificate");
    return cert;
}

INTHELOOP_DECL time_ptr make_time(std::chrono::sys_seconds at) {
    time_ptr made{ASN1_TIME_set(nullptr, static_cast<std::time_t>(at.time_since_epoch().count()))};
    require(made != nullptr, "making a time");
    return made;
}

// Adds the extensions that RFC 5280 requires of a list.
INTHELOOP_DECL void add_extensions(X509_CRL& list, X509& issuer) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, &issuer, nullptr, nullptr, &list, 0);
    extension_ptr const issuer_key{
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid")};
    integer_ptr const number{ASN1_INTEGER_new()};
    require(issuer_key && X509_CRL_add_ext(&list, issuer_key.get(), -1) && number &&
                ASN1_INTEGER_set(number.get(), 1) &&
                X509_CRL_add1_ext_i2d(&list, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT) ==
                    1,
            "adding the extensions of a revocation list");
}

INTHELOOP_DECL void add_revoked(X509_CRL& list, X509& cert, ASN1_TIME& since) {
    revoked_ptr entry{X509_REVOKED_new()};
    require(entry && X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(&cert)) &&
                X509_REVOKED_set_revocationDate(entry.get(), &since) &&
                X509_CRL_add0_revoked(&list, entry.get()),
            "revoking a certificate");
    entry.release();
}

} // namespace detail

INTHELOOP_DECL certificate::certificate(std::string certificate_chain_pem, std::string key_pem)
    : certificate_pem(std::move(certificate_chain_pem)), private_key_pem(std::move(key_pem)) {}

INTHELOOP_DECL certificate_request::certificate_request(std::vector<std::string> subject_names)
    : names(std::move(subject_names)) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    not_before = now - std::chrono::hours{1};
    not_after = now + std::chrono::days{7};
}

INTHELOOP_DECL revocation_request::revocation_request(std::vector<std::string> revoked_pem)
    : revoked(std::move(revoked_pem)) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    this_update = now - std::chrono::hours{1};
    next_update = now + std::chrono::days{7};
}

struct certificate_authority::state {
    detail::key_ptr key;
    detail::x509_ptr cert;
    std::string pem;
    bool is_root = true;
};

INTHELOOP_DECL certificate_authority::certificate_authority() {
    auto made = std::make_shared<state>();
    made->key = detail::make_key();
    made->cert =
        detail::make_authority(*made->key, std::chrono::years{10}, "intheloop test authority ");
    X509& cert = *made->cert;
    detail::certify_authority(cert, cert, *made->key, "critical,CA:TRUE");
    made->pem = detail::to_pem(cert);
    state_ = std::move(made);
}

INTHELOOP_DECL certificate_authority::certificate_authority(std::shared_ptr<state const> made)
    : state_(std::move(made)) {}

INTHELOOP_DECL certificate_authority certificate_authority::intermediate() const {
    if (!state_->is_root)
        detail::refuse("an intermediate authority has none below it");
    auto made = std::make_shared<state>();
    made->is_root = false;
    made->key = detail::make_key();
    made->cert =
        detail::make_authority(*made->key, std::chrono::years{5}, "intheloop test intermediate ");
    detail::certify_authority(*made->cert, *state_->cert, *state_->key,
                              "critical,CA:TRUE,pathlen:0");
    made->pem = detail::to_pem(*made->cert);
    return certificate_authority(std::move(made));
}

INTHELOOP_DECL certificate certificate_authority::issue(certificate_request const& request) const {
    if (request.through_intermediate && state_->is_root)
        return intermediate().issue(request);
    detail::key_ptr const key = detail::make_key();
    detail::x509_ptr const leaf =
        detail::make_leaf(request, *key, state_->cert.get(), *state_->key);
    std::string chain = detail::to_pem(*leaf);
    if (!state_->is_root)
        chain += state_->pem;
    return {std::move(chain), detail::to_pem(*key)};
}

INTHELOOP_DECL std::string
certificate_authority::issue_crl(revocation_request const& request) const {
    if (request.next_update < request.this_update)
        detail::refuse("next_update is before this_update");
    detail::time_ptr const since = detail::make_time(request.this_update);
    detail::time_ptr const until = detail::make_time(request.next_update);
    detail::crl_ptr const list{X509_CRL_new()};
    detail::require(
        list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) &&
            X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(state_->cert.get())) &&
            X509_CRL_set1_lastUpdate(list.get(), since.get()) &&
            X509_CRL_set1_nextUpdate(list.get(), until.get()),
        "making a revocation list");
    for (std::string const& pem : request.revoked)
        detail::add_revoked(*list, *detail::read_certificate(pem), *since);
    detail::add_extensions(*list, *state_->cert);
    detail::require(X509_CRL_sort(list.get()) &&
                        X509_CRL_sign(list.get(), state_->key.get(), EVP_sha256()) > 0,
                    "signing a revocation list");
    return detail::to_pem(*list);
}

INTHELOOP_DECL std::string const& certificate_authority::certificate_pem() const noexcept {
    return state_->pem;
}

INTHELOOP_DECL certificate self_signed(certificate_request const& request) {
    detail::key_ptr const key = detail::make_key();
    detail::x509_ptr const cert = detail::make_leaf(request, *key, nullptr, *key);
    return {detail::to_pem(*cert), detail::to_pem(*key)};
}

} // namespace intheloop::testing

#endif
