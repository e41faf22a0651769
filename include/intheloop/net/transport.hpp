// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TRANSPORT_HPP
#define INTHELOOP_NET_TRANSPORT_HPP

// One request out, one answer back, with everything that lies between erased: this header knows
// no socket, and its users don't compile one.

#include <intheloop/config.hpp>
#include <intheloop/net/message.hpp>
#include <intheloop/net/tls_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>

namespace intheloop::net {

class transport_state;

// Sends requests over connections that it keeps. May be called from any thread. The executor's
// context must outlive it.
class transport {
public:
    // Throws intheloop::exception (configuration) if the certificates can't be used.
    INTHELOOP_DECL transport(boost::asio::any_io_executor executor, tls_options const& tls,
                             unsigned retry_budget);
    INTHELOOP_DECL ~transport(); // closes
    transport(transport const&) = delete;
    transport& operator=(transport const&) = delete;

    // Calls the handler exactly once, on its associated executor, never from within. All
    // cancellation types end the exchange at once and close its connection.
    INTHELOOP_DECL void async_exchange(exchange_request request, exchange_handler handler);

    // Ends all exchanges with errc::client_closed, and drops all connections.
    INTHELOOP_DECL void close();

    // Connections that wait for their next request.
    INTHELOOP_DECL std::size_t idle_connections() const;

    boost::asio::any_io_executor const& get_executor() const noexcept { return executor_; }

private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<transport_state> state_;
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/transport.ipp>
#endif

#endif
