// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CLIENT_IPP
#define INTHELOOP_CLIENT_IMPL_CLIENT_IPP

#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/option_checks.hpp>

namespace intheloop {

INTHELOOP_DECL client::client(executor_type executor, options options)
    : core_(std::make_shared<detail::client_core>(std::move(executor), std::move(options))) {}

INTHELOOP_DECL client::~client() {
    try {
        core_->close();
    } catch (...) { // without memory the calls go on to their own ends
    }
}

INTHELOOP_DECL client::client(client&& other) noexcept : core_(other.core_) {
    other.core_ = detail::client_core::closed_twin(core_);
}

INTHELOOP_DECL client& client::operator=(client&& other) noexcept {
    client replaced(std::move(other));
    core_.swap(replaced.core_);
    return *this;
}

INTHELOOP_DECL client::executor_type client::get_executor() const noexcept {
    return core_->executor;
}

INTHELOOP_DECL void client::set_token(secret changed) {
    if (char const* problem = detail::validate_token(changed.reveal()))
        throw exception(error(errc::invalid_option, problem));
    core_->set_token(std::move(changed));
}

INTHELOOP_DECL void client::reload_tls() {
    core_->reload_tls();
}

INTHELOOP_DECL retry_explanation client::explain(endpoint_info const& endpoint,
                                                 attempt_outcome const& outcome, unsigned attempt,
                                                 call_options const& options) const {
    policy::call_facts call;
    call.idempotent = endpoint.idempotent;
    call.may_act_twice = options.may_act_twice();
    call.attempts = attempt;
    call.time_left = policy::longest_timeout;
    auto const next =
        policy::decide(outcome, call, options.retry.value_or(core_->settings->options.retry),
                       core_->retry_budget_left(endpoint), 1.0);
    retry_explanation why;
    why.verdict = next.verdict;
    why.longest_pause = next.delay;
    why.cost = next.cost;
    return why;
}

INTHELOOP_DECL client_statistics client::statistics() const {
    return core_->statistics();
}

INTHELOOP_DECL std::string client::origin() const {
    return core_->settings->base.origin.text();
}

} // namespace intheloop

#endif
