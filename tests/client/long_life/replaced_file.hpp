// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_LONG_LIFE_REPLACED_FILE_HPP
#define INTHELOOP_TESTS_CLIENT_LONG_LIFE_REPLACED_FILE_HPP

#include <filesystem>
#include <fstream>
#include <string>

namespace fixture {

// Replaces a file as programs that renew certificates should: at once.
inline void replace(std::filesystem::path const& path, std::string const& text) {
    auto part = path;
    part += ".new";
    std::ofstream(part, std::ios::binary) << text;
    std::filesystem::rename(part, path);
}

} // namespace fixture

#endif
