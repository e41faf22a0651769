// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_TRANSFER_WATCH_HPP
#define INTHELOOP_POLICY_DETAIL_TRANSFER_WATCH_HPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace intheloop::policy {

// Returns the bytes that a transfer has to move in slow_transfer_options::duration.
constexpr double least_bytes(slow_transfer_options const& limit) {
    return static_cast<double>(limit.bytes_per_second) *
           std::chrono::duration<double>(std::min(limit.duration, longest_timeout)).count();
}

// Returns the problem, or null.
constexpr char const* validate(slow_transfer_options const& limit) {
    return limit.duration.count() <= 0 ? "slow_transfer.duration is not above zero" : nullptr;
}

// Watches the rate of a transfer: the bytes of the last `duration` in which it ran, in eight
// slices. Time in which it stands still by the program's own will does not count. Not thread-safe.
class transfer_watch {
public:
    transfer_watch(slow_transfer_options const& limit, clock::time_point now)
        : least_(least_bytes(limit)),
          slice_(std::max(clock::duration(std::min(limit.duration, longest_timeout)) /
                              static_cast<clock::rep>(slices),
                          clock::duration(1))),
          last_(now) {}

    bool runs() const noexcept { return runs_; }
    // Lets the time count from now on, or no more.
    void run(bool on, clock::time_point now) {
        advance(now);
        runs_ = on;
    }
    // Counts bytes that came or went just now.
    void add(std::uint64_t bytes, clock::time_point now) {
        advance(now);
        moved_[at_] += static_cast<double>(bytes);
    }
    // Returns whether the transfer was too slow for the whole duration.
    bool is_slow(clock::time_point now) {
        advance(now);
        return is_slow_;
    }
    // Returns when to ask is_slow() again: at the end of the slice. Nothing while no time counts.
    std::optional<clock::time_point> check_at() const {
        if (!runs_)
            return std::nullopt;
        return intheloop::detail::saturating_add(last_, slice_ - within_);
    }

private:
    static constexpr std::size_t slices = 8;

    void advance(clock::time_point now) {
        if (runs_ && now > last_) {
            within_ = intheloop::detail::saturating_add(
                within_, intheloop::detail::saturating_between<clock::duration>(last_, now));
            for (std::size_t i = 0; within_ >= slice_ && i != 2 * slices; ++i)
                end_slice();
            if (within_ >= slice_) // nothing came for long: all slices are empty
                within_ %= slice_;
        }
        last_ = std::max(last_, now);
    }
    void end_slice() {
        within_ -= slice_;
        ended_ = std::min(ended_ + 1, slices);
        double sum = 0;
        for (double const bytes : moved_)
            sum += bytes;
        is_slow_ = ended_ == slices && sum < least_;
        at_ = (at_ + 1) % slices;
        moved_[at_] = 0;
    }

    double least_;
    clock::duration slice_;
    clock::time_point last_;    // up to here the time was counted
    clock::duration within_{0}; // of the current slice
    std::array<double, slices> moved_{};
    std::size_t at_ = 0;    // the current slice
    std::size_t ended_ = 0; // how many slices have ended, up to all
    bool runs_ = false;
    bool is_slow_ = false; // when the last slice ended
};

} // namespace intheloop::policy

#endif
