// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_ONCE_ORDERS_HPP
#define INTHELOOP_TESTS_CLIENT_ONCE_ORDERS_HPP

#include <intheloop.hpp>

#include <string>
#include <utility>

// A service that knows idempotency keys.
namespace shop {

namespace loop = intheloop;

class order {
public:
    explicit order(std::string of_what) : what(std::move(of_what)) {}

    std::string what;
    using members = loop::members<&order::what>;
};

class receipt {
public:
    receipt() {}

    int number = 0;
    using members = loop::members<&receipt::number>;
};

inline constexpr loop::endpoint<loop::verb::post, "/shop/orders", order, receipt,
                                loop::idempotency_key<"Idempotency-Key">, loop::observed,
                                loop::operation<"shop.place_order">, loop::summary<"Buys a thing">>
    place_order{};

inline constexpr loop::endpoint<loop::verb::post, "/shop/wishes", order, receipt, loop::observed,
                                loop::operation<"shop.wish">>
    wish{};

} // namespace shop

#endif
