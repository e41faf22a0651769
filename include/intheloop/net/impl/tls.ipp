// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TLS_IPP
#define INTHELOOP_NET_IMPL_TLS_IPP

#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/tls.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace intheloop::net {

namespace detail {

// Names the invalid option. Keys don't appear in the text.
[[noreturn]] INTHELOOP_DECL void refuse_tls(boost::system::error_code const& ec,
                                            std::string const& input) {
    throw exception(error(errc::invalid_option, "TLS: " + input + ": " + ec.message()));
}

INTHELOOP_DECL void require_tls(boost::system::error_code const& ec, std::string const& input) {
    if (ec)
        refuse_tls(ec, input);
}

struct free_crl_part {
    void operator()(BIO* source) const noexcept { BIO_free(source); }
    void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
};
using crl_source = std::unique_ptr<BIO, free_crl_part>;
using crl = std::unique_ptr<X509_CRL, free_crl_part>;

// Returns OpenSSL's error, and clears it for later queries.
INTHELOOP_DECL boost::system::error_code take_tls_error() {
    auto const code = static_cast<int>(ERR_peek_last_error());
    ERR_clear_error();
    return {code, boost::asio::error::get_ssl_category()};
}

// Adds all lists of `source`, at least one, and enables revocation checks.
INTHELOOP_DECL void add_revocation_lists(X509_STORE* store, crl_source source,
                                         std::string const& input) {
    if (!source)
        refuse_tls(take_tls_error(), input);
    std::size_t found = 0;
    while (crl const list{PEM_read_bio_X509_CRL(source.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_crl(store, list.get()) != 1)
            refuse_tls(take_tls_error(), input);
        ++found;
    }
    // OpenSSL reports the end of the lists as an error too.
    auto const ended = take_tls_error();
    if (found == 0 ||
        ERR_GET_REASON(static_cast<unsigned long>(ended.value())) != PEM_R_NO_START_LINE)
        refuse_tls(ended, input);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

// Makes a context with the system's policy: OpenSSL's configuration may set versions, ciphers,
// groups, the security level and options. It can be made stricter here, never laxer. (Asio's own
// constructor would lower the minimum version.)
INTHELOOP_DECL boost::asio::ssl::context make_context_of_system() {
    ERR_clear_error();
    SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    if (!made)
        refuse_tls(take_tls_error(), "OpenSSL's configuration");
    boost::asio::ssl::context context(made);
    SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION);
    if (SSL_CTX_get_min_proto_version(made) < TLS1_2_VERSION &&
        SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1)
        refuse_tls(take_tls_error(), "OpenSSL has no TLS 1.2");
    return context;
}

INTHELOOP_DECL bool is_self_issued(X509* certificate) {
    return X509_check_issued(certificate, certificate) == X509_V_OK;
}

// Returns whether a store may hold a root: certificates of a directory are not loaded yet.
INTHELOOP_DECL bool may_hold_root(X509_STORE* store, tls_options const& options) {
    if (!options.ca_directory.empty())
        return true;
    STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(store);
    for (int i = 0; i != sk_X509_OBJECT_num(all); ++i)
        if (X509* const each = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
            each && is_self_issued(each))
            return true;
    return false;
}

struct free_crl_lists {
    void operator()(STACK_OF(X509_CRL) * lists) const noexcept {
        sk_X509_CRL_pop_free(lists, X509_CRL_free);
    }
};

// Returns whether a list of its issuer revokes a certificate.
INTHELOOP_DECL bool is_listed(X509_STORE_CTX* checked, X509* certificate) {
    std::unique_ptr<STACK_OF(X509_CRL), free_crl_lists> const lists(
        X509_STORE_CTX_get1_crls(checked, X509_get_issuer_name(certificate)));
    for (int i = 0; i < sk_X509_CRL_num(lists.get()); ++i)
        if (X509_REVOKED* entry = nullptr;
            X509_CRL_get0_by_cert(sk_X509_CRL_value(lists.get(), i), &entry, certificate) == 1)
            return true;
    return false;
}

// OpenSSL asks for a list of the issuer of each certificate, which it can't verify for the last one
// of a chain that ends below a root. That one is trusted by itself: it needs no list, but is
// refused if a list revokes it.
INTHELOOP_DECL int verify_below_root(int accepted, X509_STORE_CTX* checked) {
    if (accepted == 1)
        return accepted;
    switch (X509_STORE_CTX_get_error(checked)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE: break;
    default: return 0;
    }
    int const last = sk_X509_num(X509_STORE_CTX_get0_chain(checked)) - 1;
    X509* const certificate = X509_STORE_CTX_get_current_cert(checked);
    if (X509_STORE_CTX_get_error_depth(checked) != last || !certificate ||
        is_self_issued(certificate))
        return 0;
    bool const revoked = is_listed(checked, certificate);
    X509_STORE_CTX_set_error(checked, revoked ? X509_V_ERR_CERT_REVOKED : X509_V_OK);
    return revoked ? 0 : 1;
}

} // namespace detail

INTHELOOP_DECL boost::asio::ssl::context make_tls_context(tls_options const& options) {
    namespace ssl = boost::asio::ssl;
    boost::system::error_code ec;
    ssl::context context = detail::make_context_of_system();
    context.set_verify_mode(ssl::verify_peer, ec);
    session_store::prepare(context.native_handle());

    // Refuses an encrypted key; by default OpenSSL would ask for its pass phrase on the terminal.
    context.set_password_callback(
        [](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);

    bool const own_trust =
        !options.ca_file.empty() || !options.ca_directory.empty() || !options.ca_pem.empty();
    if (!own_trust) {
        context.set_default_verify_paths(ec);
        detail::require_tls(ec, "the system's certificate authorities");
    }
    if (!options.ca_file.empty()) {
        context.load_verify_file(options.ca_file, ec);
        detail::require_tls(ec, "certificate authorities from " + options.ca_file);
    }
    if (!options.ca_directory.empty()) {
        context.add_verify_path(options.ca_directory, ec);
        detail::require_tls(ec, "certificate authorities from " + options.ca_directory);
    }
    if (!options.ca_pem.empty()) {
        context.add_certificate_authority(boost::asio::buffer(options.ca_pem), ec);
        detail::require_tls(ec, "the text of certificate authorities");
    }

    X509_STORE* const store = SSL_CTX_get_cert_store(context.native_handle());
    // A user's own trust may end at an intermediate authority, or name the server's certificate.
    bool const has_lists = !options.crl_file.empty() || !options.crl_pem.empty();
    if (own_trust && !(has_lists && detail::may_hold_root(store, options))) {
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        if (has_lists)
            SSL_CTX_set_verify(context.native_handle(), SSL_VERIFY_PEER,
                               &detail::verify_below_root);
    }
    if (!options.crl_file.empty())
        detail::add_revocation_lists(
            store, detail::crl_source(BIO_new_file(options.crl_file.c_str(), "r")),
            "revocation lists from " + options.crl_file);
    if (std::string const& text = options.crl_pem; !text.empty())
        detail::add_revocation_lists(
            store, detail::crl_source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))),
            "crl_pem, the text of revocation lists");

    bool const certificate = !options.certificate_file.empty() || !options.certificate_pem.empty();
    bool const key = !options.private_key_file.empty() || !options.private_key_pem.empty();
    if (certificate != key)
        throw exception(error(errc::invalid_option,
                              "TLS: a client certificate and its private key belong together"));
    if (!options.certificate_file.empty()) {
        context.use_certificate_chain_file(options.certificate_file, ec);
        detail::require_tls(ec, "client certificate from " + options.certificate_file);
    } else if (!options.certificate_pem.empty()) {
        context.use_certificate_chain(boost::asio::buffer(options.certificate_pem), ec);
        detail::require_tls(ec, "the text of the client certificate");
    }
    if (!options.private_key_file.empty()) {
        context.use_private_key_file(options.private_key_file, ssl::context::pem, ec);
        detail::require_tls(ec, "private key from " + options.private_key_file);
    } else if (!options.private_key_pem.empty()) {
        context.use_private_key(boost::asio::buffer(options.private_key_pem.reveal()),
                                ssl::context::pem, ec);
        detail::require_tls(ec, "the text of the private key");
    }
    return context;
}

INTHELOOP_DECL bool prepare_tls(SSL* ssl, origin const& peer) {
    static constexpr unsigned char protocols[] = "\x08http/1.1";
    SSL_set_alpn_protos(ssl, protocols, sizeof protocols - 1);
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
    if (peer.is_address())
        return X509_VERIFY_PARAM_set1_ip_asc(expected, peer.host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(expected, peer.host.data(), peer.host.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, peer.host.c_str()) == 1;
}

INTHELOOP_DECL error handshake_error(SSL* ssl, origin const& peer,
                                     boost::system::error_code const& ec) {
    std::string const where = "TLS with " + peer.authority() + ": ";
    if (long const verified = SSL_get_verify_result(ssl); verified != X509_V_OK)
        return error(errc::certificate_refused, where + X509_verify_cert_error_string(verified));
    if (ec == boost::asio::ssl::error::stream_truncated || ec == boost::asio::error::eof)
        return error(errc::connection_lost, where + "the peer closed the connection");
    // The connection failed, not TLS.
    if (ec.category() == boost::system::system_category())
        return error(errc::connection_lost, where + ec.message());
    return error(errc::handshake_failed, where + ec.message());
}

} // namespace intheloop::net

#endif
