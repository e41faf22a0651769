// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_FIXTURES_HPP
#define INTHELOOP_TESTS_SUPPORT_FIXTURES_HPP

#include <support/project_file.hpp>

#include <string>

namespace support {

// The text of a file of tests/fixtures, without its last line's end.
inline std::string fixture(std::string const& name) {
    std::string text = project_file("tests/fixtures/" + name);
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace support

#endif
