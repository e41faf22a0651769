// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The part of an exporter that writes the file.
#include "exporter.hpp"

#include "csv_table.hpp"
#include "json_lines.hpp"
#include "preview.hpp"
#include "progress_text.hpp"
#include "seconds_text.hpp"
#include "table.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace tools {

namespace asio = boost::asio;
namespace loop = intheloop;
using clock_type = std::chrono::steady_clock;

loop::download_options exporter::download_options() {
    using namespace std::chrono_literals;
    loop::download_options options;
    options.deadline = args_.deadline;
    options.keep_part = true;
    if (writes_to_terminal_)
        return options;
    auto const pause = console_.in_place() ? 100ms : 10'000ms;
    options.on_progress =
        [this, pause, show_at = clock_type::now() + pause](loop::download_progress now) mutable {
            if (clock_type::now() < show_at)
                return;
            show_at = clock_type::now() + pause;
            console_.status(progress_text(now, console_.width()));
        };
    return options;
}

asio::awaitable<void> exporter::fetch(loop::export_job job) {
    if (args_.format == row_format::json_lines) {
        json_lines lines;
        co_await fetch_rows(std::move(job), lines);
    } else if (args_.format == row_format::csv) {
        csv_table table(args_.columns, args_.csv);
        co_await fetch_rows(std::move(job), std::move(table));
    } else if (unfinished_) {
        co_await fetch_file(std::move(job));
    } else {
        co_await fetch_bytes(std::move(job));
    }
}

asio::awaitable<void> exporter::fetch_file(loop::export_job job) {
    auto options = download_options();
    options.streams = args_.streams;
    auto const outcome = co_await loop::async_download(client_, job, args_.out, options);
    loop::download_summary const& done = outcome.value();
    is_file_written_ = true; // whatever follows
    finish();
    std::string const size = grouped(done.bytes) + " bytes, " + elapsed();
    if (args_.rows == 0 || console_.is_quiet()) {
        console_.note(args_.out.string() + ": " + size);
        co_return;
    }
    file_rows const rows = co_await count_rows(args_.out, args_.rows);
    if (!rows.is_json()) {
        console_.note(args_.out.string() + ": " + size);
        co_return;
    }
    console_.note(args_.out.string() + ": " + grouped(rows.count) + " rows, " + size);
    if (!rows.problem.empty())
        console_.warn("not a whole list of rows: " + rows.problem);
    constexpr std::size_t usual_width = 100;
    for (std::string const& line :
         preview(rows, console_.in_place() ? console_.width() : usual_width))
        console_.note(line);
}

namespace {

// Replaces what is in `into` by the next bytes, or leaves it empty at the end.
asio::awaitable<void> read_some(loop::byte_source& from, std::string& into) {
    auto const failure = co_await asio::async_initiate<asio::use_awaitable_t<> const,
                                                       void(std::optional<loop::error>)>(
        [](auto handler, loop::byte_source* source, std::string* target) {
            source->async_read(*target, std::move(handler));
        },
        asio::use_awaitable, &from, &into);
    if (failure)
        throw loop::exception(*failure);
}

} // namespace

asio::awaitable<void> exporter::fetch_bytes(loop::export_job job) {
    static_cast<void>(output_.open()); // a stream is open since before the start
    leave_terminal_to(output_);
    auto const source = loop::open_download(client_, job, download_options());
    std::uint64_t bytes = 0;
    std::string piece;
    char last = '\n';
    for (;;) {
        co_await read_some(*source, piece);
        if (piece.empty())
            break;
        bytes += piece.size();
        co_await output_.write(piece);
        last = piece.back();
    }
    output_.commit();
    if (writes_to_terminal_ && last != '\n')
        console_.note(""); // ends the line
    console_.note(grouped(bytes) + " bytes, " + elapsed());
}

// Data on a terminal begin on a line of their own, and no progress is drawn into them.
void exporter::leave_terminal_to(output const& out) {
    writes_to_terminal_ = out.is_terminal();
    if (writes_to_terminal_)
        console_.clear_status();
}

// Leaves the text empty, also where it can't be written: nothing is to be written twice.
asio::awaitable<void> exporter::pass_on(std::string& text) {
    std::string const passed = std::exchange(text, {});
    if (kept_)
        kept_->write(passed);
    else
        co_await output_.write(passed);
}

// Who reads a stream sees the rows as they come, and those before a failure too.
template <class Table>
asio::awaitable<void> exporter::fetch_rows(loop::export_job job, Table table) {
    constexpr std::size_t enough = 65536; // bytes, to be written at once
    static_cast<void>(output_.open());    // a stream is open since before the start
    leave_terminal_to(output_);
    auto source = loop::open_download(client_, job, download_options());
    loop::row_reader<typename Table::row_type> rows(std::move(source));
    bool const is_seen_at_once = !unfinished_ && !kept_;
    std::string text;
    std::exception_ptr failure;
    try {
        while (auto row = co_await rows.async_next()) {
            for (; row; row = rows.try_next()) {
                table.add(*std::move(row), rows.bytes(), text);
                if (text.size() >= enough)
                    co_await pass_on(text);
            }
            if (is_seen_at_once && !text.empty()) // the next row has to be waited for
                co_await pass_on(text);
        }
        table.finish(text);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        if (is_seen_at_once)
            try {
                table.break_off(text);
                if (!text.empty())
                    co_await pass_on(text);
            } catch (...) { // the first failure is told
            }
        std::rethrow_exception(failure);
    }
    std::string piece;
    while (kept_ && kept_->read(piece))
        co_await output_.write(piece);
    co_await output_.write(text);
    output_.commit();
    std::string const name = args_.out == "-" ? std::string() : args_.out.string() + ": ";
    console_.note(name + grouped(rows.rows()) + " rows, " + grouped(rows.bytes()) +
                  " bytes read, " + elapsed());
    for (std::string const& remark : table.remarks())
        console_.warn(remark);
}

} // namespace tools
