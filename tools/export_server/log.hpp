// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP

#include <iostream>
#include <string>
#include <string_view>

namespace tools {

// A line for who runs the server. Any thread: it is written at once, so that no lines mix.
inline void log(std::string_view text) {
    std::string line = "export-server: ";
    line.append(text).append("\n");
    std::cerr << line;
}

} // namespace tools

#endif
