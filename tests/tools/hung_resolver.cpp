// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A resolver that does not answer, for programs that are started with LD_PRELOAD. It says so once,
// and ends a program that waits for it.
#include <unistd.h>

extern "C" int getaddrinfo(char const*, char const*, void const*, void**) {
    constexpr char said[] = "a name is looked up\n";
    ssize_t const written = ::write(2, said, sizeof said - 1);
    ::sleep(60);
    ::_exit(written < 0 ? 98 : 99);
}
