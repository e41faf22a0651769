// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_BODY_STREAM_IPP
#define INTHELOOP_JOBS_IMPL_BODY_STREAM_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/jobs/detail/body_stream.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <new>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL body_stream::body_stream(std::shared_ptr<client_core> const& core)
    : executor_(core->executor), strand_(core->strand()), core_(core),
      deliveries_(core->deliveries()) {}

INTHELOOP_DECL void body_stream::start(std::function<void()> resume) noexcept {
    std::lock_guard const lock(mutex_);
    resume_ = std::move(resume);
}

INTHELOOP_DECL std::optional<error> body_stream::write(std::string_view bytes) {
    {
        std::lock_guard const lock(mutex_);
        if (state_ == state::closed)
            return error(errc::cancelled, {});
        bytes_ += bytes;
    }
    serve_or_note();
    return std::nullopt;
}

INTHELOOP_DECL bool body_stream::is_full() noexcept {
    std::lock_guard const lock(mutex_);
    return bytes_.size() >= capacity;
}

INTHELOOP_DECL void body_stream::async_read(std::string& into, byte_source::read_handler handler) {
    on_cancel(boost::asio::get_associated_cancellation_slot(handler), [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->stop();
    });
    waiting_reader waiting;
    bool begins = false;
    {
        std::lock_guard const lock(mutex_);
        waiting = waiting_.lock();
        if (!waiting)
            waiting_ = waiting = std::make_shared<std::optional<reader>>();
        waiting->emplace(into, std::move(handler));
        begins = state_ == state::idle;
        if (begins)
            state_ = state::under_way;
    }
    if (!begins)
        return serve();
    try {
        strand_.post([self = shared_from_this(), waiting, until_begun = deliveries_->add()] {
            self->begin_fetch(waiting);
        });
    } catch (...) {
        std::lock_guard const lock(mutex_);
        if (state_ == state::under_way) // else it was closed meanwhile
            state_ = state::idle;
        throw;
    }
}

INTHELOOP_DECL void body_stream::begin_fetch(waiting_reader const& waiting) {
    {
        std::lock_guard const lock(mutex_);
        if (state_ == state::closed)
            return;
    }
    auto const core = core_.lock();
    if (!core)
        return on_ended(error(errc::client_closed, {}));
    auto ended = [self = shared_from_this(), waiting](std::optional<error> failure) {
        self->on_ended(std::move(failure));
    };
    try {
        fetch(core, boost::asio::bind_executor(strand_.get(), boost::asio::bind_cancellation_slot(
                                                                  stop_.slot(), std::move(ended))));
    } catch (...) {
        on_ended(error(thrown_code(), {}));
    }
}

INTHELOOP_DECL void body_stream::on_ended(std::optional<error> failure) {
    {
        std::lock_guard const lock(mutex_);
        if (state_ != state::closed) {
            state_ = state::ended;
            failure_ = std::move(failure);
        }
        if (std::exchange(is_reader_lost_, false))
            throw std::bad_alloc();
    }
    serve();
}

INTHELOOP_DECL void body_stream::close() noexcept {
    try {
        stop();
    } catch (...) { // without memory the transfer goes on to its next byte
    }
}

// Drops the bytes that are not read yet.
INTHELOOP_DECL void body_stream::stop() {
    bool was_under_way = false;
    {
        std::lock_guard const lock(mutex_);
        was_under_way = std::exchange(state_, state::closed) == state::under_way;
    }
    serve_or_note();
    if (was_under_way)
        strand_.post([self = shared_from_this()] {
            self->stop_.emit(boost::asio::cancellation_type::terminal);
        });
}

// Serves where somebody else may take the exception: then the end of the transfer throws it too.
INTHELOOP_DECL void body_stream::serve_or_note() {
    try {
        serve();
    } catch (...) {
        std::lock_guard const lock(mutex_);
        is_reader_lost_ = true;
        throw;
    }
}

// Completes the pending read, if there is one and there are bytes, a failure or the end.
INTHELOOP_DECL void body_stream::serve() {
    waiting_reader waiting;
    std::optional<reader> told;
    std::optional<error> failure;
    std::function<void()> resume;
    {
        std::lock_guard const lock(mutex_);
        waiting = waiting_.lock();
        if (!waiting || !*waiting || (state_ == state::under_way && bytes_.empty()))
            return;
        std::string& into = *(*waiting)->into;
        into.clear();
        if (state_ == state::closed) {
            failure.emplace(errc::cancelled, std::string());
        } else if (bytes_.empty()) {
            failure = with_reserve([this] { return failure_; });
        } else {
            if (bytes_.size() >= capacity)
                resume = with_reserve([this] { return resume_; });
            bytes_.swap(into);
        }
        told.emplace(std::move(**waiting));
        waiting->reset();
    }
    post_delivery(executor_.get(), deliveries_->add(), clear_slot_first(std::move(told->handler)),
                  std::move(failure));
    if (resume)
        resume();
}

} // namespace intheloop::detail

#endif
