// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_FLOOR_HPP
#define INTHELOOP_BENCHMARKS_CALLS_FLOOR_HPP

// The programs that use OpenSSL and sockets alone share this.

#include "calls.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace floors {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* owned) const {
        Free(owned);
    }
};
using context_pointer = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using session_pointer = std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>>;

inline void require(bool holds, char const* what) {
    if (!holds)
        throw std::runtime_error(what);
}

// The last session that the server gave.
inline session_pointer last_session;

inline context_pointer make_context(calls::arguments const& chosen) {
    context_pointer context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    require(SSL_CTX_load_verify_file(context.get(), chosen.ca_file.c_str()) == 1, "CA file");
    SSL_CTX_set_session_cache_mode(context.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), [](SSL*, SSL_SESSION* session) {
        last_session.reset(session);
        return 1;
    });
    return context;
}

inline int connect_socket(calls::arguments const& chosen) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    require(::getaddrinfo(chosen.host.c_str(), chosen.port.c_str(), &hints, &found) == 0, "name");
    std::unique_ptr<addrinfo, freed_by<::freeaddrinfo>> const owner(found);
    int const made = ::socket(found->ai_family, found->ai_socktype, 0);
    require(made >= 0, "socket");
    int const on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    timeval const limit{calls::deadline.count(), 0};
    ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    require(::connect(made, found->ai_addr, found->ai_addrlen) == 0, "connect");
    return made;
}

// A connected socket, with TLS before its handshake.
class connection {
public:
    connection(SSL_CTX* context, calls::arguments const& chosen) : ssl_(SSL_new(context)) {
        socket_ = connect_socket(chosen);
        SSL_set_fd(ssl_.get(), socket_);
        SSL_set_read_ahead(ssl_.get(), 1); // a record at once, not its header first
        SSL_set1_host(ssl_.get(), chosen.host.c_str());
        SSL_set_tlsext_host_name(ssl_.get(), chosen.host.c_str());
        if (chosen.resumes() && last_session)
            SSL_set_session(ssl_.get(), last_session.get());
        SSL_set_connect_state(ssl_.get());
    }
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection() {
        SSL_shutdown(ssl_.get());
        ::close(socket_);
    }

    SSL* ssl() const { return ssl_.get(); }
    int socket() const { return socket_; }
    void stop_blocking() const { require(::fcntl(socket_, F_SETFL, O_NONBLOCK) == 0, "fcntl"); }

private:
    std::unique_ptr<SSL, freed_by<SSL_free>> ssl_;
    int socket_ = -1;
};

} // namespace floors

#endif
