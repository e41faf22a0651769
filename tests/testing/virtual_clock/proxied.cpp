// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Behind a proxy, client and server still know each other's connection: none of their ports is the
// other's.
#include <testing/virtual_clock/fixture.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <thread>

TEST_SUITE("testing/virtual_clock/proxied") {

using namespace fixture;
using asio::ip::tcp;

namespace {

// Takes any CONNECT for one to this port.
class tunnel {
public:
    explicit tunnel(std::uint16_t to) : target_(asio::ip::address_v4::loopback(), to) {
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~tunnel() {
        io_.stop();
        thread_.join();
    }
    tunnel(tunnel const&) = delete;
    tunnel& operator=(tunnel const&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    asio::awaitable<void> accept() {
        for (;;) {
            auto const client =
                std::make_shared<tcp::socket>(co_await acceptor_.async_accept(asio::use_awaitable));
            std::string head;
            co_await asio::async_read_until(*client, asio::dynamic_buffer(head), "\r\n\r\n",
                                            asio::use_awaitable);
            auto const origin = std::make_shared<tcp::socket>(io_);
            co_await origin->async_connect(target_, asio::use_awaitable);
            std::string const answer = "HTTP/1.1 200 OK\r\n\r\n";
            co_await asio::async_write(*client, asio::buffer(answer), asio::use_awaitable);
            asio::co_spawn(io_, relay(client, origin), asio::detached);
            asio::co_spawn(io_, relay(origin, client), asio::detached);
        }
    }
    static asio::awaitable<void> relay(std::shared_ptr<tcp::socket> from,
                                       std::shared_ptr<tcp::socket> to) {
        std::array<char, 4096> block{};
        boost::system::error_code ec;
        while (!ec) {
            std::size_t const size = co_await from->async_read_some(
                asio::buffer(block), asio::redirect_error(asio::use_awaitable, ec));
            if (size != 0)
                co_await asio::async_write(*to, asio::buffer(block.data(), size),
                                           asio::redirect_error(asio::use_awaitable, ec));
        }
        to->shutdown(tcp::socket::shutdown_send, ec);
    }

    asio::io_context io_;
    tcp::endpoint const target_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread thread_;
};

} // namespace

TEST_CASE("a delay and a held request are waits in virtual time behind a proxy too") {
    virtual_setup t;
    tunnel const proxy(t.s.api_port());
    t.how.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    t.how.deadline = 1h;
    t.how.stall_timeout = 30min;
    t.clock->set_patience(1h); // in which no test ends
    t.s.script(drafts::create_draft, {fault::delay(10min)});
    t.spawn([&]() -> asio::awaitable<void> {
        drafts::create_request const draft;
        auto const late =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_MESSAGE(late, late.error());
        CHECK(late.elapsed() == 10min);
        t.s.hold_next();
        auto const never =
            co_await t.client().async_call(drafts::create_draft, draft, asio::use_awaitable);
        REQUIRE_FALSE(never);
        CHECK(never.error().code() == errc::stalled);
        CHECK(never.elapsed() == 30min);
    });
    t.run();
    CHECK(t.s.requests().size() == 2);
}

} // TEST_SUITE("testing/virtual_clock/proxied")
