// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTS_TESTING_BLOCKING_CLIENT_HPP
#define INTHELOOP_TESTS_TESTING_BLOCKING_CLIENT_HPP

#include <intheloop/testing/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <optional>
#include <string>
#include <utility>

namespace tests {

namespace asio = boost::asio;
namespace http = boost::beast::http;

// A client that owes nothing to the library, so that the server is not tested against itself.
class blocking_client {
public:
    using response = http::response<http::string_body>;

    explicit blocking_client(std::uint16_t port) : socket_(io_) {
        socket_.connect({asio::ip::address_v4::loopback(), port});
    }

    asio::ssl::context tls{asio::ssl::context::tls_client};

    // Verifies the peer against `ca` for `host`, which is sent as SNI as well.
    boost::system::error_code handshake(std::string const& ca, std::string const& host) {
        tls.set_verify_mode(asio::ssl::verify_peer);
        tls.add_certificate_authority(asio::buffer(ca));
        stream_.emplace(socket_, tls);
        stream_->set_verify_callback(asio::ssl::host_name_verification(host));
        if (host.find_first_not_of("0123456789.") != std::string::npos)
            SSL_set_tlsext_host_name(stream_->native_handle(), host.c_str());
        boost::system::error_code error;
        stream_->handshake(asio::ssl::stream_base::client, error);
        return error;
    }

    void send(std::string const& bytes) {
        if (stream_)
            asio::write(*stream_, asio::buffer(bytes));
        else
            asio::write(socket_, asio::buffer(bytes));
    }

    // Throws boost::system::system_error if no whole answer comes.
    response receive(bool to_head = false) {
        http::response_parser<http::string_body> parser;
        parser.skip(to_head);
        if (stream_)
            http::read(*stream_, buffer_, parser);
        else
            http::read(socket_, buffer_, parser);
        return parser.release();
    }

    response ask(std::string const& method, std::string const& target,
                 intheloop::testing::header_list const& headers = {},
                 std::string const& body = {}) {
        std::string text = method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\n";
        for (auto const& [name, value] : headers)
            text += name + ": " + value + "\r\n";
        if (!body.empty() || method == "POST")
            text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        send(text + "\r\n" + body);
        return receive(method == "HEAD");
    }

    // Returns the bytes until the end of the stream, and how that ended.
    std::pair<std::string, boost::system::error_code> read_to_end() {
        std::string text;
        boost::system::error_code error;
        if (stream_)
            asio::read(*stream_, asio::dynamic_buffer(text), error);
        else
            asio::read(socket_, asio::dynamic_buffer(text), error);
        return {text, error};
    }

    void hang_up() { socket_.close(); }

    void hang_up_with_reset() {
        socket_.set_option(asio::socket_base::linger(true, 0));
        socket_.close();
    }

    asio::ssl::stream<asio::ip::tcp::socket&>& stream() { return *stream_; }

private:
    asio::io_context io_;
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> stream_;
    boost::beast::flat_buffer buffer_;
};

} // namespace tests

#endif
