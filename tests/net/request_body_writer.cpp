// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/net/detail/request_body_writer.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("net/request_body_writer") {

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;
using loop::net::request_body_writer;

class pieces final : public loop::byte_source {
public:
    pieces(asio::io_context& io, std::deque<std::string> all) : io_(io), all_(std::move(all)) {}
    asio::any_io_executor get_executor() const override { return io_.get_executor(); }
    void async_read(std::string& into, read_handler handler) override {
        into = std::move(all_.front());
        all_.pop_front();
        asio::post(io_,
                   [handler = std::move(handler)]() mutable { std::move(handler)(std::nullopt); });
    }

private:
    asio::io_context& io_;
    std::deque<std::string> all_;
};

// All that a feed gives, and what it fails with.
struct fed {
    std::string bytes;
    std::optional<loop::error> failure;
    bool is_over = false;
};
fed feed(std::deque<std::string> all, std::optional<std::uint64_t> size) {
    asio::io_context io;
    auto const made =
        std::make_shared<request_body_writer>(std::make_shared<pieces>(io, std::move(all)), size);
    made->start([] {});
    fed got;
    while (!made->is_over() && !got.failure) {
        std::string piece;
        while (!made->take(piece)) {
            io.restart();
            io.run();
        }
        got.failure = made->take_failure();
        if (!got.failure)
            got.bytes += piece;
    }
    got.is_over = made->is_over();
    return got;
}

} // namespace

TEST_CASE("chunks, or as it is where the size was said") {
    CHECK(feed({"ab", std::string(17, 'x'), ""}, std::nullopt).bytes ==
          "2\r\nab\r\n11\r\n" + std::string(17, 'x') + "\r\n0\r\n\r\n");
    CHECK(feed({"ab", "cd"}, 4).bytes == "abcd");
    CHECK(feed({""}, std::nullopt).bytes == "0\r\n\r\n");
    CHECK(feed({}, 0).is_over);
}

TEST_CASE("a body of another size is never over") {
    for (auto const& got : {feed({"abc", ""}, 10), feed({"abc", "def"}, 5)}) {
        CHECK(got.failure);
        CHECK_FALSE(got.is_over); // or the connection would be used again
    }
}

TEST_CASE("one call has it") {
    asio::io_context io;
    auto const made = std::make_shared<request_body_writer>(
        std::make_shared<pieces>(io, std::deque<std::string>{}), std::nullopt);
    CHECK(made->claim());
    CHECK_FALSE(made->claim());
    CHECK_FALSE(made->has_begun());
}

} // TEST_SUITE("net/request_body_writer")
