// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_UTF8_HPP
#define INTHELOOP_CODEC_DETAIL_UTF8_HPP

#include <intheloop/base/detail/utf8.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop::codec {

// Returns whether a text is well-formed UTF-8: no overlong form, no surrogate, nothing above
// U+10FFFF.
constexpr bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        std::size_t const length = intheloop::detail::utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

// Returns a text without the byte order mark at its beginning, if there is one.
constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
    return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

} // namespace intheloop::codec

#endif
