// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The program of docs/guide/first-call.md: starts an export of the last seven days and polls it
// once.
#include <intheloop.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace loop = intheloop;
namespace asio = boost::asio;

asio::awaitable<void> last_week(loop::client& client) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    week.timezone = "Europe/Ljubljana";
    auto const started = co_await client.async_call(loop::report::export_report, week);
    if (!started)
        throw loop::exception(started.error()); // main() prints it and ends with 1
    std::cout << started->id << ' ' << started->status << '\n';

    loop::report::get_request which(started->id);
    auto const polled = co_await client.async_call(loop::report::get_report, which);
    std::cout << polled.value().status << '\n'; // value() throws where there is an error
}

int main() {
    try {
        asio::io_context io;
        loop::client client(io.get_executor(), loop::options::from_env());
        co_spawn(io, last_week(client), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        io.run();
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
