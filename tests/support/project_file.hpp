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

// Where a file of this project lies, by its path from the root.
inline std::string project_path(std::string const& name) {
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    REQUIRE_MESSAGE(root, "INTHELOOP_TEST_ROOT names no directory; `meson test` sets it");
    return std::string(root) + '/' + name;
}

// Its text.
inline std::string project_file(std::string const& name) {
    std::ifstream file(project_path(name), std::ios::binary);
    REQUIRE_MESSAGE(file, name);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace support

#endif
