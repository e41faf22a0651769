// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TRANSPORT_HPP
#define INTHELOOP_NET_DETAIL_TRANSPORT_HPP

// One request out, one answer back, with everything that lies between erased: this header knows
// no socket, and its users don't compile one.

#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/message.hpp>
#include <intheloop/net/detail/transport_options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace intheloop::net {

class engine;

// Sends requests over connections that it keeps. May be called from any thread. The executor's
// context must outlive it.
class transport {
public:
    using close_handler = boost::asio::any_completion_handler<void()>;

    // Throws intheloop::exception (configuration) if the certificates can't be used.
    INTHELOOP_DECL transport(boost::asio::any_io_executor executor, transport_options options);
    // One on the same executor that takes no exchange: each ends with errc::client_closed.
    struct already_closed {};
    INTHELOOP_DECL transport(transport const& open, already_closed);
    INTHELOOP_DECL ~transport(); // closes
    transport(transport const&) = delete;
    transport& operator=(transport const&) = delete;

    // Calls the handler exactly once, on its associated executor, never from within. All
    // cancellation types end the exchange at once and close its connection.
    INTHELOOP_DECL void async_exchange(exchange_request&& request, exchange_handler handler);

    INTHELOOP_DECL void set_token(secret changed);

    // Ends all exchanges with errc::client_closed, and drops all connections.
    INTHELOOP_DECL void close();
    // Takes no further exchange, and calls the handler when the handler of the last one has
    // returned and the connections are closed. Cancelled, it ends those under way as close() does.
    INTHELOOP_DECL void async_close(close_handler handler);

    INTHELOOP_DECL client_statistics statistics() const;

    INTHELOOP_DECL boost::asio::any_io_executor const& get_executor() const noexcept;
    // On which sinks are called, among others.
    INTHELOOP_DECL boost::asio::any_io_executor get_strand() const;

private:
    std::shared_ptr<engine> engine_;
    bool const is_closed_ = false; // though the engine is not
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/transport.ipp>
#endif

#endif
