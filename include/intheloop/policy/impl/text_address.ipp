// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_TEXT_ADDRESS_IPP
#define INTHELOOP_POLICY_IMPL_TEXT_ADDRESS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/detail/text_address.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace intheloop::policy {

namespace detail {

// Counts the characters of "http" or "https" at the end of a text.
INTHELOOP_DECL std::size_t http_length(std::string_view text) {
    constexpr std::string_view scheme = "http";
    std::size_t const s = text.ends_with('s') || text.ends_with('S') ? 1 : 0;
    text.remove_suffix(s);
    return intheloop::detail::ends_with_ignoring_case(text, scheme) ? scheme.size() + s : 0;
}

// Counts the characters of the "://" at a place. It may be spelled otherwise: its colon only behind
// "http" or "https".
INTHELOOP_DECL std::size_t mark_length(std::string_view text, std::size_t at) {
    std::size_t colon = text[at] == ':' ? 1 : 0;
    if (may_begin_spelling(text[at]) && http_length(text.substr(0, at)) != 0)
        colon = spelled_length(text.substr(at), ':');
    std::size_t const slashes =
        colon == 0 ? 0 : spelled_length(text.substr(at + colon), std::string_view("//"));
    return slashes == 0 ? 0 : colon + slashes;
}

// Counts the layers of percent-encoding of the character that has most of them.
INTHELOOP_DECL unsigned most_percent_layers(std::string_view text) {
    unsigned most = 0;
    for (; !text.empty(); text.remove_prefix(1))
        most = std::max(most, percent_layers(text));
    return most;
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

} // namespace detail

INTHELOOP_DECL std::size_t break_within_address(std::string_view text) {
    if (text.empty() || (text.front() != '=' && !may_end_address(text.front())))
        return 0;
    std::size_t const length = break_length(text);
    if (length == 0 || text.front() == '=') // the latter is a soft one
        return length;
    for (char const c : text.substr(length)) {
        if (may_end_address(c) || c == ':') // another address, or a header field
            return 0;
        if (c == '&' || c == '~')
            return length;
    }
    return 0;
}

namespace detail {

// Reads an address behind its "://", which has so many characters: up to its end, or to another
// address in its path.
template <class Ends>
address_parts read_parts(std::string_view text, std::size_t mark, std::size_t length, Ends ends) {
    unsigned const layers = most_percent_layers(text.substr(mark, length));
    bool const in_pointer = text.substr(mark, length).find('~') != text.npos;
    std::size_t place = mark + length;
    address_parts read{place, place, place};
    bool in_authority = true;
    while (place != text.size()) {
        std::string_view const rest = text.substr(place);
        if (std::size_t const size = break_within_address(rest); size != 0) {
            place += size;
            continue;
        }
        bool const begins_another = !read.has_query && mark_length(text, place) != 0;
        if (begins_another || ends(rest))
            break;
        if (!in_authority && read.has_query) {
            ++place;
            continue;
        }
        // In a user's name and password a delimiter that is percent-encoded once more is none, and
        // "~1" only one in a JSON pointer.
        bool const counts = percent_layers(rest) <= layers && (rest.front() != '~' || in_pointer);
        auto const found = read_delimiter(rest);
        if (in_authority && counts && found.c == '@') {
            read.user_end = place;
            read.host = place + found.length;
            read.has_query = false;
        } else if (in_authority && counts && found.c != '\0') {
            in_authority = false;
        }
        // Steps over a delimiter as a whole: what spells it may hold the break of a line.
        place += found.length;
        if (found.c == '?' && !read.has_query) {
            read.has_query = true;
            read.query = place;
        }
    }
    read.end = place;
    if (!read.has_query)
        read.query = place;
    return read;
}

} // namespace detail

INTHELOOP_DECL text_address find_address(std::string_view text, std::size_t from,
                                         address_end& ends) {
    text_address found;
    std::size_t mark = from;
    std::size_t length = 0;
    while (mark < text.size() && (length = detail::mark_length(text, mark)) == 0)
        ++mark;
    if (length == 0)
        return found;
    std::size_t const scheme = detail::http_length(text.substr(from, mark - from));
    found.begin = mark - scheme;
    found.is_http = scheme != 0;
    found.is_encoded = text[mark] == '%';
    auto const ends_here = [&](std::string_view rest) { return ends(rest, found.is_encoded); };
    do {
        found.parts.push_back(detail::read_parts(text, mark, length, ends_here));
        mark = found.parts.back().end;
        length = mark < text.size() ? detail::mark_length(text, mark) : 0;
    } while (length != 0 && found.is_http);
    if (length != 0) { // the next address begins with its scheme
        address_parts& last = found.parts.back();
        last.end -= detail::http_length(text.substr(last.host, last.end - last.host));
        last.query = std::min(last.query, last.end);
    }
    found.end = found.parts.back().end;
    return found;
}

} // namespace intheloop::policy

#endif
