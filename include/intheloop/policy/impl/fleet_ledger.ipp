// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_FLEET_LEDGER_IPP
#define INTHELOOP_POLICY_IMPL_FLEET_LEDGER_IPP

#include <intheloop/policy/detail/fleet_ledger.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace intheloop::policy {

INTHELOOP_DECL double fair_level(std::vector<weighted_want> wants, double limit) {
    std::sort(wants.begin(), wants.end(), [](weighted_want const& a, weighted_want const& b) {
        return a.want * b.weight < b.want * a.weight;
    });
    double weights = 0;
    for (weighted_want const& each : wants)
        weights += each.weight;
    for (weighted_want const& each : wants) { // those that want least come first
        if (each.want * weights > limit * each.weight)
            return limit / weights;
        limit -= each.want;
        weights -= each.weight;
    }
    return std::numeric_limits<double>::infinity();
}

INTHELOOP_DECL void fleet_ledger::count(member& of, fleet_share const& share) {
    given_.rate += share.rate - of.counted.rate;
    given_.in_flight += share.in_flight - of.counted.in_flight;
    of.counted = share;
}

INTHELOOP_DECL void fleet_ledger::leave(std::string const& who) {
    auto const found = members_.find(who);
    if (found == members_.end())
        return;
    count(found->second, {});
    ends_.erase({found->second.ends, who});
    members_.erase(found);
    if (members_.empty())
        given_ = {}; // no rounding error is left
}

// Looks at all members, and so not for each claim if they are many.
INTHELOOP_DECL void fleet_ledger::find_levels(fleet_claim const& claim, clock::time_point now) {
    constexpr std::size_t few = 128;
    auto const least = std::chrono::microseconds(20) * members_.size();
    if (members_.size() > few && level_at_ && now - *level_at_ < least)
        return;
    level_at_ = now;
    std::vector<weighted_want> rates, in_flight;
    given_ = {};
    for (auto const& [name, each] : members_) {
        rates.push_back({each.wanted.rate, each.weight});
        in_flight.push_back({each.wanted.in_flight, each.weight});
        given_.rate += each.counted.rate;
        given_.in_flight += each.counted.in_flight;
    }
    level_ = {fair_level(std::move(rates), claim.limits.rate),
              fair_level(std::move(in_flight), claim.limits.in_flight)};
    others_are_short_ = std::any_of(members_.begin(), members_.end(), [&](auto const& one) {
        auto const& [name, each] = one;
        double const fair =
            std::floor(std::min(each.wanted.in_flight, each.weight * level_.in_flight));
        return name != claim.member && each.wanted.in_flight >= 1 &&
               each.counted.in_flight < std::max(1.0, fair);
    });
}

// Returns the share regardless of the leases in force. In flight, those that come first get the
// rest of the division, unless others lack their share. If fewer may be in flight than there are
// members, those that had their turn stand back then.
INTHELOOP_DECL fleet_share fleet_ledger::fair_share(fleet_claim const& claim, bool had_turn) const {
    double const level = claim.weight * level_.in_flight;
    double const in_flight = std::min(claim.wanted.in_flight, level);
    double const least = had_turn && level < 1 ? 0 : std::min(1.0, claim.wanted.in_flight);
    return {std::min(claim.wanted.rate, claim.weight * level_.rate),
            others_are_short_ ? std::max(least, std::floor(in_flight)) : std::ceil(in_flight)};
}

INTHELOOP_DECL fleet_grant fleet_ledger::claim(fleet_claim const& claim, clock::time_point now) {
    while (!ends_.empty() && ends_.begin()->first <= now)
        leave(std::string(ends_.begin()->second));
    bool const holds_any = claim.limits.rate > 0 ? claim.held.rate > 0 : claim.held.in_flight > 0;
    bool const begins = members_.empty();
    if (begins)
        one_is_back_ = false;
    if (std::exchange(is_fresh_, false))
        learning_until_ = now + claim.lease;
    bool const comes_back = holds_any && !members_.contains(claim.member);
    if (comes_back && !one_is_back_ && (begins || now < learning_until_)) {
        one_is_back_ = true;
        learning_until_ = now + claim.lease + longest_pause;
    }
    // An engine whose clock is set back would learn for as long.
    learning_until_ = std::min(learning_until_, now + claim.lease + longest_pause);
    bool const is_learning = now < learning_until_;

    member& mine = members_[claim.member];
    ends_.erase({mine.ends, claim.member});
    fleet_share const before = mine.counted;
    count(mine, {});
    mine.wanted = claim.wanted;
    mine.weight = claim.weight;
    find_levels(claim, now);
    fleet_share fair = fair_share(claim, before.in_flight >= 1);
    if (is_learning)
        fair = {
            std::min(claim.wanted.rate, holds_any ? claim.held.rate : claim.safe.rate),
            std::min(claim.wanted.in_flight, std::max(claim.held.in_flight, claim.safe.in_flight))};

    fleet_grant grant;
    grant.group = claim.group;
    if (claim.limits.rate > 0)
        grant.share.rate = std::clamp(claim.limits.rate - given_.rate, 0.0, fair.rate);
    if (claim.limits.in_flight > 0)
        grant.share.in_flight =
            std::floor(std::clamp(claim.limits.in_flight - given_.in_flight, 0.0, fair.in_flight));
    // Requests that are in flight go on, even beyond a share that has become smaller.
    count(mine, {grant.share.rate, std::max(grant.share.in_flight,
                                            std::min(before.in_flight, claim.held.in_flight))});

    bool const has_less = grant.share.rate < 0.9 * fair.rate * (claim.limits.rate > 0 ? 1 : 0) ||
                          (claim.limits.in_flight > 0 &&
                           grant.share.in_flight < std::min(1.0, claim.wanted.in_flight));
    grant.lease = has_less ? claim.lease / 4 : is_learning ? claim.lease / 2 : claim.lease;
    mine.ends = now + grant.lease;
    ends_.emplace(mine.ends, claim.member);
    grant.members = members_.size();
    grant.paused = left(paused_until_, now);
    grant.refused = left(refused_until_, now);
    return grant;
}

INTHELOOP_DECL void fleet_ledger::tell(fleet_notice const& told, clock::time_point now) {
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1); // of a client's pauses
    paused_until_ = std::max(paused_until_, later(now, std::min(told.paused, longest)));
    refused_until_ = std::max(refused_until_, later(now, told.refused));
}

INTHELOOP_DECL std::chrono::milliseconds fleet_ledger::left(clock::time_point until,
                                                            clock::time_point now) {
    return until <= now ? std::chrono::milliseconds(0)
                        : std::chrono::ceil<std::chrono::milliseconds>(until - now);
}

} // namespace intheloop::policy

#endif
