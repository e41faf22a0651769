// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_ONE_LINE_HPP
#define INTHELOOP_TOOLS_SHARED_ONE_LINE_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace tools {

// Control characters become spaces: a text of others must not move the cursor, colour the screen or
// break the line. (C1 controls are the two bytes C2 80 to C2 9F.)
inline std::string one_line(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        auto const next = i + 1 != text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        bool const is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
        clean += is_c1 || byte < 0x20 || byte == 0x7f ? ' ' : text[i];
        i += is_c1 ? 1 : 0;
    }
    return clean;
}

} // namespace tools

#endif
