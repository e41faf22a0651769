// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_HANDLER_IPP
#define INTHELOOP_NET_IMPL_HANDLER_IPP

#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

namespace intheloop::detail {

INTHELOOP_DECL
work_guard<boost::asio::any_io_executor>::work_guard(boost::asio::any_io_executor const& on)
    : tracked_(boost::asio::prefer(on, boost::asio::execution::outstanding_work.tracked)) {}

} // namespace intheloop::detail

#endif
