// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_ADDRESSES_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_ADDRESSES_IPP

// Finds the secret parts of addresses in texts.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

namespace detail {

INTHELOOP_DECL bool ends_with_http(std::string_view text) {
    if (text.ends_with('s') || text.ends_with('S'))
        text.remove_suffix(1);
    return intheloop::detail::ends_with_ignoring_case(text, "http");
}

// The place behind "://", where the host or the user begins.
struct authority {
    std::size_t begin = std::string_view::npos;
    unsigned layers = 0; // of percent-encoding of the address as a whole
};

// Reads the "://" at a place. It may be spelled otherwise: its colon only behind "http" or "https".
INTHELOOP_DECL authority authority_behind(std::string_view text, std::size_t at) {
    std::size_t colon = text[at] == ':' ? 1 : 0;
    if (may_begin_spelling(text[at]) && ends_with_http(text.substr(0, at)))
        colon = spelled_length(text.substr(at), ':');
    std::size_t const slashes = at + colon;
    std::size_t const size = colon == 0 ? 0 : spelled_length(text.substr(slashes), "//");
    return size == 0 ? authority()
                     : authority{slashes + size, percent_layers(text.substr(slashes))};
}
INTHELOOP_DECL authority find_authority(std::string_view text, std::size_t from) {
    for (std::size_t at = from; at < text.size(); ++at)
        if (auto const found = authority_behind(text, at); found.begin != text.npos)
            return found;
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

namespace detail {

// The places that divide the secret parts of an address from the others.
struct address_places {
    std::size_t user_end; // there is a user if this is not the authority's begin
    std::size_t query = std::string_view::npos;
    std::size_t end;
};
INTHELOOP_DECL address_places read_address(std::string_view text, authority of) {
    address_places read{of.begin, text.npos, of.begin};
    bool in_authority = true;
    for (std::size_t& at = read.end; at != text.size();) {
        if (std::size_t const length = break_within_address(text.substr(at)); length != 0) {
            at += length;
            continue;
        }
        bool const begins_another = // in its path
            read.query == text.npos && authority_behind(text, at).begin != text.npos;
        if (begins_another || may_end_address(text[at]))
            break;
        if (!in_authority && read.query != text.npos) {
            ++at;
            continue;
        }
        // In a user's name and password a delimiter that is percent-encoded once more is none.
        bool const counts = percent_layers(text.substr(at)) <= of.layers;
        auto const found = read_delimiter(text.substr(at));
        if (in_authority && counts && found.c == '@') {
            read.user_end = at;
            read.query = text.npos;
        } else if (in_authority && counts && found.c != '\0') {
            in_authority = false;
        }
        if (found.c == '?' && read.query == text.npos)
            read.query = at + found.length;
        at += found.length;
    }
    return read;
}

} // namespace detail

INTHELOOP_DECL std::string redact_addresses(std::string_view text) {
    std::vector<text_hit> hits;
    for (auto of = detail::find_authority(text, 0); of.begin != text.npos;) {
        auto const read = detail::read_address(text, of);
        if (read.user_end != of.begin)
            hits.push_back({of.begin, read.user_end});
        if (read.query != text.npos)
            hits.push_back({read.query, read.end});
        of = detail::find_authority(text, read.end);
    }
    return replace_hits(text, hits);
}

} // namespace intheloop::policy

#endif
