// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "http_server.hpp"

#include "log.hpp"

#include <intheloop/net/detail/close_on_exec.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace tools {

using namespace std::chrono_literals;

namespace {

tcp::acceptor listen(asio::any_io_executor const& executor, tcp::endpoint const& at) {
    try {
        tcp::acceptor acceptor(executor);
        intheloop::net::listen_close_on_exec(acceptor, at);
        return acceptor;
    } catch (boost::system::system_error const& e) {
        std::ostringstream where;
        where << at;
        bool const is_taken = e.code() == asio::error::address_in_use;
        throw std::runtime_error("can't listen at " + where.str() + ": " + e.code().message() +
                                 (is_taken ? "; --port names another port" : ""));
    }
}

} // namespace

http_server::http_server(asio::io_context& io, tcp::endpoint const& at, export_service& service,
                         connection_limits const& limits)
    : io_(io), service_(service), limits_(limits), acceptor_(listen(asio::make_strand(io), at)),
      ended_(acceptor_.get_executor()),
      room_(acceptor_.get_executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<void> http_server::run() {
    bool is_told = false;
    while (acceptor_.is_open()) {
        co_await wait_for_room();
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
            is_told = false;
        } else if (acceptor_.is_open()) { // out of descriptors, say: others have to end first
            if (!std::exchange(is_told, true))
                log("can't accept a connection: " + failed.message());
            asio::steady_timer pause(get_executor(), std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}

void http_server::begin(tcp::socket socket) {
    bool const is_one_too_many = connections_.size() - too_many_ >= limits_.connections;
    connection_limits limits = limits_;
    if (is_one_too_many)
        limits.patience = std::min<std::chrono::milliseconds>(limits.patience, 5s);
    auto const made =
        std::make_shared<connection>(std::move(socket), service_, limits, is_one_too_many);
    connections_.insert(made);
    too_many_ += is_one_too_many ? 1 : 0;
    made->start([this, made] { asio::post(get_executor(), [this, made] { forget(made); }); });
}

void http_server::forget(std::shared_ptr<connection> const& ended) {
    connections_.erase(ended);
    too_many_ -= ended->is_one_too_many() ? 1 : 0;
    room_.cancel();
    if (connections_.empty())
        ended_.cancel();
}

asio::awaitable<void> http_server::stop(std::chrono::milliseconds grace) {
    acceptor_.close();
    room_.cancel();
    for (auto const& each : connections_)
        each->finish();
    co_await wait_for_end(asio::steady_timer::clock_type::now() + grace);
    for (auto const& each : connections_)
        each->abort();
    co_await wait_for_end(asio::steady_timer::time_point::max());
}

// Limits the connections that are told that they are too many as well: more of them wait to be
// accepted.
asio::awaitable<void> http_server::wait_for_room() {
    constexpr std::size_t most_too_many = 100;
    while (too_many_ >= most_too_many && acceptor_.is_open())
        co_await room_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> http_server::wait_for_end(asio::steady_timer::time_point at_the_latest) {
    ended_.expires_at(at_the_latest);
    if (!connections_.empty())
        co_await ended_.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace tools
