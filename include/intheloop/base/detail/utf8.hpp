// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_UTF8_HPP
#define INTHELOOP_BASE_DETAIL_UTF8_HPP

#include <cstddef>
#include <string_view>

namespace intheloop::detail {

// Returns the length of the UTF-8 character at the beginning of a text; 0 if there is none. No
// overlong form is one, no surrogate, and nothing above U+10FFFF.
constexpr std::size_t utf8_length(std::string_view text) noexcept {
    auto const byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
    };
    auto const continues = [&](std::size_t at, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(at) >= low && byte(at) <= high;
    };
    unsigned const first = byte(0);
    if (first < 0x80)
        return text.empty() ? 0 : 1;
    if (first >= 0xc2 && first <= 0xdf && continues(1))
        return 2;
    if (first >= 0xe0 && first <= 0xef &&
        continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && continues(2))
        return 3;
    if (first >= 0xf0 && first <= 0xf4 &&
        continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && continues(2) &&
        continues(3))
        return 4;
    return 0;
}

} // namespace intheloop::detail

#endif
