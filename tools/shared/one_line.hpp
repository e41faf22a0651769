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
    std::string clean(text);
    for (std::size_t i = 0; i != clean.size(); ++i) {
        auto const byte = static_cast<unsigned char>(clean[i]);
        auto const next = i + 1 != clean.size() ? static_cast<unsigned char>(clean[i + 1]) : 0u;
        if (byte < 0x20 || byte == 0x7f)
            clean[i] = ' ';
        else if (byte == 0xc2 && next >= 0x80 && next < 0xa0)
            clean.replace(i, 2, " ");
    }
    return clean;
}

} // namespace tools

#endif
