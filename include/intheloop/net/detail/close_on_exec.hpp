// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CLOSE_ON_EXEC_HPP
#define INTHELOOP_NET_DETAIL_CLOSE_ON_EXEC_HPP

// Sockets that are closed in a program which this one starts. Those that Asio makes are not: such a
// program would keep a connection open at the peer. The flag is set as the socket is made, since
// another thread may start a program at any time.

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace intheloop::net {

namespace detail {

// Gives a descriptor, or -1 for the error in errno, to a socket or an acceptor.
template <class Socket>
void own(Socket& owner, boost::asio::ip::tcp protocol, int descriptor,
         boost::system::error_code& ec) {
    if (descriptor < 0) {
        ec.assign(errno, boost::system::system_category());
        return;
    }
    owner.assign(protocol, descriptor, ec);
    if (ec)
        ::close(descriptor); // has no owner
}

} // namespace detail

// Replaces open() of a socket or an acceptor.
template <class Socket>
void open_close_on_exec(Socket& closed, boost::asio::ip::tcp protocol,
                        boost::system::error_code& ec) {
    detail::own(closed, protocol,
                ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol()),
                ec);
}

// Listens on an address, which may be in use by earlier connections. Throws
// boost::system::system_error.
template <class Acceptor>
void listen_close_on_exec(Acceptor& closed, boost::asio::ip::tcp::endpoint const& at) {
    boost::system::error_code ec;
    open_close_on_exec(closed, at.protocol(), ec);
    if (ec)
        throw boost::system::system_error(ec);
    closed.set_option(boost::asio::socket_base::reuse_address(true));
    closed.bind(at);
    closed.listen();
    closed.non_blocking(true); // see below
}

// Replaces accept(), once async_wait(wait_read) has completed. Does not wait: the error is
// would_block or try_again if the client has left meanwhile.
template <class Acceptor, class Socket>
void accept_close_on_exec(Acceptor& from, Socket& accepted, boost::system::error_code& ec) {
    auto const protocol = from.local_endpoint(ec).protocol();
    if (!ec)
        detail::own(accepted, protocol,
                    ::accept4(from.native_handle(), nullptr, nullptr, SOCK_CLOEXEC), ec);
}

// Returns whether an error of accept_close_on_exec() concerns only the client that has left.
inline bool has_left(boost::system::error_code const& ec) {
    namespace error = boost::asio::error;
    return ec == error::would_block || ec == error::try_again || ec == error::connection_aborted ||
           ec == error::interrupted;
}

} // namespace intheloop::net

#endif
