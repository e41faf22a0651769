// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_NARROW_UMASK_HPP
#define INTHELOOP_TESTS_SUPPORT_NARROW_UMASK_HPP

#include <sys/stat.h>

namespace tests {

// While it exists, a file that is made has no permissions, unless it is given some.
class narrow_umask {
public:
    narrow_umask() : before_(::umask(0777)) {}
    ~narrow_umask() { ::umask(before_); }
    narrow_umask(narrow_umask const&) = delete;
    narrow_umask& operator=(narrow_umask const&) = delete;

private:
    ::mode_t const before_;
};

} // namespace tests

#endif
