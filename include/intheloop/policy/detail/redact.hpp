// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_REDACT_HPP
#define INTHELOOP_POLICY_DETAIL_REDACT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

namespace detail {

inline constexpr std::string_view redaction_mark = "[redacted]";

} // namespace detail

// Returns how to find an impersonated user. It may be a mail address, which services repeat with
// its letters in lower case.
inline sought_secret sought_user(secret const& user) noexcept {
    return {user.reveal(), true};
}

// Removes secrets from texts: replaces each by "[redacted]", however it is spelled; see
// secret_finder. Drops the query of each URL (a signed address carries its signature there) and the
// user before its host, and the values of Signature, Key-Pair-Id and similar names anywhere. Takes
// time in proportion to a text, whatever it holds.
class redactor {
public:
    // The secrets must outlive the redactor.
    explicit redactor(std::span<sought_secret const> secrets) : secrets_(secrets) {}

    [[nodiscard]] INTHELOOP_DECL std::string redacted(std::string_view text);
    // Redacts a text in place, which costs nothing if it is surely clean.
    INTHELOOP_DECL void redact(std::string& text);
    // Cuts a text to so many bytes, for which "..." stands, and redacts the rest in place.
    INTHELOOP_DECL void redact_beginning(std::string& text, std::size_t longest);
    // Redacts the value of a header field in place. Location and Content-Location lose their query
    // also where the address is a relative one.
    INTHELOOP_DECL void redact_field(std::string_view name, std::string& value);

private:
    std::span<sought_secret const> secrets_;
    std::optional<secret_finder> finder_; // made for the first text that may hold a secret
};

INTHELOOP_DECL std::string redact(std::string_view text, std::span<sought_secret const> secrets);

// Replaces secrets only: the i-th becomes the i-th of `marks`, or "[redacted]" if there is none.
// Keeps URLs and signatures.
INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<sought_secret const> secrets,
                                           std::span<std::string_view const> marks = {});

// Drops the queries of URLs, and the users before their hosts, only.
INTHELOOP_DECL std::string redact_addresses(std::string_view text);

// Replaces each hit by the mark of its secret, or by "[redacted]" if there is none.
INTHELOOP_DECL std::string replace_hits(std::string_view text, std::span<text_hit const> hits,
                                        std::span<std::string_view const> marks = {});

// Finds the values of Signature, Key-Pair-Id and similar names.
INTHELOOP_DECL std::vector<text_hit> find_signatures(std::string_view text);

// Returns whether a query parameter signs an address, or belongs to its signature: on CloudFront,
// S3, Google Cloud Storage and Azure.
INTHELOOP_DECL bool signs_address(std::string_view parameter);

// Returns whether a text surely contains no secret and no signed address, so that redact() would
// not change it. Allocates no memory; may return false for a clean text.
INTHELOOP_DECL bool is_surely_clean(std::string_view text, std::span<sought_secret const> secrets);

// Redacts a text in place, which costs nothing if it is surely clean.
INTHELOOP_DECL void redact(std::string& text, std::span<sought_secret const> secrets);

// The bytes of a text that an error keeps.
inline constexpr std::size_t longest_error_text = 64 * 1024;
// Cuts all texts of an error that may come from outside to longest_error_text, and redacts them. Of
// header fields with credentials and cookies it keeps the name alone.
INTHELOOP_DECL void redact(error& e, std::span<sought_secret const> secrets);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/redact.ipp>
#include <intheloop/policy/impl/redact_signatures.ipp>
#endif

#endif
