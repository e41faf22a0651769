// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RATE_LIMIT_HPP
#define INTHELOOP_POLICY_DETAIL_RATE_LIMIT_HPP

// Decides which attempts (HTTP requests) of a client may be sent, and when: a state machine without
// a clock of its own.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/fair_queue.hpp>
#include <intheloop/policy/detail/rate_limit_fields.hpp>
#include <intheloop/policy/limit_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace intheloop {

namespace policy {

// Returns the problem with the limits, or null.
INTHELOOP_DECL char const* validate(limit_options const& limits);

// Holds up to `burst` tokens and gains `per_second` of them continuously. It starts full.
//
// Stores when it was full and the number of tokens taken since, so that rounding errors don't
// accumulate, however long it is never full again.
class token_bucket {
public:
    // With a rate of 0 a token is always available.
    token_bucket(double per_second, unsigned burst, clock::time_point now)
        : per_second_(per_second), burst_(burst), full_at_(now) {}

    // Returns since when, or from when on, a token is available.
    INTHELOOP_DECL clock::time_point ready_at() const;
    // Takes a token. Precondition: now >= ready_at().
    INTHELOOP_DECL void take(clock::time_point now);
    // Changes rate and burst. Keeps the tokens that are there, but at most `most`.
    INTHELOOP_DECL void change(double per_second, unsigned burst, double most,
                               clock::time_point now);
    // Returns a token that is not needed after all.
    void put_back() { taken_ -= taken_ == 0 ? 0 : 1; }

private:
    INTHELOOP_DECL clock::time_point refilled_at(std::uint64_t tokens) const;
    INTHELOOP_DECL double available(clock::time_point now) const;

    double per_second_;
    unsigned burst_;
    clock::time_point full_at_;
    std::uint64_t taken_ = 0;
};

// Admits the attempts of one client, within the limits on their rate and on the number in flight.
//
// An attempt that is not admitted waits; tenants take turns among the waiting attempts. After each
// call that may let an attempt go (end, leave, reset_pause, and at wake_at) the caller takes all
// attempts from next(). Not thread-safe. The caller chooses an attempt's id, which is unique while
// the attempt waits or is in flight.
class limiter {
public:
    using id = std::uint64_t;
    enum class outcome : unsigned char {
        answered,     // any response but 429
        failed,       // no response
        rate_limited, // 429
    };

    // Precondition: validate() finds no problem with the limits.
    INTHELOOP_DECL explicit limiter(limit_options const& limits, clock::time_point now);

    // Returns true if the attempt is admitted, until end(). Returns false if it waits until next()
    // returns it or it leaves. It overtakes no waiting attempt, except by the tenants' turns.
    INTHELOOP_DECL bool enter(id attempt, std::string_view tenant, clock::time_point now);
    // Removes a waiting attempt; returns false if it is not waiting.
    INTHELOOP_DECL bool leave(id attempt);
    // Admits and returns a waiting attempt, if one may go.
    INTHELOOP_DECL std::optional<id> next(clock::time_point now);
    // Defers an admitted attempt that can't go yet: it stays in flight, and another may begin in
    // its stead. resume() admits it again; if that returns false, the attempt must enter anew after
    // end().
    INTHELOOP_DECL void defer(id attempt);
    INTHELOOP_DECL bool resume(id attempt, clock::time_point now);
    // Ends an admitted attempt; ignores an unknown one.
    INTHELOOP_DECL void end(id attempt, outcome ended, clock::time_point now);

    // Admits no attempt until then; of several pauses the latest end counts.
    //
    // Attempts that waited for the end of the pause don't all go at once. Only one attempt may be
    // in flight then (those from before the pause count), and one more with each response after the
    // pause, until the number in flight covers all attempts in flight and waiting, or reaches the
    // limit. A new pause starts this over.
    INTHELOOP_DECL void pause_until(clock::time_point end_of_pause);
    INTHELOOP_DECL std::optional<clock::time_point> paused_until(clock::time_point now) const;
    // Returns whether a pause is in force, or fewer attempts may go than before one.
    bool holds_back(clock::time_point now) const { return window_ || paused_until(now); }
    // Forgets the pause and its consequences: it applied to another token.
    INTHELOOP_DECL void reset_pause();

    // Follows what a response says of the service's own limit, until another response says more:
    // admits no more attempts before the reset than are left, of which those in flight may not be
    // counted yet. If fewer than ten are left, they begin apart from each other, so that they last
    // until the reset, or by five seconds.
    INTHELOOP_DECL void follow(service_limit const& said, clock::time_point now);

    // Changes the limits. What the client has saved up of its rate stays, but at most `saved`
    // requests. Attempts in flight go on, also if fewer may be.
    INTHELOOP_DECL void change(limit_options const& limits, double saved, clock::time_point now);
    // Admits no attempt until then, instead of the last such time. Attempts that wait for it are
    // not held back afterwards.
    void hold_until(clock::time_point end) { held_until_ = end; }

    // Forgets all attempts, waiting and in flight, also after an operation that failed in between.
    INTHELOOP_DECL void forget_attempts() noexcept;

    // Returns when next() will return an attempt, if nothing happens before; nothing if none waits
    // or only an end() can help.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at(clock::time_point now) const;

    // Returns the waiting attempts in no particular order.
    INTHELOOP_DECL std::vector<id> waiting_ids() const;
    std::size_t waiting() const noexcept { return queue_.size(); }
    std::size_t waiting_tenants() const noexcept { return queue_.tenants(); }
    std::size_t in_flight() const noexcept { return admitted_.size() - ended_; }
    // Returns how many attempts were admitted so far.
    std::uint64_t begun() const noexcept { return begun_; }

private:
    struct admitted {
        id attempt = 0;
        bool has_ended = false; // it stays until as many have ended as are in flight
    };

    INTHELOOP_DECL bool has_room() const;
    INTHELOOP_DECL clock::time_point own_ready_at() const;
    INTHELOOP_DECL clock::time_point ready_at() const;
    INTHELOOP_DECL bool may_go(clock::time_point now) const;
    // Returns the index of an attempt among those that were admitted, or the index for a new one.
    INTHELOOP_DECL std::size_t place_of(id attempt) const;
    // Returns whether the attempt at an index is this one, and in flight.
    INTHELOOP_DECL bool holds(std::size_t index, id attempt) const;
    INTHELOOP_DECL void admit(id attempt, clock::time_point now);
    INTHELOOP_DECL void widen_window();
    INTHELOOP_DECL void count_against_service(clock::time_point now);

    std::size_t max_in_flight_;
    token_bucket bucket_;
    fair_queue queue_;
    std::vector<admitted> admitted_; // sorted, in one block of memory
    std::size_t ended_ = 0;          // of these
    std::uint64_t begun_ = 0;
    clock::time_point held_until_ = clock::time_point::min();
    std::optional<clock::time_point> paused_until_;
    // Holds what the service has left, as it said last.
    struct service_quota {
        std::uint64_t left;
        clock::time_point reset_at;
        clock::time_point next_at; // of an attempt
    };
    std::optional<service_quota> quota_;
    std::optional<std::size_t> window_; // in flight at most after a pause, until wide enough
};

} // namespace policy
} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/rate_limit.ipp>
#endif

#endif
