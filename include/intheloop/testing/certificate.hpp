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
// `certificate_pem` starts with the leaf. An intermediate follows it if there is one; the root does
// not.
class certificate {
public:
    // Keeps both as they are.
    certificate(std::string certificate_chain_pem, std::string key_pem);

    std::string certificate_pem;
    std::string private_key_pem;
};

// What a certificate shall say. Everything but the names has a default that a correct client
// accepts.
class certificate_request {
public:
    // `subject_names` are the subject alternative names: a text that is an IPv4 or IPv6 address
    // becomes an IP address, any other a DNS name (`*.example.test` is a wildcard). The list may be
    // empty, as is usual for a client.
    //
    // Valid from one hour ago until a week from now, so that a clock that is somewhat off does no
    // harm.
    explicit certificate_request(std::vector<std::string> subject_names);

    std::vector<std::string> names;

    // The subject's common name. Empty means the first of `names`. At most 64 bytes.
    std::string common_name;

    // The period of validity. Both may lie in the past (expired) or in the future (not yet valid).
    std::chrono::sys_seconds not_before;
    std::chrono::sys_seconds not_after;

    // The extended key usage. With neither, the certificate carries no such extension, and fits
    // every use.
    bool server_auth = true;
    bool client_auth = false;

    // Signs the leaf with a fresh intermediate that the authority signs, and appends it to the
    // chain. An authority that is an intermediate itself ignores this.
    bool through_intermediate = false;
};

// What a certificate revocation list shall say.
class revocation_request {
public:
    // `revoked_pem` are the certificates to revoke, as PEM; of a chain the leaf. May be empty.
    //
    // In force from one hour ago until a week from now.
    explicit revocation_request(std::vector<std::string> revoked_pem = {});

    std::vector<std::string> revoked;

    // When the list was made, and when the next one is due: after that it is expired.
    std::chrono::sys_seconds this_update;
    std::chrono::sys_seconds next_update;
};

// A certificate authority made in memory: an EC P-256 key and a self-signed root with a random
// name.
//
// Copies are cheap and stand for the same authority. Distinct objects may be used from several
// threads at once.
class certificate_authority {
public:
    // Makes the key and the root. The root is valid from ten years ago to ten years from now, so
    // that the leaf alone decides whether a chain is expired.
    //
    // Throws std::runtime_error if OpenSSL refuses; the text says at what and why.
    certificate_authority();

    // Makes a fresh P-256 key and a certificate for it with a random serial number.
    //
    // Throws std::runtime_error if a name is empty, longer than 253 characters or not printable
    // ASCII, if `common_name` is too long, if `not_after` is before `not_before`, or if OpenSSL
    // refuses; the text says which.
    [[nodiscard]] certificate issue(certificate_request const& request) const;

    // Makes an authority below this one, valid from five years ago to five years from now. What it
    // issues carries its certificate in the chain. There can be none below it.
    //
    // Throws std::runtime_error if this is such an authority itself, or if OpenSSL refuses.
    [[nodiscard]] certificate_authority intermediate() const;

    // Makes a certificate revocation list, as PEM. It covers what this authority itself issued.
    //
    // Throws std::runtime_error if a certificate can't be read, if `next_update` is before
    // `this_update`, or if OpenSSL refuses.
    [[nodiscard]] std::string issue_crl(revocation_request const& request) const;

    // Its own certificate, as PEM. That of a root is what a client has to trust.
    [[nodiscard]] std::string const& certificate_pem() const noexcept;

private:
    struct state;
    explicit certificate_authority(std::shared_ptr<state const> made);

    std::shared_ptr<state const> state_;
};

// Makes a certificate that is signed with its own key, so that no trust store knows it.
// `through_intermediate` is ignored.
//
// Throws std::runtime_error as certificate_authority::issue does.
[[nodiscard]] certificate self_signed(certificate_request const& request);

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/certificate.ipp>
#endif

#endif
