// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_RESPONDER_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_RESPONDER_HPP

#include "http.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string_view>

namespace tools {

// Writes the answer to one request: either send(), or begin(), write() and end(). Failures are
// thrown: the peer is gone, or took longer than the patience to take a piece of it.
class responder {
public:
    responder(beast::tcp_stream& stream, bool to_head_request, bool keep_alive,
              std::chrono::milliseconds patience)
        : stream_(stream), is_head_(to_head_request), keep_alive_(keep_alive), patience_(patience) {
    }

    // The answer as a whole.
    asio::awaitable<void> send(reply answer);

    // An answer in chunks. It is complete only with end(): without, the peer can tell that
    // something is missing. Nothing follows the beginning of the answer to a HEAD request.
    asio::awaitable<void> begin(std::string_view content_type);
    asio::awaitable<void> write(std::string_view text);
    asio::awaitable<void> end();

    bool is_head() const noexcept { return is_head_; }
    bool is_complete() const noexcept { return is_complete_; }

private:
    void prepare(http::fields& head) const;

    beast::tcp_stream& stream_;
    bool const is_head_;
    bool const keep_alive_;
    std::chrono::milliseconds const patience_;
    bool is_complete_ = false;
};

} // namespace tools

#endif
