// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_TEXT_ADDRESS_HPP
#define INTHELOOP_POLICY_DETAIL_TEXT_ADDRESS_HPP

// Finds absolute addresses in texts that may spell and break them in other ways.

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// The places that divide an address behind its "://". They stand in this order.
struct address_parts {
    std::size_t user = 0;
    std::size_t user_end = 0; // before the '@'; where the user begins if there is none
    std::size_t host = 0;     // behind the '@', if there is one
    std::size_t query = 0;    // behind the '?'; the end if there is none
    std::size_t end = 0;
    bool has_query = false;
};

// An address in a text; one of http or https with those in its path.
struct text_address {
    std::size_t begin = 0;            // of "http" or "https"; of "://" without them
    std::size_t end = 0;              // of all
    bool is_http = false;             // or https
    bool is_encoded = false;          // percent-encoded as a whole
    std::vector<address_parts> parts; // of it, then of each address in its path

    explicit operator bool() const noexcept { return !parts.empty(); }
};

// Returns whether a character is none of an address, but where a line is broken in it.
constexpr bool may_end_address(char c) noexcept {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>';
}

// Returns whether an address ends where the rest of a text begins, which is not empty. One that is
// percent-encoded as a whole may end otherwise.
using address_end = bool(std::string_view rest, bool is_encoded);

// Finds the next address from a place on; false if there is none. Takes time in proportion to the
// text up to its end.
INTHELOOP_DECL text_address find_address(std::string_view text, std::size_t from,
                                         address_end& ends);

// Counts the characters of a line break at the beginning of a text, if an address that stands
// before it goes on behind it: if it is a soft one of quoted-printable, or the next line begins
// with a part of a query.
INTHELOOP_DECL std::size_t break_within_address(std::string_view text);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/text_address.ipp>
#endif

#endif
