// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_EXAMPLES_PROGRAM_HPP
#define INTHELOOP_TESTS_EXAMPLES_PROGRAM_HPP

#include <cstdlib>
#include <string>

namespace tests {

// The path of an example, as `meson test` tells it.
inline std::string example_program(char const* name) {
    char const* const directory = std::getenv("INTHELOOP_TEST_EXAMPLES");
    return std::string(directory ? directory : "") + '/' + name;
}

} // namespace tests

#endif
