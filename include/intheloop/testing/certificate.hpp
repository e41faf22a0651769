// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_CERTIFICATE_HPP
#define INTHELOOP_TESTING_CERTIFICATE_HPP

#include <intheloop/base/config.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace intheloop::testing {

// A certificate and its key, both as PEM text that is never written to a file.
//
// `certificate_pem` starts with the leaf. An intermediate follows it, if there is one. The root is
// not part of it.
class certificate {
public:
    // Keeps both texts unchanged.
    certificate(std::string certificate_chain_pem, std::string key_pem);

    std::string certificate_pem;
    std::string private_key_pem;
};

// The content of a certificate to make. Correct clients accept the defaults; the names have none.
class certificate_request {
public:
    // `subject_names` are the subject alternative names: the text of an IPv4 or IPv6 address
    // becomes an IP address, any other text a DNS name (`*.example.test` is a wildcard). The list
    // may be empty, as is usual for a client.
    //
    // Valid from one hour ago until a week from now, so that a slightly wrong clock does no harm.
    explicit certificate_request(std::vector<std::string> subject_names);

    std::vector<std::string> names;

    // The subject's common name. Empty means the first of `names`. At most 64 bytes.
    std::string common_name;

    // The period of validity. Both may lie in the past (expired) or in the future (not yet valid).
    std::chrono::sys_seconds not_before;
    std::chrono::sys_seconds not_after;

    // The extended key usage. With neither, the certificate has no such extension, and is valid for
    // every use.
    bool server_auth = true;
    bool client_auth = false;

    // Signs the leaf with a fresh intermediate, which the authority signs and which is appended to
    // the chain. An authority that is an intermediate itself ignores this.
    bool through_intermediate = false;
};

// The content of a certificate revocation list to make.
class revocation_request {
public:
    // `revoked_pem` are the certificates to revoke, as PEM; the leaf of each chain. May be empty.
    //
    // In force from one hour ago until a week from now.
    explicit revocation_request(std::vector<std::string> revoked_pem = {});

    std::vector<std::string> revoked;

    // When the list was made, and when the next one is due: the list expires then.
    std::chrono::sys_seconds this_update;
    std::chrono::sys_seconds next_update;
};

// A certificate authority made in memory: an EC P-256 key and a self-signed root with a random
// name.
//
// Copies are cheap, and are the same authority. Distinct objects may be used from several threads
// at once.
class certificate_authority {
public:
    // Makes the key and the root. The root is valid from ten years ago to ten years from now, so
    // that only the leaf decides whether a chain is expired.
    //
    // Throws std::runtime_error, with the step and the reason, if OpenSSL fails.
    certificate_authority();

    // Makes a fresh P-256 key and a certificate for it, with a random serial number.
    //
    // Throws std::runtime_error, with the reason, if a name is empty, longer than 253 characters or
    // not printable ASCII, if `common_name` is too long, if `not_after` is before `not_before`, or
    // if OpenSSL fails.
    [[nodiscard]] certificate issue(certificate_request const& request) const;

    // Makes an authority below this one, valid from five years ago to five years from now. The
    // certificates that it issues have its certificate in their chain. It can have no authority
    // below it.
    //
    // Throws std::runtime_error if this authority is an intermediate itself, or if OpenSSL fails.
    [[nodiscard]] certificate_authority intermediate() const;

    // Makes a certificate revocation list, as PEM. It covers the certificates that this authority
    // itself issued.
    //
    // Throws std::runtime_error if a certificate can't be read, if `next_update` is before
    // `this_update`, or if OpenSSL fails.
    [[nodiscard]] std::string issue_crl(revocation_request const& request) const;

    // The authority's own certificate, as PEM. Clients have to trust the certificate of a root.
    [[nodiscard]] std::string const& certificate_pem() const noexcept;

private:
    struct state;
    explicit certificate_authority(std::shared_ptr<state const> made);

    std::shared_ptr<state const> state_;
};

// Makes a certificate that is signed with its own key, so that no trust store contains it.
// `through_intermediate` is ignored.
//
// Throws std::runtime_error like certificate_authority::issue.
[[nodiscard]] certificate self_signed(certificate_request const& request);

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/certificate.ipp>
#endif

#endif
