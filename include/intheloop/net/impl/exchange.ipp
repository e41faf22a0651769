// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_EXCHANGE_IPP
#define INTHELOOP_NET_IMPL_EXCHANGE_IPP

#include <intheloop/net/exchange.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL exchange::exchange(std::shared_ptr<transport_state> shared, exchange_request request,
                                  exchange_handler handler)
    : shared_(std::move(shared)), request_(std::move(request)), handler_(std::move(handler)) {}

INTHELOOP_DECL void exchange::start() {
    connection_ = shared_->take_idle(request_.origin);
    reused_ = connection_ != nullptr;
    strand_.emplace(reused_ ? connection_->get_executor()
                            : boost::asio::make_strand(shared_->executor));
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected())
        slot.assign([weak = weak_from_this()](boost::asio::cancellation_type type) {
            if (type != boost::asio::cancellation_type::none)
                if (auto const self = weak.lock())
                    self->cancel(errc::cancelled);
        });
    bool const open = shared_->add(shared_from_this());
    // Posted rather than dispatched: nothing may complete within the initiating function.
    boost::asio::post(*strand_, [self = shared_from_this()] { self->begin(); });
    if (!open)
        cancel(errc::client_closed);
}

INTHELOOP_DECL void exchange::cancel(errc why) {
    boost::asio::post(*strand_, [self = shared_from_this(), why] {
        if (!self->completed_)
            self->fail(error(why, {}));
    });
}

INTHELOOP_DECL void exchange::begin() {
    ++outcome_.attempts;
    timer_.emplace(*strand_);
    if (reused_) {
        enter(policy::phase::exchange);
        return write();
    }
    connection_ = std::make_unique<connection>(*strand_, shared_->tls, request_.origin);
    enter(policy::phase::connect);
    resolve();
}

INTHELOOP_DECL void exchange::resolve() {
    error_code ec;
    auto const address = boost::asio::ip::make_address(request_.origin.host, ec);
    if (!ec) {
        auto const port = static_cast<unsigned short>(std::stoul(request_.origin.port));
        return connect(endpoints::create(boost::asio::ip::tcp::endpoint(address, port),
                                         request_.origin.host, request_.origin.port));
    }
    resolver_.emplace(*strand_);
    resolver_->async_resolve(
        request_.origin.host, request_.origin.port,
        [self = shared_from_this()](error_code failed, endpoints const& found) {
            if (self->completed_)
                return;
            if (failed)
                return self->fail(error(errc::resolve_failed,
                                        self->request_.origin.host + ": " + failed.message()));
            self->connect(found);
        });
}

INTHELOOP_DECL void exchange::connect(endpoints const& found) {
    boost::asio::async_connect(
        connection_->tcp(), found,
        [self = shared_from_this()](error_code ec, boost::asio::ip::tcp::endpoint const&) {
            if (!self->completed_)
                self->on_connected(ec);
        });
}

INTHELOOP_DECL void exchange::on_connected(error_code ec) {
    if (ec)
        return fail(error(errc::connect_failed, request_.origin.authority() + ": " + ec.message()));
    error_code ignored;
    connection_->tcp().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    if (!request_.origin.secure) {
        enter(policy::phase::exchange);
        return write();
    }
    SSL* const ssl = connection_->tls().native_handle();
    if (!prepare_tls(ssl, request_.origin))
        return fail(error(errc::handshake_failed, "the host name can't be verified"));
    enter(policy::phase::handshake);
    connection_->tls().async_handshake(
        boost::asio::ssl::stream_base::client, [self = shared_from_this()](error_code failed) {
            if (self->completed_)
                return;
            if (failed)
                return self->fail(handshake_error(self->connection_->tls().native_handle(),
                                                  self->request_.origin, failed));
            self->enter(policy::phase::exchange);
            self->write();
        });
}

INTHELOOP_DECL void exchange::write() {
    if (outcome_.progress == request_progress::not_sent)
        outcome_.progress = request_progress::partly_sent; // no one can tell how much of it leaves
    connection_->async_write_some(boost::asio::buffer(request_.bytes) + written_,
                                  [self = shared_from_this()](error_code ec, std::size_t size) {
                                      if (self->completed_)
                                          return;
                                      if (ec)
                                          return self->on_broken(ec);
                                      self->phase_since_ = policy::clock::now();
                                      self->written_ += size;
                                      if (self->written_ != self->request_.bytes.size())
                                          return self->write();
                                      self->outcome_.progress = request_progress::sent;
                                      self->parser_.emplace(self->outcome_.response,
                                                            self->request_);
                                      self->read();
                                  });
}

INTHELOOP_DECL void exchange::read() {
    connection_->async_read_some([self = shared_from_this()](error_code ec, std::size_t size) {
        if (!self->completed_)
            self->on_read(ec, size);
    });
}

INTHELOOP_DECL void exchange::on_read(error_code ec, std::size_t size) {
    if (size != 0) {
        connection_->buffer.commit(size);
        outcome_.progress = request_progress::response_begun;
        phase_since_ = policy::clock::now();
        if (!parse())
            return;
    }
    if (parser_->is_done())
        return on_answer();
    if (!ec)
        return read();
    if (ec == boost::asio::error::eof)
        return on_end_of_stream();
    on_broken(ec);
}

// Feeds what was read to the parser; false if that ended the exchange.
INTHELOOP_DECL bool exchange::parse() {
    auto& buffer = connection_->buffer;
    while (buffer.size() != 0 && !parser_->is_done()) {
        error_code ec;
        buffer.consume(parser_->put(buffer.cdata(), ec));
        if (ec == boost::beast::http::error::need_more)
            return true;
        if (auto stopped = parser_->take_failure()) {
            fail(std::move(*stopped));
            return false;
        }
        if (ec) {
            fail(error(errc::invalid_http, ec.message()));
            return false;
        }
        if (parser_->is_done() && outcome_.response.status < 200 && !accept_interim())
            return false;
    }
    return true;
}

// 100 Continue, 103 Early Hints and the like come before the answer, and say nothing to us.
INTHELOOP_DECL bool exchange::accept_interim() {
    constexpr unsigned most = 8;
    if (outcome_.response.status == 101) {
        fail(error(errc::invalid_http, "the server switched protocols, which was not asked for"));
        return false;
    }
    if (++interim_answers_ > most) {
        fail(error(errc::invalid_http, "more than 8 interim answers"));
        return false;
    }
    outcome_.response = codec::encoded_response();
    parser_.emplace(outcome_.response, request_);
    return true;
}

// The stream ended in order (with TLS: with a close_notify), so what it delimits is whole.
INTHELOOP_DECL void exchange::on_end_of_stream() {
    if (!parser_->got_some())
        return on_broken(boost::asio::error::eof);
    error_code ec;
    parser_->put_eof(ec);
    if (ec || !parser_->is_done())
        return fail(error(errc::connection_lost, "the answer broke off"));
    on_answer();
}

INTHELOOP_DECL void exchange::on_broken(error_code ec) {
    // An idle connection may end just when it is used again. If nothing of an answer came and
    // the request may be repeated, that is nobody's error.
    if (reused_ && request_.idempotent && outcome_.progress != request_progress::response_begun)
        return begin_again();
    if (ec.category() == boost::asio::error::get_ssl_category())
        return fail(error(errc::tls_failed, ec.message()));
    bool const answer_begun = outcome_.progress == request_progress::response_begun;
    bool const ended =
        ec == boost::asio::error::eof || ec == boost::asio::ssl::error::stream_truncated;
    fail(error(errc::connection_lost,
               std::string(answer_begun                        ? "the answer broke off: "
                           : written_ == request_.bytes.size() ? "no answer came: "
                                                               : "while sending: ") +
                   (ended ? "the peer closed the connection" : ec.message())));
}

INTHELOOP_DECL void exchange::on_answer() {
    bool const reusable = parser_->keep_alive() && connection_->buffer.size() == 0;
    if (reusable) {
        connection_->idle_since = policy::clock::now();
        shared_->put_idle(std::move(connection_));
    } else {
        connection_->close();
    }
    complete();
}

INTHELOOP_DECL void exchange::begin_again() {
    connection_->close();
    timer_->cancel();
    reused_ = false;
    written_ = 0;
    parser_.reset();
    outcome_.response = codec::encoded_response();
    outcome_.progress = request_progress::not_sent;
    begin();
}

INTHELOOP_DECL void exchange::enter(policy::phase next) {
    phase_ = next;
    phase_since_ = policy::clock::now();
    arm_timer();
}

INTHELOOP_DECL void exchange::arm_timer() {
    auto const limit = policy::limit_of(phase_, phase_since_, request_.started, request_.timeouts);
    timer_->expires_at(limit.at);
    timer_->async_wait([self = shared_from_this()](error_code ec) {
        if (ec || self->completed_)
            return;
        // Progress moves the limit without touching the timer.
        auto const now_limit = policy::limit_of(self->phase_, self->phase_since_,
                                                self->request_.started, self->request_.timeouts);
        if (policy::clock::now() < now_limit.at)
            return self->arm_timer();
        self->fail(error(now_limit.code, {}));
    });
}

// Ends the exchange, and the connection with it: what state it is in, no one knows.
INTHELOOP_DECL void exchange::fail(error failure) {
    outcome_.failure = std::move(failure);
    if (connection_)
        connection_->close();
    if (resolver_)
        resolver_->cancel();
    complete();
}

INTHELOOP_DECL void exchange::complete() {
    completed_ = true;
    if (timer_)
        timer_->cancel();
    shared_->remove(this);
    // The slot belongs to whoever runs on the handler's executor, so it is cleared there.
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    auto const executor = boost::asio::get_associated_executor(handler_, shared_->executor);
    boost::asio::dispatch(
        executor, [slot, handler = std::move(handler_), outcome = std::move(outcome_)]() mutable {
            slot.clear();
            std::move(handler)(std::move(outcome));
        });
}

} // namespace intheloop::net

#endif
