// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_IPP

#include <intheloop/policy/redact.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

namespace intheloop::policy {

namespace detail {

constexpr std::string_view redaction_mark = "[redacted]";

INTHELOOP_DECL bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whether a text begins with two hex digits that say c.
INTHELOOP_DECL bool begins_with_code(std::string_view text, char c) {
    if (text.size() < 2)
        return false;
    unsigned code = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + 2, code, 16);
    return ec == std::errc() && end == text.data() + 2 && code == static_cast<unsigned char>(c);
}

// How many characters at the beginning of a text spell c: percent-encoded, escaped as in JSON or in
// a JSON pointer, or as it is. 0: it begins otherwise.
INTHELOOP_DECL std::size_t spelled_char(std::string_view text, char c) {
    if (text.starts_with('%') && begins_with_code(text.substr(1), c))
        return 3;
    if (text.starts_with("\\u00") && begins_with_code(text.substr(4), c))
        return 6;
    if (text.size() > 1 && text[0] == '\\' && text[1] == c)
        return 2;
    if ((c == '/' && text.starts_with("~1")) || (c == '~' && text.starts_with("~0")))
        return 2;
    return text.starts_with(c) ? 1 : 0;
}

// The same for every way to read it: "%25" spells '%', but begins with one as well.
INTHELOOP_DECL std::vector<std::size_t> all_spelled_chars(std::string_view text, char c) {
    std::vector<std::size_t> all;
    if (std::size_t const first = spelled_char(text, c); first != 0)
        all.push_back(first);
    if (!all.empty() && all.front() != 1 && text.starts_with(c))
        all.push_back(1);
    return all;
}

constexpr std::size_t telling_part = 4; // less of a secret tells nothing

// spelled_secret() for a secret with characters that also begin a code or an escape.
INTHELOOP_DECL std::size_t spelled_ambiguously(std::string_view text, std::string_view secret) {
    std::vector<std::size_t> lengths{0}; // of the ways so far
    for (std::size_t i = 0; i != secret.size(); ++i) {
        std::vector<std::size_t> longer;
        for (std::size_t const length : lengths)
            for (std::size_t const spelled : all_spelled_chars(text.substr(length), secret[i]))
                if (std::find(longer.begin(), longer.end(), length + spelled) == longer.end())
                    longer.push_back(length + spelled);
        if (longer.empty()) {
            bool const was_cut =
                i >= telling_part && text.ends_with("...") &&
                std::find(lengths.begin(), lengths.end(), text.size() - 3) != lengths.end();
            return was_cut ? text.size() - 3 : 0;
        }
        lengths = std::move(longer);
    }
    return *std::max_element(lengths.begin(), lengths.end());
}

// How many characters at the beginning of a text spell a secret, or as much of it as is left of
// it where the text was cut ("..."). 0: it begins otherwise.
INTHELOOP_DECL std::size_t spelled_secret(std::string_view text, std::string_view secret) {
    if (spelled_char(text, secret.front()) == 0)
        return 0;
    if (secret.find_first_of("%\\~") != secret.npos)
        return spelled_ambiguously(text, secret);
    if (text.starts_with(secret))
        return secret.size();
    std::size_t length = 0;
    for (std::size_t i = 0; i != secret.size(); ++i) {
        std::string_view const rest = text.substr(length);
        std::size_t const spelled = spelled_char(rest, secret[i]);
        if (spelled == 0)
            return i >= telling_part && rest == "..." ? length : 0;
        length += spelled;
    }
    return length;
}

// Whether a text ends in a word: not where its last letters are an escape (%2F, \n, \u002F).
INTHELOOP_DECL bool ends_in_word(std::string_view text) {
    if (text.empty() || !is_word_char(text.back()))
        return false;
    auto const from_end = [&](std::size_t n) {
        return n <= text.size() ? text[text.size() - n] : ' ';
    };
    return from_end(3) != '%' && from_end(2) != '\\' &&
           !(from_end(6) == '\\' && from_end(5) == 'u');
}

INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks) {
    constexpr std::size_t shortest_part = 8;
    std::string begins = "%\\~"; // what a spelled secret may begin with
    for (std::string_view const secret : secrets)
        begins += secret.substr(0, 1);
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t at = 0; at != text.size();) {
        std::size_t const next = std::min(text.find_first_of(begins, at), text.size());
        clean += text.substr(at, next - at);
        at = next;
        if (at == text.size())
            break;
        std::size_t longest = 0;
        std::size_t found = 0;
        for (std::size_t i = 0; i != secrets.size(); ++i) {
            std::string_view const secret = secrets[i];
            std::size_t const length = secret.empty() ? 0 : spelled_secret(text.substr(at), secret);
            if (length <= longest)
                continue;
            std::size_t const end = at + length;
            bool const inside_word =
                ends_in_word(text.substr(0, at)) || (end != text.size() && is_word_char(text[end]));
            if (secret.size() >= shortest_part || !inside_word) {
                longest = length;
                found = i;
            }
        }
        if (longest != 0)
            clean += found < marks.size() ? marks[found] : redaction_mark;
        else
            clean += text[at++];
        at += longest;
    }
    return clean;
}

// https://host/path?Expires=1&Signature=... -> https://host/path?[redacted]
// In one pass: a body may be long and full of addresses.
INTHELOOP_DECL std::string drop_queries(std::string_view text) {
    auto const ends_url = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
               c == '>';
    };
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0; // up to here it stands in `clean`, or was dropped
    for (std::size_t at = text.find(':'); at != text.npos; at = text.find(':', at)) {
        std::string_view const rest = text.substr(++at);
        if (!rest.starts_with("//") && !rest.starts_with("\\/\\/")) // the latter in some JSON
            continue;
        std::size_t query = text.npos;
        for (; at != text.size() && !ends_url(text[at]); ++at)
            if (text[at] == '?' && query == text.npos)
                query = at + 1;
        if (query == text.npos)
            continue;
        clean += text.substr(kept, query - kept);
        clean += redaction_mark;
        kept = at;
    }
    clean += text.substr(kept);
    return clean;
}

// The values of what signs an address, wherever they stand: Signature=... -> Signature=[redacted]
INTHELOOP_DECL std::string drop_signatures(std::string_view text) {
    constexpr std::string_view names[] = {"Signature", "Key-Pair-Id", "Policy", "X-Amz-Credential",
                                          "X-Amz-Security-Token"};
    auto const ends_value = [](std::string_view rest) {
        char const c = rest.front();
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
               c == '>' || c == ';' || spelled_char(rest, '&') != 0;
    };
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0;
    for (std::size_t at = text.find_first_of("SKPX"); at != text.npos;
         at = text.find_first_of("SKPX", at)) {
        std::string_view const rest = text.substr(at++);
        for (std::string_view const name : names) {
            if (!rest.starts_with(name))
                continue;
            std::size_t const sign = spelled_char(rest.substr(name.size()), '=');
            if (sign == 0)
                continue;
            std::size_t const value = at - 1 + name.size() + sign;
            at = value;
            while (at != text.size() && !ends_value(text.substr(at)))
                ++at;
            clean += text.substr(kept, value - kept);
            clean += redaction_mark;
            kept = at;
            break;
        }
    }
    clean += text.substr(kept);
    return clean;
}

} // namespace detail

INTHELOOP_DECL std::string redact(std::string_view text,
                                  std::span<std::string_view const> secrets) {
    return detail::drop_signatures(
        detail::drop_queries(detail::replace_secrets(text, secrets, {})));
}

INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks) {
    return detail::replace_secrets(text, secrets, marks);
}

INTHELOOP_DECL std::string drop_signatures(std::string_view text) {
    return detail::drop_signatures(text);
}

INTHELOOP_DECL bool is_surely_clean(std::string_view text,
                                    std::span<std::string_view const> secrets) {
    constexpr char spells_or_signs[] = "%\\~:="; // a secret in other words, an address, a signature
    return text.find_first_of(spells_or_signs) == text.npos && !text.ends_with("...") &&
           std::all_of(secrets.begin(), secrets.end(), [&](std::string_view secret) {
               return secret.empty() || text.find(secret) == text.npos;
           });
}

INTHELOOP_DECL void redact(std::string& text, std::span<std::string_view const> secrets) {
    if (!is_surely_clean(text, secrets))
        text = redact(std::string_view(text), secrets);
}

INTHELOOP_DECL void redact(error& e, std::span<std::string_view const> secrets) {
    for (std::string* text :
         {&e.detail, &e.service_message, &e.service_code, &e.body, &e.request_id})
        redact(*text, secrets);
}

} // namespace intheloop::policy

#endif
