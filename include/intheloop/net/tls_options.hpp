// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TLS_OPTIONS_HPP
#define INTHELOOP_NET_TLS_OPTIONS_HPP

#include <intheloop/secret.hpp>

#include <string>

namespace intheloop {

// Whom to trust, and who we are. The server's certificate and host name are always verified, and
// TLS is 1.2 or later: there is no option against it.
class tls_options {
public:
    tls_options() {}

    // Certificate authorities to trust, instead of the system's. Each may be given; all count.
    std::string ca_file;      // PEM file
    std::string ca_directory; // of PEM files under their hashes, see openssl-rehash(1)
    std::string ca_pem;       // PEM text

    // A certificate of our own, for a server or gateway that asks for one: the chain, leaf first,
    // and its private key, both as files or both as texts.
    std::string certificate_file;
    std::string private_key_file;
    std::string certificate_pem;
    secret private_key_pem;
};

} // namespace intheloop

#endif
