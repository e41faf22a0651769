// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TRANSPORT_IPP
#define INTHELOOP_NET_IMPL_TRANSPORT_IPP

#include <intheloop/net/detail/engine.hpp>
#include <intheloop/net/detail/exchange.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>
#include <intheloop/net/detail/transport.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace intheloop::net {

namespace detail {

// At once on this thread if that can be, so that nothing waits for another turn of the context; but
// not within what the strand does already, of which an observer or on_progress may be a part. One
// after the other in the order of the calls. What completes is posted, by the engine.
template <class Step>
void run_on(strand const& where, Step step) {
    if (where.running_in_this_thread())
        boost::asio::post(where, std::move(step));
    else
        boost::asio::dispatch(where, std::move(step));
}

} // namespace detail

INTHELOOP_DECL transport::transport(boost::asio::any_io_executor executor,
                                    transport_options options)
    : engine_(engine::make(std::move(executor), std::move(options))) {}

INTHELOOP_DECL transport::transport(transport const& open, already_closed)
    : engine_(open.engine_), is_closed_(true) {}

INTHELOOP_DECL transport::~transport() {
    close();
}

INTHELOOP_DECL boost::asio::any_io_executor const& transport::get_executor() const noexcept {
    return engine_->executor;
}

INTHELOOP_DECL boost::asio::any_io_executor transport::get_strand() const {
    return engine_->runs_on;
}

INTHELOOP_DECL void transport::async_exchange(exchange_request&& request,
                                              exchange_handler handler) {
    request.client_is_closed = is_closed_;
    auto const sink = request.sink;
    auto const feed = request.feed;
    bool const feeds = feed && feed->claim();
    if (feed && !feeds)
        request.before_sending = [] {
            return error(errc::invalid_request,
                         "the source of the body belongs to a call that was begun before");
        };
    auto const call = std::make_shared<exchange>(*engine_, std::move(request), std::move(handler));
    if (auto slot = boost::asio::get_associated_cancellation_slot(call->handler());
        slot.is_connected())
        slot.assign([engine = std::weak_ptr(engine_),
                     weak = std::weak_ptr(call)](boost::asio::cancellation_type type) {
            auto const alive = engine.lock();
            if (alive && type != boost::asio::cancellation_type::none)
                boost::asio::post(alive->runs_on, alive->bind([weak] {
                    if (auto const cancelled = weak.lock())
                        cancelled->cancel(errc::cancelled);
                }));
        });
    auto const resume = [this, &call](void (exchange::*go_on)()) {
        return [engine = std::weak_ptr(engine_), weak = std::weak_ptr(call), go_on] {
            if (auto const alive = engine.lock())
                boost::asio::post(alive->runs_on, alive->bind([weak, go_on] {
                    if (auto const paused = weak.lock())
                        ((*paused).*go_on)();
                }));
        };
    };
    if (sink)
        sink->start(resume(&exchange::resume_reading));
    if (feeds)
        feed->start(resume(&exchange::resume_sending));
    detail::run_on(engine_->runs_on,
                   engine_->bind([engine = engine_.get(), call] { engine->add(call); }));
}

INTHELOOP_DECL void transport::set_token(secret changed) {
    if (is_closed_)
        return;
    detail::run_on(engine_->runs_on,
                   engine_->bind([engine = engine_.get(), changed = std::move(changed)] {
                       engine->tokens.set(changed);
                   }));
}

INTHELOOP_DECL void transport::close() {
    if (is_closed_)
        return;
    detail::run_on(engine_->runs_on,
                   engine_->bind([engine = engine_.get()] { engine->close(true); }));
}

INTHELOOP_DECL void transport::async_close(close_handler handler) {
    if (is_closed_)
        return intheloop::detail::post_completion(engine_->executor, std::move(handler));
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected())
        slot.assign([engine = std::weak_ptr(engine_)](boost::asio::cancellation_type type) {
            auto const alive = engine.lock();
            if (alive && type != boost::asio::cancellation_type::none)
                boost::asio::post(alive->runs_on,
                                  alive->bind([e = alive.get()] { e->close(true); }));
        });
    detail::run_on(engine_->runs_on, [engine = engine_, handler = std::move(handler)]() mutable {
        engine->bind([&] { engine->close(std::move(handler)); })();
    });
}

INTHELOOP_DECL client_statistics transport::statistics() const {
    return engine_->statistics();
}

} // namespace intheloop::net

#include <intheloop/net/impl/attempt.ipp>
#include <intheloop/net/impl/connection.ipp>
#include <intheloop/net/impl/connector.ipp>
#include <intheloop/net/impl/engine.ipp>
#include <intheloop/net/impl/exchange.ipp>
#include <intheloop/net/impl/exchange_events.ipp>
#include <intheloop/net/impl/exchange_recording.ipp>
#include <intheloop/net/impl/pool.ipp>
#include <intheloop/net/impl/tls_stream.ipp>
#include <intheloop/net/impl/token_source.ipp>

#endif
