// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/net/detail/any_handler.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <type_traits>
#include <utility>

TEST_SUITE("net/any_handler") {

namespace {

using erased = boost::asio::any_completion_handler<void(int)>;
using handler = intheloop::net::any_handler<void(int)>;

static_assert(std::is_nothrow_constructible_v<handler, erased&&>);
static_assert(std::is_nothrow_move_constructible_v<handler>);
static_assert(!std::is_constructible_v<handler, erased&>);
static_assert(!std::is_constructible_v<handler, erased const&>);
static_assert(!std::is_copy_constructible_v<handler>);
static_assert(!std::is_constructible_v<handler, handler&>);

} // namespace

TEST_CASE("a handler that Asio has erased becomes one of ours, and may be assigned") {
    int called_with = 0;
    erased given([&called_with, owned = std::make_unique<int>(1)](int with) {
        called_with = with + *owned;
    });
    handler made(std::move(given));
    handler kept;
    kept = std::move(made);
    CHECK_FALSE(made); // NOLINT(bugprone-use-after-move)
    kept = handler(std::move(kept));
    REQUIRE(kept);
    std::move(kept)(41);
    CHECK(called_with == 42);
}

TEST_CASE("one of Asio's may be assigned to one of ours") {
    int called = 0;
    handler kept;
    kept = erased([&called](int with) { called += with; });
    REQUIRE(kept);
    std::move(kept)(1);
    CHECK(called == 1);
}

TEST_CASE("an empty handler of Asio's becomes an empty one") {
    erased none;
    handler const made(std::move(none));
    CHECK_FALSE(made);
}

} // TEST_SUITE("net/any_handler")
