// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_IPP

#include <intheloop/codec/percent.hpp>
#include <intheloop/policy/redact.hpp>

#include <cctype>

namespace intheloop::policy {

namespace detail {

INTHELOOP_DECL bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

INTHELOOP_DECL void replace_all(std::string& text, std::string_view found, bool whole_words) {
    constexpr std::string_view mark = "[redacted]";
    if (found.empty())
        return;
    for (std::size_t at = text.find(found); at != text.npos; at = text.find(found, at)) {
        std::size_t const end = at + found.size();
        bool const inside_word = (at != 0 && is_word_char(text[at - 1])) ||
                                 (end != text.size() && is_word_char(text[end]));
        if (whole_words && inside_word) {
            ++at;
            continue;
        }
        text.replace(at, found.size(), mark);
        at += mark.size();
    }
}

// As a JSON text may write it: '/' and '"' and '\\' with a backslash before.
INTHELOOP_DECL std::string json_escaped(std::string_view text, bool slashes) {
    std::string escaped;
    for (char c : text) {
        if (c == '"' || c == '\\' || (slashes && c == '/'))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// https://host/path?Expires=1&Signature=... -> https://host/path?[redacted]
INTHELOOP_DECL void drop_queries(std::string& text) {
    auto const ends_url = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>';
    };
    std::size_t at = 0;
    while ((at = text.find("://", at)) != text.npos) {
        std::size_t end = at;
        while (end != text.size() && !ends_url(text[end]))
            ++end;
        std::size_t const query = text.find('?', at);
        if (query < end) {
            text.replace(query + 1, end - query - 1, "[redacted]");
            end = query + 11;
        }
        at = end;
    }
}

} // namespace detail

INTHELOOP_DECL std::string redact(std::string_view text,
                                  std::span<std::string_view const> secrets) {
    std::string clean(text);
    for (std::string_view secret : secrets) {
        bool const whole_words = secret.size() < 8;
        std::string encoded;
        codec::append_percent_encoded(encoded, secret);
        detail::replace_all(clean, secret, whole_words);
        detail::replace_all(clean, encoded, whole_words);
        detail::replace_all(clean, detail::json_escaped(secret, false), whole_words);
        detail::replace_all(clean, detail::json_escaped(secret, true), whole_words);
    }
    detail::drop_queries(clean);
    return clean;
}

INTHELOOP_DECL void redact(error& e, std::span<std::string_view const> secrets) {
    for (std::string* text :
         {&e.detail, &e.service_message, &e.service_code, &e.body, &e.request_id})
        if (!text->empty())
            *text = redact(*text, secrets);
}

} // namespace intheloop::policy

#endif
