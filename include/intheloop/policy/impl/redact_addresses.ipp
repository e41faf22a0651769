// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_ADDRESSES_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_ADDRESSES_IPP

// Finding addresses in texts, and what is secret in them.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::policy {

namespace detail {

INTHELOOP_DECL bool ends_with_http(std::string_view text) {
    for (std::size_t const size : {4, 5}) // also https
        if (text.size() >= size &&
            intheloop::detail::equal_ignoring_case(text.substr(text.size() - size),
                                                   std::string_view("https").substr(0, size)))
            return true;
    return false;
}

// The place behind "://", where the host or the user begins.
struct authority {
    std::size_t begin = std::string_view::npos;
    bool is_encoded = false; // the address is percent-encoded as a whole
};

// Finds the next "://", which may be spelled otherwise: its colon only behind "http" and "https".
INTHELOOP_DECL authority find_authority(std::string_view text, std::size_t from) {
    for (std::size_t at = from; at < text.size(); ++at) {
        std::size_t colon = text[at] == ':' ? 1 : 0;
        if (may_begin_spelling(text[at]) && ends_with_http(text.substr(0, at)))
            colon = spelled_length(text.substr(at), ':');
        if (colon == 0)
            continue;
        std::size_t const slashes = at + colon;
        std::size_t const size = spelled_length(text.substr(slashes), "//");
        if (size != 0)
            return {slashes + size, text[slashes] == '%'};
    }
    return {};
}

// A character that divides an address into its parts: '/', '?' or '@'.
struct delimiter {
    char c = '\0'; // none
    std::size_t length = 1;
};
INTHELOOP_DECL delimiter read_delimiter(std::string_view text) {
    constexpr std::string_view all = "/?@";
    if (all.find(text.front()) != all.npos)
        return {text.front(), 1};
    if (!may_begin_spelling(text.front()))
        return {};
    spelled_readings readings;
    read_spelled(text, readings);
    for (spelled_reading const& one : readings)
        if (one.count == 1 && all.find(one.octets[0]) != all.npos)
            return {one.octets[0], one.length};
    return {};
}

constexpr bool may_end_address(char c) noexcept {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>';
}

} // namespace detail

INTHELOOP_DECL std::size_t break_within_address(std::string_view text) {
    if (text.empty() || (text.front() != '=' && !detail::may_end_address(text.front())))
        return 0;
    std::size_t const length = break_length(text);
    if (length == 0 || text.front() == '=') // the latter is a soft one
        return length;
    for (char const c : text.substr(length)) {
        if (detail::may_end_address(c) || c == ':') // another address, or a header field
            return 0;
        if (c == '&' || c == '~')
            return length;
    }
    return 0;
}

INTHELOOP_DECL std::string redact_addresses(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    std::size_t kept = 0; // up to here the text is in `clean`, or was dropped
    auto const drop = [&](std::size_t begin, std::size_t end) {
        clean += text.substr(kept, begin - kept);
        clean += detail::redaction_mark;
        kept = end;
    };
    std::size_t at = 0;
    for (auto of = detail::find_authority(text, at); of.begin != text.npos;
         of = detail::find_authority(text, at)) {
        std::size_t user = of.begin; // its end
        std::size_t query = text.npos;
        bool in_authority = true;
        for (at = of.begin; at != text.size();) {
            if (std::size_t const length = break_within_address(text.substr(at)); length != 0) {
                at += length;
                continue;
            }
            if (detail::may_end_address(text[at]))
                break;
            if (!in_authority && query != text.npos) {
                ++at;
                continue;
            }
            // In a user's name and password another spelling of a delimiter is none.
            bool const counts = text.substr(at).starts_with('%') == of.is_encoded;
            auto const found = detail::read_delimiter(text.substr(at));
            if (in_authority && counts && found.c == '@') {
                user = at;
                query = text.npos;
            } else if (in_authority && counts && found.c != '\0') {
                in_authority = false;
            }
            if (found.c == '?' && query == text.npos)
                query = at + found.length;
            at += found.length;
        }
        if (user != of.begin)
            drop(of.begin, user);
        if (query != text.npos)
            drop(query, at);
    }
    clean += text.substr(kept);
    return clean;
}

} // namespace intheloop::policy

#endif
