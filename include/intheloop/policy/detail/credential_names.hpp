// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_CREDENTIAL_NAMES_HPP
#define INTHELOOP_POLICY_DETAIL_CREDENTIAL_NAMES_HPP

// Tells by its name whether a value is a secret.

#include <intheloop/base/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// Returns whether a word in the name of a request field makes its value a secret: X-Api-Key, but
// neither X-Keyword nor X-Page-Token.
[[nodiscard]] INTHELOOP_DECL bool holds_credentials(std::string_view name);
// Returns the same for the name of a query parameter or of a member in JSON, where more names have
// such words: access_token, clientSecret and api_key, but neither token_type nor key.
[[nodiscard]] INTHELOOP_DECL bool names_credentials(std::string_view name);
// Returns whether a value with such a name may be a secret: not "true" or "Bearer".
[[nodiscard]] INTHELOOP_DECL bool may_be_credentials(std::string_view value);
// Returns whether a value is a word for credentials, such as "password" or "token=". It may be a
// secret, but elsewhere it is a name.
[[nodiscard]] INTHELOOP_DECL bool is_credential_word(std::string_view value);
// Returns whether a field of an answer holds a secret, by its name and its value: Set-Cookie, but
// not Access-Control-Allow-Credentials.
[[nodiscard]] INTHELOOP_DECL bool is_credential_field(std::string_view name,
                                                      std::string_view value);
// Returns the secrets in a field with such a name: its value, the part behind a scheme ("Bearer
// ..."), the password behind "Basic", and the value of each cookie, also without its
// percent-encoding; parts of 4 characters or more. Of a cookie with a harmless name it returns no
// number, and nothing below 8 characters; of Set-Cookie the value of the cookie alone.
[[nodiscard]] INTHELOOP_DECL std::vector<std::string> secrets_in_field(std::string_view name,
                                                                       std::string_view value);
// Adds the secrets in header lines ("Name: value\r\n"), each once.
INTHELOOP_DECL void add_credentials(std::vector<std::string>& found, std::string_view lines);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/credential_names.ipp>
#endif

#endif
