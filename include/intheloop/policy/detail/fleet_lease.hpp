// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_FLEET_LEASE_HPP
#define INTHELOOP_POLICY_DETAIL_FLEET_LEASE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/fleet_claim.hpp>
#include <intheloop/policy/fleet_options.hpp>
#include <intheloop/policy/limit_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace intheloop::policy {

// Returns the problem with the options, or an empty text.
INTHELOOP_DECL std::string validate(fleet_options const& options);

// Tells how busy a client is, as its limiter counts it.
struct fleet_demand {
    std::uint64_t begun = 0; // attempts so far
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
    std::size_t waiting_tenants = 0;
    bool is_paused = false; // so that attempts wait for the service, and for no share
};

// Holds the limits of a client for now.
struct fleet_capacity {
    std::optional<limit_options> limits; // others than before
    double saved = 0;                    // of an earlier capacity, in requests
    // No attempt may begin before: waits for the first answer, or has no share.
    clock::time_point held_until = clock::time_point::min();
};

// The lease of one client: says when to ask the fleet and for how much, and what the client may do
// with its answer, or without one. Has no clock of its own. Random numbers are in [0, 1].
class fleet_lease {
public:
    INTHELOOP_DECL fleet_lease(fleet_options const& options, limit_options const& limits);

    // Returns whether it is time to ask. The caller then takes the numbers of claim(), and reports
    // the answer with on_granted() or on_failed(); on_failed() too if now >= answer_due().
    INTHELOOP_DECL bool must_ask(fleet_demand const& demand, clock::time_point now) const;
    INTHELOOP_DECL fleet_claim claim(fleet_demand const& demand, clock::time_point now);
    INTHELOOP_DECL void on_granted(fleet_grant const& got, clock::time_point now, double random);
    INTHELOOP_DECL void on_failed(clock::time_point now, double random);
    bool is_asking() const noexcept { return is_asking_; }
    clock::time_point answer_due() const { return later(asked_at_, options_.timeout); }
    // The engine is said to be back: waits for no pause.
    void ask_soon() {
        if (is_away() && !is_asking_)
            ask_at_ = std::min(ask_at_, may_ask_again_at());
    }
    // The answer will not come: asks anew when it is time.
    void stop_asking() noexcept { is_asking_ = false; }

    // Returns what the client may do from now on, if that has changed since it was last asked.
    INTHELOOP_DECL std::optional<fleet_capacity> changed_capacity(clock::time_point now);
    // Returns when must_ask(), answer_due() or changed_capacity() may say something else.
    INTHELOOP_DECL clock::time_point wake_at(fleet_demand const& demand,
                                             clock::time_point now) const;

    // Begins anew with another token, among others that may have changed to it as well: the first
    // claim tells the share of before.
    INTHELOOP_DECL void move(clock::time_point now);

    // Returns whether the last answer did not come.
    bool is_away() const noexcept { return failures_ != 0; }
    // Returns how long after a pause of all this client may begin, so that they don't begin at
    // once.
    INTHELOOP_DECL std::chrono::milliseconds spread(double random) const;

private:
    enum class phase : unsigned char { none, held, leased, safe };

    INTHELOOP_DECL phase phase_at(clock::time_point now) const;
    INTHELOOP_DECL bool wants_more(fleet_demand const& demand) const;
    INTHELOOP_DECL clock::time_point may_ask_again_at() const;
    INTHELOOP_DECL fleet_share safe_share(clock::time_point now) const;
    INTHELOOP_DECL fleet_share share_of_new() const;
    INTHELOOP_DECL double burst_of(double rate) const;
    INTHELOOP_DECL fleet_capacity capacity_of(fleet_share const& share) const;
    double lease_seconds() const { return std::chrono::duration<double>(options_.lease).count(); }

    fleet_options options_;
    fleet_share limits_;
    unsigned burst_;
    fleet_share share_; // of the last lease
    fleet_share wanted_;
    fleet_share moved_; // of the lease with the token before, until there is an answer
    clock::time_point ends_ = clock::time_point::min(); // of the lease
    clock::time_point asked_at_ = clock::time_point::min();
    clock::time_point ask_at_ = clock::time_point::min();
    clock::time_point measured_at_ = clock::time_point::min();
    std::uint64_t begun_before_ = 0; // that time
    std::uint64_t members_ = 1;
    unsigned failures_ = 0; // since the last answer
    bool is_asking_ = false;
    bool had_lease_ = false;
    bool is_changed_ = true;
    double saved_ = 1; // the requests with which the capacity begins
    phase told_ = phase::none;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/fleet_lease.ipp>
#endif

#endif
