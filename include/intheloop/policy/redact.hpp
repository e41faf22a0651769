// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_REDACT_HPP
#define INTHELOOP_POLICY_REDACT_HPP

#include <intheloop/config.hpp>
#include <intheloop/error.hpp>

#include <span>
#include <string>
#include <string_view>

namespace intheloop::policy {

// A text without secrets: each of `secrets` becomes "[redacted]", also where it stands
// percent-encoded or escaped as in JSON, whole or in part, and of each URL in it the query goes (a
// signed address is one by its query); the values of Signature, Key-Pair-Id and the like go
// wherever they stand. A secret of less than 8 characters is only replaced as a
// whole word. Where the text ends in "..." it may have been cut inside of a secret: what is left
// of that goes too.
INTHELOOP_DECL std::string redact(std::string_view text, std::span<std::string_view const> secrets);

// The same for the secrets alone: the i-th becomes the i-th of `marks`, or "[redacted]" if there is
// none. URLs and signatures stay.
INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks = {});

// And for the values of Signature, Key-Pair-Id and the like alone.
INTHELOOP_DECL std::string drop_signatures(std::string_view text);

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
#endif

#endif
