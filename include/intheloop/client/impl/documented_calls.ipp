// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_DOCUMENTED_CALLS_IPP
#define INTHELOOP_CLIENT_IMPL_DOCUMENTED_CALLS_IPP

#include <intheloop/client/detail/documented_calls.hpp>

#ifdef INTHELOOP_SEPARATE_COMPILATION

namespace intheloop::detail {

template net::request encode_call(call_settings const&, export_report_endpoint const&,
                                  request_of<export_report_endpoint> const&, call_options const*);
template net::request encode_call(call_settings const&, get_report_endpoint const&,
                                  request_of<get_report_endpoint> const&, call_options const*);
template net::request encode_call(call_settings const&, create_draft_endpoint const&,
                                  request_of<create_draft_endpoint> const&, call_options const*);
template net::request encode_call(call_settings const&, ask_endpoint const&,
                                  request_of<ask_endpoint> const&, call_options const*);

template result<report::export_result> to_result<report::export_result>(call_settings const&,
                                                                        net::outcome&);
template result<std::optional<boost::json::value>>
to_result<std::optional<boost::json::value>>(call_settings const&, net::outcome&);
template result<raw_body> to_result<raw_body>(call_settings const&, net::outcome&);

} // namespace intheloop::detail

#endif

#endif
