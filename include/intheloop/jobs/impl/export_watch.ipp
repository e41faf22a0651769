// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP

#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/export_watch.hpp>

#include <memory>
#include <optional>
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
                 poller.name() + ": its status is " + state.status);
}

INTHELOOP_DECL next_state watched_state(export_poller const& poller, last_error& last,
                                        std::optional<export_state> state) {
    if (!state)
        return next_state(std::nullopt, last.take_overdue());
    std::shared_ptr<given_error> given;
    if (auto failed = failure_of(poller, *state))
        given = std::make_shared<given_error>(*std::move(failed));
    next_state next(std::move(state), std::move(given));
    last.watch(next);
    return next;
}

} // namespace detail

INTHELOOP_DECL export_watch::export_watch(std::shared_ptr<detail::export_poller> of)
    : poller_(std::move(of)), position_(std::make_shared<detail::watch_position>()),
      last_(std::make_shared<detail::last_error>()) {}

} // namespace intheloop

#endif
