// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RATE_LIMIT_IPP
#define INTHELOOP_POLICY_IMPL_RATE_LIMIT_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace intheloop::policy {

INTHELOOP_DECL char const* validate(limit_options const& limits) {
    if (!std::isfinite(limits.requests_per_second))
        return "requests_per_second is not a finite number";
    if (limits.requests_per_second < 0)
        return "requests_per_second is negative";
    if (limits.requests_per_second > 0 && limits.burst == 0)
        return "burst is 0, so that no request could ever go";
    return nullptr;
}

INTHELOOP_DECL clock::time_point token_bucket::ready_at() const {
    if (per_second_ == 0 || taken_ < burst_)
        return full_at_;
    return refilled_at(taken_ - burst_ + 1);
}

INTHELOOP_DECL void token_bucket::take(clock::time_point now) {
    if (per_second_ == 0)
        return;
    if (now >= refilled_at(taken_)) {
        full_at_ = now;
        taken_ = 0;
    }
    ++taken_;
}

INTHELOOP_DECL double token_bucket::available(clock::time_point now) const {
    double const all = burst_;
    if (per_second_ == 0)
        return all;
    auto const passed = intheloop::detail::saturating_between<clock::duration>(full_at_, now);
    double const gained = std::chrono::duration<double>(passed).count() * per_second_;
    return std::clamp(all - static_cast<double>(taken_) + gained, 0.0, all);
}

// Counts from when the tokens that are kept would have begun to come.
INTHELOOP_DECL void token_bucket::change(double per_second, unsigned burst, double most,
                                         clock::time_point now) {
    double const kept = std::min({available(now), static_cast<double>(burst), most});
    per_second_ = per_second;
    burst_ = burst;
    full_at_ = now;
    taken_ = 0;
    if (per_second == 0)
        return;
    using seconds = std::chrono::duration<double>;
    constexpr seconds longest = std::chrono::hours(24 * 365);
    seconds const back(std::min(kept / per_second, longest.count()));
    full_at_ =
        intheloop::detail::saturating_add(full_at_, -std::chrono::ceil<clock::duration>(back));
    taken_ = burst;
}

// Returns when so many tokens will have come since the bucket was full.
INTHELOOP_DECL clock::time_point token_bucket::refilled_at(std::uint64_t tokens) const {
    using seconds = std::chrono::duration<double>;
    constexpr seconds longest = std::chrono::hours(24 * 365 * 100); // within the range of a clock
    seconds const time(static_cast<double>(tokens) / per_second_);
    return intheloop::detail::saturating_add(
        full_at_, std::chrono::ceil<clock::duration>(std::min(time, longest)));
}

INTHELOOP_DECL limiter::limiter(limit_options const& limits, clock::time_point now)
    : max_in_flight_(limits.max_in_flight), bucket_(limits.requests_per_second, limits.burst, now) {
}

INTHELOOP_DECL bool limiter::enter(id attempt, std::string_view tenant, clock::time_point now) {
    if (queue_.empty() && may_go(now)) {
        admit(attempt, now);
        return true;
    }
    queue_.push(tenant, attempt);
    return false;
}

INTHELOOP_DECL bool limiter::leave(id attempt) {
    return queue_.remove(attempt);
}

INTHELOOP_DECL std::optional<limiter::id> limiter::next(clock::time_point now) {
    if (queue_.empty() || !may_go(now))
        return std::nullopt;
    id const attempt = queue_.pop();
    admit(attempt, now);
    return attempt;
}

INTHELOOP_DECL void limiter::defer(id attempt) {
    if (holds(place_of(attempt), attempt))
        bucket_.put_back();
}

INTHELOOP_DECL bool limiter::resume(id attempt, clock::time_point now) {
    // The service's quota has counted it.
    if (!holds(place_of(attempt), attempt) || now < own_ready_at())
        return false;
    bucket_.take(now);
    return true;
}

INTHELOOP_DECL void limiter::end(id attempt, outcome ended, clock::time_point now) {
    std::size_t const index = place_of(attempt);
    if (!holds(index, attempt))
        return;
    admitted_[index].has_ended = true;
    if (++ended_ > in_flight()) { // seldom, so that an end does not move all others
        std::erase_if(admitted_, [](admitted const& one) { return one.has_ended; });
        ended_ = 0;
    }
    // Nobody knows what those that got no response have left of the quota: the next one finds out.
    if (ended == outcome::failed && quota_ && quota_->left == 0 && in_flight() == 0)
        quota_.reset();
    // A response during a pause says nothing about the time after it.
    if (ended == outcome::answered && !paused_until(now))
        widen_window();
}

INTHELOOP_DECL void limiter::pause_until(clock::time_point end_of_pause) {
    paused_until_ = paused_until_ ? std::max(*paused_until_, end_of_pause) : end_of_pause;
    window_ = 1;
}

INTHELOOP_DECL std::optional<clock::time_point> limiter::paused_until(clock::time_point now) const {
    return paused_until_ && now < *paused_until_ ? paused_until_ : std::nullopt;
}

INTHELOOP_DECL void limiter::reset_pause() {
    paused_until_.reset();
    window_.reset();
    quota_.reset();
}

// Returns when the next attempt may begin, if so few are left until the reset.
INTHELOOP_DECL clock::time_point next_of_few(std::uint64_t left, clock::time_point reset_at,
                                             clock::time_point now) {
    using std::chrono::milliseconds;
    constexpr std::uint64_t few = 10;
    constexpr milliseconds longest(5000);
    if (left >= few || reset_at <= now)
        return now;
    auto const apart = intheloop::detail::saturating_between<milliseconds>(now, reset_at) /
                       static_cast<milliseconds::rep>(left + 1);
    return later(now, std::min(apart, longest));
}

INTHELOOP_DECL void limiter::follow(service_limit const& said, clock::time_point now) {
    std::uint64_t const left =
        said.remaining - std::min<std::uint64_t>(said.remaining, in_flight());
    auto const reset_at = later(now, said.reset);
    auto next_at = next_of_few(left, reset_at, now);
    if (quota_ && quota_->next_at > now) // responses must not put it off again and again
        next_at = std::min(next_at, quota_->next_at);
    quota_ = {left, reset_at, next_at};
}

INTHELOOP_DECL void limiter::count_against_service(clock::time_point now) {
    if (!quota_)
        return;
    if (now >= quota_->reset_at)
        return quota_.reset();
    quota_->left -= quota_->left == 0 ? 0 : 1;
    quota_->next_at = next_of_few(quota_->left, quota_->reset_at, now);
}

INTHELOOP_DECL void limiter::change(limit_options const& limits, double saved,
                                    clock::time_point now) {
    max_in_flight_ = limits.max_in_flight;
    bucket_.change(limits.requests_per_second, limits.burst, saved, now);
}

INTHELOOP_DECL void limiter::forget_attempts() noexcept {
    queue_.clear();
    admitted_.clear();
    ended_ = 0;
}

INTHELOOP_DECL std::optional<clock::time_point> limiter::wake_at(clock::time_point now) const {
    if (queue_.empty() || !has_room())
        return std::nullopt;
    return std::max(now, ready_at());
}

INTHELOOP_DECL std::vector<limiter::id> limiter::waiting_ids() const {
    std::vector<id> ids;
    ids.reserve(queue_.size());
    queue_.for_each([&](id attempt) { ids.push_back(attempt); });
    return ids;
}

INTHELOOP_DECL bool limiter::has_room() const {
    return (max_in_flight_ == 0 || in_flight() < max_in_flight_) &&
           (!window_ || in_flight() < *window_);
}

// Returns when the limits of the client allow an attempt to go.
INTHELOOP_DECL clock::time_point limiter::own_ready_at() const {
    auto const ready = std::max(held_until_, bucket_.ready_at());
    return paused_until_ ? std::max(*paused_until_, ready) : ready;
}

// Returns when time alone allows an attempt to go. Shared by may_go() and wake_at(), so that
// rounding can't make them disagree.
INTHELOOP_DECL clock::time_point limiter::ready_at() const {
    auto const ready = own_ready_at();
    if (!quota_)
        return ready;
    return std::max(ready, quota_->left == 0 ? quota_->reset_at : quota_->next_at);
}

INTHELOOP_DECL bool limiter::may_go(clock::time_point now) const {
    return has_room() && now >= ready_at();
}

INTHELOOP_DECL void limiter::admit(id attempt, clock::time_point now) {
    bucket_.take(now);
    ++begun_;
    count_against_service(now);
    std::size_t const index = place_of(attempt);
    if (index == admitted_.size() || admitted_[index].attempt != attempt) {
        admitted_.insert(admitted_.begin() + static_cast<std::ptrdiff_t>(index),
                         admitted{attempt, false});
    } else if (admitted_[index].has_ended) {
        admitted_[index].has_ended = false;
        --ended_;
    }
}

INTHELOOP_DECL std::size_t limiter::place_of(id attempt) const {
    auto const place =
        std::lower_bound(admitted_.begin(), admitted_.end(), attempt,
                         [](admitted const& one, id other) { return one.attempt < other; });
    return static_cast<std::size_t>(place - admitted_.begin());
}

INTHELOOP_DECL bool limiter::holds(std::size_t index, id attempt) const {
    return index != admitted_.size() && admitted_[index].attempt == attempt &&
           !admitted_[index].has_ended;
}

INTHELOOP_DECL void limiter::widen_window() {
    if (!window_)
        return;
    ++*window_;
    bool const holds_nobody_back = *window_ >= in_flight() + waiting();
    if (holds_nobody_back || (max_in_flight_ != 0 && *window_ >= max_in_flight_))
        window_.reset();
}

} // namespace intheloop::policy

#endif
