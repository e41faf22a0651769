// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Starts so many exports, one after the other, which other processes start at the same time, and
// prints the id of each: "7 6e1c...", or "7 unclear". Run by redis/exports.hpp.
//     start-often 100 redis://127.0.0.1:6379
#include <intheloop.hpp>
#include <intheloop/fleet/redis.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace loop = intheloop;
namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> start_all(loop::client& client, int rounds) {
    loop::start_options how;
    how.shared = std::make_shared<loop::single_flight>();
    how.needs_fleet = true;
    for (int i = 0; i != rounds; ++i) {
        std::chrono::sys_days const day(std::chrono::days(20000 + i));
        loop::report::export_request const wanted(day, day + std::chrono::days(1));
        for (bool is_over = false; !is_over;) {
            auto const job = co_await loop::async_start_export(client, wanted, how);
            bool const is_unclear = !job && job.error().code() == loop::errc::export_unclear;
            is_over = job || is_unclear;
            if (is_over)
                std::cout << i << ' ' << (job ? job->id() : "unclear") << std::endl;
            else
                std::cerr << job.error() << std::endl;
        }
    }
}

int main(int, char** argv) {
    try {
        loop::fleet_options how;
        how.key = "a key of the processes";
        how.start_lease = 2s;
        how.start_timeout = 1s;
        loop::options options = loop::options::from_env();
        options.deadline = 60s;
        options.fleet = std::make_shared<loop::redis_fleet>(how, loop::redis_options(argv[2]));
        asio::io_context io;
        loop::client client(io.get_executor(), options);
        asio::co_spawn(io, start_all(client, std::stoi(argv[1])), asio::detached);
        io.run();
        return 0;
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
