// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export: exports the raw data of a period into a file, and shows its first rows.
//
//     INTHELOOP_TOKEN=... loop-export --from 2026-11-01 --to 2026-11-08 -o report.json
//
// Exit code: 0 when the file is written; 1 when the service or the network failed; 2 for bad usage;
// 130 after Ctrl-C.
#include "loop_export/arguments.hpp"
#include "loop_export/progress.hpp"
#include "loop_export/records.hpp"
#include "loop_export/table.hpp"

#include <intheloop.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;
namespace report = intheloop::report;
using clock_type = std::chrono::steady_clock;

constexpr int bad_usage = 2;

std::string seconds_since(clock_type::time_point began) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1)
         << std::chrono::duration<double>(clock_type::now() - began).count() << " s";
    return std::move(text).str();
}

// One run of the program: what it is to do, and how far it is.
class job {
public:
    job(loop::client& client, example::arguments const& args)
        : client_(client), args_(args),
          progress_(std::cerr, example::terminal_width(STDERR_FILENO)) {}

    // Starts the export, waits for it and fetches its file. Throws for all that goes wrong.
    asio::awaitable<loop::download_summary> run() {
        auto const started = co_await client_.async_call(report::export_report, args_.request);
        id_ = started.value().id;
        report::export_result state = *started;
        report::get_request const which(id_);
        while (is_pending(state)) {
            co_await wait_before_look();
            auto const looked = co_await client_.async_call(report::get_report, which);
            state = looked.value();
        }
        if (!state.url)
            throw std::runtime_error(text() + ", and the service gave no address for its file");
        progress_.show(text() + " after " + seconds_since(began_) + "; downloading");
        auto how = download_options();
        auto const done = co_await loop::async_download(client_, *state.url, args_.out, how);
        progress_.show("downloaded " + example::grouped(done.value().bytes) + " bytes");
        co_return *done;
    }

    // What is being waited for, to be told when it is given up.
    std::string text() const {
        return id_.empty() ? "starting the export" : "export " + id_ + ": " + status_;
    }
    void finish_progress() { progress_.finish(); }
    std::string elapsed() const { return seconds_since(began_); }

private:
    // "PendingOrExpired" is either: of an export that is being polled, the former. A status that
    // nobody knows yet may be one more way to say "not yet", until the deadline.
    bool is_pending(report::export_result const& state) {
        report::export_status const status = state.status.value_or(report::export_status());
        status_ = state.status ? std::string(status.text()) : "no status";
        if (status == report::export_status::failed)
            throw std::runtime_error(text() + ": the service could not make it");
        if (status == report::export_status::expired)
            throw std::runtime_error(text() + ": start a new one");
        return status != report::export_status::completed;
    }

    asio::awaitable<void> wait_before_look() {
        using namespace std::chrono_literals;
        auto const look_at = clock_type::now() + args_.poll_interval;
        asio::steady_timer timer(client_.get_executor());
        do {
            progress_.show(text() + ", " + seconds_since(began_));
            auto const next_second = clock_type::now() + 1s;
            timer.expires_at(progress_.in_place() ? std::min(look_at, next_second) : look_at);
            co_await timer.async_wait(asio::use_awaitable);
        } while (clock_type::now() < look_at);
    }

    loop::download_options download_options() {
        loop::download_options how;
        how.deadline = args_.deadline;
        how.on_progress = [this, show_at = began_](loop::download_progress so_far) mutable {
            using namespace std::chrono_literals;
            if (!progress_.in_place() || clock_type::now() < show_at)
                return;
            show_at = clock_type::now() + 100ms;
            std::string line = "downloading: " + example::grouped(so_far.bytes);
            if (so_far.total)
                line += " of " + example::grouped(*so_far.total);
            progress_.show(line + " bytes");
        };
        return how;
    }

    loop::client& client_;
    example::arguments const& args_;
    example::progress_line progress_;
    clock_type::time_point const began_ = clock_type::now();
    std::string id_;
    std::string status_;
};

// "report.json: 48 rows, 13,204 bytes, 1.2 s", and the first rows as a table.
void print_summary(example::arguments const& args, loop::download_summary const& done,
                   std::string const& elapsed) {
    std::cout << args.out.string() << ": ";
    std::string const size = example::grouped(done.bytes) + " bytes, " + elapsed + '\n';
    if (args.request.result_format == report::result_format::xlsx) {
        std::cout << size;
        return;
    }
    example::record_scanner scanner(args.rows);
    std::ifstream file(args.out, std::ios::binary);
    std::array<char, 65536> piece;
    while (file.read(piece.data(), piece.size()) || file.gcount() != 0)
        scanner.feed({piece.data(), static_cast<std::size_t>(file.gcount())});
    if (!scanner.complete()) {
        std::cout << "not a list of records, " << size;
        return;
    }
    std::cout << example::grouped(scanner.count()) << " rows, " << size;

    std::vector<boost::json::value> rows;
    for (std::string const& text : scanner.first()) {
        boost::system::error_code ec;
        rows.push_back(boost::json::parse(text, ec));
        if (ec)
            rows.back() = "(not JSON)";
    }
    if (rows.empty())
        return;
    std::cout << '\n';
    constexpr std::size_t usual_width = 100;
    std::size_t const width = example::terminal_width(STDOUT_FILENO);
    example::print_table(std::cout, rows, width != 0 ? width : usual_width);
    if (rows.size() < scanner.count())
        std::cout << "... and " << example::grouped(scanner.count() - rows.size())
                  << " more rows\n";
}

// Runs the job until it ends, a signal comes or time is up; gives the exit code.
int run(loop::client& client, asio::io_context& io, example::arguments const& args) {
    job exporting(client, args);
    std::exception_ptr failure;
    loop::download_summary done;
    int stopped_by = 0;
    bool late = false;

    asio::cancellation_signal stop;
    asio::signal_set signals(io, SIGINT, SIGTERM);
    asio::steady_timer deadline(io, args.deadline);
    signals.async_wait([&](boost::system::error_code ec, int number) {
        if (ec)
            return;
        stopped_by = number;
        signals.clear(); // a second one ends the program at once
        stop.emit(asio::cancellation_type::terminal);
    });
    deadline.async_wait([&](boost::system::error_code ec) {
        if (ec)
            return;
        late = true;
        stop.emit(asio::cancellation_type::terminal);
    });
    auto const ended = [&](std::exception_ptr thrown, loop::download_summary summary) {
        failure = thrown;
        done = std::move(summary);
        signals.cancel();
        signals.clear();
        deadline.cancel();
    };
    co_spawn(io, exporting.run(), asio::bind_cancellation_slot(stop.slot(), ended));
    io.run();
    exporting.finish_progress();

    if (!failure) {
        print_summary(args, done, exporting.elapsed());
        return 0;
    }
    std::string why;
    if (stopped_by != 0)
        why = "interrupted; " + exporting.text();
    else if (late)
        why = "no result within the deadline; " + exporting.text();
    else
        try {
            std::rethrow_exception(failure);
        } catch (std::exception const& e) {
            why = e.what();
        }
    std::cerr << "loop-export: " << example::one_line(why) << '\n';
    return stopped_by != 0 ? 128 + stopped_by : 1;
}

} // namespace

int main(int argc, char** argv) {
    auto const parsed = example::parse_arguments(argc, argv);
    if (auto const* exit_code = std::get_if<int>(&parsed))
        return *exit_code;
    auto const& args = std::get<example::arguments>(parsed);
    auto options = loop::options::from_env();
    options.application = "loop-export";
    if (args.impersonate_user)
        options.impersonate_user = args.impersonate_user;

    if (options.token.empty()) {
        std::cerr << "loop-export: INTHELOOP_TOKEN is not set (a token comes from Loop's web "
                     "settings, tab \"API keys\")\n";
        return bad_usage;
    }

    asio::io_context io(1);
    std::optional<loop::client> client;
    try {
        client.emplace(io.get_executor(), std::move(options));
    } catch (loop::exception const& e) {
        std::cerr << "loop-export: " << e.what() << '\n';
        return bad_usage;
    }
    return run(*client, io, args);
}
