// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_STANDARD_STREAMS_HPP
#define INTHELOOP_TOOLS_SHARED_STANDARD_STREAMS_HPP

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string_view>
#include <system_error>

// The standard input, output and error of a program.
namespace tools {

// Opens those of the three that are closed, so that no file and no socket gets their numbers. To
// read from one or to write to it fails then, as it does with a closed one. Lets a write to a pipe
// without a reader, or beyond a limit on the size of files, fail, where it would end the program.
inline void prepare_standard_streams() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
        if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            static_cast<void>(
                ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

// Closes a duplicate, as some file systems report a failed write only then. Returns whether all is
// well; errno tells the rest.
inline bool is_flushed(int descriptor) {
    int const copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 && ::close(copy) == 0;
}

// Writes to the standard output. Throws std::system_error unless all of it was taken.
inline void write_standard_output(std::string_view bytes) {
    auto const fail = [] {
        throw std::system_error(errno, std::generic_category(), "can't write the standard output");
    };
    while (!bytes.empty()) {
        ssize_t const written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) { // another program has made it non-blocking
            pollfd writable{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            fail();
        }
    }
    if (!is_flushed(STDOUT_FILENO))
        fail();
}

} // namespace tools

#endif
