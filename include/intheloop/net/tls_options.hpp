// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TLS_OPTIONS_HPP
#define INTHELOOP_NET_TLS_OPTIONS_HPP

#include <intheloop/base/secret.hpp>

#include <string>

namespace intheloop {

// The trusted authorities, and the client's certificate. The server's certificate and host name are
// always verified, and TLS is 1.2 or later: no option changes that. OpenSSL's configuration
// (openssl.cnf) is followed where it is stricter: its minimum version, ciphers, groups and security
// level.
class tls_options {
public:
    tls_options() {}

    // Trusted certificates, replacing the system's. They may be combined. A root, an authority
    // below one, or the server's own certificate: a chain is accepted as soon as it reaches one of
    // them, while the system's trust must be reached at a root. Each is verified in all other
    // respects: period of validity, host name, use.
    std::string ca_file; // PEM file
    // PEM files named by hash, see openssl-rehash(1): a directory, or several with ':' between
    // them, at least one of which has to be there.
    std::string ca_directory;
    std::string ca_pem; // PEM text

    // Certificate revocation lists in PEM, as a file, a text or both. If one is given, revocation
    // is checked for the whole chain: each authority in it, the root included, needs a list that is
    // valid now. A missing or expired list refuses the server like a revoked certificate. Without
    // lists nothing is checked; lists are never downloaded.
    //
    // With lists, a chain has to reach a root if the trust may hold one: if it has a root, or a
    // ca_directory. If it has none, a trusted certificate needs no list of its issuer, which could
    // not be verified, but is refused if a list revokes it.
    std::string crl_file;
    std::string crl_pem;

    // The client's certificate, for a server or gateway that requests one: the chain, leaf first,
    // and its private key (not encrypted), both as files or both as texts. Presented to the origin
    // of the base URL only, neither to a download's origin nor to one that an endpoint names.
    std::string certificate_file;
    std::string private_key_file;
    std::string certificate_pem;
    secret private_key_pem;

    // Returns whether trusted certificates are given, in place of the system's.
    bool has_own_trust() const {
        return !ca_file.empty() || !ca_directory.empty() || !ca_pem.empty();
    }
    // Returns whether any part of a client certificate is given.
    bool has_certificate() const {
        return !certificate_file.empty() || !certificate_pem.empty() || !private_key_file.empty() ||
               !private_key_pem.empty();
    }
    // Returns the same trust without the client's certificate.
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
