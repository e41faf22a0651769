// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Asks for the state of an export several times, through a cache.
//
//     etag-cache EXPORT_ID [TIMES]
//
// Reads INTHELOOP_TOKEN, see options::from_env(). Tells how many of the answers came from the
// cache: none, if the service sends no ETag.
#include "etag_cache.hpp"

#include <intheloop.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

namespace loop = intheloop;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> ask(loop::client& client, loop::report::get_request which, int times) {
    for (int i = 0; i != times; ++i) {
        auto const state = co_await client.async_call(loop::report::get_report, which);
        std::cout << state.value().status << '\n';
    }
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2 && argc != 3) {
        std::cerr << "usage: etag-cache EXPORT_ID [TIMES]\n";
        return 2;
    }
    auto const cache = std::make_shared<example::etag_cache>();
    loop::options options = loop::options::from_env();
    options.interceptors.push_back(cache);
    asio::io_context io;
    loop::client client(io, options);
    co_spawn(io,
             ask(client, loop::report::get_request(argv[1]), argc == 3 ? std::atoi(argv[2]) : 3),
             [](std::exception_ptr failure) {
                 if (failure)
                     std::rethrow_exception(failure);
             });
    io.run();
    std::cout << cache->hits() << " from the cache\n";
} catch (std::exception const& e) {
    std::cerr << "etag-cache: " << e.what() << '\n';
    return 1;
}
