// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_HPP
#define INTHELOOP_HPP

// The one header, in the order in which data flows.

// A program may have global names that are names of parameters here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

#include <intheloop/config.hpp>
#include <intheloop/fwd.hpp>

#include <intheloop/drift_report.hpp>
#include <intheloop/error.hpp>
#include <intheloop/exchange_recorder.hpp>
#include <intheloop/headers.hpp>
#include <intheloop/observer.hpp>
#include <intheloop/secret.hpp>

#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <intheloop/api/documented.hpp>

#include <intheloop/client.hpp>
#include <intheloop/documented_calls.hpp>
#include <intheloop/options.hpp>
#include <intheloop/result.hpp>
#include <intheloop/time_source.hpp>
#include <intheloop/token_provider.hpp>

#include <intheloop/export_job.hpp>
#include <intheloop/export_journal.hpp>

#include <intheloop/download.hpp>
#include <intheloop/file_source.hpp>
#include <intheloop/item_reader.hpp>
#include <intheloop/open_response.hpp>
#include <intheloop/rows.hpp>

// What a program of coroutines needs of Asio besides.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#pragma GCC diagnostic pop

#endif
