// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_RANDOM_NUMBERS_HPP
#define INTHELOOP_BASE_DETAIL_RANDOM_NUMBERS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/time_source.hpp>

#include <cstdint>
#include <memory>

namespace intheloop::detail {

// The uses of random numbers. Each draws from a sequence of its own, so that no use changes the
// numbers of another.
enum class random_use : std::uint64_t {
    seeds,
    call,
    export_polls,
    download,
    idempotency_key,
    boundary,
    fleet
};

// A sequence of random numbers (SplitMix64): equal seeds give equal numbers on all platforms, while
// the standard's distributions differ. Not for secrets.
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
    // The sequence of the `number`-th object of a use.
    random_numbers(std::uint64_t seed, random_use use, std::uint64_t number) noexcept
        : state_(mixed(mixed(seed + static_cast<std::uint64_t>(use)) + number)) {}

    std::uint64_t next() noexcept { return mixed(state_ += step); }
    // Returns a number in [0, 1).
    double next_share() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

    static constexpr std::uint64_t mixed(std::uint64_t bits) noexcept {
        bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
        return bits ^ (bits >> 31);
    }

    std::uint64_t state_;
};

// Returns the next seed of a clock; an unpredictable one if the clock is null or has none.
INTHELOOP_DECL std::uint64_t next_seed(std::shared_ptr<time_source> const& clock);

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/random_numbers.ipp>
#endif

#endif
