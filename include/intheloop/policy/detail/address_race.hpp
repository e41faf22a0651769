// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_ADDRESS_RACE_HPP
#define INTHELOOP_POLICY_DETAIL_ADDRESS_RACE_HPP

// RFC 8305 (Happy Eyeballs): the order and the times of the attempts to connect to the addresses of
// a host. Addresses are known by their position in a list only.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace intheloop::policy {

// Orders addresses for connecting: the families take turns, beginning with the family of the first
// address; each family keeps its own order.
INTHELOOP_DECL std::vector<std::size_t> interleave_families(std::vector<bool> const& is_ipv6);

// Schedules the attempts to connect. They are numbered from 0 in the order of their start; none
// ends because another one starts. The race ends when an attempt succeeds, which the caller
// notices.
class address_race {
public:
    // The RFC's recommendation.
    static constexpr std::chrono::milliseconds delay{250};

    explicit address_race(std::size_t addresses) : addresses_(addresses) {}

    // Returns an attempt that should start now, if any; call it until it returns nothing. The first
    // attempt starts at once, each later one when the one before it failed or has been under way
    // for the delay.
    INTHELOOP_DECL std::optional<std::size_t> start_next(clock::time_point now);

    // Reports the failure of a started attempt; once for each.
    INTHELOOP_DECL void failed(std::size_t attempt, clock::time_point now);

    // Returns when start_next() will return an attempt, unless one fails before; the time may have
    // passed. Nothing if no attempt has started, or all have.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at() const;

    // Returns whether all attempts have started and failed.
    bool exhausted() const noexcept { return failed_ == addresses_; }

private:
    std::size_t addresses_;
    std::size_t begun_ = 0;
    std::size_t failed_ = 0;
    clock::time_point next_at_; // valid once an attempt has started
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/address_race.ipp>
#endif

#endif
