// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RATE_LIMIT_HPP
#define INTHELOOP_POLICY_DETAIL_RATE_LIMIT_HPP

// Which attempts (HTTP requests) of a client may go, and when: a machine without a clock of its
// own.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/fair_queue.hpp>
#include <intheloop/policy/limit_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace intheloop {

namespace policy {

// What can't be used in these limits, or null.
INTHELOOP_DECL char const* validate(limit_options const& limits);

// Holds up to `burst` tokens and gains `per_second` of them continuously. It begins full.
//
// It keeps when it was full and how many were taken since, so that nothing adds up rounding
// errors however long it is never full again.
class token_bucket {
public:
    // A rate of 0 means that there is always a token.
    token_bucket(double per_second, unsigned burst, clock::time_point now)
        : per_second_(per_second), burst_(burst), full_at_(now) {}

    // When there is, or was, a token to take.
    INTHELOOP_DECL clock::time_point ready_at() const;
    // Not before ready_at().
    INTHELOOP_DECL void take(clock::time_point now);
    // One that was taken is not needed after all.
    void put_back() { taken_ -= taken_ == 0 ? 0 : 1; }

private:
    INTHELOOP_DECL clock::time_point refilled_at(std::uint64_t tokens) const;

    double per_second_;
    unsigned burst_;
    clock::time_point full_at_;
    std::uint64_t taken_ = 0;
};

// Admits the attempts of one client, within the limits on its rate and on what is in flight.
//
// Who can't go at once waits, and the tenants among those who wait take turns. After each call
// that may let somebody go (end, leave, reset_pause, and at wake_at) the caller takes everybody
// from next(). Not thread-safe. An attempt's id is the caller's, and unique while it waits or is
// in flight.
class limiter {
public:
    using id = std::uint64_t;
    enum class outcome : unsigned char {
        answered,     // any answer but 429
        failed,       // no answer
        rate_limited, // 429
    };

    // The limits have no validate() them.
    INTHELOOP_DECL explicit limiter(limit_options const& limits, clock::time_point now);

    // True: admitted, until end(). False: waits until next() gives it or it leaves. Nobody
    // overtakes one who already waits, except by the tenants' turns.
    INTHELOOP_DECL bool enter(id attempt, std::string_view tenant, clock::time_point now);
    // One who waits leaves; false if it does not wait.
    INTHELOOP_DECL bool leave(id attempt);
    // One who waited and is now admitted, if there is one that may go.
    INTHELOOP_DECL std::optional<id> next(clock::time_point now);
    // One who was admitted can't go yet: it keeps its place among those in flight, and another may
    // begin in its stead. Before it goes it asks again; false: it may not now, and has to enter
    // anew after end().
    INTHELOOP_DECL void defer(id attempt);
    INTHELOOP_DECL bool resume(id attempt, clock::time_point now);
    // One who was admitted is done; an unknown one is ignored.
    INTHELOOP_DECL void end(id attempt, outcome ended, clock::time_point now);

    // Nobody is admitted until then; of several pauses the latest end counts.
    //
    // What waited in a pause does not go all at once when it is over. Only one attempt may be in
    // flight then (those from before the pause count), and one more with each that is answered
    // after the pause; until so many may be in flight as are in flight and wait, or as the limit
    // allows. A new pause begins this anew.
    INTHELOOP_DECL void pause_until(clock::time_point end_of_pause);
    INTHELOOP_DECL std::optional<clock::time_point> paused_until(clock::time_point now) const;
    // Forgets the pause and what follows it: it was meant for another token.
    INTHELOOP_DECL void reset_pause();

    // When next() will have somebody, if nothing else happens before; nothing if nobody waits or
    // only an end() can help.
    INTHELOOP_DECL std::optional<clock::time_point> wake_at(clock::time_point now) const;

    // In no particular order.
    INTHELOOP_DECL std::vector<id> waiting_ids() const;
    std::size_t waiting() const noexcept { return queue_.size(); }
    std::size_t in_flight() const noexcept { return admitted_.size(); }

private:
    INTHELOOP_DECL bool has_room() const;
    INTHELOOP_DECL clock::time_point ready_at() const;
    INTHELOOP_DECL bool may_go(clock::time_point now) const;
    INTHELOOP_DECL bool is_admitted(id attempt) const;
    INTHELOOP_DECL void admit(id attempt, clock::time_point now);
    INTHELOOP_DECL void widen_window();

    std::size_t max_in_flight_;
    token_bucket bucket_;
    fair_queue<id> queue_;
    std::unordered_map<id, fair_queue<id>::ticket> tickets_; // of those who wait
    std::vector<id> admitted_;                               // sorted: it takes no memory for each
    std::optional<clock::time_point> paused_until_;
    std::optional<std::size_t> window_; // in flight at most, from a pause on until it is wide
};

} // namespace policy
} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/rate_limit.ipp>
#endif

#endif
