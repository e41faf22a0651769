// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TLS_HPP
#define INTHELOOP_NET_DETAIL_TLS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/net/detail/tls_trust.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/net/tls_options.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

namespace intheloop::net {

// Makes a client's context: TLS 1.2 or later, by the policy of OpenSSL's configuration, with
// verification of the peer by what the options trust. Throws intheloop::exception (configuration)
// with the name of an invalid file or option.
INTHELOOP_DECL boost::asio::ssl::context make_tls_context(tls_options const& options,
                                                          tls_trust const& trust);
INTHELOOP_DECL boost::asio::ssl::context make_tls_context(tls_options const& options);

// Prepares one connection to one host: its name (or address) is verified, and sent as SNI. Returns
// false if OpenSSL refuses the name.
INTHELOOP_DECL bool prepare_tls(SSL* ssl, origin const& peer);

// Explains why a handshake failed.
INTHELOOP_DECL error handshake_error(SSL* ssl, origin const& peer,
                                     boost::system::error_code const& ec);

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/tls.ipp>
#endif

#endif
