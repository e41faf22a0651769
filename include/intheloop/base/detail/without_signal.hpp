// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_WITHOUT_SIGNAL_HPP
#define INTHELOOP_BASE_DETAIL_WITHOUT_SIGNAL_HPP

#include <time.h>

#include <cerrno>
#include <csignal>

namespace intheloop::detail {

// Keeps a signal from the program that a write of this thread may raise, and which would end it: a
// library may not change what a program does about signals. The error of the write stays in errno.
class without_signal {
public:
    explicit without_signal(int number) : number_(number) {
        sigemptyset(&only_);
        sigaddset(&only_, number_);
        was_pending_ = is_pending();
        pthread_sigmask(SIG_BLOCK, &only_, &before_);
    }
    without_signal(without_signal const&) = delete;
    without_signal& operator=(without_signal const&) = delete;
    ~without_signal() {
        int const why = errno;
        // If it was sent to the process, another thread may take it first: nothing is waited for.
        if (timespec const at_once{}; !was_pending_ && is_pending())
            sigtimedwait(&only_, nullptr, &at_once);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = why;
    }

private:
    bool is_pending() const {
        sigset_t pending;
        return sigpending(&pending) == 0 && sigismember(&pending, number_) == 1;
    }

    int const number_;
    sigset_t only_{}, before_{};
    bool was_pending_ = false;
};

} // namespace intheloop::detail

#endif
