// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TLS_STREAM_HPP
#define INTHELOOP_NET_DETAIL_TLS_STREAM_HPP

// TLS over a socket. OpenSSL reads from the socket and writes to it by itself as far as that takes
// no time; what is left waits for the socket. So a record is copied once, and costs no turn of the
// context when it needs none.

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/strand.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <optional>

namespace intheloop::net {

// How far an operation came that takes no time.
struct io_progress {
    boost::system::error_code error{};
    std::size_t size = 0; // bytes read or written
    // Nothing happened yet: it is to be repeated once the socket is ready for this.
    std::optional<socket::wait_type> wait_for{};
};

// One thread at a time. It refers to the socket, which does not block and outlives it.
class tls_stream {
public:
    INTHELOOP_DECL tls_stream(socket& over, boost::asio::ssl::context& context);
    tls_stream(tls_stream const&) = delete;
    tls_stream& operator=(tls_stream const&) = delete;

    SSL* native_handle() const noexcept { return ssl_.get(); }

    // Errors are those of Asio's own stream: eof where the peer said goodbye, stream_truncated
    // where it only hung up, those of the socket, and those of OpenSSL.
    INTHELOOP_DECL io_progress handshake();
    INTHELOOP_DECL io_progress read_some(boost::asio::mutable_buffer into);
    INTHELOOP_DECL io_progress write_some(boost::asio::const_buffer bytes);
    // Says goodbye (close_notify) as far as there is room in the socket's buffer.
    INTHELOOP_DECL void shut_down();

    // Whether bytes were taken from the socket that no one has read yet.
    bool has_pending() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }
    // Whether nothing came that no one has read; session tickets are taken in.
    INTHELOOP_DECL bool is_quiet();

private:
    struct deleter {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    class transfer; // between OpenSSL and the socket

    // A peer that floods us with what OpenSSL takes in by itself must not keep the thread: so often
    // an operation looks at the socket, then it waits for it like any other.
    static constexpr unsigned most_reads = 8;

    INTHELOOP_DECL void begin();
    INTHELOOP_DECL void forget_errors();
    INTHELOOP_DECL io_progress outcome_of(int result);

    socket& socket_;
    boost::system::error_code socket_error_;
    unsigned reads_left_ = 0;
    std::unique_ptr<SSL, deleter> ssl_;
};

} // namespace intheloop::net

#endif
