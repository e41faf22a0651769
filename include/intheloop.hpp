// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_HPP
#define INTHELOOP_HPP

// The one header, in the order in which data flows.

// A program may have global names that are names of parameters here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

#include <intheloop/fwd.hpp>

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/file_path.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/base/propagator.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/base/time_source.hpp>

#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/idempotency_key.hpp>
#include <intheloop/endpoint/multipart.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/origin.hpp>
#include <intheloop/endpoint/pages.hpp>
#include <intheloop/endpoint/parameters.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/endpoint/response_header.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/endpoint/statuses.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <intheloop/api/documented.hpp>

#include <intheloop/codec/drift_kind.hpp>
#include <intheloop/codec/row_options.hpp>

#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/export_phase.hpp>
#include <intheloop/policy/journal_entry.hpp>
#include <intheloop/policy/limit_options.hpp>
#include <intheloop/policy/poll_options.hpp>
#include <intheloop/policy/pool_options.hpp>
#include <intheloop/policy/retry_explanation.hpp>
#include <intheloop/policy/retry_options.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/net/token_request.hpp>

#include <intheloop/client/call_options.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/documented_calls.hpp>
#include <intheloop/client/drift_report.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/client/prepared_request.hpp>
#include <intheloop/client/token_provider.hpp>

#include <intheloop/jobs/download.hpp>
#include <intheloop/jobs/download_options.hpp>
#include <intheloop/jobs/export_job.hpp>
#include <intheloop/jobs/export_journal.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/jobs/export_watch.hpp>
#include <intheloop/jobs/file_source.hpp>
#include <intheloop/jobs/item_reader.hpp>
#include <intheloop/jobs/next_row.hpp>
#include <intheloop/jobs/next_state.hpp>
#include <intheloop/jobs/open_response.hpp>
#include <intheloop/jobs/rows.hpp>
#include <intheloop/jobs/single_flight.hpp>
#include <intheloop/jobs/start_options.hpp>

// The headers of Asio that a program of coroutines needs besides.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#pragma GCC diagnostic pop

#endif
