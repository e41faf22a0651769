// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP

#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/export_watch.hpp>

#include <string>
#include <utility>

namespace intheloop {

namespace detail {

// Returns the error that a last state holds, if any.
INTHELOOP_DECL std::optional<error> failure_of(export_poller const& poller,
                                               export_state const& state) {
    if (!state.has_ended || state.phase == export_phase::completed)
        return std::nullopt;
    if (state.phase == export_phase::pending)
        return state.last_failure;
    return error(state.phase == export_phase::failed ? errc::export_failed : errc::export_expired,
                 "export " + poller.id + ": its status is " + state.status);
}

INTHELOOP_DECL next_state watched_state(export_poller const& poller,
                                        std::shared_ptr<std::atomic<bool>> const& is_unseen,
                                        std::optional<export_state> state) {
    if (state) {
        bool const has_failed = failure_of(poller, *state).has_value();
        is_unseen->store(has_failed, std::memory_order_relaxed);
        return next_state(*std::move(state), has_failed ? is_unseen : nullptr);
    }
    if (is_unseen->exchange(false, std::memory_order_relaxed))
        if (auto failed = failure_of(poller, poller.state()))
            return next_state(*std::move(failed));
    return next_state();
}

} // namespace detail

INTHELOOP_DECL export_watch::export_watch(std::shared_ptr<detail::export_poller> of)
    : poller_(std::move(of)), position_(std::make_shared<detail::watch_position>()),
      is_unseen_(std::make_shared<std::atomic<bool>>(false)) {}

INTHELOOP_DECL void export_watch::throw_if_unseen() {
    if (is_unseen_->exchange(false, std::memory_order_relaxed))
        if (auto failed = detail::failure_of(*poller_, poller_->state()))
            throw exception(*std::move(failed));
}

} // namespace intheloop

#endif
