// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FWD_HPP
#define INTHELOOP_FWD_HPP

// Declares the library's types, for headers that only pass them on.

namespace intheloop {

class client;
class options;
class call_options;
class prepared_request;
class hedged_call_options;
class retry_options;
class slow_transfer_options;
class pool_options;
class limit_options;
class tls_options;
class token_provider;
struct token_request;
class secret;
class headers;
class error;
class exception;
struct attempt_record;
class response_info;
template <class T>
class response;
template <class T>
class result;
template <class T>
class nullable;
template <class Derived>
class open_enum;
class date_time;
class raw_body;
class unknown_alternative;

enum class errc;
enum class condition;
enum class request_progress : unsigned char;
enum class retry_verdict : unsigned char;
enum class export_phase : unsigned char;
enum class journal_advice : unsigned char;
enum class verb : unsigned char;
enum class certainty : unsigned char;
enum class connection_event_kind : unsigned char;
enum class drift_kind : unsigned char;
struct endpoint_info;
struct attempt_outcome;
class retry_explanation;
struct client_statistics;
class time_source;

class export_job;
class export_journal;
class journal_entry;
class export_state;
class export_watch;
class next_state;
class poll_options;
class single_flight;
class fleet;
class fleet_options;
class fleet_claim;
class fleet_grant;
class fleet_notice;
class fleet_start_claim;
class fleet_start_note;
class fleet_start_answer;
class redis_fleet;
class redis_options;
class start_options;
class file_path;
class download_options;
struct download_progress;
class download_summary;
class drift_report;
class drift_finding;
class observer;
struct call_attributes;
struct call_started;
struct attempt_attributes;
struct attempt_started;
struct attempt_ended;
struct retry_planned;
struct waiting_times;
struct call_ended;
struct connection_event;
struct fleet_event;
class propagator;
class interceptor;
class async_interceptor;
class interception;
class interception_handler;
class intercepted_request;
class intercepted_response;
class exchange_recorder;
class byte_sink;
class byte_source;
class row_options;
template <class Row>
class row_reader;
template <class Row>
class next_row;
template <class Endpoint>
class item_reader;

namespace report {
class export_request;
class get_request;
class export_result;
class export_status;
class result_format;
} // namespace report

namespace drafts {
class create_request;
}

namespace documentation {
class ask_request;
}

} // namespace intheloop

#endif
