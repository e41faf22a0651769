// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// import intheloop;
//
// The names of <intheloop.hpp>, and the names of Asio that a program of coroutines needs. A program
// that uses more of Boost includes it itself, before the import. Macros can't be imported.
// tests/consumers/module_names.py fails for a public name that is missing here.
module;

#include <intheloop.hpp>

export module intheloop;

export namespace intheloop {

// Errors and results.
using intheloop::attempt_record;
using intheloop::condition;
using intheloop::condition_category;
using intheloop::condition_of;
using intheloop::errc;
using intheloop::error;
using intheloop::error_category;
using intheloop::exception;
using intheloop::make_error_code;
using intheloop::make_error_condition;
using intheloop::request_progress;
using intheloop::response;
using intheloop::response_info;
using intheloop::result;
using intheloop::retry_verdict;
using intheloop::type_of_error;

// Found by the types of their arguments as well.
using intheloop::operator==;
using intheloop::operator<<;
using intheloop::to_string;

// Texts, times, sources of bytes.
using intheloop::byte_sink;
using intheloop::byte_source;
using intheloop::date_time;
using intheloop::file_path;
using intheloop::headers;
using intheloop::open_file;
using intheloop::secret;
using intheloop::time_source;

// Endpoints, the documented ones and those of one's own.
using intheloop::alternative;
using intheloop::body;
using intheloop::body_parameter;
using intheloop::catalog;
using intheloop::certainty;
using intheloop::cursor_pages;
using intheloop::describe;
using intheloop::documented;
using intheloop::documented_endpoints;
using intheloop::endless_pages;
using intheloop::endpoint;
using intheloop::endpoint_info;
using intheloop::error_body;
using intheloop::fields;
using intheloop::fixed_string;
using intheloop::header;
using intheloop::header_parameter;
using intheloop::idempotency_key;
using intheloop::idempotent;
using intheloop::inferred;
using intheloop::invalid_member;
using intheloop::joined_query;
using intheloop::json_field;
using intheloop::member_note;
using intheloop::members;
using intheloop::multipart;
using intheloop::no_parameters;
using intheloop::not_idempotent;
using intheloop::nullable;
using intheloop::observed;
using intheloop::offset_pages;
using intheloop::one_of;
using intheloop::open_enum;
using intheloop::operation;
using intheloop::origin;
using intheloop::parameters;
using intheloop::path_parameter;
using intheloop::query;
using intheloop::query_parameter;
using intheloop::raw_body;
using intheloop::renamed;
using intheloop::renamed_member;
using intheloop::request_of;
using intheloop::response_header;
using intheloop::response_of;
using intheloop::route_piece;
using intheloop::route_pieces;
using intheloop::sends_body;
using intheloop::success;
using intheloop::summary;
using intheloop::unknown_alternative;
using intheloop::verb;

// The client.
using intheloop::answered_with;
using intheloop::attempt_outcome;
using intheloop::call_options;
using intheloop::client;
using intheloop::client_statistics;
using intheloop::failed_with;
using intheloop::hedged_call_options;
using intheloop::limit_options;
using intheloop::options;
using intheloop::pool_options;
using intheloop::prepared_request;
using intheloop::retry_explanation;
using intheloop::retry_options;
using intheloop::service_may_act_twice;
using intheloop::service_may_act_twice_t;
using intheloop::slow_transfer_options;
using intheloop::tls_options;
using intheloop::token_handler;
using intheloop::token_provider;
using intheloop::token_request;

// Those who look at each attempt, and may change its course.
using intheloop::any_interceptor;
using intheloop::async_interceptor;
using intheloop::intercepted_request;
using intheloop::intercepted_response;
using intheloop::interception;
using intheloop::interception_handler;
using intheloop::interceptor;

// Those who are told what it does.
using intheloop::attempt_attributes;
using intheloop::attempt_ended;
using intheloop::attempt_started;
using intheloop::call_attributes;
using intheloop::call_ended;
using intheloop::call_started;
using intheloop::connection_event;
using intheloop::connection_event_kind;
using intheloop::drift_finding;
using intheloop::drift_kind;
using intheloop::drift_report;
using intheloop::exchange_record;
using intheloop::exchange_recorder;
using intheloop::fleet_claim;
using intheloop::fleet_event;
using intheloop::fleet_grant;
using intheloop::fleet_notice;
using intheloop::fleet_options;
using intheloop::fleet_share;
using intheloop::fleet_start_answer;
using intheloop::fleet_start_claim;
using intheloop::fleet_start_note;
using intheloop::observer;
using intheloop::propagator;
using intheloop::retry_planned;
using intheloop::waiting_times;

// Export jobs.
using intheloop::async_start_export;
using intheloop::attach_export;
using intheloop::export_job;
using intheloop::export_journal;
using intheloop::export_phase;
using intheloop::export_state;
using intheloop::export_watch;
using intheloop::journal_advice;
using intheloop::journal_entry;
using intheloop::poll_options;
using intheloop::resume_export;
using intheloop::single_flight;
using intheloop::start_options;

// Downloads, rows, lists page by page.
using intheloop::async_download;
using intheloop::download_options;
using intheloop::download_progress;
using intheloop::download_summary;
using intheloop::item_reader;
using intheloop::next_row;
using intheloop::next_state;
using intheloop::open_download;
using intheloop::open_response;
using intheloop::row_options;
using intheloop::row_reader;
using intheloop::row_text;

} // namespace intheloop

export namespace intheloop::report {

using intheloop::report::export_report;
using intheloop::report::export_request;
using intheloop::report::export_result;
using intheloop::report::export_status;
using intheloop::report::get_report;
using intheloop::report::get_request;
using intheloop::report::result_format;

} // namespace intheloop::report

export namespace intheloop::drafts {

using intheloop::drafts::create_draft;
using intheloop::drafts::create_request;

} // namespace intheloop::drafts

export namespace intheloop::documentation {

using intheloop::documentation::ask;
using intheloop::documentation::ask_request;

} // namespace intheloop::documentation

// These names of Asio serve a program of coroutines, as with <intheloop.hpp>.
export namespace boost::asio {

using boost::asio::any_io_executor;
using boost::asio::awaitable;
using boost::asio::co_spawn;
using boost::asio::deferred_t;
using boost::asio::io_context;
using boost::asio::use_awaitable_t;

} // namespace boost::asio

export namespace boost::asio::this_coro {

using boost::asio::this_coro::executor_t;

} // namespace boost::asio::this_coro

// These compare an error's code with a condition.
export namespace boost::system {

using boost::system::operator==;
using boost::system::operator!=;

} // namespace boost::system

// Not exported, but named, so that the import brings it: what makes a coroutine of an awaitable.
using traits_of_awaitable = std::coroutine_traits<boost::asio::awaitable<void>>;
