// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CALL_IPP
#define INTHELOOP_CLIENT_IMPL_CALL_IPP

#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/client/drift_report.hpp>
#include <intheloop/net/detail/observation.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace intheloop::detail {

INTHELOOP_DECL call_settings::call_settings(intheloop::options chosen)
    : options(check_options(std::move(chosen))), base(check_base_url(options)),
      user_agent(make_user_agent(options)),
      fixed_lines("Host: " + base.origin.authority() + "\r\nUser-Agent: " + user_agent + "\r\n") {}

INTHELOOP_DECL call_core::call_core(boost::asio::any_io_executor executor, options options)
    : settings(std::make_shared<call_settings const>(std::move(options))),
      transport(std::move(executor),
                make_transport_options(settings->options, settings->base.origin)),
      closed_one(new call_core(*this, net::transport::already_closed())) {}

INTHELOOP_DECL call_core::call_core(call_core const& open, net::transport::already_closed closed)
    : settings(open.settings), transport(open.transport, closed), closed_(true) {}

INTHELOOP_DECL void call_core::listen(std::weak_ptr<close_listener> listener) {
    {
        std::lock_guard const lock(mutex_);
        if (!closed_) {
            std::erase_if(listeners_, [](auto const& one) { return one.expired(); });
            listeners_.push_back(std::move(listener));
            return;
        }
    }
    if (auto const late = listener.lock())
        late->on_client_closed();
}

INTHELOOP_DECL void call_core::close() {
    transport.close();
    std::vector<std::weak_ptr<close_listener>> told;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        told.swap(listeners_);
    }
    for (auto const& one : told)
        if (auto const listener = one.lock())
            listener->on_client_closed();
}

INTHELOOP_DECL prepared_call::prepared_call() = default;
INTHELOOP_DECL prepared_call::~prepared_call() = default;
INTHELOOP_DECL prepared_call::prepared_call(prepared_call const&) = default;
INTHELOOP_DECL prepared_call::prepared_call(prepared_call&&) noexcept = default;
INTHELOOP_DECL prepared_call& prepared_call::operator=(prepared_call&&) noexcept = default;

INTHELOOP_DECL begun_call::begun_call() = default;
INTHELOOP_DECL begun_call::~begun_call() = default;
INTHELOOP_DECL begun_call::begun_call(begun_call&&) noexcept = default;
INTHELOOP_DECL begun_call& begun_call::operator=(begun_call&&) noexcept = default;

INTHELOOP_DECL ended_call::ended_call(begun_call&& begun, net::exchange_outcome&& ended)
    : begun_call(std::move(begun)), outcome(std::move(ended)) {}
INTHELOOP_DECL ended_call::~ended_call() = default;
INTHELOOP_DECL ended_call::ended_call(ended_call&&) noexcept = default;

INTHELOOP_DECL void append_header_line(std::string& head, std::string_view name,
                                       std::string_view value) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
}

INTHELOOP_DECL codec::encoded_request begin_request(call_settings const& settings, verb method) {
    constexpr std::size_t usual_head = 640; // with its token
    codec::encoded_request begun;
    begun.target.reserve(usual_head + settings.base.target.size());
    begun.target += to_string(method);
    begun.target += ' ';
    begun.target += settings.base.target;
    return begun;
}

INTHELOOP_DECL prepared_call prepare_call(call_settings const& settings,
                                          endpoint_info const& endpoint,
                                          codec::encoded_request&& encoded,
                                          codec::json_error const* problem,
                                          call_options const* options) {
    prepared_call call;
    call.endpoint = &endpoint;
    auto const& defaults = settings.options;
    call.impersonate_user = defaults.impersonate_user;
    auto deadline = defaults.deadline;
    call.request.retry = defaults.retry;
    if (options) {
        call.request.retry = options->retry.value_or(defaults.retry);
        call.request.may_act_twice = options->may_act_twice();
        deadline = options->deadline.value_or(deadline);
        if (options->impersonate_user.is_null())
            call.impersonate_user.reset();
        else if (options->impersonate_user)
            call.impersonate_user = *options->impersonate_user;
    }
    if (problem)
        call.refused.emplace(errc::invalid_request, problem->text());
    else if (deadline.count() <= 0)
        call.refused.emplace(errc::invalid_option, "deadline is not above zero");
    else if (char const* bad_retry = validate_retry(call.request.retry))
        call.refused.emplace(errc::invalid_option, bad_retry);
    else if (call.impersonate_user)
        if (char const* wrong = validate_user(call.impersonate_user->reveal()))
            call.refused.emplace(errc::invalid_option, wrong);
    if (call.refused)
        return call;

    net::exchange_request& request = call.request;
    request.idempotent = endpoint.idempotent;
    request.method = to_string(endpoint.verb);
    request.url_template = endpoint.route;
    request.timeouts = {.call = deadline, .stall = defaults.stall_timeout};
    request.limits = {.max_header_size = defaults.max_header_size,
                      .max_body_size = defaults.max_response_size,
                      .has_no_body = endpoint.verb == verb::head};
    if (call.impersonate_user)
        request.tenant = call.impersonate_user->reveal();

    std::string& bytes = request.bytes = std::move(encoded.target);
    bytes += " HTTP/1.1\r\n";
    bytes += settings.fixed_lines;
    bytes += endpoint.answers_any_content ? std::string_view("Accept: */*\r\n")
                                          : std::string_view("Accept: application/json\r\n");
    if (call.impersonate_user)
        append_header_line(bytes, "X-Impersonate-User", call.impersonate_user->reveal());
    bytes += encoded.header_lines;
    if (encoded.has_body) {
        append_header_line(bytes, "Content-Type",
                           encoded.content_type.empty() ? std::string_view("application/json")
                                                        : encoded.content_type);
        if (encoded.source) {
            request.feed = std::make_shared<net::request_body_writer>(std::move(encoded.source),
                                                                      encoded.source_size);
            encoded.body.clear();
        }
        if (request.feed && !encoded.source_size)
            append_header_line(bytes, "Transfer-Encoding", "chunked");
        else
            append_header_line(bytes, "Content-Length",
                               std::to_string(encoded.source_size.value_or(encoded.body.size())));
    }
    request.authorization_at = bytes.size();
    request.body = std::move(encoded.body);
    return call;
}

// The names under which services and proxies tell the id of a request.
INTHELOOP_DECL std::string request_id_of(headers const& fields) {
    using namespace std::string_view_literals;
    for (auto const name : {"X-Request-Id"sv, "Request-Id"sv, "X-Correlation-Id"sv,
                            "X-Amzn-RequestId"sv, "X-Amz-Cf-Id"sv, "CF-Ray"sv})
        if (auto const value = fields.find(name))
            return std::string(*value);
    return {};
}

INTHELOOP_DECL std::chrono::milliseconds elapsed_since(call_settings const& of,
                                                       policy::clock::time_point started) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(of.now() - started);
}

INTHELOOP_DECL boost::container::small_vector<std::string_view, 4>
secrets_of(ended_call const& call) {
    boost::container::small_vector<std::string_view, 4> all;
    if (call.outcome.token)
        all.push_back(call.outcome.token->reveal());
    for (auto const& token : call.outcome.earlier_tokens)
        all.push_back(token->reveal());
    if (call.impersonate_user)
        all.push_back(call.impersonate_user->reveal());
    all.insert(all.end(), call.further_secrets.begin(), call.further_secrets.end());
    return all;
}

INTHELOOP_DECL std::string ended_call::redact(std::string_view text) const {
    return policy::redact(text, secrets_of(*this));
}

INTHELOOP_DECL error ended_call::complete_error(error e) {
    auto const& fields = outcome.response.headers;
    e.status = outcome.response.status;
    e.attempts = outcome.attempts;
    e.earlier_attempts = std::move(outcome.earlier_attempts);
    e.verdict = outcome.verdict;
    e.progress = outcome.progress;
    e.endpoint = endpoint->description;
    e.elapsed = elapsed_since(*settings, started);
    e.request_id = request_id_of(fields);
    e.retry_after = outcome.retry_after;
    policy::redact(e, secrets_of(*this));
    tell_end(static_cast<errc>(e.code().value()));
    return e;
}

INTHELOOP_DECL void ended_call::complete_info(response_info& info) {
    info.status = outcome.response.status;
    info.headers = std::move(outcome.response.headers);
    info.request_id = request_id_of(info.headers);
    if (!info.request_id.empty())
        policy::redact(info.request_id, secrets_of(*this));
    info.attempts = outcome.attempts;
    info.elapsed = elapsed_since(*settings, started);
    tell_end(std::nullopt);
}

INTHELOOP_DECL void ended_call::tell_end(std::optional<errc> failure) const {
    if (!settings->options.observer || outcome.call_id == 0)
        return; // or it never began
    call_ended event;
    static_cast<call_attributes&>(event) =
        net::attributes_of(outcome.call_id, to_string(endpoint->verb), endpoint->route, *server);
    event.attempts = outcome.attempts;
    event.http_response_status_code = outcome.response.status;
    std::string const type = type_of_error(failure, outcome.response.status);
    event.error_type = type;
    event.duration = settings->now() - started;
    event.progress = outcome.progress;
    net::tell(settings->options.observer.get(), &observer::on_call_ended, event);
}

INTHELOOP_DECL begun_call begin_call(call_core const& core, prepared_call& call) {
    begun_call begun;
    begun.settings = core.settings;
    begun.endpoint = call.endpoint;
    begun.impersonate_user = std::move(call.impersonate_user);
    begun.started = call.request.started = core.settings->now();
    begun.server = {core.settings, &core.settings->base.origin};
    call.request.origin = begun.server;
    return begun;
}

INTHELOOP_DECL void exchange(call_core& core, prepared_call&& call, net::exchange_handler handler) {
    if (!call.refused)
        return core.transport.async_exchange(std::move(call.request), std::move(handler));
    net::exchange_outcome refused;
    refused.failure = std::make_unique<error>(std::move(*call.refused));
    post_completion(core.transport.get_executor(), std::move(handler), std::move(refused));
}

INTHELOOP_DECL void tell_drift(drift_report& report, ended_call const& call, found_drift drift) {
    for (auto& each : drift.all) {
        each.pointer = call.redact(each.pointer);
        each.text = call.redact(each.text);
    }
    report.add(std::string(to_string(call.endpoint->verb)) + ' ' +
                   std::string(call.endpoint->route),
               drift);
}

INTHELOOP_DECL std::unique_ptr<error> read_answer(ended_call& call, answer_type const& type,
                                                  void* object, response_info& info) {
    if (!call.outcome.failure) {
        codec::json_statistics statistics;
        auto const& report = call.settings->options.drift;
        std::optional<found_drift> drift;
        if (report && !type.json.take_raw)
            statistics.drift = &drift.emplace();
        auto failure = codec::detail::decode_response(
            call.outcome.response, type.json, object, type.body_optional, type.name,
            {.max_depth = call.settings->options.max_json_depth}, statistics);
        // What is an error, no JSON or not whole says nothing of the types.
        bool const was_read = !failure || failure->code() == errc::unexpected_json;
        if (drift && was_read)
            tell_drift(*report, call, std::move(*drift));
        if (!failure) {
            info.unknown_keys = statistics.unknown_keys;
            call.complete_info(info);
            return nullptr;
        }
        call.outcome.failure = std::make_unique<error>(std::move(*failure));
    }
    *call.outcome.failure = call.complete_error(std::move(*call.outcome.failure));
    return std::move(call.outcome.failure);
}

} // namespace intheloop::detail

#endif
