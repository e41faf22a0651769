// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_FLEET_LEDGER_HPP
#define INTHELOOP_POLICY_DETAIL_FLEET_LEDGER_HPP

// Divides the limits of a token among the members of its fleet. Engines do the same where they are:
// the scripts of an engine mirror this, and are tested against it.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/fleet_claim.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::policy {

struct weighted_want {
    double want;   // >= 0
    double weight; // > 0
};

// Returns the level at which all of the limit is given away, if each gets what it wants, but at
// most the level times its weight: max-min fair shares. Infinite if the limit is enough for all.
INTHELOOP_DECL double fair_level(std::vector<weighted_want> wants, double limit);

// The leases of one group. Sums of shares never exceed the limits of the claim that is answered, so
// a new member may get less than its fair share until others have renewed theirs, for a quarter of
// the time.
//
// A ledger that has lost its memory, begins, or was away, does not know the shares in use. So it is
// learning: members keep what they hold, and new ones get the safe share. It does so for one lease,
// and once a member comes back, until all others have had the time to do so.
class fleet_ledger {
public:
    // The longest pause of a member before it tries again to reach the ledger.
    static constexpr std::chrono::milliseconds longest_pause{5000};

    explicit fleet_ledger(bool is_fresh) : is_fresh_(is_fresh) {}

    INTHELOOP_DECL fleet_grant claim(fleet_claim const& claim, clock::time_point now);
    INTHELOOP_DECL void leave(std::string const& who);
    // Of two pauses, or refusals, the one that ends later counts.
    INTHELOOP_DECL void tell(fleet_notice const& told, clock::time_point now);

    // Returns the members with a lease, as far as they were looked at.
    std::size_t size() const noexcept { return members_.size(); }
    // Returns the sum of the shares of all leases.
    fleet_share const& given() const noexcept { return given_; }

private:
    struct member {
        fleet_share wanted;
        fleet_share counted; // against the limits
        double weight = 1;
        clock::time_point ends{};
    };

    INTHELOOP_DECL void count(member& of, fleet_share const& share);
    INTHELOOP_DECL void find_levels(fleet_claim const& claim, clock::time_point now);
    INTHELOOP_DECL fleet_share fair_share(fleet_claim const& claim, bool had_turn) const;
    INTHELOOP_DECL static std::chrono::milliseconds left(clock::time_point until,
                                                         clock::time_point now);

    bool is_fresh_;
    std::map<std::string, member> members_;
    std::set<std::pair<clock::time_point, std::string>> ends_;
    fleet_share given_;
    fleet_share level_;             // per weight
    bool others_are_short_ = false; // of requests in flight
    std::optional<clock::time_point> level_at_;
    clock::time_point learning_until_{};
    bool one_is_back_ = false; // since nobody had a lease
    clock::time_point paused_until_{};
    clock::time_point refused_until_{};
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/fleet_ledger.ipp>
#endif

#endif
