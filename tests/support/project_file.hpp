// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_PROJECT_FILE_HPP
#define INTHELOOP_TESTS_SUPPORT_PROJECT_FILE_HPP

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace support {

// The text of a file of this project, by its path from the root.
inline std::string project_file(std::string const& name) {
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    REQUIRE_MESSAGE(root, "INTHELOOP_TEST_ROOT names no directory; `meson test` sets it");
    std::ifstream file(std::string(root) + '/' + name, std::ios::binary);
    REQUIRE_MESSAGE(file, name);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace support

#endif
