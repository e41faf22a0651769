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

// A text without secrets: each of `secrets` becomes "[redacted]", also where it stands
// percent-encoded (once or twice), form-encoded or escaped as in JSON, whole or in part, and of
// each URL in it the query goes (a signed address is one by its query); the values of Signature,
// Key-Pair-Id and the like go wherever they stand. A secret of less than 8 characters is only
// replaced as a whole word. Where the text ends in "..." it may have been cut inside of a secret:
// what is left of that goes too.
INTHELOOP_DECL std::string redact(std::string_view text, std::span<std::string_view const> secrets);

// The same for the secrets alone: the i-th becomes the i-th of `marks`, or "[redacted]" if there is
// none. URLs and signatures stay.
INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks = {});

// And for the values of Signature, Key-Pair-Id and the like alone.
INTHELOOP_DECL std::string drop_signatures(std::string_view text);

// A secret to look for; its ASCII letters in either case, maybe.
struct sought_secret {
    std::string_view text;
    bool any_case = false;
};

// Where a text was cut out of a longer one: 4 characters or more of a secret count there as well.
struct text_edges {
    bool begins_within = false;
    bool ends_within = false;
};

// A part of a text, and which secret it is.
struct text_hit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t secret = 0;
};

// Where secrets stand in a text, in all of the spellings above. Those that overlap are one hit, of
// the first of them.
INTHELOOP_DECL std::vector<text_hit>
find_secrets(std::string_view text, std::span<sought_secret const> secrets, text_edges edges = {});
// And where the values of Signature, Key-Pair-Id and the like do.
INTHELOOP_DECL std::vector<text_hit> find_signatures(std::string_view text);

// Whether a parameter of a query is one of those that sign an address, or belong to them: of
// CloudFront, S3, Google Cloud Storage and Azure.
INTHELOOP_DECL bool signs_address(std::string_view parameter);

// How many characters at the beginning of a text spell c: percent-encoded, escaped as in JSON, or
// as it is. 0: it begins otherwise.
INTHELOOP_DECL std::size_t spelled_length(std::string_view text, char c);

// Whether nothing in a text can be a secret or a signed address, so that redact() would give it as
// it is. It costs no memory; false may be wrong.
INTHELOOP_DECL bool is_surely_clean(std::string_view text,
                                    std::span<std::string_view const> secrets);

// The same in place, which costs nothing where the text is surely clean.
INTHELOOP_DECL void redact(std::string& text, std::span<std::string_view const> secrets);
// And for all texts of an error that may come from outside.
INTHELOOP_DECL void redact(error& e, std::span<std::string_view const> secrets);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/redact.ipp>
#include <intheloop/policy/impl/redact_signatures.ipp>
#endif

#endif
