// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_ENCODED_TEXT_HPP
#define INTHELOOP_POLICY_DETAIL_ENCODED_TEXT_HPP

// Finds the texts that digits of base64 or hexadecimal stand for.

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy::detail {

inline constexpr unsigned bits_of_base64 = 6; // and of base64url
inline constexpr unsigned bits_of_hexadecimal = 4;

// A part of what digits stand for, by its bits.
struct bit_range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Digits that stand for so many bits each. Where their first octet begins is not known.
struct octet_digits {
    std::string_view digits;
    unsigned bits;

    // Returns the next `shortest` or more octets that are ASCII text, each 8 bits behind the one
    // before, from a bit on. The range is empty if there are none.
    INTHELOOP_DECL bit_range next_text(std::size_t from, std::size_t shortest) const noexcept;
    INTHELOOP_DECL std::string octets(bit_range of) const;
    // An octet begins at one of the first 8 bits; this is the number of bits between these places.
    std::size_t step() const noexcept { return bits == bits_of_hexadecimal ? 4 : 2; }

private:
    INTHELOOP_DECL unsigned char octet_at(std::size_t bit) const noexcept;
};

// Digits in a row. Of hexadecimal ones also those in pairs, with one blank, colon or hyphen between
// two of them; before the first such mark may stand more of them, and one behind the last, of a
// pair that was cut.
struct digit_line {
    std::size_t end = 0;   // in the text
    std::size_t count = 0; // of digits
};
// Returns the line that begins at a place; an empty one if no digit stands there.
INTHELOOP_DECL digit_line line_of_digits(std::string_view text, std::size_t at,
                                         unsigned bits) noexcept;

// Digits that follow one another in a text, in lines of 16 or more, but for the last one.
class digit_run {
public:
    // Precondition: a digit stands at this place.
    INTHELOOP_DECL digit_run(std::string_view text, std::size_t at, unsigned bits);

    octet_digits digits() const noexcept { return {digits_, bits_}; }
    std::size_t end() const noexcept { return end_; }
    // Returns whether the run may go on before the text, if that was cut out of a longer one.
    // Before a pair may stand a mark, and a digit of the pair before.
    INTHELOOP_DECL bool may_begin_before(std::string_view text) const noexcept;
    // Returns the text behind the run, and behind a mark that would stand before the next pair.
    INTHELOOP_DECL std::string_view behind(std::string_view text) const noexcept;
    // Returns the place of a digit in the text.
    INTHELOOP_DECL std::size_t place_of(std::size_t digit) const noexcept;

private:
    struct line {
        std::size_t first; // digit
        std::size_t place;
        bool is_in_pairs;
    };

    INTHELOOP_DECL void add_line(std::string_view text, std::size_t at);

    std::string digits_;
    unsigned bits_;
    std::vector<line> lines_;
    std::size_t end_ = 0;
};

// Returns the end of the digits that begin at a place.
INTHELOOP_DECL std::size_t end_of_digits(std::string_view text, std::size_t at,
                                         unsigned bits) noexcept;

// Returns whether digits in one line may stand for a text of this length or more.
INTHELOOP_DECL bool may_encode(std::string_view text, std::size_t shortest) noexcept;

} // namespace intheloop::policy::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/encoded_text.ipp>
#endif

#endif
