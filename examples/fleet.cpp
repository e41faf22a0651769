// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Processes with one token share 80 requests per second, by way of Redis, and print what each got:
//     fleet 8 5 redis://127.0.0.1
// runs 8 processes for 5 seconds. INTHELOOP_FLEET_KEY is their common secret, see
// docs/guide/fleet-redis.md; the other variables are those of options::from_env().
#include <intheloop.hpp>
#include <intheloop/fleet/redis.hpp>

#include <boost/asio/detached.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

namespace loop = intheloop;
namespace asio = boost::asio;
using time_point = std::chrono::steady_clock::time_point;

asio::awaitable<void> call_until(loop::client& client, time_point end, unsigned& answered) {
    loop::report::get_request const which("an_export");
    while (std::chrono::steady_clock::now() < end)
        if (auto const got = co_await client.async_call(loop::report::get_report, which);
            got || got.error().status != 0)
            ++answered;
}

void run_process(int number, std::chrono::seconds time, std::string const& address) {
    loop::fleet_options how;
    how.key = std::getenv("INTHELOOP_FLEET_KEY");
    auto const fleet = std::make_shared<loop::redis_fleet>(how, loop::redis_options(address));

    loop::options options = loop::options::from_env();
    options.limits.requests_per_second = 80; // of all processes together
    options.deadline = std::chrono::minutes(1);
    options.fleet = fleet;

    asio::io_context io;
    loop::client client(io.get_executor(), options);
    unsigned answered = 0;
    auto const end = std::chrono::steady_clock::now() + time;
    for (int i = 0; i != 50; ++i) // as many calls as get through
        asio::co_spawn(io, call_until(client, end, answered), asio::detached);
    io.run();

    std::ostringstream line; // in one piece
    line << "process " << number << ": " << answered << " answers\n";
    std::cout << line.str() << std::flush;
}

int main(int argc, char** argv) {
    if (argc != 4 || !std::getenv("INTHELOOP_FLEET_KEY")) {
        std::cerr << "usage: INTHELOOP_FLEET_KEY=... fleet PROCESSES SECONDS REDIS_URL\n";
        return 2;
    }
    int const processes = std::atoi(argv[1]);
    for (int number = 1; number <= processes; ++number)
        if (::fork() == 0) {
            try {
                run_process(number, std::chrono::seconds(std::atoi(argv[2])), argv[3]);
                return 0;
            } catch (std::exception const& e) {
                std::cerr << e.what() << '\n';
                return 1;
            }
        }
    int failed = 0;
    for (int status = 0; ::wait(&status) > 0;)
        failed += status != 0;
    return failed == 0 ? 0 : 1;
}
