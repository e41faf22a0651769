// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_BASE64_HPP
#define INTHELOOP_BASE_DETAIL_BASE64_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::detail {

// RFC 4648, with padding.
inline std::string to_base64(std::string_view octets) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((octets.size() + 2) / 3 * 4);
    while (!octets.empty()) {
        std::size_t const size = std::min<std::size_t>(octets.size(), 3);
        unsigned group = 0;
        for (std::size_t i = 0; i != 3; ++i)
            group = group << 8 | (i < size ? static_cast<unsigned char>(octets[i]) : 0u);
        for (std::size_t i = 0; i != 4; ++i)
            text += i <= size ? digits[group >> (18 - 6 * i) & 63] : '=';
        octets.remove_prefix(size);
    }
    return text;
}

} // namespace intheloop::detail

#endif
