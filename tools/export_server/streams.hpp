// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_STREAMS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_STREAMS_HPP

#include "responder.hpp"

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>

namespace tools {

// The states of an export as server-sent events: "state" for each, "end" after the last.
asio::awaitable<void> send_events(intheloop::export_job const& job, responder& to);

// The rows of an export as lines of JSON, as they come. No more are fetched than the browser takes.
// A failure before the first row is an answer of its own; after it, the answer stays incomplete.
asio::awaitable<void> send_rows(intheloop::client& client, intheloop::export_job const& job,
                                responder& to);

} // namespace tools

#endif
