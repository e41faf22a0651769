// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_RANGE_RUN_END_IPP
#define INTHELOOP_JOBS_IMPL_RANGE_RUN_END_IPP

// The end of a range_run: it stops what is under way, then commits the file or goes on in one
// stream, and tells the user's handler.
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/jobs/detail/download_run.hpp>
#include <intheloop/jobs/detail/range_run.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>

#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL void range_run::fail(error why) {
    if (!has_ended_)
        failure_.emplace(std::move(why));
    end();
}

INTHELOOP_DECL void range_run::end() {
    if (!std::exchange(has_ended_, true)) {
        emit_guarded(stop_address_, boost::asio::cancellation_type::terminal);
        for (stream& one : streams_) {
            timers_.cancel(one);
            if (one.is_busy)
                emit_guarded(one.stop, boost::asio::cancellation_type::terminal);
        }
        timers_.stop();
    }
    end_if_quiet();
}

// Goes on with the user's handler where that runs: a disk that is flushed holds up no other call.
INTHELOOP_DECL void range_run::end_if_quiet() {
    if (under_way_ != 0 || std::exchange(is_told_, true))
        return;
    if (falls_back_)
        at_work_ = net::context_work(executor_);
    auto then = [self = shared_from_this()](download_handler&& inner) {
        self->finish(std::move(inner));
    };
    post_delivery(executor_, deliveries_->add(),
                  wrapped_handler(std::move(*handler_), std::move(then)));
}

INTHELOOP_DECL void range_run::finish(download_handler handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    slot.clear();
    auto const core = core_.lock();
    if (!failure_ && falls_back_ && core && !is_cancelled_)
        return go_on_in_one_stream(core, std::move(handler));
    std::optional<result<download_summary>> told;
    try {
        told.emplace(make_result());
    } catch (...) {
        file_->abandon();
        told.emplace(error(thrown_code(), {}));
    }
    at_work_ = {}; // the client's context may be gone when the handler has returned
    std::move(handler)(std::move(*told));
}

// Keeps the handler aside: a step that fails loses the one that it has.
INTHELOOP_DECL void range_run::go_on_in_one_stream(std::shared_ptr<client_core> const& core,
                                                   download_handler handler) {
    handler_.emplace(std::move(handler));
    try {
        file_->abandon();
        in_one_stream_.started = started_;
        in_one_stream_.earlier_attempts = attempts_;
        in_one_stream_.options.on_progress = std::move(progress_.on_progress);
        auto call = [self = shared_from_this()](result<download_summary> outcome) {
            self->tell(std::move(outcome));
        };
        start_download(core, std::move(in_one_stream_),
                       bind_like(*handler_, executor_, std::move(call)));
    } catch (...) {
        error why(thrown_code(), {});
        why.endpoint = download_endpoint.description;
        tell(address_.ended(std::move(why), 0, attempts_));
    }
}

INTHELOOP_DECL void range_run::tell(result<download_summary> outcome) {
    if (!handler_)
        return;
    download_handler called = std::move(*handler_);
    handler_.reset();
    at_work_ = {};
    clear_slot_first(std::move(called))(std::move(outcome));
}

INTHELOOP_DECL result<download_summary> range_run::make_result() {
    if (!failure_ && falls_back_)
        failure_ =
            address_.complete(error(is_cancelled_ ? errc::cancelled : errc::client_closed, {}));
    if (!last_)
        last_.emplace();
    if (!failure_)
        if (auto failure = file_->commit())
            failure_ = address_.complete(*last_, std::move(*failure));
    if (!failure_) {
        response<download_summary> done;
        done.value.bytes = plan_.size();
        done.value.content_type = std::move(content_type_);
        done.value.breaks = breaks_;
        done.value.lost = lost_;
        complete_info(*settings_, *last_, done);
        done.attempts = attempts_;
        done.elapsed = elapsed_since(*settings_, started_);
        return done;
    }
    if (has_file_ && !must_discard_) // if that fails, the next download finds less of the file
        static_cast<void>(file_->note_ranges(plan_.part()));
    file_->abandon();
    if (failure_->endpoint.empty())
        failure_->endpoint = download_endpoint.description;
    return address_.ended(std::move(*failure_), plan_.size(), attempts_);
}

} // namespace intheloop::detail

#endif
