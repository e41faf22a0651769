// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_UPPER_HPP
#define INTHELOOP_TESTS_SUPPORT_UPPER_HPP

#include <string>
#include <string_view>

namespace tests {

// Letters of ASCII in upper case.
inline std::string upper(std::string_view text) {
    std::string made(text);
    for (char& c : made)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return made;
}

} // namespace tests

#endif
