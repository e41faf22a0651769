// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with Beast as its examples show it: one coroutine and one connection for each
// concurrent call, a message and a time limit for each exchange.
#include "calls.hpp"
#include "parse.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using stream = beast::ssl_stream<beast::tcp_stream>;
using stream_pointer = std::unique_ptr<stream>;

class caller {
public:
    caller(asio::io_context& io, asio::ssl::context& tls, calls::arguments const& chosen)
        : io_(io), tls_(tls), chosen_(chosen) {}

    asio::awaitable<void> call_in_turn(calls::series& series) {
        for (std::size_t i = 0; i < series.each(); ++i) {
            auto const began = calls::steady::now();
            if (!stream_)
                co_await connect();
            co_await exchange();
            if (!chosen_.keeps_connections())
                stream_.reset();
            series.add(began);
        }
    }

private:
    asio::awaitable<void> connect() {
        stream_ = std::make_unique<stream>(io_, tls_);
        stream_->set_verify_callback(asio::ssl::host_name_verification(chosen_.host));
        SSL_set_tlsext_host_name(stream_->native_handle(), chosen_.host.c_str());
        auto& transport = beast::get_lowest_layer(*stream_);
        asio::ip::tcp::resolver resolver(io_);
        auto const addresses = co_await resolver.async_resolve(asio::ip::tcp::v4(), chosen_.host,
                                                               chosen_.port, asio::use_awaitable);
        transport.expires_after(calls::deadline);
        co_await transport.async_connect(addresses, asio::use_awaitable);
        transport.socket().set_option(asio::ip::tcp::no_delay(true));
        co_await stream_->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }

    http::request<http::string_body> make_request() const {
        http::request<http::string_body> request;
        request.version(11);
        request.method(chosen_.posts() ? http::verb::post : http::verb::get);
        request.target(chosen_.posts() ? std::string(calls::post_target) : calls::get_target());
        request.set(http::field::host, chosen_.host + ":" + chosen_.port);
        request.set(http::field::authorization, "Bearer " + std::string(calls::token));
        request.set(http::field::user_agent, std::string(calls::user_agent));
        request.set(http::field::accept, "application/json");
        if (chosen_.posts()) {
            request.set(http::field::content_type, "application/json");
            request.body() = calls::post_body;
            request.prepare_payload();
        }
        return request;
    }

    asio::awaitable<void> exchange() {
        auto const request = make_request();
        beast::get_lowest_layer(*stream_).expires_after(calls::deadline);
        co_await http::async_write(*stream_, request, asio::use_awaitable);
        http::response_parser<http::string_body> parser;
        parser.body_limit(calls::max_answer);
        co_await http::async_read(*stream_, buffer_, parser, asio::use_awaitable);
        calls::parse_and_check(parser.get().result_int(), parser.get().body());
    }

    asio::io_context& io_;
    asio::ssl::context& tls_;
    calls::arguments const& chosen_;
    stream_pointer stream_;
    beast::flat_buffer buffer_;
};

void run(calls::arguments const& chosen) {
    asio::io_context io(1);
    asio::ssl::context tls(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(asio::ssl::verify_peer);
    tls.load_verify_file(chosen.ca_file);
    std::vector<caller> callers;
    callers.reserve(chosen.concurrency);
    for (std::size_t i = 0; i < chosen.concurrency; ++i)
        callers.emplace_back(io, tls, chosen);
    auto const rethrow = [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    };
    calls::measure(chosen, [&](calls::series& series) {
        for (caller& one : callers)
            co_spawn(io, one.call_in_turn(series), rethrow);
        io.restart();
        io.run();
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
