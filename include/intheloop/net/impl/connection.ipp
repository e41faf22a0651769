// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CONNECTION_IPP
#define INTHELOOP_NET_IMPL_CONNECTION_IPP

#include <intheloop/net/detail/connection.hpp>
#include <intheloop/net/detail/connection_id.hpp>

#include <boost/asio/error.hpp>

namespace intheloop::net {

INTHELOOP_DECL connection::connection(socket connected, boost::asio::ssl::context& context,
                                      net::origin to, std::shared_ptr<session_store> sessions)
    : peer(std::move(to)), sessions_(std::move(sessions)), tcp_(std::move(connected)) {
    boost::system::error_code ignored; // the first operation will fail
    tcp_.non_blocking(true, ignored);
    if (peer.secure)
        tls_.emplace(tcp_, context);
}

INTHELOOP_DECL std::uint64_t connection::id() {
    if (tls_)
        return connection_id(tls_->native_handle());
    boost::system::error_code ignored;
    return connection_id(tcp_.local_endpoint(ignored).port());
}

namespace detail {

// Converts the result of an operation on a non-blocking socket.
INTHELOOP_DECL io_progress progress_of(boost::system::error_code ec, std::size_t size,
                                       socket::wait_type type) {
    if (ec == boost::asio::error::would_block || ec == boost::asio::error::try_again)
        return {.wait_for = type};
    return {.error = ec, .size = size, .has_moved = size != 0};
}

} // namespace detail

INTHELOOP_DECL io_progress connection::read_some() {
    auto const space = buffer.prepare(read_size);
    io_progress made;
    if (tls_) {
        made = tls_->read_some(space);
    } else {
        boost::system::error_code ec;
        std::size_t const size = tcp_.read_some(space, ec);
        made = detail::progress_of(ec, size, socket::wait_read);
    }
    buffer.commit(made.size);
    return made;
}

INTHELOOP_DECL io_progress connection::write_some(boost::asio::const_buffer bytes) {
    if (tls_)
        return tls_->write_some(bytes);
    boost::system::error_code ec;
    std::size_t const size = tcp_.write_some(bytes, ec);
    return detail::progress_of(ec, size, socket::wait_write);
}

INTHELOOP_DECL bool connection::is_reusable(short seen) {
    if (is_untouched(seen))
        return true;
    // An end of the stream is visible even behind unread bytes.
    if (!tcp_.is_open() || buffer.size() != 0 || (seen & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        return false;
    return tls_ && tls_->is_quiet();
}

INTHELOOP_DECL void connection::shrink() {
    if (buffer.size() == 0)
        buffer = boost::beast::flat_buffer();
    if (tls_)
        tls_->shrink();
}

INTHELOOP_DECL void connection::close_politely() {
    if (tls_ && tcp_.is_open())
        tls_->shut_down();
    close();
}

} // namespace intheloop::net

#endif
