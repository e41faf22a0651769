// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_REDACT_HPP
#define INTHELOOP_POLICY_DETAIL_REDACT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// Removes secrets from a text. Replaces each of `secrets` by "[redacted]", also where it is
// percent-encoded (once or twice), form-encoded or escaped as in JSON, whole or in part. Drops the
// query of each URL (a signed address carries its signature there), and the values of Signature,
// Key-Pair-Id and similar names anywhere. Replaces a secret of less than 8 characters only as a
// whole word. A text that ends in "..." may have been cut inside a secret: the rest of it is
// dropped too.
INTHELOOP_DECL std::string redact(std::string_view text, std::span<std::string_view const> secrets);

// Replaces secrets only: the i-th becomes the i-th of `marks`, or "[redacted]" if there is none.
// Keeps URLs and signatures.
INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks = {});

// Drops the values of Signature, Key-Pair-Id and similar names only.
INTHELOOP_DECL std::string drop_signatures(std::string_view text);

// A secret to find; optionally with its ASCII letters in either case.
struct sought_secret {
    std::string_view text;
    bool any_case = false;
};

// The edges at which a text was cut out of a longer one: 4 characters or more of a secret match
// there too.
struct text_edges {
    bool begins_within = false;
    bool ends_within = false;
};

// The place of a secret in a text, and its index.
struct text_hit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t secret = 0;
};

// Finds secrets in a text, in all of the spellings above. Overlapping hits become one, for the
// first of their secrets.
INTHELOOP_DECL std::vector<text_hit>
find_secrets(std::string_view text, std::span<sought_secret const> secrets, text_edges edges = {});
// Finds the values of Signature, Key-Pair-Id and similar names.
INTHELOOP_DECL std::vector<text_hit> find_signatures(std::string_view text);

// Returns whether a query parameter signs an address, or belongs to its signature: on CloudFront,
// S3, Google Cloud Storage and Azure.
INTHELOOP_DECL bool signs_address(std::string_view parameter);

// Counts the characters at the beginning of a text that spell c: percent-encoded, escaped as in
// JSON, or plain. Returns 0 if it begins with something else.
INTHELOOP_DECL std::size_t spelled_length(std::string_view text, char c);

// Returns whether a text surely contains no secret and no signed address, so that redact() would
// not change it. Allocates no memory; may return false for a clean text.
INTHELOOP_DECL bool is_surely_clean(std::string_view text,
                                    std::span<std::string_view const> secrets);

// Redacts a text in place, which costs nothing if it is surely clean.
INTHELOOP_DECL void redact(std::string& text, std::span<std::string_view const> secrets);
// Redacts all texts of an error that may come from outside.
INTHELOOP_DECL void redact(error& e, std::span<std::string_view const> secrets);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/redact.ipp>
#include <intheloop/policy/impl/redact_signatures.ipp>
#endif

#endif
