// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_EVENTS_IPP
#define INTHELOOP_NET_IMPL_CALL_EVENTS_IPP

// Reports a call to the observer.

#include <intheloop/net/detail/call.hpp>

#include <string>

namespace intheloop::net {

INTHELOOP_DECL call_attributes call::attributes() const {
    return attributes_of(id_, request_.context);
}

INTHELOOP_DECL void call::tell_attempt_started() const {
    if (!owner_.options.observer)
        return;
    attempt_started event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = plan_.sent() - 1;
    event.http_request_size = request_.bytes.size();
    event.connection_reused = reused_;
    owner_.notify(&observer::on_attempt_started, event);
}

INTHELOOP_DECL void call::tell_attempt_ended(attempt_outcome const& ended) const {
    if (!owner_.options.observer)
        return;
    attempt_ended event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = plan_.sent() - 1;
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
    event.http_request_resend_count = plan_.sent();
    std::string const type = type_of_error(ended.failure, ended.status);
    event.error_type = type;
    event.pause = plan_.pause();
    owner_.notify(&observer::on_retry_planned, event);
}

} // namespace intheloop::net

#endif
