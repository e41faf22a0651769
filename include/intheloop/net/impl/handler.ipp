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

INTHELOOP_DECL void emit_guarded(boost::asio::cancellation_signal& signal,
                                 boost::asio::cancellation_type type) noexcept {
    try {
        signal.emit(type);
    } catch (...) { // its text may hold a secret
    }
}

} // namespace intheloop::detail

#endif
