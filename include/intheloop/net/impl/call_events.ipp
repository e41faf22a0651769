// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_EVENTS_IPP
#define INTHELOOP_NET_IMPL_CALL_EVENTS_IPP

// Reports a call to the observer, and asks the propagator.

#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/net/detail/call.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::net {

INTHELOOP_DECL call_attributes call::attributes() const {
    return attributes_of(told_id(), request_.context);
}

// Appends the header lines that the propagator adds to the attempt to come. Returns the error if it
// has failed.
INTHELOOP_DECL std::optional<error> call::ask_propagator(std::string& lines) const {
    if (!owner_.options.propagator || !request_.carries_context)
        return std::nullopt;
    attempt_attributes attempt;
    static_cast<call_attributes&>(attempt) = attributes();
    attempt.http_request_resend_count = requests_before();
    headers added;
    try {
        owner_.options.propagator->inject(attempt, added);
    } catch (...) {
        errc const code = intheloop::detail::thrown_code();
        return error(code, code == errc::out_of_memory ? "" : "the propagator threw an exception");
    }
    if (auto const wrong = intheloop::detail::append_header_lines(
            lines, added, request_.header_lines(), request_.has_credentials))
        return error(errc::invalid_option, "propagator: " + *wrong);
    return std::nullopt;
}

// Adds the time in the counted state up to now.
INTHELOOP_DECL void call::add_waiting_time() {
    if (!owner_.options.observer)
        return;
    if (auto* const sum = waiting_time_of(counted_))
        *sum = intheloop::detail::saturating_add(*sum, owner_.since(counted_since_));
    counted_since_ = owner_.now();
}

INTHELOOP_DECL std::chrono::nanoseconds* call::waiting_time_of(state which) {
    switch (which) {
    case state::token: return &outcome_.waited.for_token;
    case state::permit: return &outcome_.waited.for_limit;
    case state::connection: return &outcome_.waited.for_connection;
    case state::pause: return &outcome_.waited.between_attempts;
    default: return nullptr;
    }
}

INTHELOOP_DECL void call::tell_attempt_started() const {
    if (!owner_.options.observer)
        return;
    attempt_started event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = resend_count_;
    event.http_request_size = request_.bytes.size();
    event.connection_reused = reused_;
    event.hedged = is_second();
    owner_.notify(&observer::on_attempt_started, event);
}

INTHELOOP_DECL void call::tell_attempt_ended(attempt_outcome const& ended) const {
    if (!owner_.options.observer)
        return;
    attempt_ended event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = resend_count_;
    event.http_response_status_code = ended.status;
    std::string const type = type_of_error(ended.failure, ended.status);
    event.error_type = type;
    event.http_response_body_size = attempt_.body_size();
    event.duration = owner_.since(attempt_began_);
    event.progress = ended.progress;
    owner_.notify(&observer::on_attempt_ended, event);
}

INTHELOOP_DECL void call::tell_retry() const {
    if (!owner_.options.observer)
        return;
    attempt_outcome const& ended = plan_.last();
    retry_planned event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = requests_;
    std::string const type = type_of_error(ended.failure, ended.status);
    event.error_type = type;
    event.pause = plan_.pause();
    owner_.notify(&observer::on_retry_planned, event);
}

} // namespace intheloop::net

#endif
