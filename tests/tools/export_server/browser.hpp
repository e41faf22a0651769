// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TOOLS_EXPORT_SERVER_BROWSER_HPP
#define INTHELOOP_TESTS_TOOLS_EXPORT_SERVER_BROWSER_HPP

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fixture {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Longer than anything here takes, shorter than the runner's patience.
inline constexpr std::chrono::seconds patience{60};

// One connection to the server, over which one request after the other goes.
class browser {
public:
    using answer = http::response<http::string_body>;

    explicit browser(std::uint16_t port, char const* address = "127.0.0.1") {
        asio::ip::tcp::endpoint const server(asio::ip::make_address(address), port);
        failed_ = run([&](auto&& handler) { stream_.async_connect(server, handler); });
    }

    answer get(std::string_view target) { return ask(made(http::verb::get, target)); }
    answer post(std::string const& body) { return ask(made_start(body)); }
    // The answer as a whole, which has to come.
    answer ask(http::request<http::string_body> const& asked) {
        send(asked);
        open(asked.method() == http::verb::head);
        answer whole(parser_->get().base());
        for (std::string piece = read(); !piece.empty(); piece = read())
            whole.body() += piece;
        REQUIRE(!failed_);
        return whole;
    }

    static http::request<http::string_body> made(http::verb method, std::string_view target) {
        http::request<http::string_body> asked(method, target, 11);
        asked.set(http::field::host, "localhost");
        return asked;
    }
    static http::request<http::string_body> made_start(std::string const& body,
                                                       std::string_view type = "application/json") {
        auto asked = made(http::verb::post, "/exports");
        asked.set(http::field::content_type, type);
        asked.body() = body;
        asked.prepare_payload();
        return asked;
    }

    // In steps: a request; the head of its answer, and its status; a piece of the body, empty at
    // its end or after a failure.
    void send(http::request<http::string_body> const& asked) {
        failed_ = run([&](auto&& handler) { http::async_write(stream_, asked, handler); });
    }
    void send(std::string_view bytes) {
        failed_ =
            run([&](auto&& handler) { asio::async_write(stream_, asio::buffer(bytes), handler); });
    }
    unsigned open(bool to_head = false) {
        parser_.emplace();
        parser_->skip(to_head);
        parser_->body_limit(boost::none);
        failed_ = run(
            [&](auto&& handler) { http::async_read_header(stream_, buffer_, *parser_, handler); });
        return failed_ ? 0 : parser_->get().result_int();
    }
    std::string read() {
        while (!failed_ && !parser_->is_done() && parser_->get().body().empty())
            failed_ = run([&](auto&& handler) {
                http::async_read_some(stream_, buffer_, *parser_, handler);
            });
        return std::exchange(parser_->get().body(), std::string());
    }
    std::string read_all() {
        std::string all;
        for (std::string piece = read(); !piece.empty(); piece = read())
            all += piece;
        return all;
    }

    // All bytes up to the end of the connection.
    std::string read_raw() {
        std::string all;
        auto const into = asio::dynamic_buffer(all);
        failed_ = run([&](auto&& handler) { asio::async_read(stream_, into, handler); });
        return all;
    }

    // Of the last step.
    error_code failure() const { return failed_; }
    bool is_whole() const { return !failed_ && parser_->is_done(); }

    // Says that it will send no more.
    void end_requests() {
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed_);
    }
    void hang_up() { stream_.close(); }

private:
    template <class Start>
    error_code run(Start start) {
        error_code outcome = beast::error::timeout;
        stream_.expires_after(patience);
        start([&](error_code failed, auto&&...) { outcome = failed; });
        io_.restart();
        io_.run();
        return outcome;
    }

    asio::io_context io_;
    beast::tcp_stream stream_{io_};
    beast::flat_buffer buffer_;
    std::optional<http::response_parser<http::string_body>> parser_;
    error_code failed_;
};

} // namespace fixture

#endif
