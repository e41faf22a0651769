// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_CREDENTIAL_NAMES_IPP
#define INTHELOOP_POLICY_IMPL_CREDENTIAL_NAMES_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/credential_names.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace intheloop::policy {

// Calls each(word) for the words of a name, in lower case: of "X-Api-Key", "api_key" and "apiKey".
template <class Each>
void for_each_word(std::string_view name, Each each) {
    using intheloop::detail::to_lower;
    auto const is_upper = [&](std::size_t i) {
        return i < name.size() && to_lower(name[i]) != name[i];
    };
    auto const is_word = [&](std::size_t i) {
        return intheloop::detail::is_letter(name[i]) || intheloop::detail::is_digit(name[i]);
    };
    std::string word;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        bool const is_end = i == name.size() || !is_word(i);
        bool const is_hump =
            !is_end && i != 0 && is_upper(i) &&
            (!is_upper(i - 1) || (i + 1 < name.size() && is_word(i + 1) && !is_upper(i + 1)));
        if ((is_end || is_hump) && !word.empty()) {
            each(std::string_view(word));
            word.clear();
        }
        if (!is_end)
            word += to_lower(name[i]);
    }
}

// Words that make a value a secret.
constexpr std::array<std::string_view, 22> telling_words{
    "auth",        "authentication", "authorization", "token",  "key",    "apikey",
    "secret",      "password",       "credential",    "passwd", "pwd",    "credentials",
    "passphrase",  "session",        "sessionid",     "jwt",    "cookie", "bearer",
    "accesstoken", "refreshtoken",   "authtoken",     "otp"};
// A telling word after one of these is harmless: a position in a list, or the key of a retry.
constexpr std::array<std::string_view, 8> harmless_words{
    "page", "next", "sync", "continuation", "cursor", "idempotency", "partition", "cache"};

template <class Words>
bool is_any_of(Words const& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

INTHELOOP_DECL bool holds_credentials(std::string_view name) {
    std::string before;
    bool tells = false;
    for_each_word(name, [&](std::string_view word) {
        tells = tells || (is_any_of(telling_words, word) && !is_any_of(harmless_words, before));
        before = word;
    });
    return tells;
}

INTHELOOP_DECL bool names_credentials(std::string_view name) {
    // Many things have a key; of these it is a secret.
    constexpr std::array<std::string_view, 16> locked{
        "api",          "access",  "secret",   "private", "auth",       "client",
        "shared",       "account", "signing",  "admin",   "encryption", "master",
        "subscription", "service", "function", "x"};
    constexpr std::array<std::string_view, 8> following{"id",  "value",  "hash", "code",
                                                        "new", "string", "text", "confirmation"};
    std::string before;
    bool tells = false;
    for_each_word(name, [&](std::string_view word) {
        if (is_any_of(telling_words, word) && !is_any_of(harmless_words, before))
            tells = word != "key" || is_any_of(locked, before);
        else
            tells = tells && is_any_of(following, word);
        before = word;
    });
    return tells;
}

INTHELOOP_DECL bool may_be_credentials(std::string_view value) {
    constexpr std::array<std::string_view, 8> usual{"true",  "false",  "null",   "none",
                                                    "basic", "bearer", "digest", "[redacted]"};
    return !value.empty() && !is_any_of(usual, intheloop::detail::to_lower(value));
}

INTHELOOP_DECL void add_credentials(std::vector<std::string>& found, std::string_view lines) {
    while (!lines.empty()) {
        std::string_view const line = lines.substr(0, lines.find("\r\n"));
        std::size_t const colon = line.find(": ");
        std::string_view const value = line.substr(colon + 2);
        if (holds_credentials(line.substr(0, colon)) && may_be_credentials(value) &&
            std::find(found.begin(), found.end(), value) == found.end())
            found.emplace_back(value);
        lines.remove_prefix(line.size() + 2);
    }
}

} // namespace intheloop::policy

#endif
