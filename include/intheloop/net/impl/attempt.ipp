// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_ATTEMPT_IPP
#define INTHELOOP_NET_IMPL_ATTEMPT_IPP

#include <intheloop/net/detail/attempt.hpp>
#include <intheloop/net/detail/call.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include <new>
#include <string>
#include <utility>

namespace intheloop::net {

// Makes a handler for an operation of this attempt: it does nothing after the attempt has ended.
template <class Step>
auto attempt::guarded(Step step) {
    return owner_.owner().bind([
        this, owner = owner_.shared_from_this(), epoch = epoch_, step = std::move(step)
    ]<class... Args>(Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
        if (epoch == epoch_)
            step(args...);
    });
}

INTHELOOP_DECL void attempt::start(std::shared_ptr<connection> on, request const& request,
                                   codec::encoded_response& response,
                                   policy::clock::time_point now) {
    ++epoch_;
    connection_ = std::move(on);
    request_ = &request;
    response_ = &response;
    parser_.emplace(response, request.limits, request.sink.get());
    written_ = 0;
    piece_.clear();
    awaits_piece_ = false;
    interim_responses_ = 0;
    paused_ = false;
    write_failed_ = false;
    running_ = true;
    usable_ = false;
    progress_ = request_progress::partly_sent; // unknown how much of it leaves
    last_progress_ = now;
    if (auto const& slow = request.rules.limits.slow_transfer; slow.bytes_per_second != 0)
        watch_.emplace(slow, now);
    mark_io();
    write();
    read();
}

INTHELOOP_DECL void attempt::stop() noexcept {
    forget();
    paused_ = false;
    awaits_piece_ = false;
    if (request_ && request_->body_writer && request_->body_writer->has_begun())
        request_->body_writer->stop();
    io_.end();
    body_size_ = parser_ ? parser_->body_size() : 0;
    gave_to_sink_ = parser_ && parser_->gave_to_sink();
    parser_.reset();
    watch_.reset();
    connection_.reset();
}

INTHELOOP_DECL policy::clock::time_point attempt::now() const {
    return owner_.owner().timers.now();
}

INTHELOOP_DECL void attempt::mark_io() {
    if (auto const& time = owner_.owner().options.time)
        io_ = {time, connection_->id()};
}

INTHELOOP_DECL void attempt::note_progress(io_progress const& made) {
    if (!made.has_moved)
        return;
    last_progress_ = owner_.owner().now();
    io_.progress();
}

// Called when bytes have moved, or when somebody else is awaited: the service that works on its
// response, and a full sink or a slow source of this program, make no transfer slow.
INTHELOOP_DECL void attempt::measure(std::size_t moved) {
    if (!watch_)
        return;
    auto const now = owner_.owner().now();
    watch_->add(moved, now);
    bool const is_sending = !is_all_sent() && !write_failed_;
    bool const runs = !paused_ && !awaits_piece_ && (is_sending || parser_->got_some());
    if (runs == watch_->runs())
        return;
    watch_->run(runs, now);
    owner_.on_transfer_changed();
}

// Writes that don't wait need no handler; a long request is sent one record per turn.
INTHELOOP_DECL void attempt::write() {
    if (!has_something_to_write() && !request_->body_writer->is_over() && !take_piece())
        return;
    bool const of_head = written_ != request_->bytes.size();
    io_progress made;
    if (has_something_to_write())
        made = connection_->write_some(of_head ? boost::asio::buffer(request_->bytes) + written_
                                               : boost::asio::buffer(std::as_const(piece_)) +
                                                     piece_written_);
    if (made.error)
        return on_write_failed(made.error);
    note_progress(made);
    (of_head ? written_ : piece_written_) += made.size;
    if (piece_written_ == piece_.size()) {
        piece_.clear();
        piece_written_ = 0;
    }
    measure(made.size);
    if (is_all_sent()) {
        if (progress_ == request_progress::partly_sent)
            progress_ = request_progress::sent;
        return;
    }
    if (!has_something_to_write() && !take_piece())
        return;
    connection_->async_wait(
        made.wait_for.value_or(socket::wait_write),
        guarded([this](error_code ec) { return ec ? on_write_failed(ec) : write(); }));
}

INTHELOOP_DECL bool attempt::has_something_to_write() const {
    return written_ != request_->bytes.size() || !piece_.empty();
}

// Takes the next piece of a streamed body; returns false if there is none yet, or the source
// failed.
INTHELOOP_DECL bool attempt::take_piece() {
    awaits_piece_ = !request_->body_writer->take(piece_);
    measure(0);
    if (awaits_piece_) {
        io_.end();
        return false;
    }
    auto failure = request_->body_writer->take_failure();
    if (failure) // not from within: the caller still uses the attempt
        owner_.owner().runs_on.post(guarded([this, why = std::move(*failure)] { end(why); }));
    return !failure;
}

INTHELOOP_DECL void attempt::resume_sending() {
    if (!running_ || !awaits_piece_)
        return;
    last_progress_ = owner_.owner().now();
    if (!take_piece())
        return;
    mark_io();
    write();
}

// A peer that accepts no more may have sent the reason: the response shows it.
INTHELOOP_DECL void attempt::on_write_failed(error_code ec) {
    write_failed_ = true;
    measure(0);
    if (ec.category() == boost::asio::error::get_ssl_category()) // not from within start()
        owner_.owner().runs_on.post(guarded([this, ec] { on_broken(ec); }));
}

INTHELOOP_DECL void attempt::read() {
    if (connection_->has_pending()) // the socket does not know of it
        read_in_another_turn();
    else
        wait_to_read(socket::wait_read);
}

INTHELOOP_DECL void attempt::wait_to_read(socket::wait_type type) {
    connection_->async_wait(type, guarded([this](error_code ec) {
                                if (ec)
                                    on_broken(ec);
                                else
                                    on_readable();
                            }));
}

INTHELOOP_DECL void attempt::read_in_another_turn() {
    owner_.owner().runs_on.post(guarded([this] { on_readable(); }));
}

INTHELOOP_DECL void attempt::on_readable() {
    constexpr unsigned reads_in_a_turn = 8; // so that a long response does not delay other calls
    lent_read_memory const lent(owner_.owner().read_memory, connection_);
    for (unsigned i = 0; i != reads_in_a_turn; ++i) {
        auto const made = connection_->read_some();
        note_progress(made);
        if (made.wait_for)
            return wait_to_read(*made.wait_for);
        if (!on_read(made.error, made.size))
            return;
    }
    read_in_another_turn();
}

INTHELOOP_DECL void attempt::resume() {
    if (!running_ || !paused_)
        return;
    last_progress_ = owner_.owner().now();
    if (pauses())
        return;
    mark_io();
    on_readable();
}

INTHELOOP_DECL bool attempt::pauses() {
    paused_ = request_->sink && request_->sink->is_full();
    measure(0);
    if (paused_)
        io_.end();
    return paused_;
}

// Returns whether to go on reading.
INTHELOOP_DECL bool attempt::on_read(error_code ec, std::size_t size) {
    if (size != 0) {
        progress_ = request_progress::response_begun;
        try {
            if (!parse())
                return false;
        } catch (std::bad_alloc const&) {
            end(error(errc::response_too_large, "there is no memory for the answer"));
            return false;
        }
        measure(size);
    }
    if (parser_->is_done())
        finish();
    else if (!ec)
        return !pauses();
    else if (ec == boost::asio::error::eof)
        on_end_of_stream();
    else
        on_broken(ec);
    return false;
}

// After an early response the rest of a long request is not sent, and the connection is closed.
INTHELOOP_DECL void attempt::finish() {
    usable_ = parser_->keep_alive() && connection_->buffer.size() == 0 && is_all_sent();
    end(std::nullopt);
}

// Feeds the bytes read to the parser; returns false if that ended the attempt.
INTHELOOP_DECL bool attempt::parse() {
    auto& buffer = connection_->buffer;
    while (buffer.size() != 0 && !parser_->is_done()) {
        error_code ec;
        buffer.consume(parser_->put(buffer.cdata(), ec));
        if (ec == boost::beast::http::error::need_more) {
            // The parser does not limit chunk extensions and trailers.
            if (buffer.size() <= request_->limits.max_header_size + connection::read_size)
                return true;
            ec = boost::beast::http::error::header_limit;
        }
        if (auto stopped = parser_->take_failure()) {
            end(std::move(*stopped));
            return false;
        }
        if (ec) {
            end(error(errc::invalid_http, ec.message()));
            return false;
        }
        if (parser_->is_done() && response_->status < 100) {
            end(error(errc::invalid_http, "a status below 100"));
            return false;
        }
        if (parser_->is_done() && response_->status < 200 && !accept_interim())
            return false;
    }
    return true;
}

// Skips an interim response.
INTHELOOP_DECL bool attempt::accept_interim() {
    if (response_->status == 101) {
        end(error(errc::invalid_http, "the server switched protocols, which was not asked for"));
        return false;
    }
    if (++interim_responses_ > most_interim_responses) {
        end(error(errc::invalid_http,
                  "more than " + std::to_string(most_interim_responses) + " interim answers"));
        return false;
    }
    *response_ = codec::encoded_response();
    parser_.emplace(*response_, request_->limits, request_->sink.get());
    return true;
}

// The stream ended properly (with TLS: by close_notify), so a body that it delimits is complete.
INTHELOOP_DECL void attempt::on_end_of_stream() {
    if (!parser_->got_some())
        return on_broken(boost::asio::error::eof);
    error_code ec;
    parser_->put_eof(ec);
    if (auto stopped = parser_->take_failure())
        return end(std::move(*stopped));
    if (ec || !parser_->is_done())
        return end(error(errc::connection_lost, "the answer broke off"));
    end(std::nullopt);
}

INTHELOOP_DECL void attempt::on_broken(error_code ec) {
    if (ec.category() == boost::asio::error::get_ssl_category())
        return end(error(errc::tls_failed, ec.message()));
    bool const ended =
        ec == boost::asio::error::eof || ec == boost::asio::ssl::error::stream_truncated;
    bool const begun = progress_ == request_progress::response_begun;
    end(error(errc::connection_lost,
              std::string(begun           ? "the answer broke off: "
                          : is_all_sent() ? "no answer came: "
                                          : "while sending: ") +
                  (ended ? "the peer closed the connection" : ec.message())));
}

INTHELOOP_DECL void attempt::end(std::optional<error> failure) {
    stop();
    owner_.on_attempt_ended(std::move(failure));
}

} // namespace intheloop::net

#endif
