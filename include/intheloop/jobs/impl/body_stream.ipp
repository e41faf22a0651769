// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_BODY_STREAM_IPP
#define INTHELOOP_JOBS_IMPL_BODY_STREAM_IPP

#include <intheloop/jobs/detail/body_stream.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::optional<error> body_pipe::write(std::string_view bytes) {
    std::function<void()> wake;
    {
        std::lock_guard const lock(mutex_);
        if (closed_)
            return error(errc::cancelled, {});
        bytes_ += bytes;
        wake = std::exchange(wake_, nullptr);
    }
    if (wake)
        wake();
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> body_pipe::rewind() {
    return error(errc::file_changed, "after a part of it was read");
}

INTHELOOP_DECL void body_pipe::start(std::function<void()> resume) {
    std::lock_guard const lock(mutex_);
    resume_ = std::move(resume);
}

INTHELOOP_DECL bool body_pipe::is_full() {
    std::lock_guard const lock(mutex_);
    return bytes_.size() >= capacity && !closed_;
}

INTHELOOP_DECL void body_pipe::close() {
    std::function<void()> resume;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        resume = resume_;
    }
    if (resume)
        resume();
}

INTHELOOP_DECL bool body_pipe::take(std::string& into, std::function<void()> wake) {
    std::function<void()> resume;
    into.clear();
    {
        std::lock_guard const lock(mutex_);
        if (bytes_.empty()) {
            wake_ = std::move(wake);
            return false;
        }
        if (bytes_.size() >= capacity)
            resume = resume_;
        bytes_.swap(into);
    }
    if (resume)
        resume();
    return true;
}

INTHELOOP_DECL body_stream::body_stream(std::shared_ptr<client_core> const& core, starter start)
    : executor_(core->executor), runs_on_(boost::asio::make_strand(executor_)), core_(core),
      start_(std::move(start)) {}

INTHELOOP_DECL void body_stream::async_read(std::string& into, byte_source::read_handler handler) {
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected())
        slot.assign([weak = weak_from_this()](boost::asio::cancellation_type type) {
            auto const self = weak.lock();
            if (self && type != boost::asio::cancellation_type::none)
                boost::asio::post(self->runs_on_, [self] { self->cancel(); });
        });
    boost::asio::post(runs_on_, [self = shared_from_this(),
                                 waiting = reader(into, std::move(handler))]() mutable {
        self->read(std::move(waiting));
    });
}

INTHELOOP_DECL void body_stream::close() {
    boost::asio::post(runs_on_, [self = shared_from_this()] { self->cancel(); });
}

INTHELOOP_DECL void body_stream::read(reader asking) {
    if (!begun_ && !cancelled_)
        begin();
    if (!answer(asking))
        waiting_.lock()->emplace(std::move(asking)); // not ended, so the download is under way
}

INTHELOOP_DECL void body_stream::begin() {
    begun_ = true;
    auto const core = core_.lock();
    if (!core)
        return on_ended(error(errc::client_closed, {}));
    auto const waiting = std::make_shared<std::optional<reader>>();
    waiting_ = waiting;
    auto ended = [self = shared_from_this(), waiting](std::optional<error> failure) {
        self->on_ended(std::move(failure));
    };
    auto const start = std::exchange(start_, nullptr);
    start(core, pipe_,
          boost::asio::bind_executor(runs_on_,
                                     boost::asio::bind_cancellation_slot(stop_.slot(), ended)));
}

// Gives what there is, if there is anything to be said.
INTHELOOP_DECL bool body_stream::answer(reader& asking) {
    std::optional<error> failure;
    auto wake = [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            boost::asio::post(self->runs_on_, [self] { self->serve(); });
    };
    if (cancelled_) {
        asking.into->clear();
        failure.emplace(errc::cancelled, std::string());
    } else if (!pipe_->take(*asking.into, std::move(wake))) {
        if (!ended_)
            return false;
        failure = failure_;
    }
    post_completion(get_executor(), clear_slot_first(std::move(asking.handler)),
                    std::move(failure));
    return true;
}

INTHELOOP_DECL void body_stream::serve() {
    auto const waiting = waiting_.lock();
    if (waiting && *waiting && answer(**waiting))
        waiting->reset();
}

INTHELOOP_DECL void body_stream::on_ended(std::optional<error> failure) {
    ended_ = true;
    failure_ = std::move(failure);
    serve();
}

// What was not read by then is not read any more.
INTHELOOP_DECL void body_stream::cancel() {
    cancelled_ = true;
    serve();
    pipe_->close();
    if (begun_ && !ended_)
        stop_.emit(boost::asio::cancellation_type::terminal);
}

} // namespace intheloop::detail

#endif
