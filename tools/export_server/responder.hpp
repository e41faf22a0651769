// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_RESPONDER_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_RESPONDER_HPP

#include "http.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string_view>

namespace tools {

// How a request wants to be answered, and for how long each piece of the answer may take.
struct answer_form {
    unsigned version = 11; // 10: without chunks, and closed at its end
    bool is_to_head = false;
    bool keep_alive = false;
    std::chrono::milliseconds patience{0};
};

// Writes the answer to one request: either send(), or begin(), write() and end(). Failures are
// thrown: the peer is gone, or took longer than the patience to take a piece of it.
class responder {
public:
    responder(beast::tcp_stream& stream, answer_form const& form) : stream_(stream), form_(form) {}

    // The answer as a whole.
    asio::awaitable<void> send(reply answer);

    // An answer in pieces. It is complete only with end(): without, the peer can tell that
    // something is missing. Nothing follows the beginning of the answer to a HEAD request.
    asio::awaitable<void> begin(std::string_view content_type);
    asio::awaitable<void> write(std::string_view text);
    asio::awaitable<void> end();

    // Says whether the answer only waits for something to happen. When the server is stopped such
    // an answer is cut at once; this throws if it is being stopped already.
    void set_waiting(bool waits);
    // Returns whether the answer has to be cut for the end of the server.
    bool stop() noexcept;

    bool is_head() const noexcept { return form_.is_to_head; }
    // Returns whether some of the answer may have been sent.
    bool has_begun() const noexcept { return has_begun_; }
    bool is_complete() const noexcept { return is_complete_; }
    // Returns whether the peer would take an answer that was cut for a complete one.
    bool looks_complete_when_cut() const noexcept {
        return is_in_pieces_ && !is_complete_ && !in_chunks();
    }

private:
    void prepare(http::fields& head) const;
    bool in_chunks() const noexcept { return form_.version > 10; }

    beast::tcp_stream& stream_;
    answer_form const form_;
    bool has_begun_ = false;
    bool is_in_pieces_ = false;
    bool is_complete_ = false;
    bool is_waiting_ = false;
    bool is_stopped_ = false;
};

} // namespace tools

#endif
