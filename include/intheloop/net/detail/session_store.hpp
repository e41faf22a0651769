// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_SESSION_STORE_HPP
#define INTHELOOP_NET_DETAIL_SESSION_STORE_HPP

#include <openssl/ssl.h>

#include <chrono>
#include <ctime>
#include <memory>

namespace intheloop::net {

// The last TLS session with one origin, which abbreviates the next handshake. It stays in memory
// and ends with the client. A resumed session does not verify the certificate again, so none is
// used for longer than an hour.
class session_store {
public:
    // Makes the connections of a context store their sessions here.
    static void prepare(SSL_CTX* context) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* made) -> int {
            auto* const store = static_cast<session_store*>(SSL_get_ex_data(ssl, index()));
            if (!store)
                return 0;
            store->session_.reset(made);
            return 1; // takes ownership
        });
    }

    // Called before the handshake of a connection, which this must outlive.
    void attach(SSL* ssl) {
        SSL_set_ex_data(ssl, index(), this);
        if (!session_)
            return;
        auto const age = std::chrono::seconds(std::time(nullptr) - made_at(session_.get()));
        if (age < longest_use && SSL_SESSION_is_resumable(session_.get()) == 1)
            SSL_set_session(ssl, session_.get());
        else
            session_.reset();
    }
    void forget() { session_.reset(); }

private:
    static constexpr std::chrono::seconds longest_use = std::chrono::hours(1);

    struct deleter {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };

    static std::time_t made_at(SSL_SESSION const* session) {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L // the other function is deprecated since 3.4
        return SSL_SESSION_get_time_ex(session);
#else
        return SSL_SESSION_get_time(session);
#endif
    }

    static int index() {
        static int const made = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return made;
    }

    std::unique_ptr<SSL_SESSION, deleter> session_;
};

} // namespace intheloop::net

#endif
