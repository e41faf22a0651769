// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// export-server: a web server through which browsers start exports, follow them live and read
// their rows as they come.
//
//     INTHELOOP_TOKEN=... export-server --port 8080
//
//     POST /exports               {"from": "2026-11-01", "to": "2026-11-08"}: starts an export
//     GET  /exports/{id}          its state
//     GET  /exports/{id}/events   its states, live, as server-sent events
//     GET  /exports/{id}/rows     its rows, one line of JSON each, or as server-sent events
//     GET  /                      a page that does all of that
//
// With --redis several of them, behind a load balancer, act as one: an export that is started at
// one is followed and read at another, also after a restart.
//
// The first line that it prints is its address. It asks nobody for a password, and so listens on
// this machine alone, unless told otherwise; elsewhere it answers to its addresses and to the names
// that --host gives. SIGINT and SIGTERM stop it in order.
//
// Exit code: 0 after that; 1 when it can't listen; 2 for bad usage.
#include "arguments.hpp"
#include "hosts.hpp"
#include "http_server.hpp"
#include "job_directory.hpp"
#include "log.hpp"
#include "service.hpp"

#include <intheloop/base/error.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/options.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

constexpr int bad_usage = 2;

void rethrow(std::exception_ptr failure) {
    if (failure)
        std::rethrow_exception(failure);
}

// Waits for a signal, and then ends all that is under way, so that no work is left. A second
// signal ends the program at once.
asio::awaitable<void> stop_in_order(asio::signal_set& signals, tools::http_server& server,
                                    tools::export_service& service, loop::client& client,
                                    std::chrono::milliseconds grace) {
    using namespace asio::experimental::awaitable_operators;
    co_await signals.async_wait(asio::deferred);
    signals.clear();
    tools::log("stopping");
    auto const end_of_grace = std::chrono::steady_clock::now() + grace;
    co_await server.stop(grace);
    co_await service.async_wait_for_starts(end_of_grace);
    service.forget_jobs();
    asio::steady_timer limit(co_await asio::this_coro::executor, end_of_grace);
    co_await (client.async_close(asio::use_awaitable) || limit.async_wait(asio::use_awaitable));
    tools::log("stopped");
}

void run_or_stop_all(asio::io_context& io) {
    try {
        io.run();
    } catch (...) {
        io.stop();
        throw;
    }
}

// Throws what was thrown on any of the threads.
void run_on_threads(asio::io_context& io, unsigned count) {
    std::vector<std::future<void>> others;
    for (unsigned i = 1; i < count; ++i)
        others.push_back(std::async(std::launch::async, run_or_stop_all, std::ref(io)));
    run_or_stop_all(io);
    for (auto& each : others)
        each.get();
}

tools::service_options service_options(tools::arguments const& args) {
    tools::service_options options;
    options.poll.first_poll = options.poll.interval = args.poll_interval;
    options.most_jobs = args.most_jobs;
    options.most_readers = args.most_readers;
    options.heartbeat = args.heartbeat;
    return options;
}

loop::options client_options(tools::arguments const& args) {
    auto options = loop::options::from_env();
    options.application = "export-server";
    options.pool.max_connections = args.most_readers; // a slow one keeps a connection to itself
    return options;
}

// Many systems allow 1024 unless asked for more: fewer than the connections that may be open.
void raise_limit_of_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void serve(asio::io_context& io, loop::client& client, tools::job_directory* directory,
           tools::arguments const& args) {
    tools::allowed_hosts const hosts(args.listen_at.address(), args.hosts);
    tools::export_service service(client, service_options(args), hosts, directory);
    tools::connection_limits limits;
    limits.patience = args.patience;
    limits.connections = args.most_connections;
    tools::http_server server(io, args.listen_at, service, limits);
    auto const strand = server.get_executor();
    asio::signal_set signals(strand, SIGINT, SIGTERM);
    std::cout << "http://" << server.endpoint() << std::endl;
    if (!args.listen_at.address().is_loopback()) {
        tools::log("whoever reaches this address can read all that the token can");
        tools::log("it answers to its addresses, and to the names that --host gives");
    }
    tools::log("listening; Ctrl-C stops it");

    asio::co_spawn(strand, server.run(), rethrow);
    asio::co_spawn(strand, stop_in_order(signals, server, service, client, args.grace), rethrow);
    run_on_threads(io, args.threads);
}

} // namespace

int main(int argc, char** argv) {
    // A reader of the standard output or of the log that goes away ends nothing.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        auto const parsed = tools::parse_arguments(argc, argv);
        if (auto const* exit_code = std::get_if<int>(&parsed))
            return *exit_code;
        auto const& args = std::get<tools::arguments>(parsed);
        raise_limit_of_descriptors();
        asio::io_context io;
        auto options = client_options(args);
        std::unique_ptr<tools::job_directory> directory;
#ifdef EXPORT_SERVER_HAS_REDIS
        if (!args.redis.empty())
            directory = tools::join_through_redis(io.get_executor(), args.redis, options);
#endif
        loop::client client(io.get_executor(), std::move(options));
        serve(io, client, directory.get(), args);
        return 0;
    } catch (loop::exception const& e) {
        tools::log(e.what());
        return bad_usage;
    } catch (std::exception const& e) {
        tools::log(e.what());
        return 1;
    }
}
