// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/without_signal.hpp>

#include <doctest/doctest.h>

#include <dlfcn.h>

#include <cerrno>
#include <csignal>

namespace {

int reported = 0; // as pending

} // namespace

extern "C" int sigpending(sigset_t* pending) noexcept {
    using function = int (*)(sigset_t*);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "sigpending"));
    int const result = real(pending);
    if (reported != 0)
        sigaddset(pending, reported);
    return result;
}

TEST_SUITE("base/without_signal") {

using intheloop::detail::without_signal;

namespace {

bool is_pending(int number) {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

} // namespace

TEST_CASE("a signal of this thread is taken away, and the error stays") {
    {
        without_signal const quiet(SIGXFSZ);
        ::raise(SIGXFSZ);
        CHECK(is_pending(SIGXFSZ));
        errno = EFBIG;
    }
    CHECK(errno == EFBIG);
    CHECK_FALSE(is_pending(SIGXFSZ));
}

TEST_CASE("a signal that was pending before stays") {
    sigset_t only, before;
    sigemptyset(&only);
    sigaddset(&only, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &only, &before);
    ::raise(SIGXFSZ);
    { without_signal const quiet(SIGXFSZ); }
    CHECK(is_pending(SIGXFSZ));
    int got = 0;
    CHECK(::sigwait(&only, &got) == 0);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a signal that another thread has taken meanwhile is not waited for") {
    {
        without_signal const quiet(SIGXFSZ);
        reported = SIGXFSZ; // to the process, and not any more when it is to be taken
    }
    reported = 0;
    CHECK_FALSE(is_pending(SIGXFSZ));
}

} // TEST_SUITE("base/without_signal")
