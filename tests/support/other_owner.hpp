// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_OTHER_OWNER_HPP
#define INTHELOOP_TESTS_SUPPORT_OTHER_OWNER_HPP

#include <sys/fsuid.h>

namespace tests {

// Gives another owner to the files that this thread makes, as a file system may do that knows one
// owner only. Takes root, and does nothing without; the owner needs rights in the directory.
class other_owner {
public:
    explicit other_owner(unsigned owner)
        : before_(static_cast<unsigned>(::setfsuid(owner))),
          is_set_(static_cast<unsigned>(::setfsuid(static_cast<unsigned>(-1))) == owner) {}
    ~other_owner() { ::setfsuid(before_); }
    other_owner(other_owner const&) = delete;
    other_owner& operator=(other_owner const&) = delete;

    // False without the right to do so, which root lacks too in a user namespace without this user.
    explicit operator bool() const { return is_set_; }

private:
    unsigned const before_;
    bool const is_set_;
};

} // namespace tests

#endif
