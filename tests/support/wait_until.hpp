// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_WAIT_UNTIL_HPP
#define INTHELOOP_TESTS_SUPPORT_WAIT_UNTIL_HPP

#include <chrono>
#include <thread>

namespace tests {

// Waits for what other threads or programs do, and looks each millisecond. Returns false if that
// takes too long.
template <class Condition>
bool wait_until(Condition reached, std::chrono::milliseconds time_limit) {
    auto const end = std::chrono::steady_clock::now() + time_limit;
    while (!reached()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

} // namespace tests

#endif
