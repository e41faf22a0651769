// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_PERCENT_HPP
#define INTHELOOP_CODEC_DETAIL_PERCENT_HPP

#include <intheloop/base/detail/ascii.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::codec {

// The unreserved characters of RFC 3986, the only ones that need no encoding.
constexpr bool is_unreserved(char c) noexcept {
    return intheloop::detail::is_letter(c) || intheloop::detail::is_digit(c) || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Returns whether a text begins with '%' and two hexadecimal digits.
constexpr bool begins_with_triplet(std::string_view text) noexcept {
    return text.starts_with('%') && intheloop::detail::hexadecimal_octet(text.substr(1)) >= 0;
}

inline constexpr auto unreserved_octets = [] {
    std::array<bool, 256> table{};
    for (std::size_t octet = 0; octet != table.size(); ++octet)
        table[octet] = is_unreserved(static_cast<char>(octet));
    return table;
}();

// Counts the octets at the beginning of a text that need no encoding.
inline std::size_t unreserved_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length != text.size() && unreserved_octets[static_cast<unsigned char>(text[length])])
        ++length;
    return length;
}

// Appends a text as data of a path segment or a query: every octet that is not unreserved becomes
// %XX. (A segment "." or ".." is unchanged; encode_request refuses it.)
inline void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    while (true) {
        std::size_t const length = unreserved_length(text);
        out += text.substr(0, length);
        if (length == text.size())
            return;
        auto const octet = static_cast<unsigned char>(text[length]);
        out += {'%', digits[octet >> 4], digits[octet & 15]};
        text.remove_prefix(length + 1);
    }
}

// Decodes a percent-encoded text; keeps a '%' that begins no code.
inline std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (begins_with_triplet(text.substr(i))) {
            decoded += static_cast<char>(intheloop::detail::hexadecimal_octet(text.substr(i + 1)));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

} // namespace intheloop::codec

#endif
