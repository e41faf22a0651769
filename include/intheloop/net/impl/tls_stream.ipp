// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TLS_STREAM_IPP
#define INTHELOOP_NET_IMPL_TLS_STREAM_IPP

#include <intheloop/net/detail/tls_stream.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace intheloop::net {

// Replaces OpenSSL's own socket BIO, which would raise SIGPIPE, and does not distinguish an end
// from an error.
class tls_stream::transfer {
public:
    static BIO* make(tls_stream& owner) {
        BIO* const made = BIO_new(method());
        if (!made)
            throw std::bad_alloc();
        BIO_set_data(made, &owner);
        BIO_set_init(made, 1);
        return made;
    }

private:
    static BIO_METHOD const* method() {
        static BIO_METHOD const* const made = [] {
            BIO_METHOD* const table =
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "intheloop socket");
            if (!table)
                throw std::bad_alloc();
            BIO_meth_set_read(table, &transfer::read);
            BIO_meth_set_write(table, &transfer::write);
            BIO_meth_set_ctrl(table, &transfer::control);
            return table;
        }();
        return made;
    }

    static int read(BIO* bio, char* into, int size) {
        tls_stream& owner = *static_cast<tls_stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        if (owner.reads_left_ == 0) {
            BIO_set_retry_read(bio);
            return -1;
        }
        --owner.reads_left_;
        ssize_t const got = ::recv(owner.socket_.native_handle(), into,
                                   static_cast<std::size_t>(size), MSG_DONTWAIT);
        owner.has_moved_ |= got > 0;
        if (got > 0)
            return static_cast<int>(got);
        if (got == 0)
            owner.socket_error_ = boost::asio::ssl::error::stream_truncated;
        else if (is_to_be_repeated(errno))
            BIO_set_retry_read(bio);
        else
            owner.socket_error_.assign(errno, boost::system::system_category());
        return -1;
    }

    static int write(BIO* bio, char const* bytes, int size) {
        tls_stream& owner = *static_cast<tls_stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        ssize_t const sent = ::send(owner.socket_.native_handle(), bytes,
                                    static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
        owner.has_moved_ |= sent > 0;
        if (sent >= 0)
            return static_cast<int>(sent);
        if (is_to_be_repeated(errno))
            BIO_set_retry_write(bio);
        else
            owner.socket_error_.assign(errno, boost::system::system_category());
        return -1;
    }

    static long control(BIO*, int command, long, void*) {
        return command == BIO_CTRL_FLUSH ? 1 : 0; // nothing is buffered
    }

    static bool is_to_be_repeated(int error) {
        return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
    }
};

INTHELOOP_DECL tls_stream::tls_stream(socket& over, boost::asio::ssl::context& context)
    : socket_(over), ssl_(SSL_new(context.native_handle())) {
    if (!ssl_)
        throw std::bad_alloc();
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!frees_only_unused_buffers(OpenSSL_version_num())) // then each call takes them anew
        SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_set_read_ahead(ssl_.get(), 1); // reads a record at once, not its header first
    // Keeps reads independent of writes, and writes of reads.
    SSL_set_options(ssl_.get(), SSL_OP_NO_RENEGOTIATION);
    BIO* const both_ways = transfer::make(*this);
    SSL_set_bio(ssl_.get(), both_ways, both_ways);
}

INTHELOOP_DECL io_progress tls_stream::handshake() {
    begin();
    return outcome_of(SSL_connect(ssl_.get()));
}

INTHELOOP_DECL io_progress tls_stream::read_some(boost::asio::mutable_buffer into) {
    begin();
    int const size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
    return outcome_of(SSL_read(ssl_.get(), into.data(), size));
}

INTHELOOP_DECL io_progress tls_stream::write_some(boost::asio::const_buffer bytes) {
    begin();
    int const size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
    return outcome_of(SSL_write(ssl_.get(), bytes.data(), size));
}

INTHELOOP_DECL void tls_stream::begin() {
    forget_errors();
    reads_left_ = most_reads;
    has_moved_ = false;
}

INTHELOOP_DECL void tls_stream::forget_errors() {
    if (ERR_peek_error() != 0) // faster than clearing an empty queue
        ERR_clear_error();
    socket_error_ = {};
}

INTHELOOP_DECL io_progress tls_stream::outcome_of(int result) {
    if (result > 0)
        return {.size = static_cast<std::size_t>(result), .has_moved = true};
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {.wait_for = socket::wait_read, .has_moved = has_moved_};
    case SSL_ERROR_WANT_WRITE: return {.wait_for = socket::wait_write, .has_moved = has_moved_};
    case SSL_ERROR_ZERO_RETURN: return {.error = boost::asio::error::eof};
    default: break;
    }
    if (socket_error_)
        return {.error = socket_error_};
    if (auto const code = static_cast<int>(ERR_get_error()); code != 0)
        return {.error = {code, boost::asio::error::get_ssl_category()}};
    return {.error = boost::asio::ssl::error::unspecified_system_error};
}

INTHELOOP_DECL void tls_stream::shut_down() {
    begin();
    SSL_shutdown(ssl_.get());
    forget_errors();
}

INTHELOOP_DECL bool tls_stream::is_quiet() {
    char byte;
    begin();
    int const got = SSL_peek(ssl_.get(), &byte, 1);
    bool const quiet =
        got <= 0 && SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ && reads_left_ != 0;
    forget_errors();
    return quiet && !has_pending();
}

INTHELOOP_DECL void tls_stream::keep_buffers(bool kept) {
    if (kept == keeps_buffers_ || !frees_only_unused_buffers(OpenSSL_version_num()))
        return;
    keeps_buffers_ = kept;
    if (!kept) {
        SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
        return;
    }
    SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_set_mode(ssl_.get(), 0); // from OpenSSL 3.2 on, only this tells the layer that reads
}

INTHELOOP_DECL void tls_stream::shrink() {
    if (frees_only_unused_buffers(OpenSSL_version_num()) && !has_pending())
        SSL_free_buffers(ssl_.get());
}

} // namespace intheloop::net

#endif
