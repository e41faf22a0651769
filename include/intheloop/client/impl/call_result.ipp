// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CALL_RESULT_IPP
#define INTHELOOP_CLIENT_IMPL_CALL_RESULT_IPP

// Turns the outcome of a call into its result.

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/drift_report.hpp>
#include <intheloop/net/detail/observation.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// Header names that services and proxies use for the id of a request.
INTHELOOP_DECL std::string request_id_of(headers const& fields) {
    using namespace std::string_view_literals;
    for (auto const name : {"X-Request-Id"sv, "Request-Id"sv, "X-Correlation-Id"sv,
                            "X-Amzn-RequestId"sv, "X-Amz-Cf-Id"sv, "CF-Ray"sv})
        if (auto const value = fields.find(name))
            return std::string(*value);
    return {};
}

// A clock of the user's may throw.
INTHELOOP_DECL std::chrono::nanoseconds passed_since(call_settings const& of,
                                                     policy::clock::time_point started) noexcept {
    try {
        return saturating_between<std::chrono::nanoseconds>(started, of.now());
    } catch (...) {
        return std::chrono::nanoseconds(0);
    }
}

INTHELOOP_DECL std::chrono::milliseconds elapsed_since(call_settings const& of,
                                                       policy::clock::time_point started) noexcept {
    return saturating_cast<std::chrono::milliseconds>(passed_since(of, started));
}

INTHELOOP_DECL boost::container::small_vector<policy::sought_secret, 4>
secrets_of(net::outcome const& of) {
    boost::container::small_vector<policy::sought_secret, 4> all;
    if (of.token)
        all.push_back({of.token->reveal()});
    for (auto const& token : of.earlier_tokens)
        all.push_back({token->reveal()});
    if (of.context.user)
        all.push_back(policy::sought_user(*of.context.user));
    for (std::string_view const further : of.context.further_secrets)
        all.push_back({further});
    return all;
}

INTHELOOP_DECL std::string redact(net::outcome const& of, std::string_view text) {
    auto const secrets = secrets_of(of);
    std::string kept(text);
    policy::redactor(secrets).redact_beginning(kept, policy::longest_error_text);
    return kept;
}

INTHELOOP_DECL void tell_end(call_settings const& settings, net::outcome const& of,
                             std::optional<errc> failure) {
    if (!settings.options.observer || of.call_id == 0)
        return;
    call_ended event;
    static_cast<call_attributes&>(event) = net::attributes_of(of.call_id, of.context);
    event.attempts = of.attempts;
    event.http_response_status_code = of.response.status;
    std::string const type = type_of_error(failure, of.response.status);
    event.error_type = type;
    event.duration = passed_since(settings, of.context.started);
    event.progress = of.progress;
    event.waited = of.waited;
    event.answered_by_interceptor = of.answered_by_interceptor;
    net::notify(settings.options.observer.get(), &observer::on_call_ended, event);
}

INTHELOOP_DECL error complete_error(call_settings const& settings, net::outcome& of, error e) {
    e.status = of.response.status;
    e.attempts = of.attempts;
    e.earlier_attempts = std::move(of.earlier_attempts);
    e.verdict = of.verdict;
    e.progress = of.progress;
    e.endpoint = of.context.endpoint->description;
    e.elapsed = elapsed_since(settings, of.context.started);
    e.request_id = request_id_of(of.response.headers);
    e.retry_after = of.retry_after;
    e.headers = std::move(of.response.headers);
    if (of.context.idempotency_key)
        e.idempotency_key = *of.context.idempotency_key;
    policy::redact(e, secrets_of(of));
    tell_end(settings, of, static_cast<errc>(e.code().value()));
    return e;
}

INTHELOOP_DECL void complete_info(call_settings const& settings, net::outcome& of,
                                  response_info& info) {
    info.status = of.response.status;
    info.headers = std::move(of.response.headers);
    info.request_id = request_id_of(info.headers);
    if (!info.request_id.empty())
        policy::redact(info.request_id, secrets_of(of));
    info.attempts = of.attempts;
    info.elapsed = elapsed_since(settings, of.context.started);
    tell_end(settings, of, std::nullopt);
}

// Needs no memory. A type of the user's may throw anything.
INTHELOOP_DECL error unreadable_error(call_settings const& settings, net::outcome& of) noexcept {
    errc const code = thrown_code(errc::unexpected_json);
    error e(code, {});
    e.status = of.response.status;
    e.attempts = of.attempts;
    e.earlier_attempts = std::move(of.earlier_attempts);
    e.verdict = of.verdict;
    e.progress = of.progress;
    e.endpoint = of.context.endpoint->description;
    e.retry_after = of.retry_after;
    e.elapsed = elapsed_since(settings, of.context.started);
    e.idempotency_key = std::move(of.context.key_to_tell);
    try {
        tell_end(settings, of, code);
    } catch (...) { // then the observer misses it
    }
    return e;
}

// Of the route, or with the status of an error response whose body has a type of its own.
INTHELOOP_DECL void report_drift(drift_report& report, net::outcome const& of,
                                 found_drift const& drift, std::string_view status = {}) {
    auto const secrets = secrets_of(of);
    policy::redactor redactor(secrets);
    auto found = drift.all();
    for (auto& each : found) {
        redactor.redact(each.pointer);
        redactor.redact(each.text);
    }
    std::string route(of.context.method());
    route.append(" ").append(of.context.endpoint->origin);
    route.append(of.context.endpoint->route).append(status);
    access::add(report, std::move(route), found, drift);
}

// Decodes the body of an error response as the type that the endpoint names for its status, from
// the text that has lost its secrets. The error is complete without it.
INTHELOOP_DECL void read_error_body(call_settings const& settings, net::outcome const& of,
                                    error& e) noexcept {
    try {
        codec::json_statistics statistics;
        std::optional<found_drift> drift;
        if (settings.options.drift)
            statistics.drift = &drift.emplace();
        auto problem = codec::decode_error_body(
            *of.context.answers, e, {.max_depth = settings.options.max_json_depth}, statistics);
        if (problem && e.detail.empty())
            e.detail = redact(of, *problem);
        if (drift && (problem || body_of_error::is_set(e)))
            report_drift(*settings.options.drift, of, *drift, ' ' + std::to_string(e.status));
    } catch (...) { // a type of the user's may throw anything
    }
}

INTHELOOP_DECL std::unique_ptr<error> read_response(call_settings const& settings, net::outcome& of,
                                                    codec::detail::response_type const& type,
                                                    void* object, response_info& info) {
    if (!of.failure) {
        codec::json_statistics statistics;
        auto const& report = settings.options.drift;
        std::optional<found_drift> drift;
        if (report && !type.json.take_raw)
            statistics.drift = &drift.emplace();
        codec::detail::response_type const by_rules{type.json, type.body_optional, type.name,
                                                    of.context.answers};
        auto failure = codec::detail::decode_response(
            of.response, by_rules, object, {.max_depth = settings.options.max_json_depth},
            statistics);
        // A response that is an error, not JSON or incomplete says nothing about the types.
        bool const was_read = !failure || failure->code() == errc::unexpected_json;
        if (drift && was_read)
            report_drift(*report, of, *drift);
        if (!failure) {
            info.unknown_keys = statistics.unknown_keys;
            complete_info(settings, of, info);
            return nullptr;
        }
        of.failure = std::make_unique<error>(std::move(*failure));
    }
    *of.failure = complete_error(settings, of, std::move(*of.failure));
    if (of.context.answers)
        read_error_body(settings, of, *of.failure);
    return std::move(of.failure);
}

} // namespace intheloop::detail

#endif
