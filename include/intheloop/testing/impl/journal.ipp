// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_JOURNAL_IPP
#define INTHELOOP_TESTING_IMPL_JOURNAL_IPP

#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/testing/detail/journal.hpp>

#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL std::uint64_t journal::connection_opened() {
    std::lock_guard const lock(mutex_);
    ++counters_.open;
    ++counters_.accepted;
    changed_.notify_all();
    return counters_.accepted;
}

INTHELOOP_DECL void journal::connection_closed() {
    std::lock_guard const lock(mutex_);
    --counters_.open;
    changed_.notify_all();
}

INTHELOOP_DECL void journal::handshake_done(bool completed) {
    std::lock_guard const lock(mutex_);
    ++(completed ? counters_.handshakes_completed : counters_.handshakes_failed);
    changed_.notify_all();
}

INTHELOOP_DECL void journal::bytes_received(origin where, std::size_t count) {
    std::lock_guard const lock(mutex_);
    if (where == origin::api)
        counters_.api_bytes += count;
}

INTHELOOP_DECL journal::plan journal::record(received_request const& request) {
    std::lock_guard const lock(mutex_);
    requests_.push_back(request);
    queued& queue = queues_[static_cast<std::size_t>(request.origin)];
    plan wanted;
    if (!queue.overrides.empty()) {
        wanted.response = std::move(queue.overrides.front());
        queue.overrides.pop_front();
    }
    if (queue.holds != 0) {
        --queue.holds;
        ++counters_.held;
        wanted.held = epoch_;
    }
    changed_.notify_all();
    return wanted;
}

INTHELOOP_DECL journal::epoch journal::current_epoch() const {
    std::lock_guard const lock(mutex_);
    return epoch_;
}

INTHELOOP_DECL void journal::begin_hold() {
    std::lock_guard const lock(mutex_);
    ++counters_.held;
    changed_.notify_all();
}

INTHELOOP_DECL void journal::end_hold() {
    std::lock_guard const lock(mutex_);
    --counters_.held;
    changed_.notify_all();
}

INTHELOOP_DECL void journal::response_written() {
    std::lock_guard const lock(mutex_);
    ++counters_.responses;
    changed_.notify_all();
}

INTHELOOP_DECL std::vector<received_request> journal::requests() const {
    std::lock_guard const lock(mutex_);
    return requests_;
}

INTHELOOP_DECL void journal::clear_requests() {
    std::lock_guard const lock(mutex_);
    requests_.clear();
}

INTHELOOP_DECL journal::counters journal::count() const {
    std::lock_guard const lock(mutex_);
    return counters_;
}

INTHELOOP_DECL void journal::respond_next(response_override response, origin where) {
    std::lock_guard const lock(mutex_);
    queues_[static_cast<std::size_t>(where)].overrides.push_back(std::move(response));
}

INTHELOOP_DECL void journal::hold_next(origin where) {
    std::lock_guard const lock(mutex_);
    ++queues_[static_cast<std::size_t>(where)].holds;
}

INTHELOOP_DECL journal::epoch journal::release() {
    std::lock_guard const lock(mutex_);
    for (queued& each : queues_)
        each.holds = 0;
    return epoch_++;
}

// Adding a timeout to the present time, as wait_for() does, may overflow.
INTHELOOP_DECL std::chrono::steady_clock::time_point end_of(std::chrono::milliseconds timeout) {
    return policy::later(policy::clock::now(), timeout);
}

INTHELOOP_DECL bool journal::wait_until_idle(std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, end_of(timeout), [&] { return counters_.open == 0; });
}

INTHELOOP_DECL bool journal::wait_for_requests(std::size_t count,
                                               std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, end_of(timeout), [&] { return requests_.size() >= count; });
}

INTHELOOP_DECL bool journal::wait_for_connections(std::size_t accepted,
                                                  std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, end_of(timeout),
                               [&] { return counters_.accepted >= accepted; });
}

INTHELOOP_DECL bool journal::wait_for_answers(std::size_t count,
                                              std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, end_of(timeout), [&] { return counters_.responses >= count; });
}

INTHELOOP_DECL bool journal::wait_until_held(std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, end_of(timeout), [&] { return counters_.held != 0; });
}

} // namespace intheloop::testing::detail

#endif
