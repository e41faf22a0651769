// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "streams.hpp"

#include "head.hpp"
#include "job_name.hpp"
#include "log.hpp"
#include "replies.hpp"
#include "row_buffer.hpp"

#include <intheloop/jobs/download.hpp>
#include <intheloop/jobs/rows.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tools {

namespace loop = intheloop;

namespace {

using row_reader = loop::row_reader<loop::row_text>;

constexpr char const* last_event = "id: end\nevent: end\ndata: {}\n\n";
constexpr char const* sign_of_life = ": still here\n\n"; // a comment

void put_row(std::string_view row, row_form form, row_buffer& into) {
    if (form == row_form::events)
        into.put(row, "data: ", "\n\n");
    else
        into.put(row);
}

// Gives why it did not come to the end of the rows, if so.
asio::awaitable<std::optional<loop::error>> read_rows(row_reader& rows, row_form form,
                                                      row_buffer& into) {
    std::optional<loop::error> failure;
    while (auto row = co_await rows.async_next())
        for (; row; row = rows.try_next()) {
            if (row.has_error()) { // then the end follows
                failure = row.error();
                continue;
            }
            put_row(*row, form, into);
            co_await into.async_wait_for_room();
        }
    if (form == row_form::events && !failure)
        into.add(last_event);
    else if (form == row_form::events && failure->code() != loop::condition::cancelled)
        into.put(boost::json::serialize(problem_json(*failure)),
                 "id: end\nevent: problem\ndata: ", "\n\n");
    into.end();
    co_return failure;
}

asio::awaitable<void> read_states(loop::export_job const& job, loop::export_watch& watch,
                                  row_buffer& into) {
    while (auto now = co_await watch.async_next()) {
        into.put(boost::json::serialize(state_json(job, *now)), "event: state\ndata: ", "\n\n");
        co_await into.async_wait_for_room();
    }
    into.add(last_event);
    into.end();
}

asio::awaitable<void> write_all(row_buffer& from, responder& to) {
    for (;;) {
        std::string const text = co_await from.async_take();
        if (text.empty())
            co_return;
        co_await to.write(text);
    }
}

char const* type_of(row_form form) {
    return form == row_form::events ? "text/event-stream" : "application/x-ndjson";
}

} // namespace

asio::awaitable<void> send_events(loop::export_job const& job, std::chrono::milliseconds heartbeat,
                                  responder& to) {
    using namespace asio::experimental::awaitable_operators;
    to.set_waiting(true);
    co_await to.begin("text/event-stream");
    if (to.is_head())
        co_return;
    auto watch = job.watch();
    row_buffer events(co_await asio::this_coro::executor);
    events.fill_silence(heartbeat, sign_of_life);
    co_await (read_states(job, watch, events) && write_all(events, to));
    co_await to.end();
}

bool has_seen_the_end(http::fields const& asked) {
    return asked["Last-Event-ID"] == "end";
}

row_form row_form_of(http::fields const& asked) {
    for (std::string_view const type : members_of(asked, http::field::accept))
        for (row_form const form : {row_form::events, row_form::lines})
            if (beast::iequals(type, type_of(form)))
                return form;
    return row_form::lines;
}

asio::awaitable<void> send_rows_head(row_form form, responder& to) {
    co_await to.begin(type_of(form));
}

asio::awaitable<void> refuse_rows(loop::export_job const& job, loop::error const& why,
                                  responder& to) {
    if (why.code() != loop::condition::cancelled)
        log("the rows of the " + name_of(job) + " can't be had: " + to_string(why));
    reply made = problem_reply(why);
    // Of the service or of the file's server: not of the browser, and the export is known.
    if (made.result() == http::status::bad_request ||
        (made.result() == http::status::not_found && why.of_download))
        made.result(http::status::bad_gateway);
    co_await to.send(std::move(made));
}

asio::awaitable<void> send_rows(loop::client& client, loop::export_job const& job, row_form form,
                                std::chrono::milliseconds heartbeat, responder& to) {
    using namespace asio::experimental::awaitable_operators;
    loop::download_options options;
    options.deadline = std::chrono::days(1); // of the browser's pace
    row_reader rows(loop::open_download(client, job, options));
    auto const first = co_await rows.async_next();
    if (first.has_error())
        co_return co_await refuse_rows(job, first.error(), to);

    row_buffer lines(co_await asio::this_coro::executor);
    if (form == row_form::events)
        lines.fill_silence(heartbeat, sign_of_life);
    if (first)
        put_row(*first, form, lines);
    co_await to.begin(type_of(form));
    auto const failure = co_await (read_rows(rows, form, lines) && write_all(lines, to));
    bool const was_cancelled = failure && failure->code() == loop::condition::cancelled;
    if (failure && !was_cancelled) // cancelled by the browser's end or the server's
        log("the rows of the " + name_of(job) + " broke off: " + to_string(*failure));
    if (!failure || (form == row_form::events && !was_cancelled))
        co_await to.end();
}

} // namespace tools
