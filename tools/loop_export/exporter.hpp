// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_EXPORTER_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_EXPORTER_HPP

#include "arguments.hpp"
#include "console.hpp"
#include "output.hpp"
#include "spool.hpp"
#include "unfinished.hpp"

#include <intheloop.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tools {

// One run of the program: starts the export or finds it again, waits for it, writes its file.
class exporter {
public:
    exporter(intheloop::client& client, std::optional<intheloop::secret> const& user,
             arguments const& args, console& out);

    // Throws for all that goes wrong.
    boost::asio::awaitable<void> run();

    // After run() was ended, by whatever.
    std::string doing() const; // what was being done
    bool is_start_unclear() const { return is_start_unclear_; }
    bool has_export() const { return !id_.empty(); }
    bool is_file_written() const { return is_file_written_; }
    // Puts the journal in order, and tells how to go on.
    void leave();

private:
    boost::asio::awaitable<void> open_stream();
    boost::asio::awaitable<intheloop::export_job> begin();
    boost::asio::awaitable<intheloop::export_job> start(intheloop::report::export_request request);
    intheloop::export_job resume_left(intheloop::journal_entry const& left);
    intheloop::export_job resume(std::string const& token) const;
    boost::asio::awaitable<intheloop::export_job> resume_by_token();
    void announce(intheloop::export_job const& job);

    boost::asio::awaitable<void> wait_for(intheloop::export_job job);
    boost::asio::awaitable<void> fetch(intheloop::export_job job);
    boost::asio::awaitable<void> fetch_file(intheloop::export_job job);
    boost::asio::awaitable<void> fetch_bytes(intheloop::export_job job);
    void leave_terminal_to(output const& out);
    boost::asio::awaitable<void> pass_on(std::string& text);
    template <class Table>
    boost::asio::awaitable<void> fetch_rows(intheloop::export_job job, Table table);

    intheloop::poll_options poll_options() const;
    intheloop::download_options download_options();
    void show(intheloop::export_state const& state);
    std::string elapsed() const;
    void finish();

    intheloop::client& client_;
    arguments const& args_;
    console& console_;
    std::optional<unfinished> unfinished_; // if a file is written
    output output_;                        // of rows, or a stream
    std::optional<spool> kept_;            // rows for a stream, of which nothing can be taken back
    std::optional<std::string> user_;
    std::string id_;
    std::string status_;
    std::string resume_token_;
    bool is_start_unclear_ = false;
    bool is_file_written_ = false;
    bool writes_to_terminal_ = false;
    std::chrono::steady_clock::time_point const began_ = std::chrono::steady_clock::now();
};

} // namespace tools

#endif
