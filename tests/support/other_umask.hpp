// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_OTHER_UMASK_HPP
#define INTHELOOP_TESTS_SUPPORT_OTHER_UMASK_HPP

#include <sys/stat.h>

namespace tests {

// Keeps another umask of the process as long as it exists.
class other_umask {
public:
    explicit other_umask(::mode_t mask) : before_(::umask(mask)) {}
    ~other_umask() { ::umask(before_); }
    other_umask(other_umask const&) = delete;
    other_umask& operator=(other_umask const&) = delete;

private:
    ::mode_t const before_;
};

} // namespace tests

#endif
