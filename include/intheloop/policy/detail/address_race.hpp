// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_ADDRESS_RACE_HPP
#define INTHELOOP_POLICY_DETAIL_ADDRESS_RACE_HPP

// RFC 8305 (Happy Eyeballs): in which order, and when, the addresses of a host are tried. It knows
// no addresses, only their places in a list.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace intheloop::policy {

// The order in which to try addresses: the families take turns, beginning with that of the first
// address; each family keeps its own order.
INTHELOOP_DECL std::vector<std::size_t> interleave_families(std::vector<bool> const& is_ipv6);

// When the attempts to connect begin. They are numbered from 0 in the order in which they begin;
// none ends because another one began. The race ends when one succeeds, which the caller knows.
class address_race {
public:
    // The RFC's recommendation.
    static constexpr std::chrono::milliseconds default_delay{250};

    explicit address_race(std::size_t addresses, std::chrono::milliseconds delay = default_delay)
        : addresses_(addresses), delay_(delay) {}

    // The attempt that should begin now, if any; call it until it gives nothing. The first begins
    // at once, each other one when the one before it failed or was begun a delay ago.
    INTHELOOP_DECL std::optional<std::size_t> start_next(clock::time_point now);

    // An attempt that was begun has failed; once for each.
    INTHELOOP_DECL void failed(std::size_t attempt, clock::time_point now);

    // When start_next() will give an attempt if none fails before; it may have passed. Nothing if
    // none has begun yet, or all have.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at() const;

    // Whether all attempts have begun and failed.
    bool exhausted() const noexcept { return failed_ == addresses_; }

private:
    std::size_t addresses_;
    std::chrono::milliseconds delay_;
    std::size_t begun_ = 0;
    std::size_t failed_ = 0;
    clock::time_point next_at_; // once one has begun
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/address_race.ipp>
#endif

#endif
