// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_UTF8_HPP
#define INTHELOOP_CODEC_DETAIL_UTF8_HPP

#include <cstddef>
#include <string_view>

namespace intheloop::codec {

// Returns whether a text is well-formed UTF-8: no overlong form, no surrogate, nothing above
// U+10FFFF.
constexpr bool is_utf8(std::string_view text) noexcept {
    std::size_t i = 0;
    auto const byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
    };
    auto const continues = [&](std::size_t at, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(at) >= low && byte(at) <= high;
    };
    while (i != text.size()) {
        unsigned const first = byte(i);
        if (first < 0x80) {
            i += 1;
        } else if (first >= 0xc2 && first <= 0xdf && continues(i + 1)) {
            i += 2;
        } else if (first >= 0xe0 && first <= 0xef &&
                   continues(i + 1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) &&
                   continues(i + 2)) {
            i += 3;
        } else if (first >= 0xf0 && first <= 0xf4 &&
                   continues(i + 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) &&
                   continues(i + 2) && continues(i + 3)) {
            i += 4;
        } else {
            return false;
        }
    }
    return true;
}

// Returns a text without the byte order mark at its beginning, if there is one.
constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
    return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

} // namespace intheloop::codec

#endif
