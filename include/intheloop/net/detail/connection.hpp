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

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace intheloop::net {

// A TCP connection, with TLS unless the origin is plain. Knows nothing of requests.
class connection {
public:
    // The size of a direct read; a TLS record is at most 16 KiB.
    static constexpr std::size_t read_size = 16 * 1024;

    // Without sessions it never resumes one.
    INTHELOOP_DECL connection(socket connected, boost::asio::ssl::context& context, net::origin to,
                              std::shared_ptr<session_store> sessions);

    net::origin const peer;
    boost::beast::flat_buffer buffer; // bytes read and not parsed yet

    socket& tcp() { return tcp_; }
    tls_stream& tls() { return *tls_; } // of a secure origin only
    session_store& sessions() { return *sessions_; }
    // See connection_id().
    INTHELOOP_DECL std::uint64_t id();

    // Reads into the buffer, or writes, without waiting.
    INTHELOOP_DECL io_progress read_some();
    INTHELOOP_DECL io_progress write_some(boost::asio::const_buffer bytes);
    // Returns whether more can be read than the socket shows.
    bool has_pending() const noexcept { return tls_ && tls_->has_pending(); }
    // Waits until the socket is ready. The handler takes an error code.
    template <class Handler>
    void async_wait(socket::wait_type type, Handler&& handler) {
        tcp_.async_wait(type, std::forward<Handler>(handler));
    }

    // Ends all operations on the socket.
    void close() {
        boost::system::error_code ignored;
        tcp_.close(ignored);
    }
    // Closes with a TCP reset: unsent bytes are dropped, and the peer notices at once.
    void abort() {
        boost::system::error_code ignored;
        tcp_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
        tcp_.close(ignored);
    }

    // Sends close_notify, as TLS requires, then closes. Does not wait: bytes that don't fit into
    // the socket's buffer are not sent, and the peer's own close_notify is not awaited. (OpenSSL
    // does not resume a session whose connection was closed without it.)
    INTHELOOP_DECL void close_politely();

    // Tells poll() where to look on an idle connection.
    pollfd look() { return {tcp_.native_handle(), POLLIN | POLLRDHUP, 0}; }
    // Returns whether an idle connection can carry one more request: it is open, and nothing came
    // on it. (Unexpected input is an end of the stream, an alert, or bytes that belong to no
    // request.) `seen` is what poll() found.
    INTHELOOP_DECL bool is_reusable(short seen);
    // Returns whether nothing at all came on it, so that nothing has to be read to tell.
    bool is_untouched(short seen) const {
        return tcp_.is_open() && buffer.size() == 0 && seen == 0 && !has_pending();
    }

    // See tls_stream.
    void keep_buffers(bool kept) {
        if (tls_)
            tls_->keep_buffers(kept);
    }
    // Gives back the memory that only a request or a response needs. Both take it anew.
    INTHELOOP_DECL void shrink();

private:
    std::shared_ptr<session_store> sessions_; // must outlive TLS, which refers to it
    socket tcp_;
    std::optional<tls_stream> tls_;
};

// Lends a connection the memory into which it reads, for one turn: a connection that waits for its
// answer needs none. Keeps the connection's own instead while bytes in it are not parsed yet.
class lent_read_memory {
public:
    lent_read_memory(boost::beast::flat_buffer& memory, std::shared_ptr<connection> to)
        : memory_(memory), to_(std::move(to)) {
        if (to_->buffer.capacity() == 0)
            swap(to_->buffer, memory_);
    }
    lent_read_memory(lent_read_memory const&) = delete;
    lent_read_memory& operator=(lent_read_memory const&) = delete;
    ~lent_read_memory() {
        if (to_->buffer.size() != 0)
            return;
        if (memory_.capacity() == 0)
            swap(to_->buffer, memory_);
        else
            to_->buffer = boost::beast::flat_buffer();
    }

private:
    boost::beast::flat_buffer& memory_;
    std::shared_ptr<connection> to_;
};

} // namespace intheloop::net

#endif
