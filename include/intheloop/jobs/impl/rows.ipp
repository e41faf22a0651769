// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_ROWS_IPP
#define INTHELOOP_JOBS_IMPL_ROWS_IPP

#include <intheloop/jobs/rows.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/require.hpp>

#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL row_stream::row_stream(std::unique_ptr<byte_source> from, row_options options)
    : source_(std::move(from)), executor_(source_->get_executor()),
      never_within_(boost::asio::require(executor_, boost::asio::execution::blocking_t::never)),
      options_(options), splitter_(options) {}

INTHELOOP_DECL void row_stream::async_read_on(std::shared_ptr<row_stream> stream,
                                              read_handler handler) {
    row_stream& reading = *stream;
    // Between two reads the loop runs on the handler's executor: keep the source's busy.
    auto work = boost::asio::make_work_guard(reading.get_executor());
    auto go_on = [stream = std::move(stream), work = std::move(work)](
                     read_handler&& inner, std::optional<error> failed) mutable {
        stream->take_piece(std::move(failed));
        if (stream->needs_piece())
            return async_read_on(std::move(stream), std::move(inner));
        std::move(inner)();
    };
    reading.source_->async_read(reading.piece_,
                                wrapped_handler(std::move(handler), std::move(go_on)));
}

INTHELOOP_DECL bool row_stream::needs_piece() {
    using step = codec::row_splitter::step;
    if (over_)
        return false;
    step const found = splitter_.next();
    if (found == step::failed)
        failure_ = splitter_.failure();
    over_ = found == step::failed || found == step::end;
    return found == step::need_piece;
}

INTHELOOP_DECL void row_stream::take_piece(std::optional<error> failed) {
    if (failed) {
        failure_ = std::move(failed);
        over_ = true;
    } else if (piece_.empty()) {
        splitter_.feed_end();
    } else {
        splitter_.feed(piece_);
    }
}

INTHELOOP_DECL std::optional<std::string_view> row_stream::row() const {
    if (over_)
        return std::nullopt;
    return splitter_.row();
}

INTHELOOP_DECL std::optional<error> row_stream::take_failure() {
    return std::exchange(failure_, std::nullopt);
}

INTHELOOP_DECL error row_stream::refuse(codec::json_error const& problem) {
    over_ = true;
    return error(problem.malformed ? errc::invalid_json : errc::unexpected_json,
                 "row " + std::to_string(rows_) + ", which begins at byte " +
                     std::to_string(splitter_.row_begin()) + " of the input: " + problem.text());
}

} // namespace intheloop::detail

#endif
