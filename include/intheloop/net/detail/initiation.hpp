// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_INITIATION_HPP
#define INTHELOOP_NET_DETAIL_INITIATION_HPP

#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <type_traits>
#include <utility>

namespace intheloop::detail {

// Initiates an asynchronous operation: calls `start(handler, arguments...)`, and names the executor
// on which the handler runs unless it has one of its own. An operation that is begun as an lvalue
// may be begun again, with copies of its arguments.
template <class Start>
class initiation {
public:
    using executor_type = boost::asio::any_io_executor;

    initiation(executor_type executor, Start start)
        : executor_(std::move(executor)), start_(std::move(start)) {}

    executor_type get_executor() const noexcept { return executor_; }

    template <class Handler, class... Arguments>
    void operator()(Handler&& handler, Arguments&&... arguments) const {
        start_(std::forward<Handler>(handler), static_cast<given<Arguments>>(arguments)...);
    }

private:
    // Is the argument itself, or a copy of one that the caller keeps: `start` may take it apart.
    template <class Argument>
    using given =
        std::conditional_t<std::is_lvalue_reference_v<Argument> || std::is_const_v<Argument>,
                           std::remove_cvref_t<Argument>, Argument&&>;

    executor_type executor_;
    Start start_;
};

// The same for an operation that takes an erased handler: the user's executor is kept at work until
// its handler is called.
template <class Start>
auto erased_initiation(boost::asio::any_io_executor const& executor, Start start) {
    return initiation(
        executor, [executor, start = std::move(start)](auto&& handler, auto&&... arguments) {
            auto pass_on = [](auto&& inner, auto&&... outcome) {
                std::forward<decltype(inner)>(inner)(std::forward<decltype(outcome)>(outcome)...);
            };
            start(wrap_user_handler(std::forward<decltype(handler)>(handler), executor, pass_on),
                  std::forward<decltype(arguments)>(arguments)...);
        });
}

} // namespace intheloop::detail

#endif
