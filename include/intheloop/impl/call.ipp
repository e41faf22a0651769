// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_IMPL_CALL_IPP
#define INTHELOOP_IMPL_CALL_IPP

#include <intheloop/call.hpp>
#include <intheloop/policy/redact.hpp>
#include <intheloop/policy/retry_after.hpp>

#include <boost/version.hpp>

#include <array>
#include <chrono>
#include <string_view>

namespace intheloop::detail {

[[noreturn]] INTHELOOP_DECL void refuse_option(std::string const& what) {
    throw exception(error(errc::invalid_option, what));
}

// What may stand in a header value of ours: visible ASCII, and spaces where they are allowed.
INTHELOOP_DECL bool is_header_text(std::string_view text, bool spaces) {
    for (char c : text)
        if (!((c > ' ' && c <= '~') || (spaces && c == ' ')))
            return false;
    return true;
}

INTHELOOP_DECL char const* problem_with_user(std::string_view user) {
    if (user.empty())
        return "impersonate_user is empty: leave it unset to act as oneself";
    if (!is_header_text(user, false))
        return "impersonate_user holds a character that can't stand in a header (a space, CR, LF, "
               "NUL or another that is not visible ASCII)";
    return nullptr;
}

INTHELOOP_DECL net::url check_base_url(options const& how) {
    net::url base;
    std::string problem;
    if (!net::parse_url(how.base_url, base, problem))
        refuse_option("base_url: " + problem);
    if (base.has_query)
        refuse_option("base_url: it holds a query");
    if (!base.origin.secure && !base.origin.is_loopback())
        refuse_option("base_url: http:// would send the token in the clear: use https://");
    if (!base.origin.secure && !how.allow_insecure_loopback)
        refuse_option("base_url: http:// needs allow_insecure_loopback, and is for tests");
    while (base.target.ends_with('/'))
        base.target.pop_back(); // every route begins with its own
    return base;
}

INTHELOOP_DECL std::string make_user_agent(options const& how) {
    if (!is_header_text(how.application, true))
        refuse_option("application holds a character that can't stand in a header");
    std::string const boost_version =
        std::to_string(BOOST_VERSION / 100000) + '.' + std::to_string(BOOST_VERSION / 100 % 1000);
    std::string agent = "intheloop/" INTHELOOP_VERSION_STRING " (C++; Boost " + boost_version + ')';
    if (!how.application.empty())
        agent += ' ' + how.application;
    return agent;
}

INTHELOOP_DECL char const* problem_with_retry(retry_options const& retry) {
    if (retry.max_attempts == 0)
        return "retry.max_attempts is zero: the first attempt counts";
    if (retry.base.count() < 0 || retry.cap.count() < 0)
        return "retry: a pause is below zero";
    return nullptr;
}

INTHELOOP_DECL options check_options(options how) {
    std::string_view const token = how.token.reveal();
    if (token.empty())
        refuse_option("token is empty: make one in Loop's web settings, tab \"API keys\", and set "
                      "options::token, or INTHELOOP_TOKEN for options::from_env()");
    if (!is_header_text(token, false))
        refuse_option("token holds a character that can't stand in a header (a space, CR, LF, NUL "
                      "or another that is not visible ASCII)");
    if (how.impersonate_user)
        if (char const* problem = problem_with_user(how.impersonate_user->reveal()))
            refuse_option(problem);
    for (auto const& [name, limit] : {std::pair{"connect_timeout", how.connect_timeout},
                                      std::pair{"handshake_timeout", how.handshake_timeout},
                                      std::pair{"deadline", how.deadline}})
        if (limit.count() <= 0)
            refuse_option(std::string(name) + " is not above zero");
    if (char const* problem = problem_with_retry(how.retry))
        refuse_option(problem);
    if (how.max_header_size < 1024 || how.max_header_size > 64 * 1024 * 1024)
        refuse_option("max_header_size is not between 1 KiB and 64 MiB");
    if (how.max_json_depth == 0)
        refuse_option("max_json_depth is zero");
    return how;
}

INTHELOOP_DECL call_core::call_core(boost::asio::any_io_executor executor, options opts)
    : how(check_options(std::move(opts))), base(check_base_url(how)),
      user_agent(make_user_agent(how)), transport(std::move(executor), how.tls, how.retry.budget) {}

INTHELOOP_DECL void append_header_line(std::string& head, std::string_view name,
                                       std::string_view value) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
}

INTHELOOP_DECL prepared_call prepare_call(call_core const& core, endpoint_info const& endpoint,
                                          codec::encoded_request encoded,
                                          codec::json_error const* problem,
                                          call_options const* how) {
    prepared_call call;
    call.endpoint = &endpoint;
    options const& defaults = core.how;
    call.impersonate_user = defaults.impersonate_user;
    auto deadline = defaults.deadline;
    call.request.retry = defaults.retry;
    if (how) {
        call.request.retry = how->retry.value_or(defaults.retry);
        call.request.may_act_twice = how->may_act_twice();
        deadline = how->deadline.value_or(deadline);
        if (how->impersonate_user.is_null())
            call.impersonate_user.reset();
        else if (how->impersonate_user)
            call.impersonate_user = *how->impersonate_user;
    }
    if (problem)
        call.refused.emplace(errc::invalid_request, problem->text());
    else if (deadline.count() <= 0)
        call.refused.emplace(errc::invalid_option, "deadline is not above zero");
    else if (char const* bad_retry = problem_with_retry(call.request.retry))
        call.refused.emplace(errc::invalid_option, bad_retry);
    else if (call.impersonate_user)
        if (char const* wrong = problem_with_user(call.impersonate_user->reveal()))
            call.refused.emplace(errc::invalid_option, wrong);
    if (call.refused)
        return call;

    net::exchange_request& request = call.request;
    request.origin = core.base.origin;
    request.idempotent = endpoint.idempotent;
    request.with_certificate = true;
    request.answer_has_no_body = endpoint.verb == verb::head;
    request.timeouts = {.connect = defaults.connect_timeout,
                        .handshake = defaults.handshake_timeout,
                        .call = deadline};
    request.max_header_size = defaults.max_header_size;
    request.max_body_size = defaults.max_response_size;

    std::string& bytes = request.bytes;
    bytes.reserve(512 + encoded.target.size() + encoded.body.size());
    bytes += to_string(endpoint.verb);
    bytes += ' ';
    bytes += core.base.target;
    bytes += encoded.target;
    bytes += " HTTP/1.1\r\n";
    append_header_line(bytes, "Host", request.origin.authority());
    append_header_line(bytes, "Authorization", "Bearer " + defaults.token.reveal());
    if (call.impersonate_user)
        append_header_line(bytes, "X-Impersonate-User", call.impersonate_user->reveal());
    append_header_line(bytes, "User-Agent", core.user_agent);
    append_header_line(bytes, "Accept", "application/json");
    bytes += encoded.header_lines;
    if (encoded.has_body) {
        append_header_line(bytes, "Content-Type", "application/json");
        append_header_line(bytes, "Content-Length", std::to_string(encoded.body.size()));
    }
    bytes += "\r\n";
    bytes += encoded.body;
    return call;
}

// The names under which services and proxies tell the id of a request.
INTHELOOP_DECL std::string request_id_of(headers const& fields) {
    for (char const* name : {"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Amzn-RequestId",
                             "X-Amz-Cf-Id", "CF-Ray"})
        if (auto const value = fields.find(name))
            return std::string(*value);
    return {};
}

INTHELOOP_DECL std::chrono::milliseconds elapsed_since(policy::clock::time_point started) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(policy::clock::now() - started);
}

INTHELOOP_DECL error ended_call::complete_error(error e) {
    auto const& fields = outcome.response.headers;
    e.status = outcome.response.status;
    e.attempts = outcome.attempts;
    e.earlier_attempts = std::move(outcome.earlier_attempts);
    e.verdict = outcome.verdict;
    e.progress = outcome.progress;
    e.endpoint = endpoint->description;
    e.elapsed = elapsed_since(started);
    e.request_id = request_id_of(fields);
    if (auto const wait = fields.find("Retry-After"))
        e.retry_after = policy::parse_retry_after(
            *wait, fields.find("Date"),
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    policy::redact(e, secrets());
    return e;
}

INTHELOOP_DECL std::vector<std::string_view> ended_call::secrets() const {
    std::vector<std::string_view> all{core->how.token.reveal()};
    if (impersonate_user)
        all.push_back(impersonate_user->reveal());
    all.insert(all.end(), further_secrets.begin(), further_secrets.end());
    return all;
}

INTHELOOP_DECL void ended_call::complete_info(response_info& info) {
    info.status = outcome.response.status;
    info.headers = std::move(outcome.response.headers);
    info.request_id = request_id_of(info.headers);
    if (!info.request_id.empty())
        info.request_id = policy::redact(info.request_id, secrets());
    info.attempts = outcome.attempts;
    info.elapsed = elapsed_since(started);
}

INTHELOOP_DECL void start_call(std::shared_ptr<call_core> core, prepared_call call,
                               call_handler handler) {
    ended_call end;
    end.core = core;
    end.endpoint = call.endpoint;
    end.impersonate_user = std::move(call.impersonate_user);
    end.started = policy::clock::now();
    if (call.refused) {
        end.outcome.failure = std::move(call.refused);
        return post_completion(core->transport.get_executor(), std::move(handler), std::move(end));
    }
    call.request.started = end.started;
    core->transport.async_exchange(
        std::move(call.request),
        chained_handler(
            std::move(handler),
            [end = std::move(end)](call_handler&& inner, net::exchange_outcome outcome) mutable {
                end.outcome = std::move(outcome);
                std::move(inner)(std::move(end));
            }));
}

} // namespace intheloop::detail

#endif
