// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_STREAMS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_STREAMS_HPP

#include "http.hpp"
#include "responder.hpp"

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace tools {

// Sends the states of an export as server-sent events: "state" for each, "end" after the last. A
// slow browser misses states in between. When nothing has happened for the time of a heartbeat, a
// comment shows proxies that the answer goes on.
asio::awaitable<void> send_events(intheloop::export_job const& job,
                                  std::chrono::milliseconds heartbeat, responder& to);

// Returns whether a browser asks for events again that have had their last one, as an EventSource
// does by itself until it is told that there are no more.
bool has_seen_the_end(http::fields const& asked);

// How rows are written: as lines of JSON, or as server-sent events.
enum class row_form { lines, events };
// The form that comes first in what a request accepts; lines if it leaves the choice.
row_form row_form_of(http::fields const& asked);

// Sends the rows of a completed export as they come. No more are fetched than the browser takes. A
// failure before the first row is an answer of its own. After it, lines stay incomplete, and events
// end with a "problem" in place of the "end". Between events a comment comes with each heartbeat.
asio::awaitable<void> send_rows(intheloop::client& client, intheloop::export_job const& job,
                                row_form form, std::chrono::milliseconds heartbeat, responder& to);
// Sends the head of that answer.
asio::awaitable<void> send_rows_head(row_form form, responder& to);
// Answers with the reason why there are no rows, and logs it.
asio::awaitable<void> refuse_rows(intheloop::export_job const& job, intheloop::error const& why,
                                  responder& to);

} // namespace tools

#endif
