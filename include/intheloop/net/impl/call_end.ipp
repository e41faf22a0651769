// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_END_IPP
#define INTHELOOP_NET_IMPL_CALL_END_IPP

// Ends a call, and hands its outcome over.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL void call::end() {
    if (is_second())
        return end_second();
    if (hedging_) {
        drop_second();
        record_first();
    }
    outcome_.verdict = plan_.verdict();
    pause_others();
    if (outcome_.verdict == retry_verdict::done)
        limits_->budget.give(plan_.refund());
    outcome_.attempts += plan_.attempts();
    outcome_.earlier_attempts = std::move(plan_.earlier());
    outcome_.context = std::move(request_.context);
    owner_.keep_memory(std::move(request_.bytes));
    interception_.reset();
    owner_.timers.cancel(*this);
    owner_.end(*this);
}

INTHELOOP_DECL void call::note_progress(request_progress of_last) noexcept {
    outcome_.progress = std::max(unrecorded_, policy::furthest_progress(plan_.earlier(), of_last));
}

INTHELOOP_DECL void call::give_up(errc why) noexcept {
    if (plan_.waits_for() != state::over)
        note_progress(plan_.is_sent()                      ? attempt_.progress()
                      : plan_.waits_for() != state::review ? request_progress::not_sent
                      : interception_                      ? interception_->ended.progress
                                                           : outcome_.progress);
    if (attempt_.is_running())
        attempt_.stop();
    stop_interceptor();
    forget();
    plan_.give_up(outcome_.progress);
    count_as(plan_.waits_for()); // a clock of the user's may throw
    given_up_ = why;
    outcome_.failure.reset();
    outcome_.verdict = plan_.verdict();
    outcome_.attempts = plan_.attempts();
    outcome_.earlier_attempts = std::move(plan_.earlier());
    if (outcome_.context.endpoint == nullptr) // else end() has got so far
        outcome_.context = std::move(request_.context);
    if (!is_second())
        hedging_.reset();
}

INTHELOOP_DECL void call::forget() noexcept {
    attempt_.forget();
    interception_.reset();
    owner_.timers.cancel(*this);
    connection_.reset();
    pool_ = nullptr;
    holds_permit_ = is_deferred_ = false;
}

// The handler must not run on the client's strand: it might delay all other calls, their deadlines
// and their cancellation. By then the runtime may be destroyed.
INTHELOOP_DECL void call::deliver() {
    using intheloop::detail::with_reserve;
    if (is_second()) // its call is told
        return;
    delivery_ = owner_.expect_delivery();
    if (request_.completes_here)
        return with_reserve([this] {
            owner_.runs_on.inner().post(
                [self = shared_from_this(), until_begun = owner_.expect_hand_over()] {
                    self->hand_over();
                });
        });
    runs_on_.emplace(intheloop::detail::associated_executor_of(handler_, owner_.executor));
    with_reserve([this] {
        owner_.runs_on.inner().post(
            [self = shared_from_this(), until_begun = owner_.expect_hand_over()] {
                auto const own = *std::exchange(self->runs_on_, std::nullopt);
                with_reserve([&] { boost::asio::dispatch(own, [self] { self->hand_over(); }); },
                             [&] { return self->is_handed_over_; });
            });
    });
}

// The slot belongs to the code on the handler's executor, so it is cleared there.
INTHELOOP_DECL void call::hand_over() {
    if (given_up_)
        outcome_.failure = intheloop::detail::with_reserve([this] {
            return std::make_unique<error>(
                *given_up_,
                *given_up_ == errc::out_of_memory
                    ? ""
                    : "a part of the program that the client called threw an exception");
        });
    auto const until_returned = std::move(delivery_);
    is_handed_over_ = true;
    boost::asio::get_associated_cancellation_slot(handler_).clear();
    std::move(handler_)(std::move(outcome_));
}

} // namespace intheloop::net

#endif
