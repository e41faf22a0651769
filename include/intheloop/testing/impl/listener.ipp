// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_LISTENER_IPP
#define INTHELOOP_TESTING_IMPL_LISTENER_IPP

#include <intheloop/net/detail/close_on_exec.hpp>
#include <intheloop/testing/detail/listener.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL listener::listener(boost::asio::any_io_executor executor, std::uint16_t port)
    : acceptor_(executor), pause_(executor), port_(port) {
    try {
        boost::asio::ip::tcp::endpoint const endpoint(boost::asio::ip::address_v4::loopback(),
                                                      port);
        net::listen_close_on_exec(acceptor_, endpoint);
        port_ = acceptor_.local_endpoint().port();
    } catch (boost::system::system_error const& error) {
        throw std::runtime_error("test server: can't listen on 127.0.0.1:" + std::to_string(port) +
                                 ": " + error.code().message());
    }
}

INTHELOOP_DECL void listener::start(boost::asio::ssl::context* tls, bool stall_handshakes,
                                    served_origin where, journal& records, service& api) {
    boost::asio::co_spawn(acceptor_.get_executor(),
                          accept_all(tls, stall_handshakes, std::move(where), records, api),
                          boost::asio::detached);
}

INTHELOOP_DECL boost::asio::awaitable<void> listener::accept_all(boost::asio::ssl::context* tls,
                                                                 bool stall_handshakes,
                                                                 served_origin where,
                                                                 journal& records, service& api) {
    while (!stopped_) {
        boost::asio::ip::tcp::socket socket(acceptor_.get_executor());
        boost::system::error_code error;
        co_await acceptor_.async_wait(
            boost::asio::socket_base::wait_read,
            boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (stopped_)
            co_return;
        if (!error)
            net::accept_close_on_exec(acceptor_, socket, error);
        if (net::has_left(error))
            continue;
        if (error) {
            // Probably out of descriptors: waits a little, since trying again at once would spin.
            pause_.expires_after(std::chrono::milliseconds(10));
            co_await pause_.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, error));
            continue;
        }
        auto const client = std::make_shared<connection>(std::move(socket), tls, stall_handshakes,
                                                         where, records, api);
        connections_.insert(client);
        boost::asio::co_spawn(acceptor_.get_executor(), client->run(),
                              [this, client](std::exception_ptr) {
                                  client->abort();
                                  connections_.erase(client);
                              });
    }
}

INTHELOOP_DECL void listener::release(journal::epoch until) {
    for (auto const& each : connections_)
        each->release(until);
}

INTHELOOP_DECL void listener::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (auto const& each : connections_)
        each->abort();
}

} // namespace intheloop::testing::detail

#endif
