// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_FULL_DISK_HPP
#define INTHELOOP_TESTS_SUPPORT_FULL_DISK_HPP

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cstdint>

namespace tests {

// While it exists, no file can grow beyond so many bytes: that is how a full disk looks. A write
// that raises SIGXFSZ ends the test.
class full_disk {
public:
    explicit full_disk(std::uintmax_t bytes) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit limited = before_;
        limited.rlim_cur = bytes;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
    }
    ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    full_disk(full_disk const&) = delete;
    full_disk& operator=(full_disk const&) = delete;

private:
    rlimit before_{};
};

} // namespace tests

#endif
