// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_LOG_HPP

#include "../shared/one_line.hpp"

#include <intheloop/base/detail/cut_text.hpp>

#include <limits.h> // PIPE_BUF
#include <poll.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace tools {

// Writes a line for the administrator of the server. Any thread: it is written at once, so that no
// lines mix. Control characters become blanks, and a long text is cut, as ids are texts of the
// service. A log whose reader is gone, or takes nothing, loses lines and stops nothing.
inline void log(std::string_view text) {
    constexpr std::size_t longest = PIPE_BUF - 100; // the line has no more than PIPE_BUF
    std::string const line =
        "export-server: " + one_line(intheloop::detail::shortened(text, longest)) + '\n';
    static std::mutex one_at_a_time; // another thread could take the room that was found
    std::lock_guard const lock(one_at_a_time);
    pollfd to{STDERR_FILENO, POLLOUT, 0};
    if (poll(&to, 1, 0) > 0) // which a pipe with room for PIPE_BUF bytes is
        std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace tools

#endif
