// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_ANY_HANDLER_HPP
#define INTHELOOP_NET_DETAIL_ANY_HANDLER_HPP

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associator.hpp>

#include <utility>

namespace intheloop::net {

// An asio::any_completion_handler that programs may assign to another one, and call without memory:
// that of Boost 1.81 recurses endlessly in an assignment, and leaks the handler if an argument
// can't be copied.
template <class Signature>
class any_handler;

template <class... Args>
class any_handler<void(Args...)> : public boost::asio::any_completion_handler<void(Args...)> {
    using erased = boost::asio::any_completion_handler<void(Args...)>;

public:
    using erased::erased;
    any_handler() = default;
    any_handler(erased&& other) noexcept : erased(std::move(other)) {}
    any_handler(any_handler&&) noexcept = default;
    any_handler& operator=(any_handler&& other) noexcept {
        any_handler taken(std::move(other));
        this->swap(taken);
        return *this;
    }
    ~any_handler() = default;

    // Calls it once only.
    void operator()(Args... args) { erased::operator()(static_cast<Args&&>(args)...); }
};

} // namespace intheloop::net

template <template <class, class> class Associator, class Signature, class DefaultCandidate>
struct boost::asio::associator<Associator, intheloop::net::any_handler<Signature>, DefaultCandidate>
    : Associator<boost::asio::any_completion_handler<Signature>, DefaultCandidate> {};

#endif
