// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_REDIS_PROGRAM_HPP
#define INTHELOOP_TESTS_SUPPORT_REDIS_PROGRAM_HPP

#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tests {

// Returns the path of the server for the tests of Redis, or nothing. INTHELOOP_TEST_REDIS names
// another one than the build has found, such as Valkey: its path, or its name among the programs.
inline std::string redis_program() {
    char const* const named = std::getenv("INTHELOOP_TEST_REDIS");
    if (!named || !*named) {
        char const* const found = std::getenv("INTHELOOP_TEST_FOUND_REDIS");
        return found ? found : "";
    }
    if (std::string const path = named; path.find('/') != path.npos)
        return path;
    char const* const directories = std::getenv("PATH");
    std::istringstream all(directories ? directories : "");
    for (std::string each; std::getline(all, each, ':');)
        if (std::string path = each + '/' + named; ::access(path.c_str(), X_OK) == 0)
            return path;
    throw std::runtime_error(std::string("INTHELOOP_TEST_REDIS: there is no program ") + named);
}

} // namespace tests

#endif
