// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_ASCII_HPP
#define INTHELOOP_BASE_DETAIL_ASCII_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Classify ASCII only, whatever the locale is.
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// Characters of words and identifiers.
constexpr bool is_word_char(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '_';
}
// Characters of a token, as of the name of a header field (RFC 9110, tchar). A loop: g++ with
// -fsanitize=undefined rejects string_view::find where endpoints are checked.
constexpr bool is_token_char(char c) noexcept {
    for (char mark : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '`', '|', '~'})
        if (c == mark)
            return true;
    return is_word_char(c);
}
// Control characters; a tab is one too.
constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = to_lower(c);
    return lower;
}

// Compares header names, media types and host names.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i != a.size(); ++i)
        if (to_lower(a[i]) != to_lower(b[i]))
            return false;
    return true;
}
constexpr bool begins_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() &&
           equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}
constexpr bool ends_with_ignoring_case(std::string_view text, std::string_view end) noexcept {
    return text.size() >= end.size() &&
           equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

// Returns the text without the space around it: by default the blanks and tabs of a header field.
constexpr std::string_view trimmed(std::string_view text, std::string_view space = " \t") noexcept {
    while (!text.empty() && space.find(text.front()) != space.npos)
        text.remove_prefix(1);
    while (!text.empty() && space.find(text.back()) != space.npos)
        text.remove_suffix(1);
    return text;
}

// Returns the value of a hexadecimal digit of either case; -1 for other characters.
constexpr int hexadecimal_value(char c) noexcept {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
// Returns the octet that two hexadecimal digits at the beginning of a text spell; -1 without them.
constexpr int hexadecimal_octet(std::string_view text) noexcept {
    if (text.size() < 2)
        return -1;
    int const high = hexadecimal_value(text[0]);
    int const low = hexadecimal_value(text[1]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}
// Writes two lower-case digits for each octet.
inline std::string to_hexadecimal(std::string_view octets) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * octets.size());
    for (char const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        text += {digits[octet >> 4], digits[octet & 15]};
    }
    return text;
}

} // namespace intheloop::detail

#endif
