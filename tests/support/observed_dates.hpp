// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_OBSERVED_DATES_HPP
#define INTHELOOP_TESTS_SUPPORT_OBSERVED_DATES_HPP

#include <intheloop/base/time_source.hpp>

#include <chrono>
#include <functional>
#include <utility>

namespace tests {

// Dates the lines of a journal by the system's clock, and does something else before each.
class observed_dates final : public intheloop::time_source {
public:
    explicit observed_dates(std::function<void()> before) : before_(std::move(before)) {}

    time_point now() const override { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point system_now() const override {
        before_();
        return std::chrono::system_clock::now();
    }
    wait_id begin_wait(time_point, std::function<void()>) override { return 0; }
    void cancel_wait(wait_id) noexcept override {}

private:
    std::function<void()> const before_;
};

} // namespace tests

#endif
