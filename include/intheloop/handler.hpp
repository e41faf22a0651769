// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_HANDLER_HPP
#define INTHELOOP_HANDLER_HPP

// Completion handlers that wrap another one: the executor, allocator and cancellation slot that
// are associated with the inner handler are those of the outer one too.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace intheloop::detail {

template <class Allocator>
struct is_erased_allocator : std::false_type {};
template <class Value, class... Signatures>
struct is_erased_allocator<boost::asio::any_completion_handler_allocator<Value, Signatures...>>
    : std::true_type {};

// Calls `then(inner, args...)`.
template <class Inner, class Then>
class chained_handler {
public:
    chained_handler(Inner wrapped, Then then)
        : inner_(std::move(wrapped)), then_(std::move(then)) {}

    template <class... Args>
    void operator()(Args&&... args) {
        std::move(then_)(std::move(inner_), std::forward<Args>(args)...);
    }

    Inner const& inner() const noexcept { return inner_; }

private:
    Inner inner_;
    Then then_;
};

// Calls the handler on its executor, but not from within: first through the executor of the
// client. (any_completion_executor can dispatch, not post.)
template <class Handler, class... Outcome>
void post_completion(boost::asio::any_io_executor const& executor, Handler handler,
                     Outcome... outcome) {
    boost::asio::post(executor, [executor, handler = std::move(handler),
                                 ... outcome = std::move(outcome)]() mutable {
        auto const own = boost::asio::get_associated_executor(handler, executor);
        boost::asio::dispatch(
            own, [handler = std::move(handler), ... outcome = std::move(outcome)]() mutable {
                std::move(handler)(std::move(outcome)...);
            });
    });
}

// The slot belongs to whoever runs on the handler's executor, and is cleared there.
template <class Handler>
auto clear_slot_first(Handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    return chained_handler(std::move(handler),
                           [slot]<class... Args>(Handler&& inner, Args&&... args) mutable {
                               slot.clear();
                               std::move(inner)(std::forward<Args>(args)...);
                           });
}

// Whether a handler's executor is surely this one.
template <class Handler>
bool runs_on(Handler const& handler, boost::asio::any_io_executor const& executor) {
    auto const own = boost::asio::get_associated_executor(handler, executor);
    if constexpr (std::is_same_v<decltype(own), boost::asio::any_io_executor const>)
        return own == executor;
    else
        return false;
}

// A user's handler, whose executor is kept at work until it is called; unless something else sees
// to that.
template <class Handler, class Then>
auto chain_user_handler(Handler&& handler, boost::asio::any_io_executor const& fallback, Then then,
                        bool is_kept_anyway = false) {
    auto own = boost::asio::get_associated_executor(handler, fallback);
    std::optional<boost::asio::executor_work_guard<decltype(own)>> work;
    if (!is_kept_anyway)
        work.emplace(std::move(own));
    auto finish = [work = std::move(work), then = std::move(then)](auto&& inner,
                                                                   auto&&... args) mutable {
        auto const at_work = std::move(work);
        std::move(then)(std::forward<decltype(inner)>(inner),
                        std::forward<decltype(args)>(args)...);
    };
    return chained_handler<std::decay_t<Handler>, decltype(finish)>(std::forward<Handler>(handler),
                                                                    std::move(finish));
}

} // namespace intheloop::detail

// The allocator of an erased handler lies in that handler, and Asio uses it once more after it has
// destroyed the handler that it was taken from: whoever wraps an erased handler has none of its
// own.
template <class Inner, class Then, class DefaultCandidate>
struct boost::asio::associator<boost::asio::associated_allocator,
                               intheloop::detail::chained_handler<Inner, Then>, DefaultCandidate> {
    using inner = boost::asio::associated_allocator<Inner, DefaultCandidate>;
    static constexpr bool is_erased =
        intheloop::detail::is_erased_allocator<typename inner::type>::value;
    using type = std::conditional_t<is_erased, DefaultCandidate, typename inner::type>;

    static type get(intheloop::detail::chained_handler<Inner, Then> const& h,
                    DefaultCandidate const& fallback = DefaultCandidate()) noexcept {
        if constexpr (is_erased)
            return fallback;
        else
            return inner::get(h.inner(), fallback);
    }
};

template <template <class, class> class Associator, class Inner, class Then, class DefaultCandidate>
struct boost::asio::associator<Associator, intheloop::detail::chained_handler<Inner, Then>,
                               DefaultCandidate> : Associator<Inner, DefaultCandidate> {
    static auto get(intheloop::detail::chained_handler<Inner, Then> const& h) noexcept {
        return Associator<Inner, DefaultCandidate>::get(h.inner());
    }
    static auto get(intheloop::detail::chained_handler<Inner, Then> const& h,
                    DefaultCandidate const& fallback) noexcept {
        return Associator<Inner, DefaultCandidate>::get(h.inner(), fallback);
    }
};

#endif
