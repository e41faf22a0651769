// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_CONNECTION_IPP
#define INTHELOOP_TESTING_IMPL_CONNECTION_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/testing/detail/connection.hpp>
#include <intheloop/testing/detail/http_head.hpp>

#include <intheloop/net/detail/chunked_body.hpp>
#include <intheloop/net/detail/connection_id.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

inline constexpr std::size_t connection_read_size = 16 * 1024; // the largest TLS record
inline constexpr std::size_t connection_read_ahead =
    256 * 1024; // reading pauses at this many unparsed bytes
// Longer requests are refused.
inline constexpr std::uint32_t connection_head_limit = 64U << 10U;
inline constexpr std::uint64_t connection_body_limit = 64ULL << 20U;

INTHELOOP_DECL connection::connection(boost::asio::ip::tcp::socket socket,
                                      boost::asio::ssl::context* tls, bool stall_handshake,
                                      served_origin where, journal& records, service& api)
    : socket_(std::move(socket)), stall_handshake_(stall_handshake), origin_(std::move(where)),
      journal_(records), service_(api), number_(records.connection_opened()),
      changed_(socket_.get_executor(), boost::asio::steady_timer::time_point::max()),
      drained_(socket_.get_executor(), boost::asio::steady_timer::time_point::max()) {
    if (tls != nullptr)
        tls_.emplace(socket_, *tls);
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

INTHELOOP_DECL connection::~connection() {
    // Closes the socket before it counts as closed: no socket is left when wait_until_idle()
    // returns.
    boost::system::error_code ignored;
    socket_.close(ignored);
    journal_.connection_closed();
}

INTHELOOP_DECL void connection::release(journal::epoch until) {
    if (held_since_ && *held_since_ <= until) {
        held_since_.reset();
        silence_ = {};
        changed_.cancel();
    }
}

INTHELOOP_DECL void connection::abort() {
    aborted_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    changed_.cancel();
    drained_.cancel();
}

INTHELOOP_DECL boost::asio::awaitable<void> connection::wait_for_change() {
    boost::system::error_code ignored;
    co_await changed_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

// Returns false if the client hung up before.
INTHELOOP_DECL boost::asio::awaitable<bool>
connection::wait_until(std::chrono::steady_clock::time_point when) {
    if (now() >= when)
        co_return !aborted_;
    auto const silence = be_silent_until(when);
    if (!service_.clock())
        changed_.expires_at(when);
    while (now() < when && !at_end_ && !aborted_)
        co_await wait_for_change();
    if (!service_.clock())
        changed_.expires_at(std::chrono::steady_clock::time_point::max());
    co_return now() >= when && !aborted_;
}

INTHELOOP_DECL std::chrono::steady_clock::time_point connection::now() const {
    return intheloop::detail::steady_now(service_.clock());
}

INTHELOOP_DECL intheloop::detail::pending_wait
connection::be_silent_until(std::chrono::steady_clock::time_point when) {
    auto const& clock = service_.clock();
    if (!clock)
        return {};
    boost::system::error_code ignored;
    std::uint64_t const id = tls_ && !stall_handshake_
                                 ? net::connection_id(tls_->native_handle())
                                 : net::connection_id(socket_.remote_endpoint(ignored).port());
    auto wake_up = [on = socket_.get_executor(), weak = weak_from_this()] {
        boost::asio::post(on, [weak] {
            if (auto const waiting = weak.lock())
                waiting->changed_.cancel();
        });
    };
    return {clock, clock->begin_silence(id, when, std::move(wake_up))};
}

INTHELOOP_DECL boost::asio::awaitable<void> connection::run() {
    auto const self = shared_from_this();
    bool const open = co_await handshake();
    if (!open)
        co_return;

    reading_ = true;
    boost::asio::co_spawn(socket_.get_executor(), read_all(), [self](std::exception_ptr) {
        self->reading_ = false;
        self->at_end_ = true;
        self->changed_.cancel();
    });
    co_await serve();
    co_await close_gently(end_.value_or(connection_end::close));
    abort();
    while (reading_)
        co_await wait_for_change();
}

INTHELOOP_DECL boost::asio::awaitable<bool> connection::handshake() {
    if (stall_handshake_) {
        co_await swallow();
        co_return false;
    }
    if (!tls_)
        co_return true;
    boost::system::error_code error;
    co_await tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                   boost::asio::redirect_error(boost::asio::use_awaitable, error));
    journal_.handshake_done(!error);
    co_return !error;
}

// Reads and discards bytes until the client hangs up.
INTHELOOP_DECL boost::asio::awaitable<void> connection::swallow() {
    auto const silence = be_silent_until(std::chrono::steady_clock::time_point::max());
    std::vector<char> bytes(connection_read_size);
    boost::system::error_code error;
    while (!error)
        co_await socket_.async_read_some(
            boost::asio::buffer(bytes),
            boost::asio::redirect_error(boost::asio::use_awaitable, error));
}

INTHELOOP_DECL boost::asio::awaitable<void> connection::read_all() {
    // Reads into its own block: the other coroutine may consume from incoming_ while this one waits
    // for bytes.
    std::vector<char> block(connection_read_size);
    boost::system::error_code error;
    while (!error && !aborted_) {
        if (incoming_.size() >= connection_read_ahead) {
            boost::system::error_code ignored;
            co_await drained_.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
            continue;
        }
        std::size_t size = 0;
        if (tls_)
            size = co_await tls_->async_read_some(
                boost::asio::buffer(block),
                boost::asio::redirect_error(boost::asio::use_awaitable, error));
        else
            size = co_await socket_.async_read_some(
                boost::asio::buffer(block),
                boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (size == 0)
            continue;
        journal_.bytes_received(origin_.which, size);
        boost::asio::buffer_copy(incoming_.prepare(size), boost::asio::buffer(block, size));
        incoming_.commit(size);
        changed_.cancel();
    }
}

// Returns whether a client waits for a "100 Continue" before it sends the body. One that speaks
// HTTP/1.0 does not know it.
INTHELOOP_DECL bool waits_to_continue(boost::beast::http::request_header<> const& head) {
    auto const [first, last] = head.equal_range(boost::beast::http::field::expect);
    return head.version() > 10 && std::any_of(first, last, [](auto const& field) {
               return boost::beast::http::token_list(field.value()).exists("100-continue");
           });
}

// Returns false if the client hung up, or sent invalid HTTP, to which this function responds.
INTHELOOP_DECL boost::asio::awaitable<bool> connection::next_request(parser& into) {
    bool asked_to_continue = false;
    for (;;) {
        boost::system::error_code error;
        std::size_t taken = 0;
        std::string_view const bytes(static_cast<char const*>(incoming_.data().data()),
                                     incoming_.size());
        if (!bytes.empty() && !net::needs_more_of_body(into, bytes)) {
            taken = into.put(incoming_.data(), error);
            incoming_.consume(taken);
            drained_.cancel();
        }
        if (error == boost::beast::http::error::need_more)
            error = {};
        if (error) {
            bool const too_long = error == boost::beast::http::error::body_limit;
            reply response = error_reply(too_long ? 413 : 400, "BadRequest", error.message());
            response.end = connection_end::close;
            bool const to_head = into.get().method() == boost::beast::http::verb::head;
            co_await respond(std::move(response), service_.new_request_id(), to_head, false);
            co_return false;
        }
        if (into.is_done())
            co_return true;
        if (into.is_header_done() && !asked_to_continue && waits_to_continue(into.get())) {
            asked_to_continue = true;
            std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await write(boost::asio::buffer(go_on));
            continue;
        }
        if (taken != 0)
            continue;
        if (at_end_ || aborted_)
            co_return false;
        co_await wait_for_change();
    }
}

INTHELOOP_DECL received_request connection::to_record(parser const& parsed,
                                                      std::string request_id) const {
    auto const& message = parsed.get();
    received_request record;
    record.origin = origin_.which;
    record.other_origin = origin_.name;
    record.method = std::string{message.method_string()};
    record.target = std::string{message.target()};
    for (auto const& field : message)
        record.headers.emplace_back(std::string{field.name_string()}, std::string{field.value()});
    record.body = message.body();
    record.request_id = std::move(request_id);
    record.received = now();
    record.connection = number_;
    if (tls_) {
        // The accessor of the handle is not const; the handle is not changed here.
        SSL* const ssl = const_cast<connection*>(this)->tls_->native_handle();
        if (char const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
            record.tls_server_name = name;
        record.tls_version = SSL_get_version(ssl);
        if (X509* const shown = SSL_get0_peer_certificate(ssl)) {
            X509_NAME const* const subject = X509_get_subject_name(shown);
            int const at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
            if (at >= 0) {
                auto const* const name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
                record.client_common_name.assign(
                    reinterpret_cast<char const*>(ASN1_STRING_get0_data(name)),
                    static_cast<std::size_t>(ASN1_STRING_length(name)));
            }
        }
    }
    return record;
}

// Keeps the clock still meanwhile: a handler of the test may take longer than its patience.
INTHELOOP_DECL reply connection::answer(received_request const& request) {
    std::shared_ptr<void const> still;
    if (auto const& clock = service_.clock())
        still = clock->hold_still();
    return service_.answer(request);
}

INTHELOOP_DECL boost::asio::awaitable<void> connection::serve() {
    while (!end_) {
        parser request;
        request.header_limit(connection_head_limit);
        request.body_limit(connection_body_limit);
        bool const complete = co_await next_request(request);
        if (!complete)
            co_return;

        std::string request_id = service_.new_request_id();
        received_request const record = to_record(request, request_id);
        journal::plan wanted = journal_.record(record);
        if (wanted.held) {
            held_since_ = wanted.held;
            bool const released = co_await hold();
            if (!released)
                co_return;
        }
        reply response = wanted.response ? to_reply(*std::move(wanted.response)) : answer(record);
        if (auto* const file = std::get_if<file_body>(&response.body))
            file->chunked = file->chunked && request.get().version() > 10; // HTTP/1.0 has no chunks
        co_await respond(std::move(response), std::move(request_id), record.method == "HEAD",
                         request.keep_alive());
    }
}

} // namespace intheloop::testing::detail

#endif
