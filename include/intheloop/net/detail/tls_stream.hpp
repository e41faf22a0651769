// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TLS_STREAM_HPP
#define INTHELOOP_NET_DETAIL_TLS_STREAM_HPP

// TLS over a socket. OpenSSL reads and writes the socket directly while that does not block; the
// rest waits for the socket. So a record is copied once, and needs no turn of the context unless it
// has to wait.

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

// The result of an operation that does not wait.
struct io_progress {
    boost::system::error_code error{};
    std::size_t size = 0; // bytes read or written
    // If set, nothing was done yet: repeat the operation once the socket is ready.
    std::optional<socket::wait_type> wait_for{};
    // Bytes of the connection came or went, maybe only a part of what TLS protects together.
    bool has_moved = false;
};

// Returns whether SSL_free_buffers() of this version of OpenSSL leaves buffers alone that are in
// use: earlier ones may free them (CVE-2024-4741). A version in which a distribution has mended
// that without another number counts as an earlier one. See
// docs/decisions/idle-connections-shrink.md.
constexpr bool frees_only_unused_buffers(unsigned long version) noexcept {
    constexpr auto number = [](unsigned long major, unsigned long minor, unsigned long patch) {
        return (major << 28) + (minor << 20) + (patch << 4);
    };
    constexpr unsigned long mended[] = {number(3, 0, 14), number(3, 1, 6), number(3, 2, 2),
                                        number(3, 3, 1)};
    for (unsigned long const first : mended)
        if (version >> 20 == first >> 20)
            return version >= first;
    return version >= number(3, 4, 0);
}

// Used by one thread at a time. Refers to a non-blocking socket, which must outlive it.
class tls_stream {
public:
    INTHELOOP_DECL tls_stream(socket& over, boost::asio::ssl::context& context);
    tls_stream(tls_stream const&) = delete;
    tls_stream& operator=(tls_stream const&) = delete;

    SSL* native_handle() const noexcept { return ssl_.get(); }

    // Return the same errors as Asio's own stream: eof after the peer's close_notify,
    // stream_truncated without one, errors of the socket, and errors of OpenSSL.
    INTHELOOP_DECL io_progress handshake();
    INTHELOOP_DECL io_progress read_some(boost::asio::mutable_buffer into);
    INTHELOOP_DECL io_progress write_some(boost::asio::const_buffer bytes);
    // Sends close_notify if there is room in the socket's buffer.
    INTHELOOP_DECL void shut_down();

    // Returns whether bytes were taken from the socket and not read yet.
    bool has_pending() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }
    // Returns whether there is nothing to read; processes session tickets.
    INTHELOOP_DECL bool is_quiet();
    // Keeps OpenSSL's buffers from one operation to the next, as at the beginning, or takes them
    // anew for each, which costs a call some instructions. (From OpenSSL 3.2 on, the buffer for
    // writing follows only before the handshake.) Does nothing with an OpenSSL whose connections
    // take them anew from the beginning.
    INTHELOOP_DECL void keep_buffers(bool kept);
    // Gives back OpenSSL's buffers, 16 KiB for each direction, if nothing is in them.
    INTHELOOP_DECL void shrink();

private:
    struct deleter {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    class transfer; // the BIO between OpenSSL and the socket

    // Limits the socket reads of one operation, which then waits for the socket: a peer that floods
    // the client with records that OpenSSL processes by itself must not occupy the thread.
    static constexpr unsigned most_reads = 8;

    INTHELOOP_DECL void begin();
    INTHELOOP_DECL void forget_errors();
    INTHELOOP_DECL io_progress outcome_of(int result);

    socket& socket_;
    boost::system::error_code socket_error_;
    unsigned reads_left_ = 0;
    bool has_moved_ = false; // in the operation under way
    bool keeps_buffers_ = true;
    std::unique_ptr<SSL, deleter> ssl_;
};

} // namespace intheloop::net

#endif
