// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "connection.hpp"

#include "log.hpp"
#include "replies.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <exception>
#include <string>
#include <utility>

namespace tools {

namespace {

// The answer to what is no request, or too large a one; none if the peer is gone.
std::optional<reply> reply_to_unread(boost::system::error_code why) {
    if (why == http::error::header_limit)
        return problem_reply(http::status::request_header_fields_too_large, "too_large",
                             "the header is too large");
    if (why == http::error::body_limit)
        return problem_reply(http::status::payload_too_large, "too_large", "the body is too large");
    boost::system::error_code const ended = http::error::end_of_stream;
    if (why == ended || why == http::error::partial_message || why.category() != ended.category())
        return std::nullopt;
    return problem_reply(http::status::bad_request, "invalid_http", why.message());
}

} // namespace

void connection::start(std::function<void()> ended) {
    auto const self = shared_from_this();
    asio::co_spawn(stream_.get_executor(), run(),
                   asio::bind_cancellation_slot(
                       stop_.slot(), [self, ended = std::move(ended)](std::exception_ptr) {
                           self->stream_.close(); // whatever was thrown, the connection is over
                           ended();
                       }));
}

void connection::finish() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->is_finishing_ = true;
        if (!self->is_answering_)
            self->stop();
    });
}

void connection::abort() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stop(); });
}

asio::awaitable<void> connection::run() {
    stream_.socket().non_blocking(true);
    stream_.socket().set_option(tcp::no_delay(true)); // an event is to be seen when it happens
    bool goes_on = true;
    while (goes_on && !is_finishing_) {
        std::optional<request> const asked = co_await read_request();
        if (!asked)
            co_return;
        is_answering_ = true;
        goes_on = co_await answer(*asked);
        is_answering_ = false;
    }
}

asio::awaitable<std::optional<request>> connection::read_request() {
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    stream_.expires_after(limits_.patience);
    auto const [failed, size] =
        co_await http::async_read(stream_, buffer_, parser, asio::as_tuple(asio::use_awaitable));
    if (!failed)
        co_return parser.release();
    co_await refuse_unread(failed);
    co_return std::nullopt;
}

asio::awaitable<void> connection::refuse_unread(boost::system::error_code why) {
    auto refused = reply_to_unread(why);
    if (!refused)
        co_return;
    responder to(stream_, false, false, limits_.patience);
    co_await to.send(std::move(*refused));
    // Closing with something unread would take the answer back: read what is still coming.
    stream_.socket().shutdown(tcp::socket::shutdown_send);
    stream_.expires_after(limits_.patience);
    std::array<char, 4096> ignored;
    auto const unread = asio::buffer(ignored);
    for (;;)
        co_await stream_.async_read_some(unread, asio::use_awaitable);
}

// Whether the connection can be used for another request.
asio::awaitable<bool> connection::answer(request const& asked) {
    using namespace asio::experimental::awaitable_operators;
    bool const keeps = asked.keep_alive() && !is_finishing_;
    responder to(stream_, asked.method() == http::verb::head, keeps, limits_.patience);
    co_await (answer_safely(asked, to) || wait_for_hang_up());
    bool const can_be_used = keeps && to.is_complete();
    co_return can_be_used;
}

asio::awaitable<void> connection::answer_safely(request const& asked, responder& to) {
    try {
        co_await service_.answer(asked, to);
    } catch (boost::system::system_error const&) {
        // The peer is gone or too slow, or all is to end: the answer stays incomplete.
    } catch (asio::multiple_exceptions const&) {
        // The same, thrown by two that worked on the answer together.
    } catch (std::exception const& e) {
        log(std::string("a request failed: ") + e.what());
    }
}

// While an answer is made nothing is read, so that the end of the connection has to be looked for.
// A browser that says that it will send no more is taken for gone.
asio::awaitable<void> connection::wait_for_hang_up() {
    tcp::socket::wait_type const readable = tcp::socket::wait_read;
    char next = 0;
    boost::system::error_code seen = asio::error::would_block;
    while (seen == asio::error::would_block) {
        co_await stream_.socket().async_wait(readable, asio::use_awaitable);
        stream_.socket().receive(asio::buffer(&next, 1), tcp::socket::message_peek, seen);
    }
    if (seen)
        co_return;
    // The next request is there already, and has to wait.
    asio::steady_timer never(stream_.get_executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
}

} // namespace tools
