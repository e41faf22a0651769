// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_FIXTURES_HPP
#define INTHELOOP_TESTS_SUPPORT_FIXTURES_HPP

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace support {

// The text of a file of tests/fixtures, without its last line's end.
inline std::string fixture(std::string const& name) {
    char const* const directory = std::getenv("INTHELOOP_TEST_FIXTURES");
    REQUIRE_MESSAGE(directory, "INTHELOOP_TEST_FIXTURES names no directory; `meson test` sets it");
    std::ifstream file(std::string(directory) + '/' + name, std::ios::binary);
    REQUIRE_MESSAGE(file, name);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace support

#endif
