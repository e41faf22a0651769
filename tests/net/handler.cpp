// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/pending_count.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("net/handler") {

namespace {

namespace asio = boost::asio;
namespace net = intheloop::net;

// Writes down the order: c for a call, d for the end of what the handler holds, n for the moment
// when no delivery is expected any more.
struct setup {
    asio::io_context io;
    std::string order;
    std::shared_ptr<net::pending_count> const expected = std::make_shared<net::pending_count>();

    setup() {
        expected->when_none([this] { order += 'n'; });
        expected->await(true);
    }
    auto witness() {
        return std::shared_ptr<void>(nullptr, [this](void*) { order += 'd'; });
    }
};

} // namespace

TEST_CASE("a delivery is expected until its handler is destroyed, with all that it holds") {
    setup t;
    intheloop::detail::post_delivery(
        t.io.get_executor(), t.expected->add(), [&t, held = t.witness()](int) { t.order += 'c'; },
        1);
    CHECK(t.order == "");
    t.io.run();
    CHECK(t.order == "cdn");
}

TEST_CASE("so is that of a handler that can only be copied") {
    setup t;
    {
        auto const held = t.witness();
        intheloop::detail::post_delivery(
            t.io.get_executor(), t.expected->add(), [&t, held](int) { t.order += 'c'; }, 1);
    }
    t.io.run();
    CHECK(t.order == "cdn");
}

TEST_CASE("so is that of a handler on another executor") {
    setup t;
    asio::io_context elsewhere;
    intheloop::detail::post_delivery(
        t.io.get_executor(), t.expected->add(),
        asio::bind_executor(elsewhere.get_executor(),
                            [&t, held = t.witness()](int) { t.order += 'c'; }),
        1);
    t.io.run();
    CHECK(t.order == "");
    elsewhere.run();
    CHECK(t.order == "cdn");
}

TEST_CASE("so is that of a handler that throws") {
    setup t;
    intheloop::detail::post_delivery(t.io.get_executor(), t.expected->add(),
                                     [&t, held = t.witness()] {
                                         t.order += 'c';
                                         throw std::runtime_error("of a handler");
                                     });
    CHECK_THROWS_AS(t.io.run(), std::runtime_error);
    CHECK(t.order == "cdn");
}

} // TEST_SUITE("net/handler")
