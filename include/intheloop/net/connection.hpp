// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_CONNECTION_HPP
#define INTHELOOP_NET_CONNECTION_HPP

#include <intheloop/net/url.hpp>
#include <intheloop/policy/deadline.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace intheloop::net {

// Each connection has a strand of its own, so that a client works the same on one thread and on
// many. The exchange that uses the connection runs on that strand.
using strand = boost::asio::strand<boost::asio::any_io_executor>;
using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, strand>;
using resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, strand>;
using timer = boost::asio::basic_waitable_timer<policy::clock,
                                                boost::asio::wait_traits<policy::clock>, strand>;

// A TCP connection with TLS, or without it for a plain origin. Knows nothing of requests.
class connection {
public:
    // Reads go straight into this much; a TLS record is at most 16 KiB.
    static constexpr std::size_t read_size = 16 * 1024;

    connection(strand const& runs_on, boost::asio::ssl::context& tls, net::origin to,
               bool shows_certificate)
        : peer(std::move(to)), certificate(shows_certificate), stream_(socket(runs_on), tls) {}

    net::origin const peer;
    bool const certificate;           // may show the client's own
    boost::beast::flat_buffer buffer; // what was read and not yet parsed
    policy::clock::time_point idle_since{};

    strand get_executor() { return stream_.next_layer().get_executor(); }
    socket& tcp() { return stream_.next_layer(); }
    boost::asio::ssl::stream<socket>& tls() { return stream_; }

    template <class Handler>
    void async_read_some(Handler&& handler) {
        auto const space = buffer.prepare(read_size);
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

    // Whether an idle connection can carry one more request: it is open, and nothing came on it.
    // (What comes unasked is an end of the stream, an alert, or bytes that belong to no request.)
    bool is_reusable() {
        if (!tcp().is_open() || buffer.size() != 0 || (peer.secure && !tls_is_quiet()))
            return false;
        char byte;
        auto const got =
            ::recv(tcp().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL);
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }

private:
    // What was read from the socket may still wait to be decrypted: then it is in OpenSSL's
    // buffer, where neither the socket nor SSL_pending shows it. Session tickets are taken in.
    bool tls_is_quiet() {
        SSL* const ssl = stream_.native_handle();
        char byte;
        ERR_clear_error();
        int const got = SSL_peek(ssl, &byte, 1);
        bool const quiet = got <= 0 && SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ &&
                           BIO_ctrl_pending(SSL_get_rbio(ssl)) == 0;
        ERR_clear_error();
        return quiet;
    }

    boost::asio::ssl::stream<socket> stream_;
};

} // namespace intheloop::net

#endif
