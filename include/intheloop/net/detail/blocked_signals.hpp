// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_BLOCKED_SIGNALS_HPP
#define INTHELOOP_NET_DETAIL_BLOCKED_SIGNALS_HPP

#include <csignal>
#include <initializer_list>

namespace intheloop::net::detail {

// Blocks signals during its lifetime, so that a thread that starts meanwhile never runs a handler
// of the program. Faults of the thread itself are not blocked.
class blocked_signals {
public:
    blocked_signals() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
            ::sigdelset(&all, fault);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~blocked_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    blocked_signals(blocked_signals const&) = delete;
    blocked_signals& operator=(blocked_signals const&) = delete;

private:
    sigset_t before_;
};

} // namespace intheloop::net::detail

#endif
