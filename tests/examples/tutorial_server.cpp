// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The server of docs/guide/tutorial.md, as its readers run it.
#include "program.hpp"

#include <tools/scene.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("examples/tutorial_server") {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using response = http::response<http::string_body>;
using tests::contains;
using tests::example_program;
using tests::process;
using tests::scene;
using tests::with_content;

std::string port_of(process const& p) {
    std::string_view constexpr before = "listening at http://127.0.0.1:";
    std::string const said = p.err();
    std::size_t const begin = said.find(before) + before.size();
    return said.substr(begin, said.find('\n') - begin);
}

// The answer to one request; `ec` is end_of_stream where it is not complete.
response ask(process const& p, http::verb verb, std::string const& target,
             boost::system::error_code& ec) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    asio::connect(socket, asio::ip::tcp::resolver(io).resolve("127.0.0.1", port_of(p)));
    http::request<http::empty_body> request(verb, target, 11);
    request.set(http::field::host, "localhost");
    http::write(socket, request);
    boost::beast::flat_buffer buffer;
    response answer;
    http::read(socket, buffer, answer, ec);
    return answer;
}

// The program on a port that is free, with what a shell sets before.
class tutorial_server : public process {
public:
    explicit tutorial_server(scene const& s, std::string const& before = "")
        : process({"sh", "-c", before + R"(exec "$0" 0)", example_program("tutorial-server")},
                  s.environment) {
        REQUIRE(says("listening at http://127.0.0.1:"));
        REQUIRE(says("\n"));
    }
};

intheloop::testing::server_options completed_at_once(std::string content) {
    auto options = with_content(std::move(content));
    options.statuses = {"Completed"};
    return options;
}

} // namespace

TEST_CASE("an export is started, and its rows come line by line") {
    scene s(completed_at_once("[{\"a\": 1},\n {\"b\":\n 2}]"));
    tutorial_server p(s);
    boost::system::error_code ec;
    auto const started = ask(p, http::verb::post, "/exports", ec);
    REQUIRE(!ec);
    CHECK(started.result() == http::status::created);
    std::string const address(started[http::field::location]);
    CHECK(started.body() == address + '\n');

    auto const rows = ask(p, http::verb::get, address, ec);
    CHECK(!ec);
    CHECK(rows.result() == http::status::ok);
    CHECK(rows[http::field::content_type] == "application/x-ndjson");
    CHECK(rows.body() == "{\"a\":1}\n{\"b\":2}\n");
    CHECK(s.starts() == 1);

    p.kill(SIGTERM);
    CHECK(p.wait() == 0);
    CHECK(!s.has_secret(p));
}

TEST_CASE("rows that break off do not look complete") {
    scene s(completed_at_once("[{\"a\": 1}, {\"b\": "));
    tutorial_server p(s);
    boost::system::error_code ec;
    auto const started = ask(p, http::verb::post, "/exports", ec);
    auto const rows = ask(p, http::verb::get, std::string(started[http::field::location]), ec);
    CHECK(ec == http::error::partial_message);
    CHECK(rows.result() == http::status::ok);
}

TEST_CASE("the reason of the service reaches the browser, and the token does not") {
    scene s;
    s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
    tutorial_server p(s);
    boost::system::error_code ec;
    auto const refused = ask(p, http::verb::post, "/exports", ec);
    CHECK(refused.result() == http::status::bad_gateway);
    CHECK(refused.body().starts_with("unauthorized: "));
    CHECK(!contains(refused.body(), "not-the-token-of-this-server"));
    CHECK(ask(p, http::verb::get, "/exports/x/rows", ec).result() == http::status::bad_gateway);
    CHECK(ask(p, http::verb::get, "/exports//rows", ec).result() == http::status::not_found);
    CHECK(ask(p, http::verb::get, "/", ec).result() == http::status::not_found);
}

TEST_CASE("more connections than it has descriptors for do not end it") {
    scene s;
    tutorial_server p(s, "ulimit -n 20; ");
    asio::io_context io;
    auto const port = static_cast<unsigned short>(std::stoul(port_of(p)));
    asio::ip::tcp::endpoint const server(asio::ip::address_v4::loopback(), port);
    std::vector<asio::ip::tcp::socket> many;
    for (int i = 0; i != 30; ++i)
        many.emplace_back(io).connect(server);
    REQUIRE(p.says("can't accept a connection: "));
    many.clear();
    boost::system::error_code ec;
    CHECK(ask(p, http::verb::get, "/", ec).result() == http::status::not_found);
    CHECK(!ec);
    p.kill(SIGTERM);
    CHECK(p.wait() == 0);
}

TEST_CASE("a body is refused before the whole of it has come") {
    scene s;
    tutorial_server p(s);
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    asio::connect(socket, asio::ip::tcp::resolver(io).resolve("127.0.0.1", port_of(p)));
    std::string const begun = "POST /exports HTTP/1.1\r\nHost: localhost\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n0\r\n";
    asio::write(socket, asio::buffer(begun));
    boost::beast::flat_buffer buffer;
    response answer;
    boost::system::error_code ec;
    http::read(socket, buffer, answer, ec);
    CHECK(!ec);
    CHECK(answer.result() == http::status::bad_request);
    CHECK(s.starts() == 0);
    CHECK(ask(p, http::verb::get, "/", ec).result() == http::status::not_found);
}

} // TEST_SUITE("examples/tutorial_server")
