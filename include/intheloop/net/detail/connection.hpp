// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CONNECTION_HPP
#define INTHELOOP_NET_DETAIL_CONNECTION_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/tls_stream.hpp>
#include <intheloop/net/detail/url.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace intheloop::net {

// A TCP connection with TLS, or without it for a plain origin. Knows nothing of requests.
class connection {
public:
    // Reads go straight into this much; a TLS record is at most 16 KiB.
    static constexpr std::size_t read_size = 16 * 1024;

    INTHELOOP_DECL connection(socket connected, boost::asio::ssl::context& context, net::origin to,
                              std::shared_ptr<session_store> sessions);

    net::origin const peer;
    boost::beast::flat_buffer buffer; // what was read and not yet parsed

    socket& tcp() { return tcp_; }
    tls_stream& tls() { return *tls_; } // of a secure origin only
    session_store& sessions() { return *sessions_; }
    // See connection_id().
    INTHELOOP_DECL std::uint64_t id();

    // What takes no time: reads into the buffer, or writes.
    INTHELOOP_DECL io_progress read_some();
    INTHELOOP_DECL io_progress write_some(boost::asio::const_buffer bytes);
    // Whether more can be read than the socket knows of.
    bool has_pending() const noexcept { return tls_ && tls_->has_pending(); }
    // Waits until it may go on. The handler takes an error code.
    template <class Handler>
    void async_wait(socket::wait_type what, Handler&& handler) {
        tcp_.async_wait(what, std::forward<Handler>(handler));
    }

    // Ends all that is under way on the socket.
    void close() {
        boost::system::error_code ignored;
        tcp_.close(ignored);
    }
    // The same with a TCP reset: what was not sent yet is dropped, and the peer knows at once.
    void abort() {
        boost::system::error_code ignored;
        tcp_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
        tcp_.close(ignored);
    }

    // Says goodbye as TLS wants it (close_notify), then closes. Takes no time: what does not go
    // into the socket's buffer at once is not sent, and the peer's own goodbye is not waited for.
    // (A session whose connection was not ended in this way is not resumed by OpenSSL.)
    INTHELOOP_DECL void close_politely();

    // Whether an idle connection can carry one more request: it is open, and nothing came on it.
    // (What comes unasked is an end of the stream, an alert, or bytes that belong to no request.)
    INTHELOOP_DECL bool is_reusable();

private:
    std::shared_ptr<session_store> sessions_; // outlives TLS, which refers to it
    socket tcp_;
    std::optional<tls_stream> tls_;
};

} // namespace intheloop::net

#endif
