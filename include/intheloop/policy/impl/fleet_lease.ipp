// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_FLEET_LEASE_IPP
#define INTHELOOP_POLICY_IMPL_FLEET_LEASE_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/policy/detail/fleet_lease.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace intheloop::policy {

INTHELOOP_DECL std::string validate(fleet_options const& options) {
    constexpr std::size_t shortest = 16;
    if (options.key.reveal().size() < shortest)
        return "fleet: the key has fewer than 16 characters";
    for (auto const& [name, time] :
         {std::pair{"lease", options.lease}, std::pair{"timeout", options.timeout},
          std::pair{"half_life", options.half_life}, std::pair{"refusal", options.refusal},
          std::pair{"start_lease", options.start_lease},
          std::pair{"start_timeout", options.start_timeout},
          std::pair{"shared_export", options.shared_export},
          std::pair{"completed_export", options.completed_export},
          std::pair{"unclear_start", options.unclear_start}})
        if (time.count() <= 0 || time > longest_timeout)
            return std::string("fleet: ") + name +
                   (time.count() <= 0 ? " is not above zero" : " is longer than a year");
    if (options.lease < 5 * options.timeout)
        return "fleet: a lease is shorter than five times the timeout";
    if (options.start_lease < 2 * options.start_timeout)
        return "fleet: start_lease is shorter than twice start_timeout";
    if (!(options.safe_share > 0 && options.safe_share <= 1))
        return "fleet: safe_share is not above 0, and at most 1";
    if (options.provider_turn.count() < 0 || options.provider_turn > longest_timeout)
        return "fleet: provider_turn is below zero, or longer than a year";
    return {};
}

// The part of a lease after which it is renewed at the earliest.
inline constexpr double renewal = 0.6;

INTHELOOP_DECL fleet_lease::fleet_lease(fleet_options const& options, limit_options const& limits)
    : options_(options), limits_{limits.requests_per_second,
                                 static_cast<double>(limits.max_in_flight)},
      burst_(limits.burst) {
    options_.key = {}; // of no use here
}

INTHELOOP_DECL fleet_lease::phase fleet_lease::phase_at(clock::time_point now) const {
    if (now < ends_)
        return phase::leased;
    return is_away() ? phase::safe : phase::held;
}

// More than it got, if it got all that it asked for: else it waits until others have renewed.
INTHELOOP_DECL bool fleet_lease::wants_more(fleet_demand const& demand) const {
    if (demand.waiting == 0 || demand.is_paused || is_away())
        return false;
    bool const got_all = share_.rate >= 0.99 * wanted_.rate * (limits_.rate > 0 ? 1 : 0) &&
                         (limits_.in_flight == 0 || share_.in_flight >= wanted_.in_flight);
    return got_all && (share_.rate < limits_.rate || share_.in_flight < limits_.in_flight);
}

INTHELOOP_DECL clock::time_point fleet_lease::may_ask_again_at() const {
    constexpr std::chrono::milliseconds least(50);
    return later(asked_at_, std::max(least, options_.lease / 16));
}

INTHELOOP_DECL bool fleet_lease::must_ask(fleet_demand const& demand, clock::time_point now) const {
    if (is_asking_)
        return false;
    return now >= ask_at_ || (wants_more(demand) && now >= may_ask_again_at());
}

INTHELOOP_DECL fleet_claim fleet_lease::claim(fleet_demand const& demand, clock::time_point now) {
    using seconds = std::chrono::duration<double>;
    double const lease = lease_seconds();
    auto const waiting = static_cast<double>(demand.waiting);
    auto const in_flight = static_cast<double>(demand.in_flight);
    auto const in = phase_at(now);
    double rate = waiting / lease;
    if (measured_at_ != clock::time_point::min()) {
        double const period =
            seconds(intheloop::detail::saturating_between<clock::duration>(measured_at_, now))
                .count();
        double const begun = static_cast<double>(demand.begun - begun_before_);
        rate = std::max(rate, 1.25 * begun / std::max(period, renewal * lease));
        // So that a quiet moment does not cost the share.
        if (period < 2 * lease)
            rate = std::max(rate, period < renewal * lease ? wanted_.rate : wanted_.rate / 2);
        // Calls wait: nobody knows how much the client could use.
        if (demand.waiting != 0 && !demand.is_paused && in == phase::leased)
            rate = std::max(rate, 2 * wanted_.rate);
    }
    // So that many that want almost nothing leave most to those that want much.
    double const least = std::min(1 / lease, limits_.rate / 4 / static_cast<double>(members_));
    wanted_.rate = std::min(limits_.rate, std::max(rate, least));
    wanted_.in_flight = std::min(limits_.in_flight, std::max(1.0, in_flight + waiting));

    fleet_claim asked;
    asked.limits = limits_;
    asked.wanted = wanted_;
    asked.held = in == phase::leased ? share_ : in == phase::safe ? safe_share(now) : moved_;
    if (in != phase::held)
        asked.held.in_flight = in_flight;
    asked.safe = share_of_new();
    asked.weight = static_cast<double>(std::max<std::size_t>(1, demand.waiting_tenants));
    asked.lease = options_.lease;

    if (measured_at_ == clock::time_point::min() ||
        now - measured_at_ >= options_.lease * renewal) {
        measured_at_ = now;
        begun_before_ = demand.begun;
    }
    asked_at_ = now;
    is_asking_ = true;
    is_changed_ = true; // it may be held for so long
    return asked;
}

INTHELOOP_DECL void fleet_lease::on_granted(fleet_grant const& got, clock::time_point now,
                                            double random) {
    // The engine may be wrong, or somebody else's.
    auto const at_most = [](double given, double limit) {
        return given > 0 ? std::min(given, limit) : 0.0;
    };
    fleet_share const share{at_most(got.share.rate, limits_.rate),
                            at_most(got.share.in_flight, limits_.in_flight)};
    // A new member begins with one request, which its share holds, if it got what it wants or much.
    // Else members begin at different times, so that all together keep to the limits.
    double const in_lease = share.rate * lease_seconds();
    bool const has_all = share.rate >= 0.99 * wanted_.rate;
    saved_ = now < ends_ && share_.rate > 0 ? burst_of(share.rate)
             : has_all || in_lease >= 2     ? 1
                                            : random;
    is_asking_ = false;
    had_lease_ = true;
    failures_ = 0;
    share_ = share;
    moved_ = {};
    members_ = std::max<std::uint64_t>(1, got.members);
    auto const lease = std::clamp(got.lease, options_.lease / 16, options_.lease);
    ends_ = later(asked_at_, lease);
    auto const renewed_after = lease * (renewal + 0.1 * random);
    ask_at_ = later(asked_at_, std::chrono::floor<std::chrono::milliseconds>(renewed_after));
    is_changed_ = true;
}

// Asks again after a random pause that grows, so that not all come back at once.
INTHELOOP_DECL void fleet_lease::on_failed(clock::time_point now, double random) {
    using std::chrono::milliseconds;
    constexpr milliseconds first(200);
    constexpr unsigned most = 6;
    auto const pause =
        std::min(fleet_ledger::longest_pause, first * (1 << std::min(failures_, most)));
    ++failures_;
    is_asking_ = false;
    is_changed_ = true;
    ask_at_ = later(now, std::chrono::floor<milliseconds>(pause * (0.5 + 0.5 * random)));
}

INTHELOOP_DECL fleet_share fleet_lease::share_of_new() const {
    return {limits_.rate * options_.safe_share,
            std::max(1.0, std::floor(limits_.in_flight * options_.safe_share))};
}

// Returns the share without a lease.
INTHELOOP_DECL fleet_share fleet_lease::safe_share(clock::time_point now) const {
    fleet_share const least = share_of_new();
    if (!had_lease_)
        return least;
    using seconds = std::chrono::duration<double>;
    seconds const since = intheloop::detail::saturating_between<clock::duration>(ends_, now);
    double const part = std::exp2(-since / seconds(options_.half_life));
    double const equal = limits_.rate / static_cast<double>(members_);
    double const last = share_.rate > 0 ? share_.rate : std::min(least.rate, equal);
    return {std::max(std::min(last, least.rate), last * part),
            std::max(least.in_flight, std::floor(share_.in_flight * part))};
}

INTHELOOP_DECL double fleet_lease::burst_of(double rate) const {
    constexpr double smoothed = 0.05; // seconds: the program may be late by so much
    double const part = limits_.rate > 0 ? burst_ * rate / limits_.rate : 0;
    constexpr double most = std::numeric_limits<unsigned>::max();
    return std::clamp(std::ceil(std::max(part, rate * smoothed)), 1.0, most);
}

INTHELOOP_DECL fleet_capacity fleet_lease::capacity_of(fleet_share const& share) const {
    fleet_capacity made;
    limit_options& limits = made.limits.emplace();
    if (limits_.rate > 0) {
        limits.requests_per_second = share.rate;
        limits.burst = static_cast<unsigned>(burst_of(share.rate));
    }
    if (limits_.in_flight > 0)
        limits.max_in_flight = static_cast<unsigned>(share.in_flight);
    made.saved = saved_;
    if ((limits_.rate > 0 && share.rate <= 0) || (limits_.in_flight > 0 && share.in_flight < 1))
        made.held_until = clock::time_point::max();
    return made;
}

INTHELOOP_DECL std::optional<fleet_capacity> fleet_lease::changed_capacity(clock::time_point now) {
    auto const in = phase_at(now);
    if (in == told_ && !is_changed_)
        return std::nullopt;
    is_changed_ = false;
    told_ = in;
    if (in == phase::leased)
        return capacity_of(share_);
    if (in == phase::safe)
        return capacity_of(safe_share(now));
    fleet_capacity held;
    held.held_until = clock::time_point::max(); // on_failed() ends it
    return held;
}

INTHELOOP_DECL clock::time_point fleet_lease::wake_at(fleet_demand const& demand,
                                                      clock::time_point now) const {
    auto at = is_asking_ ? answer_due() : ask_at_;
    if (!is_asking_ && wants_more(demand))
        at = std::min(at, may_ask_again_at());
    return now < ends_ ? std::min(at, ends_) : at;
}

INTHELOOP_DECL void fleet_lease::move(clock::time_point now) {
    moved_ = now < ends_ ? share_ : fleet_share();
    share_ = wanted_ = {};
    ends_ = ask_at_ = clock::time_point::min();
    is_asking_ = had_lease_ = false;
    is_changed_ = true;
    saved_ = 1;
    members_ = 1;
}

// Requests begin again at the rate of the limits, if one member after the other begins with one.
INTHELOOP_DECL std::chrono::milliseconds fleet_lease::spread(double random) const {
    constexpr double longest = 5, apart = 0.001; // seconds
    double const rate = limits_.rate > 0 ? limits_.rate : 1 / apart;
    auto const whole = std::min(longest, static_cast<double>(members_ - 1) / rate);
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::duration<double>(whole * random));
}

} // namespace intheloop::policy

#endif
