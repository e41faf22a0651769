// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_DOCUMENTED_CALLS_HPP
#define INTHELOOP_CLIENT_DETAIL_DOCUMENTED_CALLS_HPP

// With separate compilation, the call templates of the documented routes are compiled once, in
// impl/documented_calls.ipp. (Other routes are compiled where they are used.)

#include <intheloop/api/documented.hpp>
#include <intheloop/client/detail/call.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <type_traits>

#ifdef INTHELOOP_SEPARATE_COMPILATION

namespace intheloop::detail {

template <endpoint_type Endpoint>
using request_of = typename Endpoint::request_type;
using export_report_endpoint = std::remove_const_t<decltype(report::export_report)>;
using get_report_endpoint = std::remove_const_t<decltype(report::get_report)>;
using create_draft_endpoint = std::remove_const_t<decltype(drafts::create_draft)>;
using ask_endpoint = std::remove_const_t<decltype(documentation::ask)>;

extern template net::request encode_call(call_settings const&, export_report_endpoint const&,
                                         request_of<export_report_endpoint> const&,
                                         call_options const*);
extern template net::request encode_call(call_settings const&, get_report_endpoint const&,
                                         request_of<get_report_endpoint> const&,
                                         call_options const*);
extern template net::request encode_call(call_settings const&, create_draft_endpoint const&,
                                         request_of<create_draft_endpoint> const&,
                                         call_options const*);
extern template net::request encode_call(call_settings const&, ask_endpoint const&,
                                         request_of<ask_endpoint> const&, call_options const*);

extern template result<report::export_result> to_result<report::export_result>(call_settings const&,
                                                                               net::outcome&);
extern template result<std::optional<boost::json::value>>
to_result<std::optional<boost::json::value>>(call_settings const&, net::outcome&);
extern template result<raw_body> to_result<raw_body>(call_settings const&, net::outcome&);

} // namespace intheloop::detail

#endif

#endif
