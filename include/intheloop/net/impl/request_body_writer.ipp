// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_REQUEST_BODY_WRITER_IPP
#define INTHELOOP_NET_IMPL_REQUEST_BODY_WRITER_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL request_body_writer::request_body_writer(std::shared_ptr<byte_source> from,
                                                        std::optional<std::uint64_t> size)
    : source_(std::move(from)), size_(size), is_over_(size == 0u),
      source_runs_on_(client_executor(source_->get_executor())) {}

INTHELOOP_DECL bool request_body_writer::take(std::string& into) {
    bool begins_read = false;
    has_begun_ = true;
    into.clear();
    {
        std::lock_guard const lock(mutex_);
        if (failure_) {
            refused_ = std::move(failure_);
            return true;
        }
        if (!std::exchange(has_piece_, false)) {
            if (std::exchange(reads_, true))
                return false;
            begins_read = true;
        } else {
            into.swap(piece_);
        }
    }
    if (begins_read) {
        begin_read();
        return false;
    }
    refused_ = frame(into);
    return true;
}

INTHELOOP_DECL void request_body_writer::begin_read() {
    try {
        source_runs_on_.post([self = shared_from_this()] { self->read(); });
    } catch (...) {
        std::lock_guard const lock(mutex_);
        reads_ = false;
        throw;
    }
}

// Adds the framing to a piece, whose size is known only now.
INTHELOOP_DECL std::optional<error> request_body_writer::frame(std::string& into) {
    bool const ends = into.empty();
    taken_ += into.size();
    kept_.append(into, 0, std::min(into.size(), keep_ - kept_.size()));
    if (size_) {
        if (taken_ > *size_ || (ends && taken_ != *size_))
            return error(errc::invalid_request,
                         "the source of the body gives " +
                             std::string(ends ? std::to_string(taken_) : "more") + " bytes, and " +
                             std::to_string(*size_) + " were said");
        is_over_ = taken_ == *size_;
        return std::nullopt;
    }
    is_over_ = ends;
    std::array<char, 16> digits{};
    auto const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), into.size(), 16).ptr;
    std::string const head = std::string(digits.data(), end) + "\r\n";
    into.insert(0, head);
    into += "\r\n";
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> request_body_writer::take_failure() {
    return std::exchange(refused_, std::nullopt);
}

INTHELOOP_DECL void request_body_writer::read() {
    std::string* into = nullptr;
    {
        std::lock_guard const lock(mutex_);
        if (stopped_)
            return;
        into = &piece_;
    }
    auto ended = [self = shared_from_this()](std::optional<error> failure) {
        self->on_read(std::move(failure));
    };
    try {
        source_->async_read(
            *into, boost::asio::bind_executor(source_runs_on_, boost::asio::bind_cancellation_slot(
                                                                   end_read_.slot(), ended)));
    } catch (...) {
        errc const code = intheloop::detail::thrown_code(errc::invalid_request);
        on_read(error(code, code == errc::out_of_memory ? "" : thrown_by_source));
    }
}

INTHELOOP_DECL void request_body_writer::on_read(std::optional<error> failure) {
    {
        std::lock_guard const lock(mutex_);
        if (!std::exchange(reads_, false))
            return; // the source threw, and calls the handler nevertheless
        has_piece_ = !failure;
        failure_ = std::move(failure);
    }
    ready_();
}

INTHELOOP_DECL void request_body_writer::stop() noexcept {
    {
        std::lock_guard const lock(mutex_);
        if (std::exchange(stopped_, true) || !reads_)
            return;
    }
    try {
        source_runs_on_.post([self = shared_from_this()] { self->end_read(); });
    } catch (...) { // the read goes on to its end, and its piece is not taken
    }
}

INTHELOOP_DECL void request_body_writer::end_read() {
    {
        std::lock_guard const lock(mutex_);
        if (!reads_)
            return; // it has ended meanwhile
    }
    intheloop::detail::emit_guarded(end_read_, boost::asio::cancellation_type::terminal);
}

} // namespace intheloop::net

#endif
