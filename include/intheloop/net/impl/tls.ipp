// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TLS_IPP
#define INTHELOOP_NET_IMPL_TLS_IPP

#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/tls.hpp>
#include <intheloop/net/impl/tls_trust.ipp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <string>

namespace intheloop::net {

namespace detail {

// Asio tells only that a text is no certificate: OpenSSL's own error has the reason.
INTHELOOP_DECL void require_chain(boost::system::error_code const& ec, std::string const& input) {
    if (ec && ERR_peek_last_error() != 0)
        refuse_tls(take_tls_error(), input);
    require_tls(ec, input);
}

} // namespace detail

INTHELOOP_DECL boost::asio::ssl::context make_tls_context(tls_options const& options,
                                                          tls_trust const& trust) {
    namespace ssl = boost::asio::ssl;
    boost::system::error_code ec;
    ssl::context context = detail::make_context_of_system();
    context.set_verify_mode(ssl::verify_peer, ec);
    trust.use_in(context.native_handle());
    session_store::prepare(context.native_handle());

    // Refuses an encrypted key; by default OpenSSL would ask for its pass phrase on the terminal.
    context.set_password_callback(
        [](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);

    bool const certificate = !options.certificate_file.empty() || !options.certificate_pem.empty();
    bool const key = !options.private_key_file.empty() || !options.private_key_pem.empty();
    if (certificate != key)
        throw exception(error(errc::invalid_option,
                              "TLS: a client certificate and its private key belong together"));
    if (!options.certificate_file.empty()) {
        std::string const input = "client certificate from " + options.certificate_file;
        detail::pem_file const chain(options.certificate_file, input);
        context.use_certificate_chain(boost::asio::buffer(chain.text()), ec);
        detail::require_chain(ec, input);
    } else if (!options.certificate_pem.empty()) {
        context.use_certificate_chain(boost::asio::buffer(options.certificate_pem), ec);
        detail::require_chain(ec, "the text of the client certificate");
    }
    if (!options.private_key_file.empty()) {
        std::string const input = "private key from " + options.private_key_file;
        detail::pem_file const key_file(options.private_key_file, input);
        context.use_private_key(boost::asio::buffer(key_file.text()), ssl::context::pem, ec);
        detail::require_tls(ec, input);
    } else if (!options.private_key_pem.empty()) {
        context.use_private_key(boost::asio::buffer(options.private_key_pem.reveal()),
                                ssl::context::pem, ec);
        detail::require_tls(ec, "the text of the private key");
    }
    return context;
}

INTHELOOP_DECL boost::asio::ssl::context make_tls_context(tls_options const& options) {
    return make_tls_context(options, *tls_trust::load(options));
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
