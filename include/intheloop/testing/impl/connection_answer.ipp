// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_CONNECTION_ANSWER_IPP
#define INTHELOOP_TESTING_IMPL_CONNECTION_ANSWER_IPP

// The way of an answer to the client, with the faults that the test asks for.

#include <intheloop/testing/detail/connection.hpp>
#include <intheloop/testing/detail/http_head.hpp>

#include <intheloop/net/detail/chunked_body.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// Returns false if the client hung up before the release.
INTHELOOP_DECL boost::asio::awaitable<bool> connection::hold() {
    silence_ = be_silent_until(std::chrono::steady_clock::time_point::max());
    while (held_since_ && !at_end_ && !aborted_)
        co_await wait_for_change();
    bool const released = !held_since_;
    held_since_.reset();
    silence_ = {};
    journal_.end_hold();
    co_return released && !aborted_;
}

// Replaces `keep_alive` by `close`, for a connection that can't go on.
INTHELOOP_DECL connection_end surely_ended(connection_end wanted) {
    return wanted == connection_end::keep_alive ? connection_end::close : wanted;
}

INTHELOOP_DECL boost::asio::awaitable<void>
connection::respond(reply response, std::string request_id, bool head_only, bool keep_alive) {
    if (response.wait.count() != 0) {
        bool const still_there =
            co_await wait_until(intheloop::detail::saturating_add(now(), response.wait));
        if (!still_there)
            co_return;
    }
    std::string bytes;
    if (response.raw) {
        bytes = *std::move(response.raw);
        end_ = surely_ended(response.end);
    } else {
        if (response.end != connection_end::keep_alive)
            end_ = response.end;
        else if (!keep_alive)
            end_ = connection_end::close;
        bytes = head_of(response, request_id, !end_,
                        std::chrono::floor<std::chrono::seconds>(
                            intheloop::detail::system_now(service_.clock())));
        if (auto const* const body = std::get_if<std::string>(&response.body);
            body != nullptr && !head_only)
            bytes += body->substr(0, response.body_bytes.value_or(body->npos));
        if (response.body_bytes)
            end_ = connection_end::cut;
    }

    std::string_view const all = bytes;
    std::size_t const first = std::min(response.pause_after.value_or(all.size()), all.size());
    std::size_t const piece = response.drip_bytes.value_or(all.size());
    // From before the first byte is written: its reader may call release() before this goes on.
    if (response.pause_after)
        held_since_ = journal_.current_epoch();
    bool ok = co_await write_pieces(all.substr(0, first), piece, response.drip_pause);
    if (ok && response.pause_after) {
        journal_.begin_hold();
        ok = co_await hold();
        if (ok)
            ok = co_await write_pieces(all.substr(first), piece, response.drip_pause);
    }
    auto const* const file = std::get_if<file_body>(&response.body);
    if (ok && file != nullptr && !head_only)
        ok = co_await write_file(*file);
    if (ok)
        journal_.response_written();
    if (file != nullptr && file->cut)
        end_ = surely_ended(file->cut->ending);
    else if (!ok)
        end_ = connection_end::cut;
}

INTHELOOP_DECL boost::asio::awaitable<bool> connection::write(boost::asio::const_buffer bytes) {
    boost::system::error_code error;
    if (bytes.size() == 0)
        co_return !aborted_;
    if (tls_)
        co_await boost::asio::async_write(
            *tls_, bytes, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    else
        co_await boost::asio::async_write(
            socket_, bytes, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    co_return !error && !aborted_;
}

INTHELOOP_DECL boost::asio::awaitable<bool>
connection::write_pieces(std::string_view bytes, std::size_t size,
                         std::chrono::milliseconds pause) {
    bool ok = !aborted_;
    for (std::size_t begin = 0; ok && begin < bytes.size(); begin += size) {
        if (begin != 0)
            ok = co_await wait_until(intheloop::detail::saturating_add(now(), pause));
        std::string_view const piece = bytes.substr(begin, size);
        if (ok)
            ok = co_await write(boost::asio::buffer(piece.data(), piece.size()));
    }
    co_return ok;
}

INTHELOOP_DECL boost::asio::awaitable<bool> connection::write_file(file_body const& file) {
    file_blocks blocks(file);
    auto const start = now();
    std::string block;
    while (blocks.next(block)) {
        bool ok = co_await wait_until(intheloop::detail::saturating_add(start, blocks.due()));
        if (ok)
            ok = co_await write(boost::asio::buffer(block));
        if (!ok)
            co_return false;
    }
    co_return blocks.complete();
}

INTHELOOP_DECL boost::asio::awaitable<void> connection::close_gently(connection_end ending) {
    boost::system::error_code ignored;
    if (aborted_)
        co_return;
    if (ending == connection_end::reset) {
        socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
        co_return;
    }
    if (ending == connection_end::close && tls_) {
        // Pretends to have the client's close_notify already: sends the server's, and does not wait
        // for the client's, which is optional.
        SSL_set_shutdown(tls_->native_handle(),
                         SSL_get_shutdown(tls_->native_handle()) | SSL_RECEIVED_SHUTDOWN);
        co_await tls_->async_shutdown(
            boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

} // namespace intheloop::testing::detail

#endif
