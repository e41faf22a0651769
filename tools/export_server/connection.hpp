// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_CONNECTION_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_CONNECTION_HPP

#include "http.hpp"
#include "service.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace tools {

// Limits that a browser has to keep.
struct connection_limits {
    std::chrono::milliseconds patience = std::chrono::seconds(30); // for a request, and for a chunk
    std::size_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 64 * 1024;
    std::size_t connections = 1000;
};

// Reads requests from a connection, one after the other, and has them answered. The functions may
// be called from any thread; all else is on the strand of the socket.
class connection : public std::enable_shared_from_this<connection> {
public:
    // A connection that is one too many is told so after its first request.
    connection(tcp::socket socket, export_service& service, connection_limits const& limits,
               bool is_one_too_many)
        : stream_(std::move(socket)), service_(service), limits_(limits),
          is_one_too_many_(is_one_too_many), buffer_(most_buffered(limits)) {}

    // Calls the function, on the strand, when all is over.
    void start(std::function<void()> ended);
    // Ends it after the request that is being answered.
    void finish();
    // Ends it at once.
    void abort();

    bool is_one_too_many() const noexcept { return is_one_too_many_; }

private:
    using parser = http::request_parser<http::string_body>;

    // A body in chunks has sizes, extensions and trailers besides.
    static std::size_t most_buffered(connection_limits const& limits) {
        return limits.header_bytes + 2 * static_cast<std::size_t>(limits.body_bytes);
    }

    asio::awaitable<void> run();
    asio::awaitable<std::optional<request>> read_request();
    asio::awaitable<std::optional<reply>> read_head(parser& into);
    std::optional<reply> parse_head(parser& into);
    // Reads as much of a body in chunks as the parser has to see at once.
    asio::awaitable<void> read_begin_of_body(parser const& head);
    asio::awaitable<void> send_last(reply refused, bool is_to_head);
    asio::awaitable<void> linger();
    asio::awaitable<bool> answer(request const& asked);
    asio::awaitable<void> answer_safely(request const& asked, responder& to);
    asio::awaitable<void> wait_for_hang_up();
    void stop() { stop_.emit(asio::cancellation_type::terminal); }

    beast::tcp_stream stream_;
    export_service& service_;
    connection_limits const limits_;
    bool const is_one_too_many_;
    beast::flat_buffer buffer_;
    asio::cancellation_signal stop_;
    bool is_answering_ = false;
    std::weak_ptr<responder> answering_;
    bool is_finishing_ = false;
};

} // namespace tools

#endif
