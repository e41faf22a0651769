// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_SEND_IPP
#define INTHELOOP_NET_IMPL_SEND_IPP

#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>
#include <intheloop/net/detail/runtime.hpp>
#include <intheloop/net/detail/send.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace intheloop::net {

namespace detail {

// Runs a step on the strand, at once on this thread if possible, to save a turn of the context; but
// not from within the strand, where an observer or on_progress may be running. Steps run in the
// order of the calls. The runtime posts completions.
template <class Step>
void run_on(strand const& where, Step step) {
    if (where.running_in_this_thread())
        where.post(std::move(step));
    else
        where.begin(std::move(step));
}

// Makes a function for any thread that runs a step with a call on the strand, unless the call or
// the runtime is gone by then.
template <class Step>
auto later_with(std::shared_ptr<runtime> const& of, std::shared_ptr<call> const& which, Step step) {
    return of->bind_outside([which = std::weak_ptr(which), step] {
        if (auto const found = which.lock())
            step(*found);
    });
}

} // namespace detail

INTHELOOP_DECL std::shared_ptr<runtime> make_runtime(boost::asio::any_io_executor executor,
                                                     runtime_options options) {
    return runtime::make(std::move(executor), std::move(options));
}

INTHELOOP_DECL void async_send(std::shared_ptr<runtime> const& through, request&& request,
                               outcome_handler handler) {
    intheloop::detail::memory_reserve::fill(); // an earlier call may have used it
    auto const sink = request.sink;
    auto const body_writer = request.body_writer;
    bool const writes = body_writer && body_writer->claim();
    if (body_writer && !writes)
        request.before_sending = [](bool) {
            return error(errc::invalid_request,
                         "the source of the body belongs to a call that was begun before");
        };
    auto const begun = std::make_shared<call>(*through, std::move(request), std::move(handler));
    if (auto const slot = boost::asio::get_associated_cancellation_slot(begun->handler());
        slot.is_connected())
        intheloop::detail::on_cancel(slot, detail::later_with(through, begun, [](call& found) {
                                         found.cancel(errc::cancelled);
                                     }));
    if (sink)
        sink->start(
            detail::later_with(through, begun, [](call& found) { found.resume_reading(); }));
    if (writes)
        body_writer->start(
            detail::later_with(through, begun, [](call& found) { found.resume_sending(); }));
    // What begins the call may have a mark that ends before the step, where others wait for the
    // strand.
    detail::run_on(through->runs_on, through->bind([owner = through.get(), begun,
                                                    until_entered = through->expect_delivery()] {
        owner->add(begun);
    }));
}

INTHELOOP_DECL void set_token(std::shared_ptr<runtime> const& of, secret changed) {
    detail::run_on(of->runs_on, of->bind([owner = of.get(), changed = std::move(changed)] {
        owner->tokens.set(changed);
    }));
}

// Posted, since an observer may be told something in the step, and reload again.
INTHELOOP_DECL void reload_tls(std::shared_ptr<runtime> const& of) {
    std::lock_guard const lock(of->reloading_tls);
    auto changed = std::make_shared<tls_contexts>(of->options.tls);
    of->runs_on.post(
        of->bind([owner = of.get(), changed = std::move(changed)] { owner->use_tls(changed); }));
}

INTHELOOP_DECL void close(std::shared_ptr<runtime> const& closing) {
    detail::run_on(closing->runs_on,
                   closing->bind([owner = closing.get()] { owner->close(true); }));
}

INTHELOOP_DECL void async_close(std::shared_ptr<runtime> const& closing, close_handler handler,
                                std::function<void()> on_cancelled) {
    intheloop::detail::on_cancel(
        boost::asio::get_associated_cancellation_slot(handler),
        closing->bind_outside(
            [owner = closing.get(),
             also = std::make_shared<std::function<void()> const>(std::move(on_cancelled))] {
                owner->close(true);
                (*also)();
            }));
    detail::run_on(closing->runs_on, [closing, handler = std::move(handler)]() mutable {
        bool is_kept = false;
        closing->bind([&] {
            closing->close(handler);
            is_kept = true;
        })();
        if (!is_kept)
            throw std::bad_alloc();
    });
}

INTHELOOP_DECL std::shared_ptr<pending_count> deliveries_of(runtime const& of) {
    return of.deliveries();
}

INTHELOOP_DECL boost::asio::any_io_executor strand_of(runtime const& owner) {
    return owner.runs_on;
}

INTHELOOP_DECL std::string name_in_fleet(runtime const& of, std::string_view text) {
    return of.fleet() ? of.fleet()->name_of(text) : std::string();
}

INTHELOOP_DECL client_statistics statistics_of(runtime const& owner) {
    return owner.statistics();
}

INTHELOOP_DECL unsigned retry_budget_left(runtime const& owner, origin const& of) {
    return owner.retry_budget_left(of);
}

} // namespace intheloop::net

#include <intheloop/net/impl/attempt.ipp>
#include <intheloop/net/impl/call.ipp>
#include <intheloop/net/impl/call_attempt.ipp>
#include <intheloop/net/impl/call_end.ipp>
#include <intheloop/net/impl/call_events.ipp>
#include <intheloop/net/impl/call_hedge.ipp>
#include <intheloop/net/impl/call_interception.ipp>
#include <intheloop/net/impl/call_recording.ipp>
#include <intheloop/net/impl/call_time.ipp>
#include <intheloop/net/impl/connection.ipp>
#include <intheloop/net/impl/connector.ipp>
#include <intheloop/net/impl/name_lookup.ipp>
#include <intheloop/net/impl/pool.ipp>
#include <intheloop/net/impl/runtime.ipp>
#include <intheloop/net/impl/runtime_news.ipp>
#include <intheloop/net/impl/tls_stream.ipp>
#include <intheloop/net/impl/token_source.ipp>

#endif
