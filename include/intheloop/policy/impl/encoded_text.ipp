// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_ENCODED_TEXT_IPP
#define INTHELOOP_POLICY_IMPL_ENCODED_TEXT_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/encoded_text.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace intheloop::policy::detail {

// Returns the value of a digit; -1 for other characters.
constexpr int digit_value(char c, unsigned bits) noexcept {
    if (bits == bits_of_hexadecimal)
        return intheloop::detail::hexadecimal_value(c);
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (intheloop::detail::is_digit(c))
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

// Returns whether an octet stands in a text, within or between its lines, also in UTF-16.
constexpr bool is_of_text(unsigned char octet) noexcept {
    return (octet >= 0x20 && octet < 0x7f) || octet == '\n' || octet == '\r' || octet == '\t' ||
           octet == 0;
}

INTHELOOP_DECL unsigned char octet_digits::octet_at(std::size_t bit) const noexcept {
    auto const value = [&](std::size_t digit) {
        return static_cast<unsigned>(digit_value(digits[digit], bits));
    };
    unsigned const two = value(bit / bits) << bits | value(bit / bits + 1);
    return static_cast<unsigned char>(two >> (2 * bits - 8 - bit % bits) & 0xffu);
}

INTHELOOP_DECL bit_range octet_digits::next_text(std::size_t from,
                                                 std::size_t shortest) const noexcept {
    std::size_t const all = digits.size() * bits;
    for (std::size_t begin = from; begin + 8 * shortest <= all;) {
        // From the last octet back: if it is of no text, all before it need no look.
        std::size_t bit = begin + 8 * shortest;
        while (bit != begin && is_of_text(octet_at(bit - 8)))
            bit -= 8;
        if (bit != begin) {
            begin = bit;
            continue;
        }
        bit = begin + 8 * shortest;
        while (bit + 8 <= all && is_of_text(octet_at(bit)))
            bit += 8;
        return {begin, bit};
    }
    return {};
}

INTHELOOP_DECL std::string octet_digits::octets(bit_range of) const {
    std::string made;
    made.reserve((of.end - of.begin) / 8);
    for (std::size_t bit = of.begin; bit != of.end; bit += 8)
        made += static_cast<char>(octet_at(bit));
    return made;
}

INTHELOOP_DECL std::size_t end_of_digits(std::string_view text, std::size_t at,
                                         unsigned bits) noexcept {
    while (at != text.size() && digit_value(text[at], bits) >= 0)
        ++at;
    return at;
}

constexpr bool stands_between_pairs(char c) noexcept {
    return c == ' ' || c == ':' || c == '-';
}

// Returns the place of the pair behind these digits; their end if they are none, or none follows.
INTHELOOP_DECL std::size_t next_pair(std::string_view text, std::size_t begin, std::size_t end,
                                     unsigned bits) noexcept {
    if (bits != bits_of_hexadecimal || end - begin < 2 || end == text.size() ||
        !stands_between_pairs(text[end]))
        return end;
    std::size_t const size = end_of_digits(text.substr(end + 1, 3), 0, bits);
    return size == 1 || size == 2 ? end + 1 : end;
}

INTHELOOP_DECL digit_line line_of_digits(std::string_view text, std::size_t at,
                                         unsigned bits) noexcept {
    digit_line line;
    for (std::size_t next = at;;) {
        line.end = end_of_digits(text, next, bits);
        line.count += line.end - next;
        next = next_pair(text, next, line.end, bits);
        if (next == line.end)
            return line;
    }
}

INTHELOOP_DECL digit_run::digit_run(std::string_view text, std::size_t at, unsigned bits)
    : bits_(bits) {
    constexpr std::size_t shortest_line = 16;
    for (;;) {
        std::size_t const before = digits_.size();
        add_line(text, at);
        std::size_t const next = end_ + break_length(text.substr(end_));
        if (digits_.size() - before < shortest_line || next == end_ || next == text.size() ||
            digit_value(text[next], bits) < 0)
            return;
        at = next;
    }
}

INTHELOOP_DECL void digit_run::add_line(std::string_view text, std::size_t at) {
    for (bool is_in_pairs = false;; is_in_pairs = true) {
        end_ = end_of_digits(text, at, bits_);
        if (!is_in_pairs || !lines_.back().is_in_pairs)
            lines_.push_back({digits_.size(), at, is_in_pairs});
        digits_ += text.substr(at, end_ - at);
        std::size_t const next = next_pair(text, at, end_, bits_);
        if (next == end_)
            return;
        at = next;
    }
}

INTHELOOP_DECL bool digit_run::may_begin_before(std::string_view text) const noexcept {
    std::size_t const at = lines_.front().place;
    bool const is_in_pairs = lines_.size() > 1 && lines_[1].is_in_pairs;
    return at == 0 || (is_in_pairs && at <= 2 && stands_between_pairs(text[at - 1]));
}

INTHELOOP_DECL std::string_view digit_run::behind(std::string_view text) const noexcept {
    bool const has_mark =
        lines_.back().is_in_pairs && end_ != text.size() && stands_between_pairs(text[end_]);
    return text.substr(end_ + (has_mark ? 1 : 0));
}

INTHELOOP_DECL std::size_t digit_run::place_of(std::size_t digit) const noexcept {
    auto const behind =
        std::upper_bound(lines_.begin(), lines_.end(), digit,
                         [](std::size_t sought, line const& one) { return sought < one.first; });
    line const& of = *std::prev(behind);
    std::size_t const before = digit - of.first;
    return of.place + before + (of.is_in_pairs ? before / 2 : 0);
}

// Does not look at what the pairs stand for: there are seldom so many.
INTHELOOP_DECL bool may_encode_in_pairs(std::string_view text, std::size_t shortest) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        digit_line const line = line_of_digits(text, at, bits_of_hexadecimal);
        bool const is_in_pairs = line.count != line.end - at;
        if (is_in_pairs && line.count >= 2 * shortest)
            return true;
        at = line.end + 1;
    }
    return false;
}

INTHELOOP_DECL bool may_encode(std::string_view text, std::size_t shortest) noexcept {
    for (unsigned const bits : {bits_of_base64, bits_of_hexadecimal})
        for (std::size_t at = 0; (text.size() - at) * bits >= 8 * shortest;) {
            // From the last digit back, as next_text() does.
            std::size_t const least = at + (8 * shortest + bits - 1) / bits;
            std::size_t end = least;
            while (end != at && digit_value(text[end - 1], bits) >= 0)
                --end;
            if (end != at) {
                at = end;
                continue;
            }
            end = end_of_digits(text, least, bits);
            octet_digits const run{text.substr(at, end - at), bits};
            for (std::size_t begin = 0; begin != 8; begin += run.step())
                if (run.next_text(begin, shortest).end != 0)
                    return true;
            at = end;
        }
    return may_encode_in_pairs(text, shortest);
}

} // namespace intheloop::policy::detail

#endif
