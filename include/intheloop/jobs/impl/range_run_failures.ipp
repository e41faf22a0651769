// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_RANGE_RUN_FAILURES_IPP
#define INTHELOOP_JOBS_IMPL_RANGE_RUN_FAILURES_IPP

// Decides for a range_run about a stream that has failed: it tries again, pauses, is given up while
// others go on, or ends the download.
#include <intheloop/jobs/detail/range_run.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL bool range_run::others_receive(std::size_t which) const {
    for (std::size_t i = 0; i != streams_.size(); ++i)
        if (i != which && streams_[i].is_busy && streams_[i].has_begun &&
            is_current(i, streams_[i].version))
            return true;
    return false;
}

// A pause that is asked for and ends too late, or a refusal, holds for all requests to come: only a
// response that comes already can still bring the file.
INTHELOOP_DECL bool range_run::may_give_up(std::size_t which, retry_verdict verdict,
                                           error const& why, bool asks_to_wait) const {
    if (!plan_.is_identified())
        return false;
    if (verdict == retry_verdict::attempts_used_up ||
        (verdict == retry_verdict::too_late && !asks_to_wait))
        return plan_.streams_left() > 1;
    bool const is_refused = why.status >= 400 || why.code() == errc::queue_full;
    return verdict != retry_verdict::retry && (asks_to_wait || is_refused) && others_receive(which);
}

// A stream that has no attempt left, or that is refused, is given up while others go on: the server
// may allow only so many connections, and the pool only so many calls that wait. Until the file is
// identified there is no other.
INTHELOOP_DECL void range_run::on_failed(std::size_t which, net::outcome& ended, error why) {
    stream& from = streams_[which];
    bool const gained = from.brought != 0 && !address_.has_dripped(why, from.brought);
    from.fruitless = gained ? 0 : from.fruitless + 1;
    attempt_outcome attempt;
    attempt.failure = why.code() == errc::tls_failed && from.has_begun
                          ? errc::connection_lost
                          : static_cast<errc>(why.code().value());
    attempt.status = ended.response.status;
    attempt.retry_after = ended.retry_after;
    policy::call_facts call;
    call.idempotent = true;
    call.attempts = std::max(1u, from.fruitless);
    call.time_left = address_.time_left();
    auto const next =
        policy::decide(attempt, call, options_.retry, std::numeric_limits<unsigned>::max(),
                       gained ? 0 : random_.next_share());
    if (!why.of_download) // not completed yet
        why = address_.complete(ended, std::move(why));
    why.verdict = next.verdict;
    bool const asks_to_wait = policy::is_throttled(attempt);
    if (may_give_up(which, next.verdict, why, asks_to_wait)) {
        plan_.retire(which);
        if (asks_to_wait && next.verdict == retry_verdict::too_late)
            for (std::size_t i = 0; i != streams_.size(); ++i)
                if (!streams_[i].is_busy)
                    plan_.retire(i);
        return go_on();
    }
    if (next.verdict != retry_verdict::retry)
        return fail(std::move(why));
    breaks_ += from.has_begun;
    pause(next.delay, asks_to_wait ? nullptr : &from);
    go_on();
}

// The service may be away for a while. After a pause the old address is refused again, which leads
// back to here.
INTHELOOP_DECL void range_run::on_no_address(error why) {
    policy::call_facts call;
    call.idempotent = true;
    call.attempts = ++unanswered_;
    call.time_left = address_.time_left();
    auto const next = policy::decide(address_.outcome_of_poll(why), call, options_.retry,
                                     std::numeric_limits<unsigned>::max(), random_.next_share());
    if (next.verdict != retry_verdict::retry)
        return fail(std::move(why));
    pause(next.delay, nullptr);
    go_on();
}

// Lets this stream, or all, send nothing for a while. Responses under way go on.
INTHELOOP_DECL void range_run::pause(std::chrono::milliseconds delay, stream const* only) {
    if (delay.count() == 0)
        return;
    auto const until = policy::later(timers_.now(), delay);
    for (stream& one : streams_)
        if ((!only || &one == only) && (!one.is_paused || one.at() < until)) {
            one.is_paused = true;
            timers_.schedule(one, until);
        }
}

} // namespace intheloop::detail

#endif
