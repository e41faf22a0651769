// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CONNECTION_IPP
#define INTHELOOP_NET_IMPL_CONNECTION_IPP

#include <intheloop/net/connection.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <poll.h>
#include <sys/socket.h>

namespace intheloop::net {

INTHELOOP_DECL bool connection::is_reusable() {
    if (!tcp().is_open() || buffer.size() != 0 || (peer.secure && was_read && !tls_is_quiet()))
        return false;
    // An end is seen even behind what came before it.
    pollfd seen{tcp().native_handle(), POLLIN | POLLRDHUP, 0};
    ::poll(&seen, 1, 0);
    if ((seen.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        return false;
    bool const something_came = (seen.revents & POLLIN) != 0;
    return !something_came || (peer.secure && !was_read);
}

// What was read from the socket may still wait to be decrypted: then it is in OpenSSL's
// buffer, where neither the socket nor SSL_pending shows it. Session tickets are taken in.
INTHELOOP_DECL bool connection::tls_is_quiet() {
    SSL* const ssl = stream_.native_handle();
    char byte;
    ERR_clear_error();
    int const got = SSL_peek(ssl, &byte, 1);
    bool const quiet = got <= 0 && SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ &&
                       BIO_ctrl_pending(SSL_get_rbio(ssl)) == 0;
    ERR_clear_error();
    return quiet;
}

INTHELOOP_DECL void connection::close_politely() {
    // Asio's own shutdown waits for the peer. So OpenSSL writes its close_notify into a buffer of
    // ours, and that goes into the socket as far as there is room. (A session whose connection
    // was not ended in this way is not resumed by OpenSSL.)
    BIO* const out = peer.secure && tcp().is_open() ? BIO_new(BIO_s_mem()) : nullptr;
    if (out) {
        SSL* const ssl = stream_.native_handle();
        SSL_set0_wbio(ssl, out);
        SSL_shutdown(ssl);
        ERR_clear_error();
        char* bytes = nullptr;
        long const size = BIO_get_mem_data(out, &bytes);
        if (size > 0)
            (void)!::send(tcp().native_handle(), bytes, static_cast<std::size_t>(size),
                          MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    close();
}

} // namespace intheloop::net

#endif
