// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The same calls without coroutines: one through a future, one with a callback.
#include <intheloop.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace loop = intheloop;
namespace asio = boost::asio;

int main() {
    using namespace std::chrono;
    using loop::report::export_result;
    try {
        asio::thread_pool threads(1); // declared first: it has to outlive the client
        loop::client client(threads.get_executor(), loop::options::from_env());

        // This thread waits for the future; the call itself runs on the pool's.
        auto const now = floor<seconds>(system_clock::now());
        loop::report::export_request week(now - days(7), now);
        auto const started =
            client.async_call(loop::report::export_report, week, asio::use_future).get();
        std::cout << started.value().id << ' ' << started->status << '\n';

        // The callback is called on the pool's thread, once, also where the call fails.
        loop::report::get_request which(started->id);
        client.async_call(loop::report::get_report, which, [](loop::result<export_result> polled) {
            if (polled)
                std::cout << polled->status << " after " << polled.elapsed().count() << " ms\n";
            else
                std::cerr << polled.error() << '\n';
        });
        threads.join(); // until no call is under way
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
