// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TESTING_VIRTUAL_CLOCK_FIXTURE_HPP
#define INTHELOOP_TESTS_TESTING_VIRTUAL_CLOCK_FIXTURE_HPP

#include <client/fixture.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace fixture {

using loop::errc;
using loop::testing::fault;
using loop::testing::virtual_clock;

// A server and clients that have one clock.
struct virtual_setup {
    explicit virtual_setup(server_options chosen = server_options(),
                           std::shared_ptr<virtual_clock> with = std::make_shared<virtual_clock>())
        : clock(std::move(with)), s(with_clock(std::move(chosen), clock)), how(options_for(s)) {
        how.time = clock;
    }

    static server_options with_clock(server_options chosen, std::shared_ptr<virtual_clock> of) {
        chosen.clock = std::move(of);
        return chosen;
    }

    loop::client& client() {
        if (!made_)
            made_.emplace(io.get_executor(), how);
        return *made_;
    }
    void spawn(std::function<asio::awaitable<void>()> test) {
        tests.push_back(std::move(test));
        asio::co_spawn(io, tests.back()(), [this](std::exception_ptr thrown) {
            ++ended;
            if (thrown)
                std::rethrow_exception(thrown);
        });
    }
    // To the end of all that there is to do.
    void run() {
        io.restart();
        clock->run(io);
        CHECK(io.stopped());
        CHECK(ended == tests.size());
    }

    std::shared_ptr<virtual_clock> const clock;
    server s;
    loop::options how;
    asio::io_context io;
    std::list<std::function<asio::awaitable<void>()>> tests; // a coroutine lives in its lambda
    std::size_t ended = 0;

private:
    std::optional<loop::client> made_;
};

} // namespace fixture

#endif
