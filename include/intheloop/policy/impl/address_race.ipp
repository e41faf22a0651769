// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_ADDRESS_RACE_IPP
#define INTHELOOP_POLICY_IMPL_ADDRESS_RACE_IPP

#include <intheloop/policy/detail/address_race.hpp>

#include <algorithm>

namespace intheloop::policy {

INTHELOOP_DECL std::vector<std::size_t> interleave_families(std::vector<bool> const& is_ipv6) {
    std::vector<std::size_t> first; // of the family of the first address
    std::vector<std::size_t> second;
    for (std::size_t i = 0; i != is_ipv6.size(); ++i)
        (is_ipv6[i] == is_ipv6[0] ? first : second).push_back(i);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i != std::max(first.size(), second.size()); ++i) {
        if (i < first.size())
            order.push_back(first[i]);
        if (i < second.size())
            order.push_back(second[i]);
    }
    return order;
}

INTHELOOP_DECL std::optional<std::size_t> address_race::start_next(clock::time_point now) {
    bool const is_first = begun_ == 0;
    if (begun_ == addresses_ || (!is_first && now < next_at_))
        return std::nullopt;
    next_at_ = later(now, delay);
    return begun_++;
}

INTHELOOP_DECL void address_race::failed(std::size_t attempt, clock::time_point now) {
    ++failed_;
    bool const is_latest = attempt + 1 == begun_;
    if (is_latest)
        next_at_ = std::min(next_at_, now);
}

INTHELOOP_DECL std::optional<clock::time_point> address_race::wake_at() const {
    if (begun_ == 0 || begun_ == addresses_)
        return std::nullopt;
    return next_at_;
}

} // namespace intheloop::policy

#endif
