// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_EXCHANGE_IPP
#define INTHELOOP_NET_IMPL_EXCHANGE_IPP

#include <intheloop/net/exchange.hpp>
#include <intheloop/policy/retry_after.hpp>

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
#include <chrono>
#include <new>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL exchange::exchange(std::shared_ptr<transport_state> shared, exchange_request request,
                                  exchange_handler handler)
    : shared_(std::move(shared)), request_(std::move(request)), handler_(std::move(handler)) {}

INTHELOOP_DECL void exchange::start() {
    connection_ = shared_->take_idle(request_.origin, request_.with_certificate);
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
    if (completed_)
        return; // cancelled before it began
    ++epoch_;
    ++outcome_.attempts;
    progress_ = request_progress::not_sent;
    written_ = 0;
    interim_answers_ = 0;
    outcome_.response = codec::encoded_response();
    timer_.emplace(*strand_);
    if (policy::clock::now() >= policy::later(request_.started, request_.timeouts.call))
        return fail(error(errc::deadline_exceeded, {})); // whatever kept it waiting
    if (reused_) {
        enter(policy::phase::exchange);
        return write();
    }
    connection_ =
        std::make_shared<connection>(*strand_, shared_->tls_for(request_.with_certificate),
                                     request_.origin, request_.with_certificate);
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
        guarded([this](error_code failed, endpoints const& found) {
            if (failed)
                return fail(
                    error(errc::resolve_failed, request_.origin.host + ": " + failed.message()));
            connect(found);
        }));
}

INTHELOOP_DECL void exchange::connect(endpoints const& found) {
    boost::asio::async_connect(
        connection_->tcp(), found,
        guarded(
            [this](error_code ec, boost::asio::ip::tcp::endpoint const&) { on_connected(ec); }));
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
        boost::asio::ssl::stream_base::client, guarded([this](error_code failed) {
            if (failed)
                return fail(
                    handshake_error(connection_->tls().native_handle(), request_.origin, failed));
            enter(policy::phase::exchange);
            write();
        }));
}

INTHELOOP_DECL void exchange::write() {
    if (progress_ == request_progress::not_sent)
        progress_ = request_progress::partly_sent; // no one can tell how much of it leaves
    connection_->async_write_some(boost::asio::buffer(request_.bytes) + written_,
                                  guarded([this](error_code ec, std::size_t size) {
                                      if (ec)
                                          return on_broken(ec);
                                      on_written(size);
                                  }));
}

INTHELOOP_DECL void exchange::on_written(std::size_t size) {
    phase_since_ = policy::clock::now();
    written_ += size;
    if (written_ != request_.bytes.size())
        return write();
    progress_ = request_progress::sent;
    parser_.emplace(outcome_.response, request_);
    read();
}

INTHELOOP_DECL void exchange::read() {
    connection_->async_read_some(
        guarded([this](error_code ec, std::size_t size) { on_read(ec, size); }));
}

INTHELOOP_DECL void exchange::on_read(error_code ec, std::size_t size) {
    if (size != 0) {
        connection_->buffer.commit(size);
        progress_ = request_progress::response_begun;
        phase_since_ = policy::clock::now();
        try {
            if (!parse())
                return;
        } catch (std::bad_alloc const&) {
            return fail(error(errc::response_too_large, "there is no memory for the answer"));
        }
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
        if (ec == boost::beast::http::error::need_more) {
            // Chunk extensions and trailers are under no limit of the parser's.
            if (buffer.size() <= request_.max_header_size + connection::read_size)
                return true;
            ec = boost::beast::http::error::header_limit;
        }
        if (auto stopped = parser_->take_failure()) {
            fail(std::move(*stopped));
            return false;
        }
        if (ec) {
            fail(error(errc::invalid_http, ec.message()));
            return false;
        }
        if (parser_->is_done() && outcome_.response.status < 100) {
            fail(error(errc::invalid_http, "a status below 100"));
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
    bool const was_idle = reused_ && outcome_.earlier_attempts.empty();
    if (was_idle && request_.idempotent && progress_ != request_progress::response_begun)
        return begin_again();
    if (ec.category() == boost::asio::error::get_ssl_category())
        return fail(error(errc::tls_failed, ec.message()));
    bool const answer_begun = progress_ == request_progress::response_begun;
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
    if (!reusable) {
        connection_->close();
        connection_.reset();
    }
    end_attempt();
}

INTHELOOP_DECL void exchange::begin_again() {
    connection_->close();
    reused_ = false;
    ++stale_connections_;
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
    timer_->async_wait(guarded([this](error_code ec) {
        if (ec)
            return;
        // Progress moves the limit without touching the timer.
        auto const now_limit =
            policy::limit_of(phase_, phase_since_, request_.started, request_.timeouts);
        if (policy::clock::now() < now_limit.at)
            return arm_timer();
        fail(error(now_limit.code, {}));
    }));
}

// Ends the attempt, and the connection with it: what state it is in, no one knows.
INTHELOOP_DECL void exchange::fail(error failure) {
    outcome_.failure = std::move(failure);
    if (connection_)
        connection_->close();
    if (resolver_)
        resolver_->cancel();
    end_attempt();
}

INTHELOOP_DECL void exchange::end_attempt() {
    ++epoch_;
    outcome_.progress = std::max(outcome_.progress, progress_);
    policy::attempt_outcome ended;
    ended.status = outcome_.response.status;
    ended.progress = progress_;
    if (outcome_.failure)
        ended.failure = static_cast<errc>(outcome_.failure->code().value());
    else if (ended.status != 200 && ended.status != 201)
        ended.failure = codec::detail::errc_of_status(ended.status);
    auto const& fields = outcome_.response.headers;
    if (auto const wait = fields.find("Retry-After"))
        ended.retry_after = policy::parse_retry_after(
            *wait, fields.find("Date"),
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));

    policy::call_facts call;
    call.idempotent = request_.idempotent;
    call.may_act_twice = request_.may_act_twice;
    call.attempts = outcome_.attempts - stale_connections_;
    call.time_left = std::chrono::duration_cast<std::chrono::milliseconds>(
        policy::later(request_.started, request_.timeouts.call) - policy::clock::now());
    auto const next = shared_->decide(ended, call, request_.retry);
    outcome_.verdict = next.verdict;
    if (next.verdict != retry_verdict::retry) {
        if (next.verdict == retry_verdict::done)
            shared_->give_back(last_cost_ == 0 ? 1 : last_cost_);
        return complete();
    }
    last_cost_ = next.cost;
    outcome_.earlier_attempts.push_back({*ended.failure, ended.status, ended.progress, next.delay});
    back_off(next.delay);
}

// A connection that is still good is kept for the next attempt: its strand is ours.
INTHELOOP_DECL void exchange::back_off(std::chrono::milliseconds pause) {
    outcome_.failure.reset();
    outcome_.response = codec::encoded_response(); // what it said stands in earlier_attempts
    progress_ = request_progress::not_sent;
    timer_->expires_after(pause);
    timer_->async_wait(guarded([this](error_code ec) {
        if (ec)
            return;
        reused_ = connection_ && connection_->is_reusable();
        begin();
    }));
}

INTHELOOP_DECL void exchange::complete() {
    completed_ = true;
    if (timer_)
        timer_->cancel();
    if (connection_ && !outcome_.failure) {
        connection_->idle_since = policy::clock::now();
        shared_->put_idle(std::move(connection_));
    }
    shared_->remove(this);
    // The handler must not run on our strand: what it does, and for how long, would hold up the
    // next exchange on this connection, its deadline and its cancellation too. So it is posted to
    // the executor below. The slot belongs to whoever runs on the handler's executor, and is
    // cleared there.
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    boost::asio::post(shared_->executor, [slot, fallback = shared_->executor,
                                          handler = std::move(handler_),
                                          outcome = std::move(outcome_)]() mutable {
        auto const executor = boost::asio::get_associated_executor(handler, fallback);
        boost::asio::dispatch(
            executor, [slot, handler = std::move(handler), outcome = std::move(outcome)]() mutable {
                slot.clear();
                std::move(handler)(std::move(outcome));
            });
    });
}

} // namespace intheloop::net

#endif
