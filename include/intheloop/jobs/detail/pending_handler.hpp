// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_PENDING_HANDLER_HPP
#define INTHELOOP_JOBS_DETAIL_PENDING_HANDLER_HPP

// A completion handler that is kept until its operation has an outcome.

#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/pending_count.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>

#include <utility>

namespace intheloop::detail {

template <class Outcome>
class pending_handler {
public:
    using outcome_type = Outcome;
    using handler_type = boost::asio::any_completion_handler<void(Outcome)>;

    explicit pending_handler(handler_type handler) : handler_(std::move(handler)) {}

    // Calls the handler on its associated executor, never from within. Keeps the mark until the
    // handler has returned. Call it once only.
    void tell(boost::asio::any_io_executor const& executor, net::pending_count::mark expected,
              Outcome outcome) {
        post_delivery(executor, std::move(expected), clear_slot_first(std::move(handler_)),
                      std::move(outcome));
    }

    void tell_copy(boost::asio::any_io_executor const& executor, net::pending_count::mark expected,
                   Outcome const& outcome) {
        tell(executor, std::move(expected), with_reserve([&] { return outcome; }));
    }

    // Calls `then()` when the handler is cancelled, with any type, on the thread that cancels it.
    // Call it before the object is shared with other threads.
    template <class Then>
    void on_cancel(Then then) {
        detail::on_cancel(boost::asio::get_associated_cancellation_slot(handler_), std::move(then));
    }

private:
    handler_type handler_;
};

} // namespace intheloop::detail

#endif
