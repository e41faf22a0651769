// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with this library on several threads: HOST PORT CA_FILE MODE CONCURRENCY CALLS CLIENTS
// THREADS makes so many clients, each with a context of its own that so many threads run. They
// share the concurrent calls.
#include "calls.hpp"
#include "client_options.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace {

asio::awaitable<void> call_in_turn(loop::client& client, loop::report::get_request const& request,
                                   std::size_t calls) {
    for (std::size_t i = 0; i < calls; ++i) {
        auto const answer = co_await client.async_call(loop::report::get_report, request);
        auto const& result = answer.value(); // throws where there is none
        calls::check(result.id, result.status.value().text());
    }
}

// A client with a context, and the threads that run it.
class lane {
public:
    lane(calls::arguments const& chosen, std::size_t threads)
        : threads_(threads), io_(static_cast<int>(threads)),
          client_(io_.get_executor(), calls::client_options(chosen)) {}

    // Makes the calls of so many coroutines; all threads end with the last of them.
    void begin(std::size_t coroutines, std::size_t calls,
               std::function<void(std::exception_ptr)> const& done) {
        io_.restart();
        for (std::size_t i = 0; i < coroutines; ++i)
            co_spawn(io_, call_in_turn(client_, request_, calls), done);
        for (std::size_t i = 0; i < threads_; ++i)
            running_.emplace_back([this] { io_.run(); });
    }
    void join() {
        for (std::thread& each : running_)
            each.join();
        running_.clear();
    }

private:
    std::size_t const threads_;
    asio::io_context io_;
    loop::client client_;
    loop::report::get_request const request_{std::string(calls::id)};
    std::vector<std::thread> running_;
};

void run(calls::arguments const& chosen, std::size_t clients, std::size_t threads) {
    std::vector<std::unique_ptr<lane>> lanes;
    for (std::size_t i = 0; i < clients; ++i)
        lanes.push_back(std::make_unique<lane>(chosen, threads));
    std::mutex mutex;
    std::exception_ptr failure;
    auto const done = [&](std::exception_ptr thrown) {
        std::lock_guard const lock(mutex);
        if (thrown)
            failure = thrown;
    };
    auto const make_calls = [&](std::size_t each) {
        for (auto const& one : lanes)
            one->begin(chosen.concurrency / clients, each, done);
        for (auto const& one : lanes)
            one->join();
        if (failure)
            std::rethrow_exception(failure);
    };
    make_calls(2 + 200 / chosen.concurrency);

    std::size_t const each = chosen.calls / chosen.concurrency;
    rusage const before = calls::usage();
    auto const began = calls::steady::now();
    make_calls(each);
    std::chrono::duration<double> const took = calls::steady::now() - began;
    rusage const after = calls::usage();
    auto const made = static_cast<double>(each * (chosen.concurrency / clients) * clients);
    auto const switches = [](rusage const& used) {
        return static_cast<double>(used.ru_nvcsw + used.ru_nivcsw);
    };
    std::printf(
        "{\"calls_per_second\": %.1f, \"cpu_us_per_call\": %.3f, \"switches_per_call\": %.4f}\n",
        made / took.count(), (calls::cpu_seconds(after) - calls::cpu_seconds(before)) * 1e6 / made,
        (switches(after) - switches(before)) / made);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 9) {
        std::fprintf(stderr, "usage: %s HOST PORT CA_FILE MODE CONCURRENCY CALLS CLIENTS THREADS\n",
                     argv[0]);
        return 2;
    }
    return calls::run_program(argc - 2, argv, [&](calls::arguments const& chosen) {
        run(chosen, std::stoul(argv[7]), std::stoul(argv[8]));
    });
}
