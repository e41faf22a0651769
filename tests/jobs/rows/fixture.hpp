// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_ROWS_FIXTURE_HPP
#define INTHELOOP_TESTS_JOBS_ROWS_FIXTURE_HPP

#include <intheloop/jobs/file_source.hpp>
#include <intheloop/jobs/rows.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fixture {

namespace loop = intheloop;
namespace asio = boost::asio;

// Gives a text in pieces of odd sizes, 1, 2, 3, 5, 7, ... bytes, and then the end, or an error.
class piece_source final : public loop::byte_source {
public:
    piece_source(asio::any_io_executor executor, std::string text,
                 std::optional<loop::error> at_end = std::nullopt)
        : executor_(std::move(executor)), text_(std::move(text)), at_end_(std::move(at_end)) {}

    asio::any_io_executor get_executor() const override { return executor_; }

    void async_read(std::string& into, read_handler handler) override {
        constexpr std::size_t sizes[] = {1, 2, 3, 5, 7, 11, 1000, 13};
        into = text_.substr(given_, sizes[reads_++ % std::size(sizes)]);
        given_ += into.size();
        loop::detail::post_completion(executor_, std::move(handler),
                                      into.empty() ? at_end_ : std::nullopt);
    }

private:
    asio::any_io_executor executor_;
    std::string text_;
    std::optional<loop::error> at_end_;
    std::size_t given_ = 0;
    std::size_t reads_ = 0;
};

// Gives what it is told to, when it is told to; cancelled before, it fails.
class slow_source final : public loop::byte_source {
public:
    struct control {
        std::string* into = nullptr;
        read_handler waiting;
        bool destroyed = false;

        // While a read waits.
        void give(asio::any_io_executor const& executor, std::string_view piece) {
            *into = piece;
            end(executor, std::nullopt);
        }
        void end(asio::any_io_executor const& executor, std::optional<loop::error> failure) {
            asio::get_associated_cancellation_slot(waiting).clear();
            loop::detail::post_completion(executor, std::move(waiting), std::move(failure));
        }
    };

    slow_source(asio::any_io_executor executor, std::shared_ptr<control> by)
        : executor_(std::move(executor)), by_(std::move(by)) {}
    ~slow_source() override { by_->destroyed = true; }

    asio::any_io_executor get_executor() const override { return executor_; }

    void async_read(std::string& into, read_handler handler) override {
        by_->into = &into;
        by_->waiting = std::move(handler);
        auto slot = asio::get_associated_cancellation_slot(by_->waiting);
        if (slot.is_connected())
            slot.assign([this](asio::cancellation_type type) {
                if (type != asio::cancellation_type::none)
                    by_->end(executor_, loop::error(loop::errc::cancelled, "in a test"));
            });
    }

private:
    asio::any_io_executor executor_;
    std::shared_ptr<control> by_;
};

inline std::unique_ptr<loop::byte_source>
pieces_of(asio::io_context& io, std::string text,
          std::optional<loop::error> at_end = std::nullopt) {
    return std::make_unique<piece_source>(io.get_executor(), std::move(text), std::move(at_end));
}

// Runs a coroutine, which has to reach its end.
template <class Coroutine>
void run(asio::io_context& io, Coroutine coroutine) {
    bool done = false;
    asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
        done = true;
    });
    io.restart();
    io.run();
    CHECK(done);
}

// All rows, up to the end or an error.
template <class Row>
struct all_rows {
    std::vector<Row> rows;
    std::string failure; // empty: it came to the end
    boost::system::error_code code;
};

template <class Row>
all_rows<Row> read_all(asio::io_context& io, std::unique_ptr<loop::byte_source> from,
                       loop::row_options const& how = loop::row_options()) {
    all_rows<Row> found;
    loop::row_reader<Row> reader(std::move(from), how);
    run(io, [&]() -> asio::awaitable<void> {
        while (auto row = co_await reader.async_next()) {
            if (row.has_error()) {
                CHECK_THROWS_AS((void)*row, loop::exception);
                found.failure = row.error().detail;
                found.code = row.error().code();
            } else {
                found.rows.push_back(*std::move(row));
            }
        }
        auto const after = co_await reader.async_next();
        CHECK_FALSE(after); // the end, again
    });
    CHECK(reader.rows() == found.rows.size());
    return found;
}
template <class Row>
all_rows<Row> read_all(std::string text, loop::row_options const& how = loop::row_options()) {
    asio::io_context io;
    return read_all<Row>(io, pieces_of(io, std::move(text)), how);
}

} // namespace fixture

#endif
