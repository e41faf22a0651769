// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_EVERY_SECOND_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_EVERY_SECOND_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace tools {

// Calls a function each second for as long as this object lives. For one thread.
class every_second {
public:
    every_second(boost::asio::any_io_executor const& executor, std::function<void()> function)
        : state_(std::make_shared<state>(executor, std::move(function))) {
        wait(state_);
    }
    ~every_second() {
        state_->function = nullptr;
        state_->timer.cancel();
    }
    every_second(every_second const&) = delete;
    every_second& operator=(every_second const&) = delete;

private:
    struct state {
        state(boost::asio::any_io_executor const& executor, std::function<void()> call)
            : timer(executor), function(std::move(call)) {}

        boost::asio::steady_timer timer;
        std::function<void()> function;
    };

    static void wait(std::shared_ptr<state> const& each) {
        each->timer.expires_after(std::chrono::seconds(1));
        each->timer.async_wait([each](boost::system::error_code) {
            if (!each->function)
                return;
            each->function();
            wait(each);
        });
    }

    std::shared_ptr<state> state_;
};

} // namespace tools

#endif
