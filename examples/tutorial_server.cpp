// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A web server that starts exports and streams their rows; docs/guide/tutorial.md walks through it.
//
//     tutorial-server [PORT]
//     curl -X POST http://127.0.0.1:8080/exports
//     curl http://127.0.0.1:8080/exports/ID/rows
#include <intheloop.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using response = http::response<http::string_body>;
using namespace std::chrono_literals;

constexpr auto patience = 30s; // for a request to come, and for a chunk to be taken

response text_reply(http::status status, std::string text) {
    response made(status, 11);
    made.set(http::field::content_type, "text/plain");
    made.body() = std::move(text) + '\n';
    made.keep_alive(false);
    made.prepare_payload();
    return made;
}

// Answers with the reason why the service did not do it.
response error_reply(loop::error const& e) {
    bool const busy = e.code() == loop::condition::rate_limited;
    return text_reply(busy ? http::status::service_unavailable : http::status::bad_gateway,
                      to_string(e));
}

asio::awaitable<void> send(beast::tcp_stream& to, response const& answer) {
    to.expires_after(patience);
    co_await http::async_write(to, answer, asio::use_awaitable);
}

asio::awaitable<response> start_export(loop::client& client) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    loop::report::export_request week(now - std::chrono::days(7), now);
    auto const started = co_await loop::async_start_export(client, week);
    if (!started)
        co_return error_reply(started.error());
    std::string const address = "/exports/" + started->id() + "/rows";
    response created = text_reply(http::status::created, address);
    created.set(http::field::location, address);
    co_return created;
}

asio::awaitable<void> send_rows(loop::client& client, std::string id, beast::tcp_stream& to) {
    loop::export_job job = loop::attach_export(client, std::move(id));
    loop::row_reader rows(loop::open_download(client, job));
    auto row = co_await rows.async_next(); // waits for the export first
    if (row.has_error())
        co_return co_await send(to, error_reply(row.error()));

    http::response<http::empty_body> head(http::status::ok, 11);
    head.set(http::field::content_type, "application/x-ndjson");
    head.keep_alive(false);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    to.expires_after(patience);
    co_await http::async_write_header(to, serializer, asio::use_awaitable);
    while (row) {
        std::string lines;
        for (; row; row = rows.try_next())                // all rows that are there
            lines += boost::json::serialize(*row) + '\n'; // throws if the export broke off
        to.expires_after(patience);
        co_await asio::async_write(to, http::make_chunk(asio::buffer(lines)), asio::use_awaitable);
        row = co_await rows.async_next();
    }
    co_await asio::async_write(to, http::make_chunk_last(), asio::use_awaitable);
}

// Answers one request. None of them has a body, so no more than its head is read.
asio::awaitable<void> serve(loop::client& client, tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    stream.expires_after(patience);
    beast::flat_buffer buffer;
    http::request_parser<http::empty_body> parser;
    co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);

    auto const& asked = parser.get();
    std::string_view const target(asked.target().data(), asked.target().size());
    constexpr std::string_view before = "/exports/";
    constexpr std::string_view after = "/rows";
    if (!parser.is_done()) {
        response const answer = text_reply(http::status::bad_request, "a body is not expected");
        co_await send(stream, answer);
    } else if (asked.method() == http::verb::post && target == "/exports") {
        response const answer = co_await start_export(client);
        co_await send(stream, answer);
    } else if (asked.method() == http::verb::get && target.starts_with(before) &&
               target.ends_with(after) && target.size() > before.size() + after.size()) {
        std::string id(target.substr(before.size()));
        id.resize(id.size() - after.size());
        co_await send_rows(client, std::move(id), stream);
    } else {
        response const answer = text_reply(http::status::not_found, "no such page");
        co_await send(stream, answer);
    }
}

asio::awaitable<void> accept(loop::client& client, tcp::acceptor& acceptor) {
    for (;;) {
        boost::system::error_code failed;
        tcp::socket socket =
            co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed) { // out of descriptors, say: others have to end first
            std::cerr << "can't accept a connection: " << failed.message() << '\n';
            asio::steady_timer pause(acceptor.get_executor(), 100ms);
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        co_spawn(acceptor.get_executor(), serve(client, std::move(socket)),
                 [](std::exception_ptr failure) {
                     try {
                         if (failure)
                             std::rethrow_exception(failure);
                     } catch (std::exception const& e) {
                         std::cerr << e.what() << '\n';
                     }
                 });
    }
}

} // namespace

int main(int argc, char** argv) try {
    auto const port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 8080);
    asio::io_context io;
    loop::client client(io.get_executor(), loop::options::from_env());
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port));
    std::cerr << "listening at http://127.0.0.1:" << acceptor.local_endpoint().port() << '\n';
    co_spawn(io, accept(client, acceptor), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](auto, auto) { io.stop(); });
    io.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
