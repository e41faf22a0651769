// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "http_server.hpp"

#include <intheloop/net/detail/close_on_exec.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace tools {

http_server::http_server(asio::io_context& io, tcp::endpoint const& at, export_service& service,
                         connection_limits const& limits)
    : io_(io), service_(service), limits_(limits), acceptor_(asio::make_strand(io)),
      ended_(acceptor_.get_executor()) {
    intheloop::net::listen_close_on_exec(acceptor_, at);
}

asio::awaitable<void> http_server::run() {
    while (acceptor_.is_open()) {
        tcp::socket socket(asio::make_strand(io_));
        boost::system::error_code failed;
        co_await acceptor_.async_wait(tcp::acceptor::wait_read,
                                      asio::redirect_error(asio::use_awaitable, failed));
        if (!failed && acceptor_.is_open())
            intheloop::net::accept_close_on_exec(acceptor_, socket, failed);
        if (intheloop::net::has_left(failed))
            continue;
        if (!failed && acceptor_.is_open()) {
            begin(std::move(socket));
        } else if (acceptor_.is_open()) { // out of descriptors, say: others have to end first
            asio::steady_timer pause(get_executor(), std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}

void http_server::begin(tcp::socket socket) {
    if (connections_.size() >= limits_.connections)
        return; // which closes it
    auto const made = std::make_shared<connection>(std::move(socket), service_, limits_);
    connections_.insert(made);
    made->start([this, made] { asio::post(get_executor(), [this, made] { forget(made); }); });
}

void http_server::forget(std::shared_ptr<connection> const& ended) {
    connections_.erase(ended);
    if (connections_.empty())
        ended_.cancel();
}

asio::awaitable<void> http_server::stop(std::chrono::milliseconds grace) {
    acceptor_.close();
    for (auto const& each : connections_)
        each->finish();
    co_await wait_for_end(asio::steady_timer::clock_type::now() + grace);
    for (auto const& each : connections_)
        each->abort();
    co_await wait_for_end(asio::steady_timer::time_point::max());
}

asio::awaitable<void> http_server::wait_for_end(asio::steady_timer::time_point at_the_latest) {
    ended_.expires_at(at_the_latest);
    if (!connections_.empty())
        co_await ended_.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace tools
