// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDED_HEADERS_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDED_HEADERS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL bool same_name(std::string_view a, std::string_view b) {
    return intheloop::detail::equal_ignoring_case(a, b);
}

INTHELOOP_DECL std::string const* find_field(header_list const& fields, std::string_view name) {
    for (auto const& [key, value] : fields)
        if (same_name(key, name))
            return &value;
    return nullptr;
}

INTHELOOP_DECL bool keeps_request_field(std::string_view name) {
    constexpr std::array<std::string_view, 12> dropped{"host",
                                                       "user-agent",
                                                       "accept",
                                                       "accept-encoding",
                                                       "content-length",
                                                       "connection",
                                                       "transfer-encoding",
                                                       "expect",
                                                       "authorization",
                                                       "cookie",
                                                       "te",
                                                       "upgrade"};
    std::string const lower = intheloop::detail::to_lower(name);
    return !lower.starts_with("proxy-") &&
           std::find(dropped.begin(), dropped.end(), lower) == dropped.end();
}

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

INTHELOOP_DECL bool frames_body(std::string_view name) {
    return same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding");
}

INTHELOOP_DECL bool keeps_response_field(std::string_view name,
                                         std::vector<std::string> const& further) {
    constexpr std::array<std::string_view, 9> kept{
        "Accept-Ranges", "Allow",    "Content-Encoding", "Content-Range",   "Content-Type",
        "ETag",          "Location", "Retry-After",      "WWW-Authenticate"};
    auto const is_name = [&](std::string_view each) { return same_name(each, name); };
    return std::any_of(kept.begin(), kept.end(), is_name) ||
           std::any_of(further.begin(), further.end(), is_name);
}

INTHELOOP_DECL void add_sorted(header_list& fields, std::string_view name, std::string value) {
    auto const at =
        std::lower_bound(fields.begin(), fields.end(), intheloop::detail::to_lower(name),
                         [](auto const& field, std::string const& wanted) {
                             return intheloop::detail::to_lower(field.first) < wanted;
                         });
    if (at != fields.end() && same_name(at->first, name))
        at->second += ", " + value;
    else
        fields.emplace(at, std::string(name), std::move(value));
}

} // namespace intheloop::testing::detail

#endif
