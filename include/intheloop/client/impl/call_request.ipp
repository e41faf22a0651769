// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CALL_REQUEST_IPP
#define INTHELOOP_CLIENT_IMPL_CALL_REQUEST_IPP

// Prepares the request of a call.

#include <intheloop/base/detail/fnv_1a.hpp>
#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/net/detail/form_source.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

INTHELOOP_DECL void append_header_line(std::string& head, std::string_view name,
                                       std::string_view value) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
}

INTHELOOP_DECL codec::encoded_request begin_request(call_settings const& settings,
                                                    endpoint_info const& endpoint) {
    constexpr std::size_t usual_head = 640; // including the token
    std::string_view before = settings.base.target;
    if (!endpoint.origin.empty()) {
        auto const other = settings.origins.find(endpoint.origin);
        before = other != settings.origins.end() ? other->second.target : std::string_view();
    }
    codec::encoded_request begun;
    begun.target.reserve(usual_head + before.size());
    begun.target += to_string(endpoint.verb);
    begun.target += ' ';
    begun.target += before;
    return begun;
}

// Sets the key of the call: the given one, or a random one. Returns the problem, if any.
INTHELOOP_DECL std::string set_idempotency_key(net::call_context& context,
                                               call_settings const& settings,
                                               call_options const* options) {
    bool const is_given = options && options->idempotency_key;
    if (context.endpoint->key_header.empty())
        return is_given
                   ? "idempotency_key is given, and " + std::string(context.endpoint->description) +
                         " has no trait idempotency_key<>"
                   : std::string();
    if (is_given)
        if (char const* wrong = validate_key(*options->idempotency_key))
            return wrong;
    auto key = is_given ? *options->idempotency_key : settings.new_idempotency_key();
    if (key.empty())
        return "OpenSSL has no random bytes for a key";
    context.idempotency_key = std::make_shared<std::string const>(std::move(key));
    return {};
}

// Credentials belong to the origin of the API: a call to another one must not ask for them.
INTHELOOP_DECL std::optional<error> aim_elsewhere(call_settings const& settings,
                                                  call_options const* options,
                                                  net::request& request, std::string& fixed_lines) {
    std::string_view const named = request.context.endpoint->origin;
    net::url address;
    if (auto refused = settings.find_origin(named, address))
        return refused;
    fixed_lines = settings.lines_for(address.origin);
    request.context.origin = std::make_shared<net::origin const>(std::move(address.origin));
    request.rules.limited = true;
    if (options && options->impersonate_user)
        return error(errc::invalid_option, "impersonate_user is set for a call to " +
                                               std::string(named) +
                                               ", where no credentials go: leave it out");
    return std::nullopt;
}

// Returns the numbers that make the boundary of a form. A service that knows the key of a call may
// compare the bytes of those that have it: so the key makes the boundary. But nobody must guess it
// where it can't be looked for in the parts, since a source gives them.
INTHELOOP_DECL random_numbers numbers_for_boundary(call_settings const& settings,
                                                   std::vector<codec::form_part> const& parts,
                                                   std::string const* key) {
    bool const is_streamed = std::any_of(parts.begin(), parts.end(),
                                         [](auto const& part) { return part.source != nullptr; });
    if (key && !is_streamed)
        return {fnv_1a(*key), random_use::boundary, 0};
    return {settings.seed, random_use::boundary, settings.next_form()};
}

// Makes the body of a form, or the source of one that is streamed.
INTHELOOP_DECL void join_form(call_settings const& settings, std::string const* key,
                              codec::encoded_request& encoded) {
    random_numbers random = numbers_for_boundary(settings, encoded.parts, key);
    codec::form_body form = codec::join_parts(std::move(encoded.parts), random);
    encoded.content_type = std::move(form.content_type);
    if (form.streamed.empty()) {
        encoded.body = std::move(form.last);
        return;
    }
    encoded.source_size = form.size();
    encoded.source = std::make_shared<net::form_source>(std::move(form));
}

INTHELOOP_DECL net::request prepare_request(call_settings const& settings,
                                            endpoint_info const& endpoint,
                                            codec::encoded_request&& encoded,
                                            codec::json_error const* problem,
                                            call_options const* options) {
    net::request request;
    request.context.endpoint = &endpoint;
    auto const& defaults = settings.options;
    auto& user = request.context.user = defaults.impersonate_user;
    auto& rules = request.rules;
    rules.limits = {.call = defaults.deadline,
                    .stall = defaults.stall_timeout,
                    .slow_transfer = defaults.slow_transfer};
    rules.retry = defaults.retry;
    rules.idempotent = endpoint.idempotent;
    rules.is_intercepted = !defaults.interceptors.empty();
    if (options) {
        rules.retry = options->retry.value_or(defaults.retry);
        rules.may_act_twice = options->may_act_twice();
        rules.limits.call = options->deadline.value_or(defaults.deadline);
        if (options->slow_transfer)
            rules.limits.slow_transfer = *options->slow_transfer;
        if (options->impersonate_user.is_null())
            user.reset();
        else if (options->impersonate_user)
            user = *options->impersonate_user;
    }
    // Not a copy of the optional, of which g++ 12 says at -O2 that it may be uninitialized.
    auto const* const hedge_after =
        options && access::hedge_after(*options) ? &*access::hedge_after(*options) : nullptr;
    rules.hedge_after = hedge_after ? *hedge_after : std::chrono::milliseconds(0);
    request.has_credentials = endpoint.origin.empty();
    std::string other_lines;
    if (!request.has_credentials)
        request.refused = aim_elsewhere(settings, options, request, other_lines);
    if (request.refused)
        return request;
    if (problem)
        request.refused.emplace(errc::invalid_request, problem->text());
    else if (rules.limits.call.count() <= 0)
        request.refused.emplace(errc::invalid_option, "deadline is not above zero");
    else if (char const* bad_retry = validate_retry(rules.retry))
        request.refused.emplace(errc::invalid_option, bad_retry);
    else if (char const* bad_rate = policy::validate(rules.limits.slow_transfer))
        request.refused.emplace(errc::invalid_option, bad_rate);
    else if (hedge_after && hedge_after->count() <= 0)
        request.refused.emplace(errc::invalid_option, "hedge: the time is not above zero");
    else if (user)
        if (char const* wrong = validate_user(user->reveal()))
            request.refused.emplace(errc::invalid_option, wrong);
    if (request.refused)
        return request;
    if (!endpoint.key_header.empty() || (options && options->idempotency_key))
        if (auto wrong = set_idempotency_key(request.context, settings, options); !wrong.empty()) {
            request.refused.emplace(errc::invalid_option, std::move(wrong));
            return request;
        }

    request.limits = {.max_header_size = defaults.max_header_size,
                      .max_body_size = defaults.max_response_size,
                      .has_no_body = endpoint.verb == verb::head,
                      .further_success = endpoint.further_success};
    std::string& bytes = request.bytes = std::move(encoded.target);
    bytes += std::string_view(" HTTP/1.1\r\n");
    bytes += request.has_credentials ? settings.fixed_lines : other_lines;
    bytes += endpoint.accepts_any_content ? std::string_view("Accept: */*\r\n")
                                          : std::string_view("Accept: application/json\r\n");
    if (user && request.has_credentials)
        append_header_line(bytes, "X-Impersonate-User", user->reveal());
    if (!endpoint.key_header.empty())
        append_header_line(bytes, endpoint.key_header, *request.context.idempotency_key);
    std::size_t const before = bytes.size();
    bytes += encoded.header_lines;
    if (options)
        if (auto const wrong =
                append_header_lines(bytes, options->headers, {}, request.has_credentials)) {
            request.refused.emplace(errc::invalid_option, "headers: " + *wrong);
            return request;
        }
    if (bytes.size() != before)
        policy::add_credentials(request.context.further_secrets,
                                std::string_view(bytes).substr(before));
    if (encoded.has_body) {
        if (encoded.is_form)
            join_form(settings, request.context.idempotency_key.get(), encoded);
        if (!encoded.is_body_absent)
            append_header_line(bytes, "Content-Type",
                               encoded.content_type.empty() ? std::string_view("application/json")
                                                            : encoded.content_type);
        if (encoded.source && hedge_after) {
            request.refused.emplace(errc::invalid_request,
                                    "hedge: a body that comes from a source can be sent only once");
            return request;
        }
        if (encoded.source) {
            try {
                request.body_writer = std::make_shared<net::request_body_writer>(
                    std::move(encoded.source), encoded.source_size);
            } catch (std::bad_alloc const&) {
                throw;
            } catch (...) {
                request.refused.emplace(errc::invalid_request,
                                        net::request_body_writer::thrown_by_source);
                return request;
            }
            encoded.body.clear();
        }
        if (request.body_writer && !encoded.source_size)
            append_header_line(bytes, "Transfer-Encoding", "chunked");
        else
            append_header_line(bytes, "Content-Length",
                               std::to_string(encoded.source_size.value_or(encoded.body.size())));
    }
    request.shared_size = bytes.size();
    request.carries_context = true;
    request.body = std::move(encoded.body);
    return request;
}

INTHELOOP_DECL result<prepared_request> describe_request(call_settings const& settings,
                                                         net::request const& request) {
    boost::container::small_vector<policy::sought_secret, 2> secrets;
    if (!settings.options.token.empty())
        secrets.push_back({settings.options.token.reveal()});
    if (request.context.user)
        secrets.push_back(policy::sought_user(*request.context.user));
    for (std::string_view const further : request.context.further_secrets)
        secrets.push_back({further});
    if (request.refused) {
        error refused = *request.refused;
        refused.endpoint = request.context.endpoint->description;
        policy::redact(refused, secrets);
        return refused;
    }
    auto const clean = [&](std::string_view text) {
        return policy::replace_secrets(text, secrets);
    };
    response<prepared_request> made;
    prepared_request& shown = made.value;
    shown.method = request.context.endpoint->verb;
    shown.address =
        (request.context.origin ? *request.context.origin : settings.base.origin).text() +
        clean(request.target());
    for_each_header_line(
        request.header_lines(), [&](std::string_view name, std::string_view value) {
            shown.headers.append(name, name == "X-Impersonate-User" ? "[redacted]" : clean(value));
        });
    if (request.has_credentials)
        shown.headers.append("Authorization", "Bearer [redacted]");
    shown.body = clean(request.body);
    shown.has_streamed_body = request.body_writer != nullptr;
    return made;
}

} // namespace intheloop::detail

#endif
