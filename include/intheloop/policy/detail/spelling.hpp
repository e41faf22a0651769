// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_SPELLING_HPP
#define INTHELOOP_POLICY_DETAIL_SPELLING_HPP

// Reads the characters that a text spells in other words: percent-encoded, escaped as in JSON or in
// HTML, in quoted-printable.

#include <intheloop/base/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace intheloop::policy {

// One way to read the beginning of a text: as octets, or as nothing where a line was broken.
struct spelled_reading {
    std::array<char, 4> octets{};
    unsigned char count = 0;  // of octets; 0 for the break of a line
    unsigned char length = 0; // of the text that spells them

    std::string_view text() const noexcept { return {octets.data(), count}; }
    friend bool operator==(spelled_reading const&, spelled_reading const&) = default;
};

// All readings of the beginning of a text; the first is the character itself. The list is short: an
// escape begins with one of a few characters.
class spelled_readings {
public:
    void add(spelled_reading const& one) {
        if (size_ != all_.size() && std::find(begin(), end(), one) == end())
            all_[size_++] = one;
    }
    spelled_reading const* begin() const noexcept { return all_.data(); }
    spelled_reading const* end() const noexcept { return all_.data() + size_; }
    std::size_t size() const noexcept { return size_; }
    spelled_reading const& operator[](std::size_t i) const noexcept { return all_[i]; }

private:
    std::array<spelled_reading, 32> all_; // the first size_ of them
    std::size_t size_ = 0;
};

// The layers of encodings that are read through one another: "%252B" has two. Backslashes before
// one escape count as one layer.
inline constexpr unsigned most_layers = 3;

// Reads a character at the beginning of a text that is not empty:
//
// - percent-encoded (%2B, %u002B), form-encoded ('+' for a blank);
// - escaped as in JSON (\u002b, \/), with up to 32 backslashes, or as \x2b, \u{2b};
// - in HTML, decimal, hexadecimal or by name (&#43;, &#x2B;, &plus;), also without a semicolon;
// - in quoted-printable (=2B), or in a JSON pointer (~1);
// - a line break in any of these spellings, possibly with the blanks behind it, as no character,
//   or as a blank. <br>, <wbr> and characters that are not seen count as line breaks: NUL, U+0085,
//   U+00AD, U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F and U+FEFF.
//
// Takes a constant number of steps, but for runs of zeros and blanks, of which it reads up to 255.
INTHELOOP_DECL void read_spelled(std::string_view text, spelled_readings& out);

// Returns whether a character may begin another spelling.
constexpr bool may_begin_spelling(char c) noexcept {
    return c == '%' || c == '\\' || c == '&' || c == '=' || c == '~' || c == '+' || c == '\n' ||
           c == '\r' || c == '\0' || c == '<' || c == '\xc2' || c == '\xe2' || c == '\xef';
}

// Counts the layers of percent-encoding of the character at the beginning of a text: 1 for "%2F", 2
// for "%252F". Returns 0 for another spelling.
constexpr unsigned percent_layers(std::string_view text) noexcept {
    unsigned layers = text.starts_with('%') ? 1 : 0;
    while (layers != 0 && layers != most_layers && text.substr(1).starts_with("25")) {
        ++layers;
        text.remove_prefix(2);
    }
    return layers;
}

// Counts the characters at the beginning of a text that spell c. Returns 0 if it begins with
// something else, and the shortest count if there are several.
INTHELOOP_DECL std::size_t spelled_length(std::string_view text, char c);
// Does the same for octets that follow one another.
INTHELOOP_DECL std::size_t spelled_length(std::string_view text, std::string_view octets);

// Counts the characters at the beginning of a text that break a line, with the blanks behind them.
INTHELOOP_DECL std::size_t break_length(std::string_view text);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/spelling.ipp>
#endif

#endif
