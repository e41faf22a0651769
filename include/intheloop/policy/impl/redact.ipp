// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/encoded_text.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/detail/text_address.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace intheloop::policy {

namespace detail {

// Returns whether a text holds a part of a secret in base64. Each form of it has digits that depend
// on three octets in its middle.
INTHELOOP_DECL bool may_hold_base64(std::string_view text, std::string_view secret) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t at = 2; at != 5; ++at) { // these three begin a group, one in each form
        unsigned group = 0;
        for (std::size_t i = 0; i != 3; ++i)
            group = group << 8 | static_cast<unsigned char>(secret[at + i]);
        char sought[4] = {};
        for (std::size_t i = 0; i != 4; ++i)
            sought[i] = digits[group >> (18 - 6 * i) & 63];
        if (text.find({sought, 4}) != text.npos)
            return true;
        std::replace(sought, sought + 4, '+', '-');
        std::replace(sought, sought + 4, '/', '_');
        if (text.find({sought, 4}) != text.npos)
            return true;
    }
    return false;
}

INTHELOOP_DECL bool may_hold_hexadecimal(std::string_view text, std::string_view secret) {
    constexpr char lower[] = "0123456789abcdef";
    constexpr char upper[] = "0123456789ABCDEF";
    for (char const* const digits : {lower, upper}) {
        char sought[8] = {};
        for (std::size_t i = 0; i != 4; ++i) {
            auto const octet = static_cast<unsigned char>(secret[i]);
            sought[2 * i] = digits[octet >> 4];
            sought[2 * i + 1] = digits[octet & 15];
        }
        if (text.find({sought, 8}) != text.npos)
            return true;
    }
    return false;
}

// Returns whether a text holds the beginning of a secret, with its letters in either case. That is
// short, so that this takes time in proportion to the text.
INTHELOOP_DECL bool holds_beginning(std::string_view text, std::string_view secret) {
    secret = secret.substr(0, shortest_part);
    auto const is_same = [](char a, char b) {
        return intheloop::detail::to_lower(a) == intheloop::detail::to_lower(b);
    };
    return std::search(text.begin(), text.end(), secret.begin(), secret.end(), is_same) !=
           text.end();
}

// Does the same in base64 and hexadecimal, with its letters as they are or in lower case.
// Precondition: the secret is long.
INTHELOOP_DECL bool may_hold_in_digits(std::string_view text, sought_secret const& secret) {
    auto const may_hold = [&](std::string_view one) {
        return may_hold_base64(text, one) || may_hold_hexadecimal(text, one);
    };
    if (may_hold(secret.text))
        return true;
    if (!secret.any_case)
        return false;
    char lower[shortest_part] = {};
    for (std::size_t i = 0; i != shortest_part; ++i)
        lower[i] = intheloop::detail::to_lower(secret.text[i]);
    return may_hold({lower, shortest_part});
}

INTHELOOP_DECL bool may_hold(std::string_view text, sought_secret const& secret) {
    if (secret.text.empty() || text.empty())
        return false;
    if (secret.any_case ? holds_beginning(text, secret.text) : text.find(secret.text) != text.npos)
        return true;
    // Base64 has four digits for three octets, of which two may be read with those beside them.
    bool const is_long_enough = 3 * (text.size() + 2) >= 4 * secret.text.size();
    return secret.text.size() >= shortest_part && is_long_enough &&
           may_hold_in_digits(text, secret);
}

// Returns whether a text may hold one of these secrets within digits: of them only the size counts,
// and the shortest one may be there if any may.
INTHELOOP_DECL bool may_encode_any(std::string_view text, std::span<sought_secret const> secrets) {
    std::size_t shortest = text.size();
    for (sought_secret const& secret : secrets)
        if (secret.text.size() >= shortest_part)
            shortest = std::min(shortest, secret.text.size());
    return shortest < text.size() && may_encode(text, shortest);
}

// Returns whether a text may hold a mark behind which the rest of a secret was left out. Those that
// are not of ASCII are escapes.
INTHELOOP_DECL bool may_be_cut(std::string_view text) {
    return text.find("...") != text.npos || text.find("***") != text.npos ||
           text.find("runcated") != text.npos;
}

// Returns whether a field holds an address, which may be a relative one with any query.
INTHELOOP_DECL bool is_address_field(std::string_view name) {
    return intheloop::detail::equal_ignoring_case(name, "location") ||
           intheloop::detail::equal_ignoring_case(name, "content-location");
}

INTHELOOP_DECL bool ends_any_address(std::string_view rest, bool /*is_encoded*/) {
    return may_end_address(rest.front());
}

} // namespace detail

INTHELOOP_DECL std::string redactor::redacted(std::string_view text) {
    if (!finder_)
        finder_.emplace(secrets_);
    std::string const clean = redact_addresses(replace_hits(text, finder_->find(text)));
    return replace_hits(clean, find_signatures(clean));
}

INTHELOOP_DECL void redactor::redact(std::string& text) {
    if (!is_surely_clean(text, secrets_))
        text = redacted(text);
}

INTHELOOP_DECL void redactor::redact_beginning(std::string& text, std::size_t longest) {
    if (text.size() > longest)
        text = intheloop::detail::shortened(text, longest - 3); // without its dots
    redact(text);
}

INTHELOOP_DECL void redactor::redact_field(std::string_view name, std::string& value) {
    redact(value);
    if (std::size_t const query = value.find('?');
        query != value.npos && detail::is_address_field(name))
        value.replace(query + 1, value.npos, detail::redaction_mark);
}

INTHELOOP_DECL std::string redact(std::string_view text, std::span<sought_secret const> secrets) {
    return redactor(secrets).redacted(text);
}

INTHELOOP_DECL std::string replace_hits(std::string_view text, std::span<text_hit const> hits,
                                        std::span<std::string_view const> marks) {
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0; // up to here the text is in `clean`, or was dropped
    for (text_hit const& hit : hits) {
        clean += text.substr(kept, hit.begin - kept);
        clean += hit.secret < marks.size() ? marks[hit.secret] : detail::redaction_mark;
        kept = hit.end;
    }
    clean += text.substr(kept);
    return clean;
}

INTHELOOP_DECL std::string replace_secrets(std::string_view text,
                                           std::span<sought_secret const> secrets,
                                           std::span<std::string_view const> marks) {
    return replace_hits(text, secret_finder(secrets).find(text), marks);
}

INTHELOOP_DECL std::string redact_addresses(std::string_view text) {
    std::vector<text_hit> hits;
    for (auto found = find_address(text, 0, detail::ends_any_address); found;
         found = find_address(text, found.end, detail::ends_any_address))
        for (address_parts const& each : found.parts) {
            if (each.user != each.user_end)
                hits.push_back({each.user, each.user_end});
            if (each.has_query)
                hits.push_back({each.query, each.end});
        }
    return replace_hits(text, hits);
}

INTHELOOP_DECL bool is_surely_clean(std::string_view text, std::span<sought_secret const> secrets) {
    // An escape, an address, a signature, or a line break.
    auto const tells = [](char c) { return may_begin_spelling(c) || c == ':'; };
    return std::none_of(text.begin(), text.end(), tells) && !detail::may_be_cut(text) &&
           std::none_of(
               secrets.begin(), secrets.end(),
               [&](sought_secret const& secret) { return detail::may_hold(text, secret); }) &&
           !detail::may_encode_any(text, secrets);
}

INTHELOOP_DECL void redact(std::string& text, std::span<sought_secret const> secrets) {
    redactor(secrets).redact(text);
}

namespace detail {

INTHELOOP_DECL bool is_secret_field(std::string_view name, std::string_view value) {
    for (std::string_view const secret :
         {"authentication-info", "proxy-authentication-info", "x-impersonate-user"})
        if (intheloop::detail::equal_ignoring_case(name, secret))
            return true;
    return is_credential_field(name, value);
}

// Redacts fields, and drops those beyond longest_error_text.
INTHELOOP_DECL headers redacted_fields(headers const& fields, redactor& all) {
    headers clean;
    std::size_t left = longest_error_text;
    for (std::size_t i = 0; i != fields.size(); ++i) {
        auto const [name, value] = fields[i];
        std::string clean_name(name);
        std::string clean_value(value);
        all.redact(clean_name);
        if (is_secret_field(name, value))
            clean_value = redaction_mark;
        else
            all.redact_field(name, clean_value);
        if (clean_name.size() + clean_value.size() > left)
            break;
        left -= clean_name.size() + clean_value.size();
        clean.append(clean_name, clean_value);
    }
    return clean;
}

} // namespace detail

INTHELOOP_DECL void redact(error& e, std::span<sought_secret const> secrets) {
    redactor all(secrets);
    for (std::string* text :
         {&e.detail, &e.service_message, &e.service_code, &e.body, &e.request_id})
        all.redact_beginning(*text, longest_error_text);
    if (!e.headers.empty())
        e.headers = detail::redacted_fields(e.headers, all);
}

} // namespace intheloop::policy

#endif
