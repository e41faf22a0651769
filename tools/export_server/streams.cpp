// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "streams.hpp"

#include "log.hpp"
#include "replies.hpp"
#include "row_buffer.hpp"

#include <intheloop/jobs/download.hpp>
#include <intheloop/jobs/rows.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tools {

namespace loop = intheloop;

namespace {

using row_reader = loop::row_reader<loop::row_text>;

// Gives why it did not come to the end of the rows, if so.
asio::awaitable<std::optional<loop::error>> read_rows(row_reader& rows, row_buffer& into) {
    std::optional<loop::error> failure;
    while (auto row = co_await rows.async_next()) {
        if (row.has_error()) {
            failure = row.error();
            break;
        }
        into.put(*row);
        co_await into.async_wait_for_room();
    }
    into.end();
    co_return failure;
}

asio::awaitable<void> write_rows(row_buffer& from, responder& to) {
    for (;;) {
        std::string const lines = co_await from.async_take();
        if (lines.empty())
            co_return;
        co_await to.write(lines);
    }
}

} // namespace

asio::awaitable<void> send_events(loop::export_job const& job, responder& to) {
    co_await to.begin("text/event-stream");
    if (to.is_head())
        co_return;
    auto watch = job.watch();
    while (auto now = co_await watch.async_next()) {
        std::string const state = boost::json::serialize(state_json(job, *now));
        co_await to.write("event: state\ndata: " + state + "\n\n");
    }
    co_await to.write("event: end\ndata: {}\n\n");
    co_await to.end();
}

asio::awaitable<void> send_rows(loop::client& client, loop::export_job const& job, responder& to) {
    using namespace asio::experimental::awaitable_operators;
    constexpr char const* type = "application/x-ndjson";
    if (to.is_head())
        co_return co_await to.begin(type);

    loop::download_options options;
    options.deadline = std::chrono::days(1); // of the browser's pace
    row_reader rows(loop::open_download(client, job, options));
    auto const first = co_await rows.async_next();
    if (first.has_error())
        co_return co_await to.send(problem_reply(first.error()));

    row_buffer lines(co_await asio::this_coro::executor);
    if (first)
        lines.put(*first);
    co_await to.begin(type);
    auto const failure = co_await (read_rows(rows, lines) && write_rows(lines, to));
    if (!failure)
        co_return co_await to.end();
    if (failure->code() != loop::condition::cancelled) // by the browser's end or the server's
        log("the rows of " + job.id() + " broke off: " + to_string(*failure));
}

} // namespace tools
