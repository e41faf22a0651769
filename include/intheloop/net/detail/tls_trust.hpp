// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TLS_TRUST_HPP
#define INTHELOOP_NET_DETAIL_TLS_TRUST_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/net/tls_options.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace intheloop::net {

// Trusted authorities and lists of revocations: what a client verifies its peers by. Any thread may
// use it. It does not change, except that OpenSSL reads the certificates of a directory when it
// needs them.
class tls_trust {
public:
    // Reads the files. Returns the trust of another client if it was made of the same bytes: the
    // system's authorities take some 800 KB. Any thread. Throws intheloop::exception
    // (configuration) with the name of an invalid file or option.
    INTHELOOP_DECL static std::shared_ptr<tls_trust const> load(tls_options const& options);

    // Reads the files, for nobody else.
    INTHELOOP_DECL explicit tls_trust(tls_options const& options);

    // Makes a context verify its peers by this trust, of which it keeps what it needs.
    INTHELOOP_DECL void use_in(SSL_CTX* context) const;

private:
    struct deleter {
        void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
    };

    std::unique_ptr<X509_STORE, deleter> store_;
    bool may_end_below_root_ = false; // with lists of revocations
};

} // namespace intheloop::net

#endif
