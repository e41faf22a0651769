// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_FLEET_TURN_IPP
#define INTHELOOP_FLEET_IMPL_FLEET_TURN_IPP

// The turns of the members of a fleet at the token provider: one at a time, if the fleet answers.

#include <intheloop/fleet/detail/fleet_member.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace intheloop::detail {

// All that wait for another token have had the same one. Those that wait for their first one wait
// for one turn, whatever their providers: nothing tells them apart, but for the key.
INTHELOOP_DECL std::string fleet_member::lock_name() const {
    return digest_of(fleet_.options.key, "turn at the provider " + group_);
}

INTHELOOP_DECL void fleet_member::ask_turn() {
    end_turn();
    wants_turn_ = true;
    auto const longest = fleet_.options.provider_turn * (0.5 + 0.5 * random_.next_share());
    turn_due_ =
        policy::later(client_.now(), std::chrono::floor<std::chrono::milliseconds>(longest));
    pause_before_turn_ = std::chrono::milliseconds(100);
    try_lock();
}

INTHELOOP_DECL void fleet_member::try_lock() {
    auto const number = ++turns_;
    auto const name = lock_name();
    awaits_lock_ = true;
    client_.timers.schedule(turn_alarm_, policy::later(client_.now(), fleet_.options.timeout));
    auto const handler =
        on_strand([number, name](fleet_member& self, std::optional<error> const& failure,
                                 std::uint64_t fence, std::chrono::milliseconds free_in) {
            bool const is_late = number != self.turns_ || !self.awaits_lock_;
            if (is_late && !failure && fence != 0)
                return self.unlock(name, fence);
            if (is_late)
                return;
            if (!failure && fence != 0) {
                self.fence_ = fence;
                self.locked_ = name;
            }
            self.on_lock(failure ? 1 : fence, free_in);
        });
    try {
        fleet_.async_lock(name, client_.options.token_timeout, handler);
    } catch (std::bad_alloc const&) {
        throw;
    } catch (...) {
        on_lock(1, {});
    }
}

// A fence of 0: not now. Without an answer the client goes on as if it had the lock.
INTHELOOP_DECL void fleet_member::on_lock(std::uint64_t fence, std::chrono::milliseconds free_in) {
    using std::chrono::milliseconds;
    constexpr milliseconds least(10), longest(1000);
    awaits_lock_ = false;
    auto const now = client_.now();
    if (fence != 0 || now >= turn_due_) {
        wants_turn_ = false;
        client_.timers.cancel(turn_alarm_);
        return client_.tokens.on_turn();
    }
    auto const pause = std::min(
        std::clamp(free_in, least, longest) + milliseconds(1), // an engine may say anything
        std::chrono::floor<milliseconds>(pause_before_turn_ * (0.5 + 0.5 * random_.next_share())));
    pause_before_turn_ = std::min(longest, pause_before_turn_ * 3 / 2);
    client_.timers.schedule(turn_alarm_, std::min(turn_due_, policy::later(now, pause)));
}

INTHELOOP_DECL void fleet_member::on_turn_alarm() {
    if (!wants_turn_)
        return;
    if (awaits_lock_ || client_.now() >= turn_due_)
        return on_lock(1, {});
    try_lock();
}

INTHELOOP_DECL void fleet_member::end_turn() noexcept {
    client_.timers.cancel(turn_alarm_);
    wants_turn_ = awaits_lock_ = false;
    if (auto const held = std::exchange(fence_, 0))
        unlock(std::move(locked_), held);
}

INTHELOOP_DECL void fleet_member::unlock(std::string name, std::uint64_t fence) noexcept {
    try {
        fleet_.async_unlock(std::move(name), fence, [](std::optional<error> const&) {});
    } catch (...) { // its time ends
    }
}

} // namespace intheloop::detail

#endif
