// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_CONNECTION_HPP
#define INTHELOOP_NET_CONNECTION_HPP

#include <intheloop/config.hpp>
#include <intheloop/net/session_store.hpp>
#include <intheloop/net/strand.hpp>
#include <intheloop/net/url.hpp>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace intheloop::net {

// A TCP connection with TLS, or without it for a plain origin. Knows nothing of requests.
class connection {
public:
    // Reads go straight into this much; a TLS record is at most 16 KiB.
    static constexpr std::size_t read_size = 16 * 1024;

    connection(socket connected, boost::asio::ssl::context& tls, net::origin to,
               std::shared_ptr<session_store> sessions)
        : peer(std::move(to)), sessions_(std::move(sessions)), stream_(std::move(connected), tls) {}

    net::origin const peer;
    boost::beast::flat_buffer buffer; // what was read and not yet parsed
    bool was_read = false; // with TLS: the tickets that follow the handshake are taken in

    socket& tcp() { return stream_.next_layer(); }
    boost::asio::ssl::stream<socket>& tls() { return stream_; }
    session_store& sessions() { return *sessions_; }

    template <class Handler>
    void async_read_some(Handler&& handler) {
        auto const space = buffer.prepare(read_size);
        was_read = true;
        if (peer.secure)
            stream_.async_read_some(space, std::forward<Handler>(handler));
        else
            tcp().async_read_some(space, std::forward<Handler>(handler));
    }
    template <class Buffer, class Handler>
    void async_write_some(Buffer const& bytes, Handler&& handler) {
        if (peer.secure)
            stream_.async_write_some(bytes, std::forward<Handler>(handler));
        else
            tcp().async_write_some(bytes, std::forward<Handler>(handler));
    }

    // Ends all that is under way on the socket.
    void close() {
        boost::system::error_code ignored;
        tcp().close(ignored);
    }
    // The same with a TCP reset: what was not sent yet is dropped, and the peer knows at once.
    void abort() {
        boost::system::error_code ignored;
        tcp().set_option(boost::asio::socket_base::linger(true, 0), ignored);
        tcp().close(ignored);
    }

    // Says goodbye as TLS wants it (close_notify), then closes. Takes no time: what does not go
    // into the socket's buffer at once is not sent, and the peer's own goodbye is not waited for.
    // Nothing may be under way.
    INTHELOOP_DECL void close_politely();

    // Whether an idle connection can carry one more request: it is open, and nothing came on it.
    // (What comes unasked is an end of the stream, an alert, or bytes that belong to no request.
    // Of one that was never read only the end is seen: tickets may have come.)
    INTHELOOP_DECL bool is_reusable();

private:
    INTHELOOP_DECL bool tls_is_quiet();

    std::shared_ptr<session_store> sessions_; // outlives the stream, which refers to it
    boost::asio::ssl::stream<socket> stream_;
};

} // namespace intheloop::net

#endif
