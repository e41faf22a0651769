// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_ROWS_HPP
#define INTHELOOP_JOBS_ROWS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/row_splitter.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/jobs/next_row.hpp>
#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/json/object.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

// The text of a row in the export, valid until the next row is read. Only its strings and levels
// were checked: your parser finds out whether it is valid JSON. So a reader of texts goes on after
// a row that is none, as one with half of a surrogate pair, bytes that are not UTF-8, a raw control
// character, or NaN. For any other Row such a row is errc::invalid_json, and ends reading.
using row_text = std::string_view;

namespace detail {

// The part of a reader that does not depend on the type of its rows.
class row_stream {
public:
    using read_handler = boost::asio::any_completion_handler<void()>;

    INTHELOOP_DECL row_stream(std::unique_ptr<byte_source> from, row_options options);

    boost::asio::any_io_executor const& get_executor() const noexcept { return executor_; }
    // Runs the function on the executor, never from within.
    template <class Function>
    void post(Function&& function) const {
        never_within_.execute(std::forward<Function>(function));
    }

    // Moves on to the next row, a failure or the end. Returns whether another piece has to be read
    // first.
    INTHELOOP_DECL bool needs_piece();
    // Reads pieces until none is needed, and keeps the stream until then. Calls the handler on its
    // associated executor, never from within.
    INTHELOOP_DECL static void async_read_on(std::shared_ptr<row_stream> stream,
                                             read_handler handler);

    // Returns the text of the row, or nothing after a failure or at the end.
    INTHELOOP_DECL std::optional<std::string_view> row() const;
    // Returns the failure, once; the stream is at its end afterwards.
    INTHELOOP_DECL std::optional<error> take_failure();

    // Called when the row is decoded, or can't be.
    void accept() noexcept { ++rows_; }
    INTHELOOP_DECL error refuse(codec::json_error const& problem);
    // Called in a catch block when decoding has thrown: a Row of the user's may throw anything.
    INTHELOOP_DECL error refuse_exception();

    codec::json_limits json_limits() const {
        return {.max_depth = options_.max_depth, .null_is_absent = true};
    }
    std::uint64_t rows() const noexcept { return rows_; }
    std::uint64_t bytes() const noexcept { return splitter_.bytes(); }
    last_error& given_last() noexcept { return given_last_; }

private:
    void take_piece(std::optional<error> failed);
    void end_without_memory();

    std::unique_ptr<byte_source> source_;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor never_within_; // made once: making it costs more than a row
    row_options options_;
    codec::row_splitter splitter_;
    std::string piece_;
    std::optional<error> failure_;
    bool over_ = false;
    std::uint64_t rows_ = 0;
    last_error given_last_;
};

template <class Row>
next_row<Row> take_row(row_stream& stream) {
    std::optional<std::string_view> const text = stream.row();
    if (!text) {
        auto failure = stream.take_failure();
        return failure ? next_row<Row>(std::move(*failure)) : next_row<Row>();
    }
    if constexpr (std::same_as<Row, row_text>) {
        stream.accept();
        return next_row<Row>(*text);
    } else {
        try {
            Row row = make_empty<Row>();
            if (auto const problem = codec::decode_json(*text, row, stream.json_limits()))
                return next_row<Row>(stream.refuse(*problem));
            stream.accept();
            return next_row<Row>(std::move(row));
        } catch (...) {
            return next_row<Row>(stream.refuse_exception());
        }
    }
}

// Takes a row, and keeps an eye on its error.
template <class Row>
next_row<Row> give_row(row_stream& stream) {
    if (auto overdue = stream.given_last().take_overdue())
        return next_row<Row>(std::move(overdue));
    next_row<Row> given = take_row<Row>(stream);
    stream.given_last().watch(given);
    return given;
}

template <class Row>
struct initiate_next_row {
    std::shared_ptr<row_stream> stream;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return stream->get_executor(); }

    // A row that is read already, the usual case, needs no type erasure. If the handler runs on
    // the source's executor, the posted function keeps that busy and calls the handler itself.
    template <class Handler>
    void operator()(Handler&& handler) const {
        bool const is_there = !stream->needs_piece();
        auto const& fallback = stream->get_executor();
        auto const own_executor = associated_executor_of(handler, fallback);
        if (is_there && is_same_executor(own_executor, fallback))
            return stream->post([stream = stream, own = std::decay_t<Handler>(
                                                      std::forward<Handler>(handler))]() mutable {
                std::move(own)(give_row<Row>(*stream));
            });
        auto give =
            wrap_user_handler(std::forward<Handler>(handler), stream->get_executor(),
                              [stream = stream](auto&& inner) {
                                  std::forward<decltype(inner)>(inner)(give_row<Row>(*stream));
                              });
        if (is_there)
            post_completion(stream->get_executor(), std::move(give));
        else
            row_stream::async_read_on(stream, std::move(give));
    }
};

} // namespace detail

// Reads the rows of a JSON export of any size, one after the other: the elements of an array, or a
// sequence of objects (NDJSON). A Row is a boost::json::object, a boost::json::value, a described
// type, or a row_text.
//
//     auto file = loop::open_file(executor, "week.json").value();
//     loop::row_reader rows(std::move(file));
//     while (auto row = co_await rows.async_next())
//         std::cout << *row << '\n'; // throws if there is an error
//
// Reads from its source only when it has no complete row left. Keeps one piece of the source and
// one row, up to row_options::max_row_size; since a string grows by doubling, the row can take
// twice its size. The vendor does not document the members of a row of an export.
template <class Row = boost::json::object>
class row_reader {
public:
    explicit row_reader(std::unique_ptr<byte_source> from, row_options options = row_options())
        : stream_(std::make_shared<detail::row_stream>(std::move(from), options)) {}
    row_reader(row_reader&&) noexcept = default;
    row_reader& operator=(row_reader&&) noexcept = default;

    // Reads the next row.
    //
    //     while (auto row = co_await rows.async_next())
    //         use(*row); // throws if there is an error
    //
    // Completes with void(next_row<Row>) when a row is read, the end is reached or reading has
    // failed: on the completion handler's associated executor (by default the source's), never from
    // within this function.
    //
    // Only one async_next may be under way, and no try_next meanwhile. The reader may be destroyed
    // meanwhile: its source is kept until the handler is called.
    //
    // An error tells the row, counted from 0, and the byte: errc::invalid_json,
    // errc::unexpected_json if the row is not a Row, errc::response_too_large if it exceeds the
    // limit, errc::invalid_option for the reader's options, errc::out_of_memory, or the error of
    // the source. After an error or the end, further calls return the end. But an error that nobody
    // has seen (see next_row) is thrown first, as intheloop::exception, by this function itself: a
    // coroutine that awaits the row gets it. An error of the last row that a loop reads, and does
    // not look at, is lost if the reader is not called again: its destructor throws nothing.
    //
    // All cancellation types end the read from the source with errc::cancelled. A row that is read
    // already is delivered nevertheless.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(CompletionToken&& token = {}) {
        stream_->given_last().throw_if_unseen();
        return boost::asio::async_initiate<CompletionToken, void(next_row<Row>)>(
            detail::initiate_next_row<Row>{stream_}, token);
    }

    // Returns the next row, an error or the end if the bytes that were read suffice; also false if
    // more has to be read. Not while async_next is under way. Throws an unseen error like
    // async_next.
    //
    // Each async_next costs a turn of the executor, even for a row that is read already, and the
    // turn takes longer than the row. A loop over many small rows is three times as fast if it
    // waits only where necessary:
    //
    //     while (auto row = co_await rows.async_next())
    //         for (; row; row = rows.try_next())
    //             use(*row);
    [[nodiscard]] next_row<Row> try_next() {
        stream_->given_last().throw_if_unseen();
        return stream_->needs_piece() ? next_row<Row>() : detail::give_row<Row>(*stream_);
    }

    std::uint64_t rows() const noexcept { return stream_->rows(); }   // delivered so far
    std::uint64_t bytes() const noexcept { return stream_->bytes(); } // parsed so far

private:
    std::shared_ptr<detail::row_stream> stream_;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/rows.ipp>
#endif

#endif
