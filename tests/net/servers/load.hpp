// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_SERVERS_LOAD_HPP
#define INTHELOOP_TESTS_NET_SERVERS_LOAD_HPP

#include <client/fixture.hpp>

#include <cstddef>
#include <functional>

namespace fixture {

// Many calls, so many of them at once: where one ends, the next begins.
class load {
public:
    // Begins the call of this number, from 0 on, and has `ended` called when it has ended.
    using beginner = std::function<void(std::size_t number, std::function<void()> ended)>;

    load(std::size_t calls, std::size_t at_once, beginner begin)
        : calls_(calls), at_once_(at_once), begin_(std::move(begin)) {}
    load(load const&) = delete;
    load& operator=(load const&) = delete;

    // Is told how many calls have ended, each time.
    std::function<void(std::size_t)> on_ended = [](std::size_t) {};

    // Begins no more; those under way end.
    void stop() {
        calls_ = begun_;
        stopped_ = true;
    }
    bool is_stopped() const { return stopped_; }

    void run(asio::io_context& io) {
        for (std::size_t i = 0; i != at_once_; ++i)
            begin_next();
        io.restart();
        io.run();
        CHECK(ended_ == calls_);
    }

private:
    void begin_next() {
        if (begun_ == calls_)
            return;
        begin_(begun_++, [this] {
            on_ended(++ended_);
            begin_next();
        });
    }

    std::size_t calls_;
    bool stopped_ = false;
    std::size_t const at_once_;
    beginner const begin_;
    std::size_t begun_ = 0;
    std::size_t ended_ = 0;
};

} // namespace fixture

#endif
