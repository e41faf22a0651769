// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "service.hpp"

#include "../shared/period.hpp"
#include "export_form.hpp"
#include "head.hpp"
#include "log.hpp"
#include "replies.hpp"
#include "route.hpp"
#include "streams.hpp"

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tools {

namespace loop = intheloop;

namespace {

using loop::detail::trimmed;

// A browser lets another site's page send other types without asking first.
bool is_json(request const& asked) {
    std::string_view const type = asked[http::field::content_type];
    return beast::iequals(trimmed(type.substr(0, type.find(';'))), "application/json");
}

// Returns the answer to a body that is sent in a way that is not served, if it is one.
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

// Keeps an EventSource from asking for the same events again and again.
reply no_more_events_reply() {
    reply made;
    made.result(http::status::no_content);
    return made;
}

reply started_reply(loop::export_job const& job) {
    reply made = json_reply(http::status::created, state_json(job, job.state()));
    made.set(http::field::location, path_of(job.id()));
    return made;
}

// Returns the answer to a request with a wrong path or method, if it is one.
std::optional<reply> refuse(request const& asked, route const& to) {
    if (to.where == place::nowhere)
        return problem_reply(http::status::not_found, "not_found", "there is nothing here");
    if (!allows(to.where, asked.method()))
        return method_not_allowed(to.where);
    return std::nullopt;
}

loop::start_options start_options_of(service_options const& options) {
    loop::start_options made;
    made.poll = options.poll;
    made.shared = std::make_shared<loop::single_flight>();
    return made;
}

constexpr std::size_t longest_key = 255;

// A person has looked: the export of a server that died is not at the service, or may be there too.
bool prefers_to_start_again(request const& asked) {
    return has_member(asked, http::field::prefer, "start-again");
}

// How long a browser prefers to wait: "wait=2" (RFC 7240), of which only the first counts.
std::chrono::seconds preferred_wait(request const& asked) {
    constexpr std::chrono::seconds longest(60);
    for (std::string_view const preference : members_of(asked, http::field::prefer)) {
        std::size_t const equals = std::min(preference.find('='), preference.size());
        if (!beast::iequals(trimmed(preference.substr(0, equals)), "wait"))
            continue;
        std::string_view const value = preference.substr(std::min(equals + 1, preference.size()));
        auto const given = detail::whole_number<unsigned>(trimmed(value));
        return std::min(std::chrono::seconds(given.value_or(0)), longest);
    }
    return std::chrono::seconds(0);
}

// Until when a browser waits for a start. With a key it can come again for the same one, and may
// say "Prefer: respond-async, wait=2" (RFC 7240).
export_starts::time_point patience_of(request const& asked, start_key const& key) {
    if (key.text.empty() || !has_member(asked, http::field::prefer, "respond-async"))
        return export_starts::time_point::max();
    return export_starts::time_point::clock::now() + preferred_wait(asked);
}

reply under_way_reply() {
    boost::json::object const body{{"phase", "starting"}};
    reply made = json_reply(http::status::accepted, body);
    made.set("Preference-Applied", "respond-async");
    return made;
}

// Tells whether an export may have begun, as whoever starts it again gets another one then.
reply failed_start_reply(loop::error failure) {
    if (failure.code() != loop::errc::export_unclear && loop::policy::may_have_acted(failure))
        failure.detail += std::string(failure.detail.empty() ? "" : "; ") +
                          "the service may have begun the export all the same";
    return problem_reply(failure);
}

reply reply_to_start(start_report const& started) {
    switch (started.is) {
    case start_report::kind::under_way: return under_way_reply();
    case start_report::kind::key_of_other_form:
        return problem_reply(http::status::unprocessable_entity, "key_reused",
                             "this Idempotency-Key belongs to another export");
    case start_report::kind::no_room: return too_many_reply("too many exports are under way");
    case start_report::kind::ended: break;
    }
    auto const& outcome = *started.outcome;
    return outcome ? started_reply(*outcome) : failed_start_reply(outcome.error());
}

} // namespace

export_service::export_service(loop::client& client, service_options const& options,
                               allowed_hosts const& hosts, job_directory* directory)
    : client_(client), directory_(directory), hosts_(hosts), heartbeat_(options.heartbeat),
      readers_(options.most_readers), jobs_(options.most_jobs),
      starts_(client, start_options_of(options), jobs_, directory) {}

std::optional<reply> export_service::refuse_head(http::request_header<> const& head,
                                                 asio::ip::address const& reached_at) const {
    using enum http::status;
    std::vector<std::string_view> called;   // what the request calls this server
    if (head.count(http::field::host) != 0) // HTTP/1.0, as no browser speaks it, may lack it
        called.push_back(head[http::field::host]);
    if (auto const named = authority_of(head.target()))
        called.push_back(*named);
    for (std::string_view const each : called) {
        auto const judged = hosts_.judge(each, reached_at);
        if (judged == allowed_hosts::verdict::malformed)
            return problem_reply(bad_request, "host", "the Host is no host");
        if (judged == allowed_hosts::verdict::foreign)
            return problem_reply(misdirected_request, "host",
                                 "this server is not known by that name: call it localhost, or "
                                 "start it with --host and the name");
    }
    auto const origins = head.count(http::field::origin);
    if (origins > 1 ||
        (origins == 1 && !hosts_.allows_origin(head[http::field::origin], reached_at)))
        return problem_reply(forbidden, "origin",
                             "the page of another site asks: start the server with --host and "
                             "the name of the site to allow it");
    std::string_view const site = head["Sec-Fetch-Site"];
    bool const from_elsewhere = site == "cross-site" || site == "same-site";
    if (from_elsewhere && head.method() == http::verb::post)
        return problem_reply(forbidden, "origin", "the page of another site asks");
    return std::nullopt;
}

asio::awaitable<void> export_service::answer(request const& asked, responder& to) {
    route const asked_for = find_route(asked.target());
    if (auto refused = refuse(asked, asked_for))
        co_return co_await to.send(std::move(*refused));
    if (asked_for.where == place::page)
        co_return co_await show_page(to);
    if (asked_for.where == place::exports)
        co_return co_await start_export(asked, to);

    bool const is_for_events =
        asked_for.where == place::events ||
        (asked_for.where == place::rows && row_form_of(asked) == row_form::events);
    if (is_for_events && has_seen_the_end(asked))
        co_return co_await to.send(no_more_events_reply());
    auto job = jobs_.find(asked_for.export_id);
    if (!job)
        if (auto refused = co_await find_elsewhere(asked_for.export_id, job))
            co_return co_await to.send(std::move(*refused));
    auto const seen = job->state(); // tells that polls were given up, before they begin again
    jobs_.follow_again(asked_for.export_id);
    if (asked_for.where == place::events)
        co_return co_await send_events(*job, heartbeat_, to);
    if (asked_for.where == place::rows)
        co_return co_await show_rows(*job, asked, to);
    co_await to.send(json_reply(http::status::ok, state_json(*job, seen)));
}

asio::awaitable<std::optional<reply>>
export_service::find_elsewhere(std::string id, std::optional<loop::export_job>& job) {
    reply const unknown =
        problem_reply(http::status::not_found, "not_found", "this export is not known here");
    if (!directory_)
        co_return unknown;
    auto const found = co_await directory_->async_find(std::move(id));
    if (!found) {
        if (!are_others_away_.exchange(true)) // pages ask often
            log("the other servers can't be asked: " + to_string(found.error()));
        co_return too_many_reply("this export is not known here, and the other servers can't be "
                                 "asked now");
    }
    if (are_others_away_.exchange(false))
        log("the other servers can be asked again");
    if (found->is_empty())
        co_return unknown;
    if (!jobs_.has_room(0))
        co_return reply_to_start(start_report(start_report::kind::no_room));
    auto const joined = starts_.join(found->resume_token, start_key());
    if (!joined)
        co_return problem_reply(joined.error());
    job = *joined;
    co_return std::nullopt;
}

asio::awaitable<void> export_service::start_export(request const& asked, responder& to) {
    if (auto refused = refuse_body(asked))
        co_return co_await to.send(std::move(*refused));
    auto const form = read_export_form(asked.body());
    if (auto const* wrong = std::get_if<invalid_input>(&form))
        co_return co_await to.send(problem_reply(http::status::bad_request, "invalid_input",
                                                 wrong->message, wrong->where));
    start_key key;
    key.text = asked["Idempotency-Key"];
    key.form = asked.body();
    if (key.text.size() > longest_key || asked.count("Idempotency-Key") > 1)
        co_return co_await to.send(problem_reply(http::status::bad_request, "invalid_input",
                                                 "the Idempotency-Key is too long, or not one"));
    auto const& wanted = std::get<loop::report::export_request>(form);
    auto const started = co_await starts_.async_start(wanted, key, patience_of(asked, key),
                                                      prefers_to_start_again(asked));
    try {
        co_await to.send(reply_to_start(started));
    } catch (...) {
        starts_.keep_untold(key, started);
        throw;
    }
}

// A browser that waits for the export takes no reader's place.
asio::awaitable<void> export_service::show_rows(loop::export_job const& job, request const& asked,
                                                responder& to) {
    row_form const form = row_form_of(asked);
    if (to.is_head())
        co_return co_await send_rows_head(form, to);
    to.set_waiting(true);
    auto const completed = co_await job.async_wait();
    to.set_waiting(false);
    if (!completed)
        co_return co_await refuse_rows(job, completed.error(), to);
    auto const reading = readers_.enter();
    if (!reading)
        co_return co_await to.send(too_many_reply("too many rows are being read"));
    co_await send_rows(client_, job, form, heartbeat_, to);
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
