// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_POLLER_STATE_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_POLLER_STATE_IPP

// The state of an export as others see it, and the errors with which waits for its end complete.

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <chrono>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

INTHELOOP_DECL result<report::export_result> export_poller::outcome() const {
    switch (machine_.phase()) {
    case export_phase::pending: break;
    case export_phase::completed: return *response_;
    case export_phase::failed: return ended_without_file(errc::export_failed);
    case export_phase::expired: return ended_without_file(errc::export_expired);
    }
    return closed_ ? *closed_ : given_up_error();
}

INTHELOOP_DECL error export_poller::ended_without_file(errc code) const {
    error made(code, name() + ": its status is " + published_.status);
    made.status = response_->status;
    made.request_id = response_->request_id;
    made.attempts = response_->attempts;
    made.elapsed = response_->elapsed;
    made.progress = request_progress::response_begun;
    made.endpoint = report::get_report.description();
    return made;
}

INTHELOOP_DECL error export_poller::late_error(std::chrono::milliseconds deadline) const {
    std::string text = name() + ": not completed within " + std::to_string(deadline.count()) +
                       " ms; its status is " +
                       (published_.status.empty() ? "not known" : published_.status);
    if (failure_)
        text += "; the last poll failed: " + failure_->code().message();
    error made(errc::deadline_exceeded, std::move(text));
    made.elapsed = deadline;
    return made;
}

INTHELOOP_DECL error export_poller::given_up_error() const {
    error made = *failure_;
    if (machine_.failed_polls() > 1)
        made.detail += (made.detail.empty() ? "" : "; ") + std::to_string(machine_.failed_polls()) +
                       " polls in a row failed";
    return made;
}

INTHELOOP_DECL void export_poller::publish() {
    std::lock_guard const lock(published_mutex_);
    ++published_number_;
    published_.phase = machine_.phase();
    published_.has_ended = has_ended();
    published_.polls = machine_.polls();
    published_.failed_polls = machine_.failed_polls();
    published_.last_failure = closed_ ? closed_ : failure_;
    if (response_) {
        published_.status =
            response_->value.status ? std::string(response_->value.status->text()) : std::string();
        published_.has_url = has_address(response_->value);
    }
}

INTHELOOP_DECL export_state export_poller::state() const {
    std::lock_guard const lock(published_mutex_);
    export_state known = published_;
    known.age = saturating_between<std::chrono::milliseconds>(began_, settings->now());
    return known;
}

INTHELOOP_DECL export_state export_poller::told_state() const {
    try {
        return state();
    } catch (std::bad_alloc const&) {
        throw;
    } catch (...) { // of the clock
        std::lock_guard const lock(published_mutex_);
        return published_;
    }
}

INTHELOOP_DECL std::string export_poller::name() const {
    std::vector<policy::sought_secret> secrets = {{settings->options.token.reveal()}};
    if (user_)
        secrets.push_back(policy::sought_user(*user_));
    else if (settings->options.impersonate_user)
        secrets.push_back(policy::sought_user(*settings->options.impersonate_user));
    std::string text = "export " + id;
    policy::redactor(secrets).redact_beginning(text, policy::longest_error_text);
    return text;
}

INTHELOOP_DECL bool export_poller::takes_starts() const {
    std::lock_guard const lock(published_mutex_);
    auto const& failure = published_.last_failure;
    return published_.phase == export_phase::pending &&
           !(failure && failure->code() == errc::not_found);
}

} // namespace intheloop::detail

#endif
