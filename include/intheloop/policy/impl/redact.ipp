// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_IPP

#include <intheloop/policy/detail/redact.hpp>

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

// Returns whether a text begins with two hex digits that encode c.
INTHELOOP_DECL bool begins_with_code(std::string_view text, char c) {
    if (text.size() < 2)
        return false;
    unsigned code = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + 2, code, 16);
    return ec == std::errc() && end == text.data() + 2 && code == static_cast<unsigned char>(c);
}

// Counts the characters at the beginning of a text that spell c: percent-encoded, escaped as in
// JSON or in a JSON pointer, or plain. Returns 0 if it begins with something else.
INTHELOOP_DECL std::size_t spelled_char(std::string_view text, char c) {
    if (text.starts_with('%') && begins_with_code(text.substr(1), c))
        return 3;
    if (text.starts_with("%25") && begins_with_code(text.substr(3), c)) // encoded twice
        return 5;
    if (text.starts_with("\\u00") && begins_with_code(text.substr(4), c))
        return 6;
    if (text.size() > 1 && text[0] == '\\' && text[1] == c)
        return 2;
    if ((c == '/' && text.starts_with("~1")) || (c == '~' && text.starts_with("~0")))
        return 2;
    if (c == ' ' && text.starts_with('+')) // as in a form
        return 1;
    return text.starts_with(c) ? 1 : 0;
}

INTHELOOP_DECL std::size_t spelled_char(std::string_view text, char c, bool any_case) {
    std::size_t const length = spelled_char(text, c);
    if (length != 0 || !any_case || std::isalpha(static_cast<unsigned char>(c)) == 0)
        return length;
    return spelled_char(text, static_cast<char>(c ^ 0x20));
}

// Returns the lengths for all readings: "%25" spells '%', but begins with a '%' as well.
INTHELOOP_DECL std::vector<std::size_t> all_spelled_chars(std::string_view text, char c,
                                                          bool any_case) {
    std::vector<std::size_t> all;
    if (std::size_t const first = spelled_char(text, c, any_case); first != 0)
        all.push_back(first);
    if (!all.empty() && all.front() != 1 && text.starts_with(c))
        all.push_back(1);
    if (c == '%' && text.starts_with("%2525"))
        all.push_back(5);
    return all;
}

constexpr std::size_t telling_part = 4; // a shorter part of a secret reveals nothing

// Returns whether a text was cut right here, or within a code or an escape that begins here.
INTHELOOP_DECL bool is_cut(std::string_view rest, bool ends_within) {
    constexpr std::size_t percent = 5;
    constexpr std::size_t escape = 6;
    if (rest.empty() || !ends_within)
        return ends_within;
    if (rest.front() == '%')
        return rest.size() < (rest.starts_with("%25") ? percent : 3);
    return rest == "\\" || (rest.starts_with("\\u") && rest.size() < escape);
}

// spelled_secret() for a secret with characters that may also begin a code or an escape.
INTHELOOP_DECL std::size_t spelled_ambiguously(std::string_view text, sought_secret const& secret,
                                               bool ends_within) {
    std::vector<std::size_t> lengths{0}; // lengths of the readings so far
    for (std::size_t i = 0; i != secret.text.size(); ++i) {
        std::vector<std::size_t> longer;
        bool was_cut = false;
        for (std::size_t const length : lengths) {
            std::string_view const rest = text.substr(length);
            was_cut = was_cut || is_cut(rest, ends_within);
            for (std::size_t const spelled :
                 all_spelled_chars(rest, secret.text[i], secret.any_case))
                if (std::find(longer.begin(), longer.end(), length + spelled) == longer.end())
                    longer.push_back(length + spelled);
        }
        if (longer.empty()) {
            if (i < telling_part || was_cut)
                return i < telling_part ? 0 : text.size();
            bool const has_dots =
                text.ends_with("...") &&
                std::find(lengths.begin(), lengths.end(), text.size() - 3) != lengths.end();
            return has_dots ? text.size() - 3 : 0;
        }
        lengths = std::move(longer);
    }
    return *std::max_element(lengths.begin(), lengths.end());
}

// Counts the characters at the beginning of a text that spell a secret, or its remaining part where
// the text was cut (by "...", or without). Returns 0 if it begins with something else.
INTHELOOP_DECL std::size_t spelled_secret(std::string_view text, sought_secret const& secret,
                                          bool ends_within) {
    if (spelled_char(text, secret.text.front(), secret.any_case) == 0)
        return 0;
    if (secret.text.find_first_of("%\\~") != secret.text.npos)
        return spelled_ambiguously(text, secret, ends_within);
    if (text.starts_with(secret.text))
        return secret.text.size();
    std::size_t length = 0;
    for (std::size_t i = 0; i != secret.text.size(); ++i) {
        std::string_view const rest = text.substr(length);
        std::size_t const spelled = spelled_char(rest, secret.text[i], secret.any_case);
        if (spelled == 0) {
            if (i < telling_part)
                return 0;
            return is_cut(rest, ends_within) ? text.size() : rest == "..." ? length : 0;
        }
        length += spelled;
    }
    return length;
}

// Returns whether a text ends in a word: false if its last letters are an escape (%2F, \n, \u002F).
INTHELOOP_DECL bool ends_in_word(std::string_view text) {
    if (text.empty() || !is_word_char(text.back()))
        return false;
    auto const from_end = [&](std::size_t n) {
        return n <= text.size() ? text[text.size() - n] : ' ';
    };
    bool const is_twice = from_end(5) == '%' && from_end(4) == '2' && from_end(3) == '5';
    return !is_twice && from_end(3) != '%' && from_end(2) != '\\' &&
           !(from_end(6) == '\\' && from_end(5) == 'u');
}

constexpr std::size_t shortest_part = 8; // shortest secret that matches within a word

// Counts the characters at the beginning of a text that are the end of a secret whose beginning was
// cut off.
INTHELOOP_DECL std::size_t spelled_end(std::string_view text, sought_secret const& secret,
                                       bool ends_within) {
    constexpr std::size_t rest_of_code = 5; // of \u002f
    constexpr std::string_view in_code = "0123456789abcdefABCDEFu";
    std::size_t longest = 0;
    for (std::size_t skipped = 0; skipped <= std::min(rest_of_code, text.size()); ++skipped) {
        if (skipped != 0 && in_code.find(text[skipped - 1]) == in_code.npos)
            break;
        for (std::size_t i = 1; i + telling_part <= secret.text.size(); ++i) {
            sought_secret const part{secret.text.substr(i), secret.any_case};
            std::size_t const length = spelled_secret(text.substr(skipped), part, ends_within);
            std::size_t const end = skipped + length;
            bool const inside_word = end < text.size() && is_word_char(text[end]);
            if (length != 0 && (secret.text.size() >= shortest_part || !inside_word))
                longest = std::max(longest, end);
        }
    }
    return longest;
}

INTHELOOP_DECL std::vector<text_hit>
secret_hits(std::string_view text, std::span<sought_secret const> secrets, text_edges edges) {
    bool begins[256] = {}; // possible first characters of a spelled secret
    auto const may_begin = [&](char c) { begins[static_cast<unsigned char>(c)] = true; };
    may_begin('%');
    may_begin('\\');
    may_begin('~');
    std::vector<text_hit> hits;
    for (std::size_t i = 0; i != secrets.size(); ++i) {
        if (secrets[i].text.empty())
            continue;
        char const first = secrets[i].text.front();
        may_begin(first);
        if (first == ' ')
            may_begin('+');
        if (secrets[i].any_case && std::isalpha(static_cast<unsigned char>(first)) != 0)
            may_begin(static_cast<char>(first ^ 0x20));
        std::size_t const end =
            edges.begins_within ? spelled_end(text, secrets[i], edges.ends_within) : 0;
        if (end != 0 && (hits.empty() || end > hits.front().end))
            hits = {text_hit{0, end, i}};
    }
    for (std::size_t at = 0; at != text.size(); ++at) {
        if (!begins[static_cast<unsigned char>(text[at])])
            continue;
        text_hit longest{at, at, 0};
        for (std::size_t i = 0; i != secrets.size(); ++i) {
            sought_secret const& secret = secrets[i];
            std::size_t const length =
                secret.text.empty() ? 0
                                    : spelled_secret(text.substr(at), secret, edges.ends_within);
            std::size_t const end = at + length;
            if (end <= longest.end)
                continue;
            bool const inside_word =
                ends_in_word(text.substr(0, at)) || (end != text.size() && is_word_char(text[end]));
            if (secret.text.size() >= shortest_part || !inside_word)
                longest = {at, end, i};
        }
        if (longest.end == at)
            continue;
        if (!hits.empty() && at < hits.back().end)
            hits.back().end = std::max(hits.back().end, longest.end);
        else
            hits.push_back(longest);
    }
    return hits;
}

INTHELOOP_DECL std::string replace_hits(std::string_view text, std::span<text_hit const> hits,
                                        std::span<std::string_view const> marks) {
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0; // up to here the text is in `clean`, or was dropped
    for (text_hit const& hit : hits) {
        clean += text.substr(kept, hit.begin - kept);
        clean += hit.secret < marks.size() ? marks[hit.secret] : redaction_mark;
        kept = hit.end;
    }
    clean += text.substr(kept);
    return clean;
}

INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks) {
    std::vector<sought_secret> sought;
    for (std::string_view const secret : secrets)
        sought.push_back({secret});
    return replace_hits(text, secret_hits(text, sought, {}), marks);
}

// Turns https://host/path?Expires=1&Signature=... into https://host/path?[redacted]. Works in one
// pass: a body may be long and full of addresses.
INTHELOOP_DECL std::string drop_queries(std::string_view text) {
    auto const ends_url = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
               c == '>';
    };
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0; // up to here the text is in `clean`, or was dropped
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

} // namespace detail

INTHELOOP_DECL std::string redact(std::string_view text,
                                  std::span<std::string_view const> secrets) {
    return drop_signatures(detail::drop_queries(detail::replace_secrets(text, secrets, {})));
}

INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<std::string_view const> secrets,
                                           std::span<std::string_view const> marks) {
    return detail::replace_secrets(text, secrets, marks);
}

INTHELOOP_DECL std::string drop_signatures(std::string_view text) {
    return detail::replace_hits(text, find_signatures(text), {});
}

INTHELOOP_DECL std::vector<text_hit>
find_secrets(std::string_view text, std::span<sought_secret const> secrets, text_edges edges) {
    return detail::secret_hits(text, secrets, edges);
}

INTHELOOP_DECL std::size_t spelled_length(std::string_view text, char c) {
    return detail::spelled_char(text, c);
}

INTHELOOP_DECL bool is_surely_clean(std::string_view text,
                                    std::span<std::string_view const> secrets) {
    constexpr char spells_or_signs[] = "%\\~:="; // an encoded secret, an address, a signature
    return text.find_first_of(spells_or_signs) == text.npos && !text.ends_with("...") &&
           std::all_of(secrets.begin(), secrets.end(), [&](std::string_view secret) {
               bool const may_be_form =
                   secret.find(' ') != secret.npos && text.find('+') != text.npos;
               return secret.empty() || (!may_be_form && text.find(secret) == text.npos);
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
