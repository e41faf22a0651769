// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_LISTENER_HPP
#define INTHELOOP_TESTING_DETAIL_LISTENER_HPP

#include <intheloop/testing/detail/connection.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <set>

namespace intheloop::testing::detail {

// Accepts the clients of one origin, and keeps their connections.
//
// After construction it is used on the server's thread only. It must live until the context of that
// thread has no work left.
class listener {
public:
    // Listens on 127.0.0.1; port 0 lets the system choose. Accepts connections from start() on.
    // Throws std::runtime_error if it can't listen.
    listener(boost::asio::any_io_executor executor, std::uint16_t port);

    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    // `tls` is null for plain http. All arguments must outlive the listener.
    void start(boost::asio::ssl::context* tls, bool stall_handshakes, served_origin where,
               journal& records, service& api);

    void release(journal::epoch until);

    // Closes the port and all connections.
    void stop();

private:
    boost::asio::awaitable<void> accept_all(boost::asio::ssl::context* tls, bool stall_handshakes,
                                            served_origin where, journal& records, service& api);

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::uint16_t port_;
    bool stopped_ = false;
    std::set<std::shared_ptr<connection>> connections_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/listener.ipp>
#endif

#endif
