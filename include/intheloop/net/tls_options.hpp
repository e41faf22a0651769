// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TLS_OPTIONS_HPP
#define INTHELOOP_NET_TLS_OPTIONS_HPP

#include <intheloop/base/secret.hpp>

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

    // Certificate revocation lists in PEM, as a file, a text or both. Where one is given,
    // revocation is checked for the whole chain: each authority in it, the root included, needs a
    // list that is valid now. A missing or expired list refuses the server just as a revoked
    // certificate does. Without lists nothing is checked, and nothing is ever fetched.
    std::string crl_file;
    std::string crl_pem;

    // A certificate of our own, for a server or gateway that asks for one: the chain, leaf first,
    // and its private key (not encrypted), both as files or both as texts. Shown to the origin of
    // the base URL only, not to that of a download.
    std::string certificate_file;
    std::string private_key_file;
    std::string certificate_pem;
    secret private_key_pem;

    // Whether any part of a certificate of our own is given.
    bool has_certificate() const {
        return !certificate_file.empty() || !certificate_pem.empty() || !private_key_file.empty() ||
               !private_key_pem.empty();
    }
    // The same trust, without a certificate of our own.
    tls_options without_certificate() const {
        tls_options anonymous;
        anonymous.ca_file = ca_file;
        anonymous.ca_directory = ca_directory;
        anonymous.ca_pem = ca_pem;
        anonymous.crl_file = crl_file;
        anonymous.crl_pem = crl_pem;
        return anonymous;
    }
};

} // namespace intheloop

#endif
