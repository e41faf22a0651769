// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RATE_METER_HPP
#define INTHELOOP_POLICY_DETAIL_RATE_METER_HPP

#include <intheloop/policy/detail/deadline.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>

namespace intheloop::policy {

// Measures the recent rate in bytes per second: older bytes count less and less.
class rate_meter {
public:
    explicit rate_meter(clock::time_point now) : began_(now), last_(now) {}

    void add(std::uint64_t bytes, clock::time_point now) {
        decay(now);
        recent_ += static_cast<double>(bytes);
    }
    // Returns the rate in bytes per second; 0 at first.
    double rate(clock::time_point now) {
        decay(now);
        // At the beginning the weights don't add up to the whole memory yet.
        double const weight = memory * (1 - std::exp(-seconds(began_, now) / memory));
        return weight > 0 ? recent_ / weight : 0;
    }

private:
    static constexpr double memory = 3; // seconds

    static double seconds(clock::time_point begin, clock::time_point end) {
        return std::chrono::duration<double>(
                   intheloop::detail::saturating_between<clock::duration>(begin, end))
            .count();
    }
    void decay(clock::time_point now) {
        recent_ *= std::exp(-seconds(last_, now) / memory);
        last_ = now;
    }

    clock::time_point began_;
    clock::time_point last_;
    double recent_ = 0; // bytes, weighted
};

} // namespace intheloop::policy

#endif
