// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_ROWS_IPP
#define INTHELOOP_JOBS_IMPL_ROWS_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/jobs/rows.hpp>
#include <intheloop/net/detail/strand_gate.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/require.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL row_stream::row_stream(std::unique_ptr<byte_source> from, row_options options)
    : source_(std::move(from)), executor_(source_->get_executor()),
      never_within_(boost::asio::require(executor_, boost::asio::execution::blocking_t::never)),
      options_(options), splitter_(options) {
    constexpr std::size_t most = codec::detail::most_json_levels;
    if (options_.max_depth <= most)
        return;
    failure_.emplace(errc::invalid_option,
                     "row_options: max_depth is above " + std::to_string(most));
    over_ = true;
}

INTHELOOP_DECL void row_stream::async_read_on(std::shared_ptr<row_stream> stream,
                                              read_handler handler) {
    // Kept apart from the source, which may throw. Between two reads the loop runs on the handler's
    // executor: keep the source's busy.
    auto const kept = std::make_shared<std::optional<read_handler>>(std::move(handler));
    auto go_on = [stream, kept, work = net::context_work(stream->get_executor())](
                     std::optional<error> failed) mutable {
        if (!*kept)
            return; // the source threw, and calls the handler nevertheless
        read_handler inner = std::move(**kept);
        kept->reset();
        stream->take_piece(std::move(failed));
        if (stream->needs_piece())
            return async_read_on(std::move(stream), std::move(inner));
        work = {}; // the source's context may be gone when the handler has returned
        std::move(inner)();
    };
    errc thrown{};
    try {
        return stream->source_->async_read(
            stream->piece_, bind_like(**kept, stream->get_executor(), std::move(go_on)));
    } catch (...) {
        thrown = thrown_code(errc::invalid_request);
    }
    if (!*kept)
        return;
    read_handler inner = std::move(**kept);
    kept->reset();
    stream->take_piece(
        error(thrown, thrown == errc::out_of_memory ? "" : "the source threw an exception"));
    post_completion(stream->get_executor(), std::move(inner));
}

INTHELOOP_DECL bool row_stream::needs_piece() {
    using step = codec::row_splitter::step;
    if (over_)
        return false;
    step found = step::failed;
    try {
        found = splitter_.next();
    } catch (std::bad_alloc const&) {
        end_without_memory();
        return false;
    }
    if (found == step::failed)
        failure_ = splitter_.failure();
    over_ = found == step::failed || found == step::end;
    return found == step::need_piece;
}

INTHELOOP_DECL void row_stream::take_piece(std::optional<error> failed) {
    if (failed) {
        failure_ = with_code(std::move(*failed));
        over_ = true;
        return;
    }
    try {
        if (piece_.empty())
            splitter_.feed_end();
        else
            splitter_.feed(piece_);
    } catch (std::bad_alloc const&) {
        end_without_memory();
    }
}

INTHELOOP_DECL void row_stream::end_without_memory() {
    failure_.emplace(errc::out_of_memory, std::string());
    over_ = true;
}

INTHELOOP_DECL error row_stream::refuse_exception() {
    over_ = true;
    errc const code = thrown_code(errc::unexpected_json);
    return error(code, code == errc::out_of_memory ? "" : "the type of the row threw an exception");
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
