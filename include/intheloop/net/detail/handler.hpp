// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_HANDLER_HPP
#define INTHELOOP_NET_DETAIL_HANDLER_HPP

// Completion handlers that wrap another one, and keep its associated executor, allocator and
// cancellation slot.

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/pending_count.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <new>
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
class wrapped_handler {
public:
    wrapped_handler(Inner wrapped, Then then)
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

// Returns the executor of a handler. The one of an erased handler is a copy, and empty if there is
// no memory for it.
template <class Handler>
auto associated_executor_of(Handler const& handler, boost::asio::any_io_executor const& fallback) {
    return with_reserve([&] {
        auto own = boost::asio::get_associated_executor(handler, fallback);
        if constexpr (std::is_constructible_v<bool, decltype(own)>)
            if (!own)
                throw std::bad_alloc();
        return own;
    });
}

// A function that is called once, and is kept apart from the operations that may lose it; with the
// executor on which it is called.
template <class Executor>
class kept_call {
public:
    Executor const executor;

    void operator()() {
        is_called_ = true;
        call();
    }
    bool is_called() const noexcept { return is_called_; }

protected:
    explicit kept_call(Executor runs_on) : executor(std::move(runs_on)) {}
    ~kept_call() = default;

private:
    virtual void call() = 0;

    bool is_called_ = false;
};

template <class Function, class Executor>
class kept_function final : public kept_call<Executor> {
public:
    kept_function(Function&& kept, Executor runs_on, net::pending_count::mark expected)
        : kept_call<Executor>(std::move(runs_on)), until_destroyed_(std::move(expected)),
          function_(std::move(kept)) {}

private:
    void call() override {
        auto called = std::move(function_);
        called();
    }

    net::pending_count::mark until_destroyed_; // ends after the function, with all that it holds
    Function function_;
};

// Posts a kept call to the client's executor, which dispatches it to the handler's own. Takes no
// handler as a type, so that Asio's templates are instantiated once for many handlers.
template <class Executor>
void post_kept(boost::asio::any_io_executor const& executor,
               std::shared_ptr<kept_call<Executor>> const& kept) {
    with_reserve([&] {
        boost::asio::post(executor, [kept] {
            with_reserve([&] { boost::asio::dispatch(kept->executor, [kept] { (*kept)(); }); },
                         [&] { return kept->is_called(); });
        });
    });
}

// Calls the handler on its executor, but never from within: posts to the client's executor first.
// (any_completion_executor can dispatch, not post.) The handler has no mark of its own elsewhere:
// async_close waits until it has returned and is destroyed.
template <class Handler, class... Outcome>
void post_delivery(boost::asio::any_io_executor const& executor, net::pending_count::mark expected,
                   Handler handler, Outcome... outcome) {
    auto own = associated_executor_of(handler, executor);
    auto call = [handler = std::move(handler), ... outcome = std::move(outcome)]() mutable {
        std::move(handler)(std::move(outcome)...);
    };
    using function = kept_function<decltype(call), decltype(own)>;
    post_kept<decltype(own)>(executor, with_reserve([&] {
                                 return std::make_shared<function>(std::move(call), std::move(own),
                                                                   std::move(expected));
                             }));
}

// The same for a handler that async_close does not wait for, or by a mark of its own.
template <class Handler, class... Outcome>
void post_completion(boost::asio::any_io_executor const& executor, Handler handler,
                     Outcome... outcome) {
    post_delivery(executor, net::pending_count::mark(), std::move(handler), std::move(outcome)...);
}

// The slot belongs to the code on the handler's executor, so it is cleared there.
template <class Handler>
auto clear_slot_first(Handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    return wrapped_handler(std::move(handler),
                           [slot]<class... Args>(Handler&& inner, Args&&... args) mutable {
                               slot.clear();
                               std::move(inner)(std::forward<Args>(args)...);
                           });
}

// Gives a handler of the library's own the executor and the cancellation slot of another one, which
// stays apart: what takes a handler may throw, and lose it.
template <class Of, class Handler>
auto bind_like(Of const& other, boost::asio::any_io_executor const& fallback, Handler handler) {
    return boost::asio::bind_executor(
        associated_executor_of(other, fallback),
        boost::asio::bind_cancellation_slot(boost::asio::get_associated_cancellation_slot(other),
                                            std::move(handler)));
}

// Calls `step()` on cancellation of any type, on the thread that cancels.
template <class Step>
void on_cancel(boost::asio::cancellation_slot slot, Step step) {
    if (slot.is_connected())
        slot.assign([step = std::move(step)](boost::asio::cancellation_type type) mutable {
            if (type != boost::asio::cancellation_type::none)
                step();
        });
}

// Cancels an operation. Its cancellation handler may throw, for want of memory or because it is the
// user's: then it goes on.
INTHELOOP_DECL void emit_guarded(boost::asio::cancellation_signal& signal,
                                 boost::asio::cancellation_type type) noexcept;

// Returns whether an executor is certainly this one.
template <class Executor>
bool is_same_executor(Executor const&, boost::asio::any_io_executor const&) {
    return false;
}
inline bool is_same_executor(boost::asio::any_io_executor const& own,
                             boost::asio::any_io_executor const& other) {
    return own == other;
}

// Keeps an executor busy, unless default-constructed. (Asio's work guard takes an old path for some
// executors, which a strand of any_io_executor lacks.)
template <class Executor>
class work_guard {
public:
    work_guard() {}
    explicit work_guard(Executor const& on)
        : tracked_(boost::asio::prefer(on, boost::asio::execution::outstanding_work.tracked)) {}

private:
    std::optional<std::decay_t<decltype(boost::asio::prefer(
        std::declval<Executor const&>(), boost::asio::execution::outstanding_work.tracked))>>
        tracked_;
};
template <class Executor>
    requires(!boost::asio::execution::is_executor<Executor>::value)
class work_guard<Executor> { // of the old executor model
public:
    work_guard() {}
    explicit work_guard(Executor const& on) : guard_(on) {}

private:
    std::optional<boost::asio::executor_work_guard<Executor>> guard_;
};
template <>
class work_guard<boost::asio::any_io_executor> {
public:
    work_guard() {}
    INTHELOOP_DECL explicit work_guard(boost::asio::any_io_executor const& on);

private:
    boost::asio::any_io_executor tracked_;
};

// Wraps a user's handler, and keeps its executor busy until it is called.
template <class Handler, class Then>
auto wrap_user_handler(Handler&& handler, boost::asio::any_io_executor const& fallback, Then then) {
    auto const own = associated_executor_of(handler, fallback);
    auto finish = [work = work_guard<std::remove_cv_t<decltype(own)>>(own),
                   then = std::move(then)](auto&& inner, auto&&... args) mutable {
        [[maybe_unused]] auto const at_work = std::move(work);
        std::move(then)(std::forward<decltype(inner)>(inner),
                        std::forward<decltype(args)>(args)...);
    };
    return wrapped_handler<std::decay_t<Handler>, decltype(finish)>(std::forward<Handler>(handler),
                                                                    std::move(finish));
}

} // namespace intheloop::detail

// The allocator of an erased handler lives in that handler, and Asio uses it once more after it has
// destroyed the handler from which it was taken: so a wrapper of an erased handler has no allocator
// of its own.
template <class Inner, class Then, class DefaultCandidate>
struct boost::asio::associator<boost::asio::associated_allocator,
                               intheloop::detail::wrapped_handler<Inner, Then>, DefaultCandidate> {
    using inner = boost::asio::associated_allocator<Inner, DefaultCandidate>;
    static constexpr bool is_erased =
        intheloop::detail::is_erased_allocator<typename inner::type>::value;
    using type = std::conditional_t<is_erased, DefaultCandidate, typename inner::type>;

    static type get(intheloop::detail::wrapped_handler<Inner, Then> const& h,
                    DefaultCandidate const& fallback = DefaultCandidate()) noexcept {
        if constexpr (is_erased)
            return fallback;
        else
            return inner::get(h.inner(), fallback);
    }
};

template <template <class, class> class Associator, class Inner, class Then, class DefaultCandidate>
struct boost::asio::associator<Associator, intheloop::detail::wrapped_handler<Inner, Then>,
                               DefaultCandidate> : Associator<Inner, DefaultCandidate> {
    static auto get(intheloop::detail::wrapped_handler<Inner, Then> const& h) noexcept {
        return Associator<Inner, DefaultCandidate>::get(h.inner());
    }
    static auto get(intheloop::detail::wrapped_handler<Inner, Then> const& h,
                    DefaultCandidate const& fallback) noexcept {
        return Associator<Inner, DefaultCandidate>::get(h.inner(), fallback);
    }
};

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/handler.ipp>
#endif

#endif
