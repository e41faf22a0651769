// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_ROW_BUFFER_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_ROW_BUFFER_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tools {

// Rows, or events, between the coroutine that reads them and the one that writes them, both on one
// strand. As long as the browser is fast each row goes by itself; while it is not, rows are
// gathered for the next write; and when enough are, no more are read.
class row_buffer {
public:
    explicit row_buffer(boost::asio::any_io_executor const& executor) : changed_(executor) {}

    // Has the writer get this text when nothing has come for that long.
    void fill_silence(std::chrono::milliseconds longest, std::string text);

    // For the reader: a row, written on one line between two texts, or a text as it is.
    boost::asio::awaitable<void> async_wait_for_room();
    void put(std::string_view row, std::string_view before = {}, std::string_view after = "\n");
    void add(std::string_view text);
    void end();

    // For the writer: all that has come; empty at the end.
    boost::asio::awaitable<std::string> async_take();

private:
    static constexpr std::size_t enough = 64 * 1024;

    // Gives false if nothing changes until then.
    boost::asio::awaitable<bool> async_wait_for_change(boost::asio::steady_timer::time_point until);
    void wake_other() { changed_.cancel(); }

    // One of the two waits at a time: the reader while there is much, the writer while there is
    // nothing.
    boost::asio::steady_timer changed_;
    std::optional<std::chrono::milliseconds> longest_silence_;
    std::string in_silence_;
    std::string lines_;
    bool has_ended_ = false;
};

} // namespace tools

#endif
