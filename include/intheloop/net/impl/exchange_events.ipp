// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_EXCHANGE_EVENTS_IPP
#define INTHELOOP_NET_IMPL_EXCHANGE_EVENTS_IPP

// What the observer is told of an exchange.

#include <intheloop/net/detail/exchange.hpp>

#include <string>

namespace intheloop::net {

INTHELOOP_DECL call_attributes exchange::attributes() const {
    return attributes_of(id_, request_.method, request_.url_template, *request_.origin);
}

INTHELOOP_DECL void exchange::tell_attempt_started() const {
    if (!owner_.options.observer)
        return;
    attempt_started event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = sent_ - 1;
    event.http_request_size = request_.bytes.size();
    event.connection_reused = reused_;
    owner_.tell(&observer::on_attempt_started, event);
}

INTHELOOP_DECL void exchange::tell_attempt_ended(attempt_outcome const& ended) const {
    if (!owner_.options.observer)
        return;
    attempt_ended event;
    static_cast<call_attributes&>(event) = attributes();
    event.http_request_resend_count = sent_ - 1;
    event.http_response_status_code = ended.status;
    std::string const type = type_of_error(ended.failure, ended.status);
    event.error_type = type;
    event.http_response_body_size = attempt_.body_size();
    event.duration = owner_.now() - attempt_began_;
    event.progress = ended.progress;
    owner_.tell(&observer::on_attempt_ended, event);
}

} // namespace intheloop::net

#endif
