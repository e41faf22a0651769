// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_HTTP_SERVER_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_HTTP_SERVER_HPP

#include "connection.hpp"
#include "http.hpp"
#include "service.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <set>

namespace tools {

// Listens, and keeps the connections. All of it runs on a strand of its own, and each connection on
// another one.
class http_server {
public:
    // Throws std::runtime_error, with the address and the reason, if it can't listen there.
    http_server(asio::io_context& io, tcp::endpoint const& at, export_service& service,
                connection_limits const& limits);

    // The strand.
    asio::any_io_executor get_executor() { return acceptor_.get_executor(); }

    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    // Until it is stopped.
    asio::awaitable<void> run();

    // Accepts no more, closes what is idle, lets the requests under way end for that long, and
    // then ends them.
    asio::awaitable<void> stop(std::chrono::milliseconds grace);

private:
    void begin(tcp::socket socket);
    void forget(std::shared_ptr<connection> const& ended);
    asio::awaitable<void> wait_for_end(asio::steady_timer::time_point at_the_latest);
    asio::awaitable<void> wait_for_room();

    asio::io_context& io_;
    export_service& service_;
    connection_limits const limits_;
    tcp::acceptor acceptor_;
    asio::steady_timer ended_; // cancelled with the last connection
    asio::steady_timer room_;  // cancelled with each connection
    std::set<std::shared_ptr<connection>> connections_;
    std::size_t too_many_ = 0; // of the connections, those that are told so
};

} // namespace tools

#endif
