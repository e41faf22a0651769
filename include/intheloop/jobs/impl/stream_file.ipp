// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_STREAM_FILE_IPP
#define INTHELOOP_JOBS_IMPL_STREAM_FILE_IPP

#include <intheloop/base/detail/without_signal.hpp>
#include <intheloop/jobs/detail/stream_file.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::optional<error> stream_file::open() {
    std::lock_guard const lock(mutex_);
    file_ = file_descriptor(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file_)
        return std::nullopt;
    if (errno == ENXIO)
        return error(errc::file_failed, "nobody reads from the pipe " + path_);
    return file_failure("open", path_);
}

INTHELOOP_DECL void stream_file::start(std::function<void()> resume) noexcept {
    std::lock_guard const lock(mutex_);
    resume_ = std::move(resume);
}

INTHELOOP_DECL bool stream_file::is_full() noexcept {
    std::lock_guard const lock(mutex_);
    return !pending_.empty();
}

INTHELOOP_DECL std::optional<error> stream_file::write(std::string_view bytes) {
    std::lock_guard const lock(mutex_);
    bool const waits = !pending_.empty();
    pending_ += bytes;
    if (!failure_ && !waits && !write_now())
        wait_for_reader();
    return failure_;
}

// Returns whether nothing is pending.
INTHELOOP_DECL bool stream_file::write_now() {
    without_signal const quiet(SIGPIPE); // from a pipe whose reader has left
    std::string_view rest = pending_;
    while (!rest.empty()) {
        auto const written = ::write(file_.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EAGAIN)
            break;
        if (written < 0) {
            failure_ = file_failure("write", path_);
            rest = {};
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    pending_.erase(0, pending_.size() - rest.size());
    return pending_.empty();
}

INTHELOOP_DECL void stream_file::wait_for_reader() {
    if (!writable_) {
        int const twin = ::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0);
        if (twin < 0)
            return fail_to_wait({errno, boost::system::system_category()});
        boost::system::error_code failure;
        writable_.emplace(executor_).assign(twin, failure);
        if (failure) {
            ::close(twin);
            return fail_to_wait(failure);
        }
    }
    writable_->async_wait(boost::asio::posix::stream_descriptor::wait_write,
                          [weak = weak_from_this()](boost::system::error_code failure) {
                              if (auto const self = weak.lock())
                                  self->on_writable(failure);
                          });
}

INTHELOOP_DECL void stream_file::fail_to_wait(boost::system::error_code why) {
    failure_.emplace(errc::file_failed, "can't wait for " + path_ + ": " + why.message());
    pending_.clear();
}

INTHELOOP_DECL void stream_file::on_writable(boost::system::error_code failure) {
    std::function<void()> resume;
    std::optional<error> outcome;
    {
        std::lock_guard const lock(mutex_);
        if (!file_)
            return; // given up
        if (failure) {
            fail_to_wait(failure);
        } else if (!write_now()) {
            return wait_for_reader();
        }
        resume = resume_;
        outcome = failure_;
    }
    if (resume)
        resume();
    end_drain(std::move(outcome));
}

// With another clock, the timer only keeps the handler and the context busy.
INTHELOOP_DECL void stream_file::async_drain(std::shared_ptr<time_source> const& time,
                                             std::chrono::milliseconds limit, handler then) {
    on_cancel(boost::asio::get_associated_cancellation_slot(then), [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->end_drain(error(errc::cancelled, {}));
    });
    auto const end_late = [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->end_drain(error(errc::deadline_exceeded, {}));
    };
    auto const kept = std::make_shared<std::optional<handler>>(std::move(then));
    auto const at = policy::later(steady_now(time), limit);
    std::optional<error> outcome;
    {
        std::lock_guard const lock(mutex_);
        if (!pending_.empty() && !is_client_closed_) {
            pending_wait elsewhere;
            if (time)
                elsewhere = {time, time->begin_wait(at, [on = executor_, end_late] {
                                 boost::asio::post(on, end_late);
                             })};
            limit_.emplace(executor_, time ? policy::clock::time_point::max() : at);
            limit_->async_wait([kept, end_late](boost::system::error_code stopped) {
                if (!stopped)
                    end_late();
            });
            draining_ = kept;
            elsewhere_ = std::move(elsewhere);
            return;
        }
        if (pending_.empty())
            outcome = failure_;
        else
            outcome.emplace(errc::client_closed, std::string());
    }
    post_completion(executor_, clear_slot_first(std::move(**kept)), std::move(outcome));
}

INTHELOOP_DECL void stream_file::on_client_closed() {
    {
        std::lock_guard const lock(mutex_);
        is_client_closed_ = true;
    }
    end_drain(error(errc::client_closed, {}));
}

INTHELOOP_DECL void stream_file::end_drain(std::optional<error> outcome) {
    std::optional<handler> then;
    {
        std::lock_guard const lock(mutex_);
        auto const kept = draining_.lock();
        if (!kept || !*kept)
            return;
        then.swap(*kept);
        limit_.reset();
        elsewhere_ = pending_wait();
    }
    post_completion(executor_, clear_slot_first(std::move(*then)), std::move(outcome));
}

INTHELOOP_DECL std::optional<error> stream_file::commit() {
    std::lock_guard const lock(mutex_);
    writable_.reset();
    if (failure_)
        return failure_;
    return file_.close() ? std::nullopt : std::optional(file_failure("close", path_));
}

INTHELOOP_DECL void stream_file::abandon() noexcept {
    std::lock_guard const lock(mutex_);
    writable_.reset();
    file_ = file_descriptor();
    pending_.clear();
}

} // namespace intheloop::detail

#endif
