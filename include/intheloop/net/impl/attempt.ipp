// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_ATTEMPT_IPP
#define INTHELOOP_NET_IMPL_ATTEMPT_IPP

#include <intheloop/net/attempt.hpp>
#include <intheloop/net/exchange.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include <new>
#include <string>
#include <utility>

namespace intheloop::net {

// A handler of an operation of this attempt: once the attempt is over it does nothing. It keeps
// the connection, on which the operation may still be ending, and the buffer of the request.
template <class Step>
auto attempt::guarded(Step step) {
    return owner_.owner().bind([
        this, owner = owner_.shared_from_this(), kept = connection_, epoch = epoch_,
        step = std::move(step)
    ]<class... Args>(Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
        if (epoch == epoch_)
            step(args...);
    });
}

INTHELOOP_DECL void attempt::start(std::shared_ptr<connection> on, exchange_request const& request,
                                   codec::encoded_response& answer) {
    ++epoch_;
    connection_ = std::move(on);
    request_ = &request;
    answer_ = &answer;
    parser_.emplace(answer, request.limits, request.sink.get());
    written_ = 0;
    interim_answers_ = 0;
    paused_ = false;
    answered_ = false;
    write_failed_ = false;
    broken_.reset();
    running_ = true;
    usable_ = false;
    progress_ = request_progress::partly_sent; // no one can tell how much of it leaves
    last_progress_ = policy::clock::now();
    read();
    write();
}

INTHELOOP_DECL void attempt::stop() {
    ++epoch_;
    running_ = false;
    writing_ = false;
    paused_ = false;
    body_size_ = parser_ ? parser_->body_size() : 0;
    gave_to_sink_ = parser_ && parser_->gave_to_sink();
    parser_.reset();
    connection_.reset();
}

INTHELOOP_DECL void attempt::write() {
    writing_ = true;
    connection_->async_write_some(
        boost::asio::buffer(request_->bytes) + written_,
        guarded([this](error_code ec, std::size_t size) { on_written(ec, size); }));
}

INTHELOOP_DECL void attempt::on_written(error_code ec, std::size_t size) {
    writing_ = false;
    write_failed_ = ec.failed();
    if (!ec) {
        last_progress_ = policy::clock::now();
        written_ += size;
        if (is_all_sent() && progress_ == request_progress::partly_sent)
            progress_ = request_progress::sent;
    }
    if (answered_)
        return finish();
    if (broken_)
        return on_broken(*broken_);
    // Where the peer takes no more it may have said why: the read that is under way will tell.
    if (ec.category() == boost::asio::error::get_ssl_category())
        return on_broken(ec);
    if (!ec && !is_all_sent())
        write();
}

// Whether to wait for the end of a write once it is known how the attempt ends. On several threads
// its end may be seen late, and what is one record is gone in no time.
INTHELOOP_DECL bool attempt::write_is_ending() const {
    return writing_ && request_->bytes.size() <= connection::read_size;
}

INTHELOOP_DECL void attempt::read() {
    connection_->async_read_some(
        guarded([this](error_code ec, std::size_t size) { on_read(ec, size); }));
}

INTHELOOP_DECL void attempt::read_on() {
    paused_ = request_->sink && request_->sink->is_full();
    if (!paused_)
        read();
}

INTHELOOP_DECL void attempt::resume() {
    if (!running_ || !paused_)
        return;
    last_progress_ = policy::clock::now();
    read_on();
}

INTHELOOP_DECL void attempt::on_read(error_code ec, std::size_t size) {
    if (size != 0) {
        connection_->buffer.commit(size);
        progress_ = request_progress::response_begun;
        last_progress_ = policy::clock::now();
        try {
            if (!parse())
                return;
        } catch (std::bad_alloc const&) {
            return end(error(errc::response_too_large, "there is no memory for the answer"));
        }
    }
    if (parser_->is_done()) {
        // Of a long request the rest is not sent where the answer comes early; the connection goes.
        answered_ = true;
        return write_is_ending() ? void() : finish();
    }
    if (!ec)
        return read_on();
    if (ec == boost::asio::error::eof)
        return on_end_of_stream();
    on_broken(ec);
}

INTHELOOP_DECL void attempt::finish() {
    usable_ = parser_->keep_alive() && connection_->buffer.size() == 0 && is_all_sent();
    end(std::nullopt);
}

// Feeds what was read to the parser; false if that ended the attempt.
INTHELOOP_DECL bool attempt::parse() {
    auto& buffer = connection_->buffer;
    while (buffer.size() != 0 && !parser_->is_done()) {
        error_code ec;
        buffer.consume(parser_->put(buffer.cdata(), ec));
        if (ec == boost::beast::http::error::need_more) {
            // Chunk extensions and trailers are under no limit of the parser's.
            if (buffer.size() <= request_->limits.max_header_size + connection::read_size)
                return true;
            ec = boost::beast::http::error::header_limit;
        }
        if (auto stopped = parser_->take_failure()) {
            end(std::move(stopped));
            return false;
        }
        if (ec) {
            end(error(errc::invalid_http, ec.message()));
            return false;
        }
        if (parser_->is_done() && answer_->status < 100) {
            end(error(errc::invalid_http, "a status below 100"));
            return false;
        }
        if (parser_->is_done() && answer_->status < 200 && !accept_interim())
            return false;
    }
    return true;
}

// 100 Continue, 103 Early Hints and the like come before the answer, and say nothing to us.
INTHELOOP_DECL bool attempt::accept_interim() {
    constexpr unsigned most = 8;
    if (answer_->status == 101) {
        end(error(errc::invalid_http, "the server switched protocols, which was not asked for"));
        return false;
    }
    if (++interim_answers_ > most) {
        end(error(errc::invalid_http, "more than 8 interim answers"));
        return false;
    }
    *answer_ = codec::encoded_response();
    parser_.emplace(*answer_, request_->limits, request_->sink.get());
    return true;
}

// The stream ended in order (with TLS: with a close_notify), so what it delimits is whole.
INTHELOOP_DECL void attempt::on_end_of_stream() {
    if (!parser_->got_some())
        return on_broken(boost::asio::error::eof);
    error_code ec;
    parser_->put_eof(ec);
    if (auto stopped = parser_->take_failure())
        return end(std::move(stopped));
    if (ec || !parser_->is_done())
        return end(error(errc::connection_lost, "the answer broke off"));
    end(std::nullopt);
}

INTHELOOP_DECL void attempt::on_broken(error_code ec) {
    if (write_is_ending()) {
        broken_ = ec;
        return;
    }
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
