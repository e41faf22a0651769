// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export: exports the raw data of a period into a file; goes on with what broke off.
//
//     INTHELOOP_TOKEN=... loop-export --from 2026-11-01 --to 2026-11-08 -o report.json
//
// `loop-export --help` tells the rest, and the man page loop-export.1.
#include "../shared/exit_code.hpp"
#include "../shared/standard_streams.hpp"
#include "arguments.hpp"
#include "console.hpp"
#include "exporter.hpp"
#include "verbose.hpp"

#include <intheloop.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/stat.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

loop::options client_options(tools::arguments const& args, tools::console& out) {
    auto options = loop::options::from_env();
    options.application = "loop-export";
    if (args.impersonate_user)
        options.impersonate_user = args.impersonate_user;
    if (args.proxy)
        options.proxy = args.proxy;
    if (!args.ca_file.empty())
        options.tls.ca_file = args.ca_file;
    if (args.verbose)
        options.observer = std::make_shared<tools::verbose_observer>(out);
    if (options.token.empty())
        throw tools::stopped(tools::bad_usage,
                             "INTHELOOP_TOKEN is not set (a token comes from Loop's web "
                             "settings, tab \"API keys\")");
    return options;
}

// Why a run ended before it was done.
class early_end {
public:
    int signal = 0;
    bool is_late = false;
    std::exception_ptr failure;
};

// Runs the exporter until it ends, a signal comes or time is up.
early_end run(asio::io_context& io, tools::exporter& exporting,
              std::chrono::milliseconds time_limit) {
    early_end ended;
    asio::cancellation_signal stop;
    asio::signal_set signals(io, SIGINT, SIGTERM);
    asio::steady_timer deadline(io, time_limit);
    signals.async_wait([&](boost::system::error_code ec, int number) {
        if (ec)
            return;
        ended.signal = number;
        signals.clear(); // a second one ends the program at once
        stop.emit(asio::cancellation_type::terminal);
    });
    deadline.async_wait([&](boost::system::error_code ec) {
        if (ec)
            return;
        ended.is_late = true;
        stop.emit(asio::cancellation_type::terminal);
    });
    auto const at_end = [&](std::exception_ptr thrown) {
        ended.failure = thrown;
        signals.cancel();
        signals.clear();
        deadline.cancel();
    };
    co_spawn(io, exporting.run(), asio::bind_cancellation_slot(stop.slot(), at_end));
    io.run();
    return ended;
}

// Tells why it ended early, and gives the exit code for it.
int report(early_end const& ended, tools::exporter const& exporting, tools::console& out) {
    if (exporting.is_file_written()) {
        out.warn("the file is written; its rows were not counted to the end");
        return tools::done;
    }
    if (ended.signal != 0) {
        out.warn("interrupted; " + exporting.doing());
        return 128 + ended.signal;
    }
    tools::exit_code code = tools::other_failure;
    try {
        if (!ended.is_late)
            std::rethrow_exception(ended.failure);
        out.warn("no result within the deadline; " + exporting.doing());
        code = tools::unreachable;
    } catch (loop::exception const& e) {
        out.warn(e.what());
        // Before there is an export, the only file that can fail is the one that tells of exports.
        bool const is_journal =
            e.error().code() == loop::errc::file_failed && !exporting.has_export();
        code = is_journal ? tools::bad_usage : tools::exit_code_of(e.error());
    } catch (tools::stopped const& e) {
        out.warn(e.what());
        code = e.code;
    } catch (std::exception const& e) {
        out.warn(e.what());
    }
    if (exporting.is_start_unclear())
        return tools::unclear_start;
    // Once there is an export, it is the service that gave something unusable.
    return code == tools::bad_usage && exporting.has_export() ? tools::other_failure : code;
}

int export_as_told(tools::arguments const& args, tools::console& out) {
    auto options = client_options(args, out);
    auto const user = options.impersonate_user;
    asio::io_context io(1);
    loop::client client(io.get_executor(), std::move(options));
    tools::exporter exporting(client, user, args, out);
    auto const ended = run(io, exporting, args.deadline);
    out.finish();
    int const code = ended.failure ? report(ended, exporting, out) : tools::done;
    try {
        exporting.leave();
    } catch (std::exception const& e) { // which changes nothing about the export
        out.warn(e.what());
    }
    return code;
}

} // namespace

int main(int argc, char** argv) {
    tools::prepare_standard_streams();
    ::umask(S_IRWXG | S_IRWXO); // of each file that it makes: the owner can read it, nobody else
    auto const parsed = tools::parse_arguments(argc, argv);
    if (auto const* exit_code = std::get_if<int>(&parsed))
        return *exit_code;
    auto const& args = std::get<tools::arguments>(parsed);
    tools::console out(std::cerr, tools::terminal_width(STDERR_FILENO), args.quiet);
    try {
        return export_as_told(args, out);
    } catch (loop::exception const& e) {
        out.warn(e.what());
        return tools::exit_code_of(e.error());
    } catch (tools::stopped const& e) {
        out.warn(e.what());
        return e.code;
    } catch (std::exception const& e) {
        out.warn(e.what());
        return tools::other_failure;
    }
}
