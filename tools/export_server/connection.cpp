// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "connection.hpp"

#include "head.hpp"
#include "log.hpp"
#include "replies.hpp"

#include <intheloop/net/detail/chunked_body.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace tools {

using namespace std::chrono_literals;

namespace {

std::string_view text_of(beast::flat_buffer const& unread) {
    return {static_cast<char const*>(unread.data().data()), unread.size()};
}

// The answer to what is no request, or too large a one; none if the peer is gone.
std::optional<reply> reply_to_unread(boost::system::error_code why) {
    if (why == http::error::header_limit || why == http::error::buffer_overflow)
        return problem_reply(http::status::request_header_fields_too_large, "too_large",
                             "the header is too large");
    if (why == http::error::body_limit)
        return problem_reply(http::status::payload_too_large, "too_large", "the body is too large");
    boost::system::error_code const ended = http::error::end_of_stream;
    if (why == ended || why == http::error::partial_message || why.category() != ended.category())
        return std::nullopt;
    return invalid_http_reply(why.message());
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
        auto const answer = self->answering_.lock();
        bool const waits = answer && answer->stop();
        if (!self->is_answering_ || waits)
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
    }
}

// Answers a message by itself that is no request; gives nothing when the connection is over.
asio::awaitable<std::optional<request>> connection::read_request() {
    parser head;
    head.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    head.body_limit(limits_.body_bytes);
    stream_.expires_after(limits_.patience);
    auto refused = co_await read_head(head);
    bool const is_to_head = head.get().method() == http::verb::head;
    if (refused) {
        co_await send_last(std::move(*refused), is_to_head);
        co_return std::nullopt;
    }
    // Fields that come after a body in chunks are no part of the head that was checked.
    request asked(head.get().base());
    bool const waits = asked.version() > 10 && // HTTP/1.0 knows no such answer
                       has_member(asked, http::field::expect, "100-continue");
    if (waits && !head.is_done()) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        auto const bytes = asio::buffer(go_on);
        co_await asio::async_write(stream_, bytes, asio::use_awaitable);
    }
    co_await read_begin_of_body(head);
    auto const [failed, size] =
        co_await http::async_read(stream_, buffer_, head, asio::as_tuple(asio::use_awaitable));
    if (failed) {
        if (auto unread = reply_to_unread(failed))
            co_await send_last(std::move(*unread), is_to_head);
        co_return std::nullopt;
    }
    asked.body() = std::move(head.get().body());
    co_return asked;
}

// Gives the answer after which the connection has to be closed, if there is one.
asio::awaitable<std::optional<reply>> connection::read_head(parser& into) {
    head_scanner scanner;
    for (;;) {
        std::string_view const bytes = text_of(buffer_);
        auto const found = scanner.look_at(bytes.substr(0, limits_.header_bytes));
        if (found == head_scanner::found::fault)
            co_return invalid_http_reply("this is no HTTP: a line or a character is not allowed");
        if (found == head_scanner::found::end)
            co_return parse_head(into);
        if (bytes.size() >= limits_.header_bytes)
            co_return reply_to_unread(http::error::header_limit);
        auto const room = buffer_.prepare(limits_.header_bytes - bytes.size());
        std::size_t const size = co_await stream_.async_read_some(room, asio::use_awaitable);
        buffer_.commit(size);
    }
}

std::optional<reply> connection::parse_head(parser& into) {
    std::string_view const bytes = text_of(buffer_);
    boost::system::error_code failed;
    std::size_t const size = into.put(buffer_.data(), failed);
    if (failed == http::error::bad_version && has_other_version(bytes))
        return problem_reply(http::status::http_version_not_supported, "version",
                             "speak HTTP/1.1 or HTTP/1.0");
    if (failed)
        return reply_to_unread(failed);
    buffer_.consume(size);
    auto const& head = into.get().base();
    if (is_one_too_many_)
        return too_many_reply("the server has as many connections as it may");
    if (auto refused = refuse_framing(head))
        return refused;
    return service_.refuse_head(head, stream_.socket().local_endpoint().address());
}

asio::awaitable<void> connection::read_begin_of_body(parser const& head) {
    using intheloop::net::needs_more_of_body, intheloop::net::shortest_chunked_body;
    while (needs_more_of_body(head, text_of(buffer_))) {
        auto const room = buffer_.prepare(shortest_chunked_body - buffer_.size());
        std::size_t const size = co_await stream_.async_read_some(room, asio::use_awaitable);
        buffer_.commit(size);
    }
}

asio::awaitable<void> connection::send_last(reply refused, bool is_to_head) {
    answer_form form;
    form.is_to_head = is_to_head;
    form.patience = limits_.patience;
    responder to(stream_, form);
    co_await to.send(std::move(refused));
    co_await linger();
}

// Closing with something unread would take the answer back: reads all that is still coming.
asio::awaitable<void> connection::linger() {
    stream_.socket().shutdown(tcp::socket::shutdown_send);
    stream_.expires_after(std::min<std::chrono::milliseconds>(limits_.patience, 5s));
    std::array<char, 4096> ignored;
    auto const unread = asio::buffer(ignored);
    for (;;)
        co_await stream_.async_read_some(unread, asio::use_awaitable);
}

// Returns whether the connection can be used for another request.
asio::awaitable<bool> connection::answer(request const& asked) {
    using namespace asio::experimental::awaitable_operators;
    answer_form form;
    form.version = asked.version();
    form.is_to_head = asked.method() == http::verb::head;
    form.keep_alive = asked.version() == 11 && !is_finishing_ &&
                      !has_member(asked, http::field::connection, "close");
    form.patience = limits_.patience;
    auto const to = std::make_shared<responder>(stream_, form);
    answering_ = to;
    co_await (answer_safely(asked, *to) || wait_for_hang_up());
    if (to->looks_complete_when_cut())
        stream_.socket().set_option(tcp::socket::linger(true, 0)); // closes with a reset
    is_answering_ = false;
    if (to->is_complete() && !form.keep_alive && !is_finishing_)
        co_await linger();
    bool const can_be_used = form.keep_alive && to->is_complete();
    co_return can_be_used;
}

asio::awaitable<void> connection::answer_safely(request const& asked, responder& to) {
    boost::system::error_code const of_http = http::error::end_of_stream;
    std::string failure;
    try {
        co_await service_.answer(asked, to);
    } catch (boost::system::system_error const& e) {
        // The peer is gone or too slow, or all is to end: the answer stays incomplete.
        if (e.code().category() == of_http.category()) // the answer would be no HTTP
            failure = e.what();
    } catch (asio::multiple_exceptions const&) {
        // The same, thrown by two that worked on the answer together.
    } catch (std::exception const& e) {
        failure = e.what();
    }
    if (failure.empty())
        co_return;
    log("a request failed: " + failure);
    if (to.has_begun())
        co_return;
    try {
        co_await to.send(problem_reply(http::status::internal_server_error, "internal",
                                       "this server failed: its log tells why"));
    } catch (boost::system::system_error const&) {
        // The peer is gone or too slow.
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
