// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_SESSION_STORE_HPP
#define INTHELOOP_NET_DETAIL_SESSION_STORE_HPP

#include <intheloop/base/time_source.hpp>

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace intheloop::net {

// The last TLS session with one origin, which abbreviates the next handshake. It stays in memory
// and ends with the client. A resumed session does not verify the certificate again, so none is
// used for longer than an hour after its verification, however often its peer renewed it.
class session_store {
public:
    // Ages go by this clock; null for the system's.
    explicit session_store(std::shared_ptr<time_source> clock) : clock_(std::move(clock)) {}

    // Makes the connections of a context store their sessions here.
    static void prepare(SSL_CTX* context) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* made) -> int {
            auto* const store = static_cast<session_store*>(SSL_get_ex_data(ssl, store_index()));
            return store != nullptr && store->keep(ssl, made);
        });
    }

    // Called before the handshake of a connection, which this must outlive.
    void attach(SSL* ssl) {
        auto const begin = now();
        SSL_set_ex_data(ssl, store_index(), this);
        SSL_set_ex_data(ssl, begin_index(), mark_of(begin));
        if (!session_)
            return;
        auto const age = begin - verified_at(session_.get());
        if (age < longest_use && SSL_SESSION_is_resumable(session_.get()) == 1)
            SSL_set_session(ssl, session_.get());
        else
            session_.reset();
    }
    void forget() { session_.reset(); }

private:
    using seconds = std::chrono::duration<std::intptr_t>;
    static constexpr seconds longest_use = std::chrono::hours(1);

    struct deleter {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };

    // Returns whether it has taken the session.
    bool keep(SSL* ssl, SSL_SESSION* made) noexcept {
        // OpenSSL copies the mark to the sessions that a peer sends on a resumed connection. The
        // first one may come long after the verification, so it gets the time before that.
        if (!SSL_SESSION_get_ex_data(made, mark_index())) {
            void* const begin = SSL_get_ex_data(ssl, begin_index());
            if (begin == nullptr || SSL_SESSION_set_ex_data(made, mark_index(), begin) != 1)
                return false;
        }
        session_.reset(made);
        return true;
    }
    seconds now() const {
        auto const since = intheloop::detail::boot_now(clock_).time_since_epoch();
        return std::chrono::floor<seconds>(since);
    }

    // A session is marked with the time at which the handshake with its verification began, a
    // connection with that of its own; never by a null pointer.
    static void* mark_of(seconds at) { return reinterpret_cast<void*>(at.count() * 2 + 1); }
    static seconds verified_at(SSL_SESSION const* session) {
        return seconds(
            reinterpret_cast<std::intptr_t>(SSL_SESSION_get_ex_data(session, mark_index())) / 2);
    }

    static int store_index() {
        static int const made = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return made;
    }
    static int begin_index() {
        static int const made = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return made;
    }
    static int mark_index() {
        static int const made = SSL_SESSION_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return made;
    }

    std::shared_ptr<time_source> clock_;
    std::unique_ptr<SSL_SESSION, deleter> session_;
};

} // namespace intheloop::net

#endif
