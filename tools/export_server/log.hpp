// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace tools {

// Writes a line for the administrator of the server. Any thread: it is written at once, so that no
// lines mix. Control characters become '?', as ids are texts of the service. A log whose reader is
// gone, or takes nothing, loses lines and stops nothing.
inline void log(std::string_view text) {
    std::string line = "export-server: ";
    for (char const c : text)
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    line += '\n';
    pollfd to{STDERR_FILENO, POLLOUT, 0};
    if (poll(&to, 1, 0) > 0) // which a pipe with room for a line is
        std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace tools

#endif
