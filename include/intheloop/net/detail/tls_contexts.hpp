// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TLS_CONTEXTS_HPP
#define INTHELOOP_NET_DETAIL_TLS_CONTEXTS_HPP

#include <intheloop/net/detail/tls.hpp>
#include <intheloop/net/detail/tls_trust.hpp>
#include <intheloop/net/tls_options.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>

namespace intheloop::net {

// The TLS contexts of a client, made of the same files and replaced together. A connection keeps
// the part that it needs: OpenSSL counts the references to a context.
class tls_contexts {
public:
    // Reads the files. Throws like make_tls_context().
    explicit tls_contexts(tls_options const& options)
        : trust_(tls_trust::load(options)), full_(make_tls_context(options, *trust_)) {
        if (options.has_certificate())
            anonymous_.emplace(make_tls_context(options.without_certificate(), *trust_));
    }

    // Credentials belong to an origin: the client's certificate is not presented to another one.
    boost::asio::ssl::context& of(bool with_certificate) {
        return with_certificate || !anonymous_ ? full_ : *anonymous_;
    }

private:
    std::shared_ptr<tls_trust const> trust_; // shared with clients that begin while this one lives
    boost::asio::ssl::context full_;
    std::optional<boost::asio::ssl::context> anonymous_;
};

} // namespace intheloop::net

#endif
