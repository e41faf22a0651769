// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "responder.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>

namespace tools {

void responder::prepare(http::fields& head) const {
    head.set(http::field::server, "intheloop-export-server");
    head.set(http::field::cache_control, "no-store");
    head.set("X-Content-Type-Options", "nosniff");
    if (!form_.keep_alive)
        head.set(http::field::connection, "close");
}

asio::awaitable<void> responder::send(reply answer) {
    prepare(answer);
    if (answer.result() != http::status::no_content) // which has no length
        answer.prepare_payload();
    stream_.expires_after(form_.patience);
    http::response_serializer<http::string_body> serializer(answer);
    has_begun_ = true;
    if (form_.is_to_head)
        co_await http::async_write_header(stream_, serializer, asio::use_awaitable);
    else
        co_await http::async_write(stream_, serializer, asio::use_awaitable);
    is_complete_ = true;
}

asio::awaitable<void> responder::begin(std::string_view content_type) {
    http::response<http::empty_body> head;
    head.set(http::field::content_type, content_type);
    head.set("X-Accel-Buffering", "no"); // nginx passes each piece on when it comes
    if (in_chunks())
        head.chunked(true);
    prepare(head);
    stream_.expires_after(form_.patience);
    http::response_serializer<http::empty_body> serializer(head);
    has_begun_ = is_in_pieces_ = true;
    co_await http::async_write_header(stream_, serializer, asio::use_awaitable);
    is_complete_ = form_.is_to_head;
}

asio::awaitable<void> responder::write(std::string_view text) {
    constexpr std::size_t largest_chunk = 64 * 1024; // so that a long row has no less time
    while (!text.empty()) {
        std::string_view const piece = text.substr(0, largest_chunk);
        auto const plain = asio::buffer(piece);
        auto const chunk = http::make_chunk(plain);
        stream_.expires_after(form_.patience);
        if (in_chunks())
            co_await asio::async_write(stream_, chunk, asio::use_awaitable);
        else
            co_await asio::async_write(stream_, plain, asio::use_awaitable);
        text.remove_prefix(piece.size());
    }
}

asio::awaitable<void> responder::end() {
    auto const last = http::make_chunk_last();
    stream_.expires_after(form_.patience);
    if (in_chunks())
        co_await asio::async_write(stream_, last, asio::use_awaitable);
    is_complete_ = true;
}

void responder::set_waiting(bool waits) {
    is_waiting_ = waits;
    if (is_waiting_ && is_stopped_)
        throw boost::system::system_error(asio::error::operation_aborted);
}

bool responder::stop() noexcept {
    is_stopped_ = true;
    return is_waiting_;
}

} // namespace tools
