// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_FLEET_STARTS_IPP
#define INTHELOOP_POLICY_IMPL_FLEET_STARTS_IPP

#include <intheloop/policy/detail/fleet_starts.hpp>

#include <algorithm>
#include <chrono>

namespace intheloop::policy {

INTHELOOP_DECL fleet_start_answer fleet_starts::claim(fleet_start_claim const& claim,
                                                      clock::time_point now) {
    auto const found = records_.find(claim.name);
    if (found != records_.end() && found->second.forgotten <= now)
        records_.erase(found);
    bool const is_new = !records_.contains(claim.name);
    record& kept = records_[claim.name];
    if (is_new)
        kept.began = now;
    // A record that no start has written does not stop all.
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    bool const is_held = !is_new && now < kept.lease_ends &&
                         kept.lease_ends <= later(now, std::max(claim.lease, longest));
    bool const is_mine = is_held && kept.starter == claim.starter;

    fleet_start_answer got;
    got.advice = kept.advice;
    got.id = kept.id;
    got.idempotency_key = kept.idempotency_key;
    bool const may_begin = kept.advice != journal_advice::resume && (!is_held || is_mine) &&
                           (is_mine || kept.advice != journal_advice::ask || claim.takes_unclear);
    if (may_begin) {
        if (!is_mine)
            last_fences_[claim.name] = kept.fence = next_fence_++;
        if (kept.advice == journal_advice::start_again)
            kept.began = now;
        kept.starter = claim.starter;
        kept.lease_ends = later(now, claim.lease);
        kept.forgotten = std::max(kept.forgotten, later(kept.lease_ends, claim.lease));
        got.fence = kept.fence;
    } else if (is_held) {
        got.free_in = std::chrono::ceil<std::chrono::milliseconds>(kept.lease_ends - now);
    }
    got.age = std::chrono::floor<std::chrono::milliseconds>(now - kept.began);
    return got;
}

// A record that is missing is made anew: the memory was lost.
INTHELOOP_DECL bool fleet_starts::note(fleet_start_note const& note, clock::time_point now) {
    // Nobody can resume an export without its id.
    auto const advice = note.advice == journal_advice::resume && note.id.empty()
                            ? journal_advice::ask
                            : note.advice;
    auto found = records_.find(note.name);
    if (found != records_.end() && found->second.forgotten <= now) {
        records_.erase(found);
        found = records_.end();
    }
    if (found != records_.end()) {
        bool const is_current = note.fence != 0 ? note.fence == found->second.fence
                                                : !note.id.empty() && note.id == found->second.id;
        if (!is_current)
            return false;
        // The network may deliver an earlier note behind the last one.
        if (note.fence != 0 && note.life.count() != 0 && advice != journal_advice::resume &&
            found->second.advice == journal_advice::resume)
            return true;
        if (note.fence == 0 || note.life.count() == 0) // its starter has no more to note
            last_fences_[note.name] = found->second.fence = next_fence_++;
        if (note.life.count() == 0) {
            records_.erase(found);
            return true;
        }
    } else if (note.fence == 0) {
        return true;
    } else if (auto& last = last_fences_[note.name]; note.fence < last) {
        return false;
    } else if (note.life.count() == 0) {
        return true;
    } else {
        last = note.fence;
        found = records_.try_emplace(note.name).first;
        found->second.began = now;
        found->second.fence = note.fence;
        next_fence_ = std::max(next_fence_, note.fence + 1);
    }
    record& kept = found->second;
    if (note.fence != 0 && advice == journal_advice::resume &&
        kept.advice != journal_advice::resume)
        kept.began = now; // the start may have waited long, and an earlier one may be older
    kept.advice = advice;
    kept.id = note.id;
    kept.idempotency_key = note.idempotency_key;
    kept.lease_ends = later(now, note.lease);
    // The end of an export is told by all that see it, also late.
    auto const forgotten = later(now, note.life);
    kept.forgotten = note.fence == 0 ? std::min(kept.forgotten, forgotten) : forgotten;
    return true;
}

} // namespace intheloop::policy

#endif
