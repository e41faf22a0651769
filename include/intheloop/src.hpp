// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_SRC_HPP
#define INTHELOOP_SRC_HPP

// Include this in exactly one file of a program.
//
// - With INTHELOOP_SEPARATE_COMPILATION defined for the whole program, that file holds all code of
//   the library that is not a template; the others compile faster.
// - Boost.JSON, the one library of Boost here that has no header-only form, is in that file too, so
//   that the program links nothing of Boost. If it links boost_json instead, define
//   INTHELOOP_LINK_BOOST.

#include <intheloop.hpp>

#ifndef INTHELOOP_LINK_BOOST
#include <boost/json/src.hpp>
#endif

#include <intheloop/base/impl/error.ipp>
#include <intheloop/base/impl/file_descriptor.ipp>
#include <intheloop/base/impl/header_lines.ipp>
#include <intheloop/base/impl/headers.ipp>
#include <intheloop/base/impl/random_numbers.ipp>
#include <intheloop/base/impl/result.ipp>
#include <intheloop/client/impl/call_request.ipp>
#include <intheloop/client/impl/call_result.ipp>
#include <intheloop/client/impl/client.ipp>
#include <intheloop/client/impl/client_core.ipp>
#include <intheloop/client/impl/documented_calls.ipp>
#include <intheloop/client/impl/drift_report.ipp>
#include <intheloop/client/impl/option_checks.ipp>
#include <intheloop/client/impl/options.ipp>
#include <intheloop/codec/impl/file_response.ipp>
#include <intheloop/codec/impl/ip_address.ipp>
#include <intheloop/codec/impl/json_decode.ipp>
#include <intheloop/codec/impl/json_decoder.ipp>
#include <intheloop/codec/impl/json_encode.ipp>
#include <intheloop/codec/impl/json_sax_handler.ipp>
#include <intheloop/codec/impl/multipart.ipp>
#include <intheloop/codec/impl/request.ipp>
#include <intheloop/codec/impl/response.ipp>
#include <intheloop/codec/impl/row_splitter.ipp>
#include <intheloop/codec/impl/url.ipp>
#include <intheloop/endpoint/impl/date_time.ipp>
#include <intheloop/jobs/impl/body_stream.ipp>
#include <intheloop/jobs/impl/download.ipp>
#include <intheloop/jobs/impl/download_run.ipp>
#include <intheloop/jobs/impl/export_job.ipp>
#include <intheloop/jobs/impl/export_journal.ipp>
#include <intheloop/jobs/impl/export_poller.ipp>
#include <intheloop/jobs/impl/export_poller_state.ipp>
#include <intheloop/jobs/impl/export_start.ipp>
#include <intheloop/jobs/impl/export_start_fleet.ipp>
#include <intheloop/jobs/impl/export_start_journal.ipp>
#include <intheloop/jobs/impl/export_watch.ipp>
#include <intheloop/jobs/impl/file_address.ipp>
#include <intheloop/jobs/impl/file_source.ipp>
#include <intheloop/jobs/impl/file_target.ipp>
#include <intheloop/jobs/impl/open_response.ipp>
#include <intheloop/jobs/impl/part_file.ipp>
#include <intheloop/jobs/impl/range_run.ipp>
#include <intheloop/jobs/impl/rows.ipp>
#include <intheloop/jobs/impl/shared_start.ipp>
#include <intheloop/jobs/impl/stream_file.ipp>
#include <intheloop/net/impl/form_source.ipp>
#include <intheloop/net/impl/handler.ipp>
#include <intheloop/net/impl/interceptor.ipp>
#include <intheloop/net/impl/request_body_writer.ipp>
#include <intheloop/net/impl/send.ipp>
#include <intheloop/net/impl/strand_executor.ipp>
#include <intheloop/net/impl/strand_gate.ipp>
#include <intheloop/net/impl/tls.ipp>
#include <intheloop/net/impl/url.ipp>
#include <intheloop/policy/impl/address_race.ipp>
#include <intheloop/policy/impl/attempt_outcome.ipp>
#include <intheloop/policy/impl/call_plan.ipp>
#include <intheloop/policy/impl/credential_names.ipp>
#include <intheloop/policy/impl/download_plan.ipp>
#include <intheloop/policy/impl/encoded_text.ipp>
#include <intheloop/policy/impl/export_poll.ipp>
#include <intheloop/policy/impl/hedge.ipp>
#include <intheloop/policy/impl/keep_alive.ipp>
#include <intheloop/policy/impl/pool.ipp>
#include <intheloop/policy/impl/proxy.ipp>
#include <intheloop/policy/impl/range_plan.ipp>
#include <intheloop/policy/impl/rate_limit.ipp>
#include <intheloop/policy/impl/rate_limit_fields.ipp>
#include <intheloop/policy/impl/redact.ipp>
#include <intheloop/policy/impl/redact_signatures.ipp>
#include <intheloop/policy/impl/resume_token.ipp>
#include <intheloop/policy/impl/retry.ipp>
#include <intheloop/policy/impl/retry_after.ipp>
#include <intheloop/policy/impl/retry_explanation.ipp>
#include <intheloop/policy/impl/secret_automaton.ipp>
#include <intheloop/policy/impl/secret_finder.ipp>
#include <intheloop/policy/impl/spelling.ipp>
#include <intheloop/policy/impl/start_record.ipp>
#include <intheloop/policy/impl/text_address.ipp>
#include <intheloop/policy/impl/token.ipp>

#endif
