// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Starts an export and looks at it, while some of the attempts meet faults on purpose.
//
//     chaos SEED PROBABILITY
//
// Reads INTHELOOP_TOKEN, see options::from_env(). Tells how many attempts each call took.
#include "chaos.hpp"

#include <intheloop.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace loop = intheloop;
namespace asio = boost::asio;
using loop::testing::fault;

namespace {

asio::awaitable<void> last_week(loop::client& client) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    auto const started = co_await client.async_call(loop::report::export_report, week);
    std::cout << "started: " << started.value().id << ", attempts: " << started.attempts() << '\n';
    loop::report::get_request which(started->id);
    for (int i = 0; i != 5; ++i) {
        auto const state = co_await client.async_call(loop::report::get_report, which);
        if (state)
            std::cout << state->status << ", attempts: " << state.attempts() << '\n';
        else
            std::cout << state.error() << '\n';
    }
}

} // namespace

int main(int argc, char** argv) try {
    using namespace std::chrono_literals;
    if (argc != 3) {
        std::cerr << "usage: chaos SEED PROBABILITY\n";
        return 2;
    }
    loop::testing::random_faults const faults(std::stoull(argv[1]), std::stod(argv[2]),
                                              {fault::status(503), fault::status(500).delayed(20ms),
                                               fault::hang_up(), fault::delay(50ms)});
    loop::options options = loop::options::from_env();
    options.retry.base = 10ms;
    options.interceptors.push_back(std::make_shared<example::chaos>(faults));
    asio::io_context io;
    loop::client client(io, options);
    co_spawn(io, last_week(client), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
    io.run();
} catch (std::exception const& e) {
    std::cerr << "chaos: " << e.what() << '\n';
    return 1;
}
