// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_COUNT_OF_HPP
#define INTHELOOP_TESTS_SUPPORT_COUNT_OF_HPP

#include <cstddef>
#include <string_view>

namespace tests {

// Counts the places of a part in a text that do not overlap.
inline std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

} // namespace tests

#endif
