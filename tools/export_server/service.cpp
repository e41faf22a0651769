// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "service.hpp"

#include "export_form.hpp"
#include "replies.hpp"
#include "route.hpp"
#include "streams.hpp"

#include <boost/beast/core/string.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace tools {

namespace loop = intheloop;

namespace {

// A browser lets another site's page send other types without asking first.
bool is_json(request const& asked) {
    std::string_view type = asked[http::field::content_type];
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    return beast::iequals(type, "application/json");
}

// What is wrong with the way in which a body is sent, if anything.
std::optional<reply> refuse_body(request const& asked) {
    if (!asked.has_content_length() && !asked.chunked())
        return problem_reply(http::status::length_required, "length", "say how long the body is");
    if (!is_json(asked))
        return problem_reply(http::status::unsupported_media_type, "media_type",
                             "send application/json");
    return std::nullopt;
}

reply method_not_allowed(place where) {
    reply made = problem_reply(http::status::method_not_allowed, "method_not_allowed",
                               "this path does not have that method");
    made.set(http::field::allow, methods_of(where));
    return made;
}

reply started_reply(loop::export_job const& job) {
    reply made = json_reply(http::status::created, state_json(job, job.state()));
    made.set(http::field::location, path_of(job.id()));
    return made;
}

// What is wrong with a request wherever it goes, if anything.
std::optional<reply> refuse(request const& asked, route const& to, bool for_this_machine) {
    if (asked.version() != 11)
        return problem_reply(http::status::http_version_not_supported, "version", "speak HTTP/1.1");
    if (for_this_machine && !is_loopback_host(asked[http::field::host]))
        return problem_reply(http::status::misdirected_request, "host",
                             "this server is for this machine only: call it localhost");
    if (to.where == place::nowhere)
        return problem_reply(http::status::not_found, "not_found", "there is nothing here");
    if (!allows(to.where, asked.method()))
        return method_not_allowed(to.where);
    return std::nullopt;
}

} // namespace

export_service::export_service(loop::client& client, service_options const& options)
    : client_(client), for_this_machine_(options.for_this_machine), readers_(options.most_readers),
      jobs_(options.most_jobs) {
    start_.poll = options.poll;
    start_.shared = std::make_shared<loop::single_flight>();
}

asio::awaitable<void> export_service::answer(request const& asked, responder& to) {
    route const asked_for = find_route(asked.target());
    if (auto refused = refuse(asked, asked_for, for_this_machine_))
        co_return co_await to.send(std::move(*refused));
    if (asked_for.where == place::page)
        co_return co_await show_page(to);
    if (asked_for.where == place::exports)
        co_return co_await start_export(asked, to);

    auto const job = jobs_.find(asked_for.export_id);
    if (!job)
        co_return co_await to.send(
            problem_reply(http::status::not_found, "not_found", "this export is not known here"));
    if (asked_for.where == place::events)
        co_return co_await send_events(*job, to);
    if (asked_for.where == place::rows)
        co_return co_await show_rows(*job, to);
    co_await to.send(json_reply(http::status::ok, state_json(*job, job->state())));
}

asio::awaitable<void> export_service::start_export(request const& asked, responder& to) {
    if (auto refused = refuse_body(asked))
        co_return co_await to.send(std::move(*refused));
    auto const form = read_export_form(asked.body());
    if (auto const* wrong = std::get_if<invalid_input>(&form))
        co_return co_await to.send(problem_reply(http::status::bad_request, "invalid_input",
                                                 wrong->message, wrong->where));
    if (!jobs_.has_room())
        co_return co_await to.send(problem_reply(http::status::service_unavailable, "too_many",
                                                 "too many exports are under way"));
    auto const& wanted = std::get<loop::report::export_request>(form);
    auto const started = co_await loop::async_start_export(client_, wanted, start_);
    if (!started)
        co_return co_await to.send(problem_reply(started.error()));
    jobs_.keep(*started);
    co_await to.send(started_reply(*started));
}

asio::awaitable<void> export_service::show_rows(loop::export_job const& job, responder& to) {
    auto const reading = readers_.enter();
    if (!reading)
        co_return co_await to.send(problem_reply(http::status::service_unavailable, "too_many",
                                                 "too many rows are being read: try again later"));
    co_await send_rows(client_, job, to);
}

asio::awaitable<void> export_service::show_page(responder& to) const {
    reply made;
    made.set(http::field::content_type, "text/html; charset=utf-8");
    made.set("Content-Security-Policy", page_.policy);
    made.set("Referrer-Policy", "no-referrer");
    made.body() = page_.text;
    co_await to.send(std::move(made));
}

} // namespace tools
