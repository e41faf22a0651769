// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_HAZARDS_PROBE_HPP
#define INTHELOOP_TESTS_HAZARDS_PROBE_HPP

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <string>
#include <utility>

namespace hazards {

namespace asio = boost::asio;

// Knows its own address, so that a bitwise copy shows, and counts, so that a missed or double
// destruction shows.
class probe {
public:
    probe() { ++alive; }
    probe(probe const& other) : owned_(other.owned_) {
        other.check();
        ++alive;
    }
    probe(probe&& other) noexcept : owned_(std::move(other.owned_)) {
        other.check();
        ++alive;
    }
    probe& operator=(probe const& other) {
        check();
        other.check();
        owned_ = other.owned_;
        return *this;
    }
    probe& operator=(probe&& other) noexcept {
        check();
        other.check();
        owned_ = std::move(other.owned_);
        return *this;
    }
    ~probe() {
        check();
        self_ = nullptr;
        --alive;
    }

    void check() const {
        if (self_ != this)
            ++misplaced;
    }

    inline static int alive = 0;
    inline static int misplaced = 0;

private:
    probe* self_ = this;
    std::string owned_ = "longer than a string that fits into its object";
};

// Goes through the executor once, so that the caller is suspended and its frame is what keeps
// temporaries.
inline asio::awaitable<void> suspend() {
    auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::deferred);
}

// Runs a coroutine to its end, and checks that it got there and that no probe came to harm.
template <class Coroutine>
void run(Coroutine coroutine) {
    probe::alive = 0;
    probe::misplaced = 0;
    asio::io_context io;
    bool finished = false;
    std::exception_ptr thrown;
    asio::co_spawn(io, coroutine, [&](std::exception_ptr e) {
        finished = true;
        thrown = e;
    });
    io.run();
    if (thrown)
        std::rethrow_exception(thrown);
    CHECK(finished);
    CHECK(probe::alive == 0);
    CHECK(probe::misplaced == 0);
}

} // namespace hazards

#endif
