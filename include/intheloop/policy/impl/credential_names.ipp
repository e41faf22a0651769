// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_CREDENTIAL_NAMES_IPP
#define INTHELOOP_POLICY_IMPL_CREDENTIAL_NAMES_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/encoded_text.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace intheloop::policy {

// Calls each(word) for the words of a name, in lower case and without digits: of "X-Api-Key",
// "api_key2" and "apiKey".
template <class Each>
void for_each_word(std::string_view name, Each each) {
    using intheloop::detail::to_lower;
    auto const is_upper = [&](std::size_t i) {
        return i < name.size() && to_lower(name[i]) != name[i];
    };
    auto const is_word = [&](std::size_t i) { return intheloop::detail::is_letter(name[i]); };
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
inline constexpr std::array<std::string_view, 10> telling_words{
    "auth", "authentication", "authorization", "session",  "jwt", "bearer",
    "otp",  "csrf",           "xsrf",          "assertion"};
// Words that do so in the plural too, and at the end of a word: "tokens", "csrftoken".
inline constexpr std::array<std::string_view, 12> telling_ends{
    "token",      "key",      "secret",     "password", "passwd",    "pwd",
    "passphrase", "passcode", "credential", "cookie",   "sessionid", "sessid"};
// Many things have a key; of these it is a secret.
inline constexpr std::array<std::string_view, 21> locked{
    "api",     "access", "secret",     "private", "auth",         "client",  "shared",
    "account", "admin",  "encryption", "master",  "subscription", "service", "function",
    "x",       "hmac",   "signing",    "session", "security",     "cookie",  "jwt"};
// A telling word after one of these is harmless: a position in a list, or the key of a retry.
inline constexpr std::array<std::string_view, 13> harmless_words{
    "page", "paging",       "pagination", "next",        "skip",      "scroll", "delta",
    "sync", "continuation", "cursor",     "idempotency", "partition", "cache"};
// In the plural, after one of these, it is a number of things.
inline constexpr std::array<std::string_view, 15> counting_words{
    "max",    "min",        "total", "remaining", "limit",  "reset",  "used",  "count",
    "prompt", "completion", "input", "output",    "cached", "active", "number"};

template <class Words>
bool is_any_of(Words const& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// A telling word in the singular, and the word before it.
struct telling_word {
    std::string_view text; // empty if there is none
    std::string_view before;
};

// Returns the telling word that a word of a name is, or ends with: of "api_keys" and "apikey"
// alike.
INTHELOOP_DECL telling_word telling_word_of(std::string_view word, std::string_view before) {
    telling_word found;
    if (is_any_of(telling_words, word))
        found = {word, before};
    bool const is_plural = word.ends_with('s');
    std::string_view const one = word.substr(0, word.size() - (is_plural ? 1 : 0));
    for (std::string_view const end : telling_ends) {
        if (!one.ends_with(end))
            continue;
        std::string_view const joined = one.substr(0, one.size() - end.size());
        if (joined.empty())
            found = {end, before};
        else if (end != "key" || is_any_of(locked, joined)) // "monkey"
            found = {end, joined};
    }
    bool const is_harmless =
        (is_plural && is_any_of(counting_words, found.before)) ||
        std::any_of(harmless_words.begin(), harmless_words.end(),
                    [&](std::string_view each) { return found.before.ends_with(each); });
    return is_harmless ? telling_word() : found;
}

INTHELOOP_DECL bool holds_credentials(std::string_view name) {
    std::string before;
    bool tells = false;
    for_each_word(name, [&](std::string_view word) {
        tells = tells || !telling_word_of(word, before).text.empty();
        before = word;
    });
    return tells;
}

INTHELOOP_DECL bool names_credentials(std::string_view name) {
    constexpr std::array<std::string_view, 18> following{
        "id",     "value",   "hash",         "code",   "new",   "string", "text", "raw",  "plain",
        "repeat", "confirm", "confirmation", "verify", "again", "header", "hint", "base", "pem"};
    std::string before;
    bool tells = false;
    for_each_word(name, [&](std::string_view word) {
        telling_word const found = telling_word_of(word, before);
        if (found.text.empty())
            tells = tells && is_any_of(following, word);
        else
            tells = found.text != "key" || is_any_of(locked, found.before);
        before = word;
    });
    return tells;
}

INTHELOOP_DECL bool may_be_credentials(std::string_view value) {
    constexpr std::array<std::string_view, 12> usual{
        "true",   "false",   "null",       "none",    "basic", "bearer",
        "digest", "deleted", "[redacted]", "include", "omit",  "same-origin"};
    return !value.empty() && !is_any_of(usual, intheloop::detail::to_lower(value));
}

INTHELOOP_DECL bool is_credential_word(std::string_view value) {
    std::string const word =
        intheloop::detail::to_lower(intheloop::detail::trimmed(value, "=")); // without a sign
    return is_any_of(telling_words, word) || is_any_of(telling_ends, word);
}

INTHELOOP_DECL bool is_credential_field(std::string_view name, std::string_view value) {
    return names_credentials(name) && may_be_credentials(value) &&
           !intheloop::detail::to_lower(name).starts_with("access-control-");
}

// Returns whether credentials follow, behind a blank.
INTHELOOP_DECL bool is_scheme(std::string_view word) {
    constexpr std::array<std::string_view, 7> schemes{"bearer", "basic",   "digest", "token",
                                                      "apikey", "api-key", "dpop"};
    return is_any_of(schemes, intheloop::detail::to_lower(word));
}

// Returns the password that digits behind "Basic" stand for. Where it is empty, the user is one: a
// key. Returns no short number, which can't be distinguished from other numbers.
INTHELOOP_DECL std::string basic_password(std::string_view text) {
    std::string_view const digits =
        text.substr(0, detail::end_of_digits(text, 0, detail::bits_of_base64));
    std::size_t const octets = digits.size() * detail::bits_of_base64 / 8;
    std::string const both =
        detail::octet_digits{digits, detail::bits_of_base64}.octets({0, 8 * octets});
    std::size_t const colon = both.find(':');
    if (colon == both.npos)
        return {};
    std::string const found =
        colon + 1 == both.size() ? both.substr(0, colon) : both.substr(colon + 1);
    bool const is_number = found.find_first_not_of("0123456789") == found.npos;
    return is_number && found.size() < shortest_part ? std::string() : found;
}

INTHELOOP_DECL std::vector<std::string> secrets_in_field(std::string_view name,
                                                         std::string_view value) {
    using intheloop::detail::trimmed;
    std::vector<std::string> found;
    auto const add_part = [&](std::string_view part) {
        if (part.size() >= telling_part && may_be_credentials(part))
            found.emplace_back(part);
    };
    auto const add_cookie = [&](std::string_view pair) {
        std::size_t const sign = pair.find('=');
        std::string_view const text = trimmed(pair.substr(sign + 1), " \t\"");
        bool const is_number = text.find_first_not_of("0123456789") == text.npos;
        bool const may_be_word = text.size() < 2 * telling_part;
        if ((is_number || may_be_word) && !names_credentials(pair.substr(0, sign)))
            return; // "user_id=4711", "theme=dark"
        add_part(text);
        if (std::string const decoded = codec::percent_decoded(text); decoded != text)
            add_part(decoded);
    };
    if (intheloop::detail::equal_ignoring_case(name, "Set-Cookie")) { // with public attributes
        add_cookie(value.substr(0, value.find(';')));
        return found;
    }
    if (may_be_credentials(value))
        found.emplace_back(value);
    std::string const lower = intheloop::detail::to_lower(name);
    if (!lower.ends_with("cookie")) {
        std::string_view const first = value.substr(0, value.find(' '));
        std::string_view const rest = trimmed(value.substr(first.size()));
        if (lower.ends_with("authorization") || is_scheme(first))
            add_part(rest);
        if (intheloop::detail::equal_ignoring_case(first, "basic"))
            add_part(basic_password(rest));
        return found;
    }
    for (std::size_t end = 0; end != value.npos;) {
        end = value.find(';');
        add_cookie(value.substr(0, end));
        value.remove_prefix(end == value.npos ? 0 : end + 1);
    }
    return found;
}

INTHELOOP_DECL void add_credentials(std::vector<std::string>& found, std::string_view lines) {
    auto const add_field = [&](std::string_view name, std::string_view value) {
        if (holds_credentials(name))
            for (std::string& secret : secrets_in_field(name, value))
                if (std::find(found.begin(), found.end(), secret) == found.end())
                    found.push_back(std::move(secret));
    };
    intheloop::detail::for_each_header_line(lines, add_field);
}

} // namespace intheloop::policy

#endif
