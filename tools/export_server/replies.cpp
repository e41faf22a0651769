// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "replies.hpp"

#include "../shared/json_text.hpp"

#include <intheloop/codec/detail/percent.hpp>

#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

namespace tools {

namespace loop = intheloop;

namespace {

std::string_view code_of(loop::error const& failure) {
    return to_string(static_cast<loop::errc>(failure.code().value()));
}

// Returns the detail, with advice for whoever speaks HTTP in place of the one for a program.
std::string detail_of(loop::error const& failure) {
    if (failure.code() != loop::errc::export_unclear)
        return failure.detail;
    return failure.detail.substr(0, failure.detail.find("; start_options::")) +
           "; the same POST with \"Prefer: start-again\" starts another one";
}

std::string message_of(loop::error const& failure) {
    std::string message = failure.code().message();
    if (std::string const detail = detail_of(failure); !detail.empty())
        message += ": " + detail;
    if (!failure.service_message.empty())
        message += "; the service says \"" + failure.service_message + '"';
    replace_bad_utf8(message); // a gateway speaks in any charset
    return message;
}

// Returns the status that tells a browser how the service, or the way to it, has failed.
http::status status_for(loop::error const& failure) {
    if (failure.code() == loop::errc::not_found)
        return http::status::not_found;
    if (failure.code() == loop::errc::invalid_request || failure.status == 400)
        return http::status::bad_request;
    if (failure.code() == loop::errc::export_unclear)
        return http::status::conflict;
    if (failure.code() == loop::condition::timeout)
        return http::status::gateway_timeout;
    if (failure.code() == loop::condition::rate_limited ||
        failure.code() == loop::condition::overloaded ||
        failure.code() == loop::condition::cancelled)
        return http::status::service_unavailable;
    return http::status::bad_gateway;
}

constexpr char const* soon = "5"; // seconds

} // namespace

std::string path_of(std::string_view export_id, std::string_view below) {
    std::string path = "/exports/";
    loop::codec::append_percent_encoded(path, export_id);
    return path.append(below);
}

boost::json::object state_json(loop::export_job const& job, loop::export_state const& state) {
    boost::json::object made{
        {"id", job.id()},
        {"status", state.status},
        {"phase", to_string(state.phase)},
        {"ended", state.has_ended},
        {"polls", state.polls},
        {"failedPolls", state.failed_polls},
        {"ageMilliseconds", state.age.count()},
        {"self", path_of(job.id())},
        {"events", path_of(job.id(), "/events")},
        {"rows", path_of(job.id(), "/rows")},
    };
    if (state.last_failure)
        made["lastFailure"] = problem_json(*state.last_failure);
    return made;
}

boost::json::object problem_json(loop::error const& failure) {
    return {{"code", code_of(failure)}, {"message", message_of(failure)}};
}

reply json_reply(http::status status, boost::json::object const& body) {
    reply made;
    made.result(status);
    made.set(http::field::content_type, "application/json");
    made.body() = boost::json::serialize(body) + '\n';
    return made;
}

reply problem_reply(http::status status, std::string_view code, std::string_view message,
                    std::string_view where) {
    boost::json::object problem{{"code", code}, {"message", message}};
    if (!where.empty())
        problem["where"] = where;
    boost::json::object const body{{"error", problem}};
    return json_reply(status, body);
}

reply invalid_http_reply(std::string_view message) {
    return problem_reply(http::status::bad_request, "invalid_http", message);
}

reply too_many_reply(std::string_view message) {
    reply made = problem_reply(http::status::service_unavailable, "too_many", message);
    made.set(http::field::retry_after, soon);
    return made;
}

reply problem_reply(loop::error const& failure) {
    reply made = problem_reply(status_for(failure), code_of(failure), message_of(failure));
    if (failure.retry_after)
        made.set(http::field::retry_after, std::to_string(failure.retry_after->count()));
    else if (made.result() == http::status::service_unavailable)
        made.set(http::field::retry_after, soon);
    return made;
}

} // namespace tools
