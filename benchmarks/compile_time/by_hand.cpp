// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A file that looks at an export with Beast and Boost.JSON, without a library in between.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

asio::awaitable<std::string> status_of(asio::ssl::context& tls, std::string host, std::string id) {
    auto const executor = co_await asio::this_coro::executor;
    beast::ssl_stream<beast::tcp_stream> stream(executor, tls);
    auto& transport = beast::get_lowest_layer(stream);
    transport.expires_after(std::chrono::seconds(60));
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    asio::ip::tcp::resolver resolver(executor);
    auto const addresses = co_await resolver.async_resolve(host, "443", asio::use_awaitable);
    co_await transport.async_connect(addresses, asio::use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    http::request<http::empty_body> request(http::verb::get, "/api/v1/report/exports/" + id, 11);
    request.set(http::field::host, host);
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    auto const answer = boost::json::parse(response.body());
    co_return std::string(answer.at("status").as_string());
}

void run(asio::ssl::context& tls) {
    asio::io_context io;
    tls.set_verify_mode(asio::ssl::verify_peer);
    co_spawn(io, status_of(tls, "api.intheloop.io", "x"), asio::detached);
    io.run();
}
