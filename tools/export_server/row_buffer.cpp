// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "row_buffer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace tools {

namespace asio = boost::asio;

using time_point = asio::steady_timer::time_point;

void row_buffer::fill_silence(std::chrono::milliseconds longest, std::string text) {
    longest_silence_ = longest;
    in_silence_ = std::move(text);
}

asio::awaitable<void> row_buffer::async_wait_for_room() {
    while (lines_.size() >= enough)
        co_await async_wait_for_change(time_point::max());
}

void row_buffer::put(std::string_view row, std::string_view before, std::string_view after) {
    lines_ += before;
    std::size_t const begin = lines_.size();
    lines_ += row;
    // A row can span lines in the export; between its tokens, as strings hold none.
    auto const first = lines_.begin() + static_cast<std::ptrdiff_t>(begin);
    std::replace(first, lines_.end(), '\n', ' ');
    std::replace(first, lines_.end(), '\r', ' ');
    add(after);
}

void row_buffer::add(std::string_view text) {
    lines_ += text;
    wake_other();
}

void row_buffer::end() {
    has_ended_ = true;
    wake_other();
}

asio::awaitable<std::string> row_buffer::async_take() {
    auto const until =
        longest_silence_ ? time_point::clock::now() + *longest_silence_ : time_point::max();
    while (lines_.empty() && !has_ended_)
        if (!co_await async_wait_for_change(until))
            co_return in_silence_;
    wake_other();
    co_return std::exchange(lines_, std::string());
}

asio::awaitable<bool> row_buffer::async_wait_for_change(time_point until) {
    changed_.expires_at(until);
    auto const waited = co_await changed_.async_wait(asio::as_tuple(asio::deferred));
    co_return std::get<0>(waited) == asio::error::operation_aborted;
}

} // namespace tools
