// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_JOB_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_JOB_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/detail/export_start.hpp>
#include <intheloop/jobs/export_job.hpp>
#include <intheloop/policy/detail/resume_token.hpp>

#include <algorithm>
#include <chrono>

namespace intheloop {

namespace detail {

INTHELOOP_DECL std::string origin_of_tokens(net::origin const& from) {
    return (from.secure ? "https/" : "http/") + net::bracketed(from.host) + ':' + from.port;
}

INTHELOOP_DECL std::chrono::sys_seconds seconds_now(call_settings const& of) {
    return std::chrono::floor<std::chrono::seconds>(of.system_now());
}

INTHELOOP_DECL export_job make_job(std::shared_ptr<client_core> const& client, known_export known) {
    return export_job(std::make_shared<export_owner>(
        export_poller::make(client, client->executor, client->settings, std::move(known))));
}

} // namespace detail

INTHELOOP_DECL std::shared_ptr<detail::export_poller> const& export_job::poller() const noexcept {
    return owner_->poller;
}

INTHELOOP_DECL std::string const& export_job::id() const noexcept {
    return owner_->poller->id;
}

INTHELOOP_DECL poll_options const& export_job::options() const noexcept {
    return owner_->poller->options;
}

INTHELOOP_DECL export_state export_job::state() const {
    return owner_->poller->state();
}

INTHELOOP_DECL std::string const& export_job::journal_key() const noexcept {
    return owner_->journal_key;
}

INTHELOOP_DECL std::optional<error> const& export_job::journal_failure() const noexcept {
    return owner_->journal_failure;
}

INTHELOOP_DECL std::string export_job::resume_token() const {
    policy::resume_token token;
    token.origin = detail::origin_of_tokens(owner_->poller->settings->base.origin);
    token.started = owner_->poller->started;
    token.export_id = id();
    return policy::make_resume_token(token);
}

INTHELOOP_DECL export_job attach_export(client& client, std::string id,
                                        poll_options const& options) {
    if (char const* problem = policy::validate(options))
        throw exception(error(errc::invalid_option, problem));
    detail::known_export known;
    known.id = std::move(id);
    known.started = detail::seconds_now(*detail::access::core(client)->settings);
    known.poll = options;
    known.number = detail::access::core(client)->next_job();
    known.poll.first_poll = std::chrono::milliseconds(0);
    return detail::make_job(detail::access::core(client), std::move(known));
}

INTHELOOP_DECL result<export_job> resume_export(client& client, std::string_view resume_token,
                                                poll_options const& options) {
    if (char const* problem = policy::validate(options))
        return error(errc::invalid_option, problem);
    auto const own = detail::origin_of_tokens(detail::access::core(client)->settings->base.origin);
    policy::resume_token token;
    if (std::string problem; !policy::parse_resume_token(resume_token, own, token, problem))
        return error(errc::invalid_request, "the resume token can't be used: " + problem);
    detail::known_export known;
    known.id = std::move(token.export_id);
    known.started = token.started;
    // Not negative, even if the clock was set back.
    known.age =
        std::max(std::chrono::milliseconds(0),
                 detail::saturating_between<std::chrono::milliseconds>(
                     token.started, detail::seconds_now(*detail::access::core(client)->settings)));
    known.poll = options;
    known.number = detail::access::core(client)->next_job();
    return response<export_job>(detail::make_job(detail::access::core(client), std::move(known)));
}

} // namespace intheloop

#endif
