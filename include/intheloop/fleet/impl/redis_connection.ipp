// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_CONNECTION_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_CONNECTION_IPP

#include <intheloop/fleet/detail/redis_connection.hpp>

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace intheloop::redis {

INTHELOOP_DECL
connection::connection(boost::asio::any_io_executor executor, redis_options const& options,
                       subscription::handler on_message, std::function<void()> when_back)
    : on_(net::client_executor(std::move(executor))), settings_(make_target(options)),
      subscription_(std::make_shared<subscription>(on_, settings_, std::move(on_message))),
      commands_(std::make_shared<commands>(
          on_, settings_,
          [heard = std::weak_ptr(subscription_)] {
              if (auto const alive = heard.lock())
                  alive->stop();
          },
          std::move(when_back))) {}

INTHELOOP_DECL connection::~connection() {
    auto end = [all = commands_, heard = subscription_] {
        heard->stop();
        run_or_lose([&] { all->shut_down(); });
    };
    try {
        boost::asio::post(on_, std::move(end));
    } catch (std::exception const&) { // no memory: what is under way ends by its time limits
    }
}

INTHELOOP_DECL void connection::async_command(std::vector<std::string> words,
                                              commands::handler done) {
    boost::asio::post(on_, [all = commands_, heard = subscription_, words = std::move(words),
                            done = std::move(done)] {
        run_or_lose([&] {
            all->run(words, done);
            if (!all->is_over())
                heard->want_channels();
        });
    });
}

INTHELOOP_DECL void connection::async_script(script const& which, std::vector<std::string> keys,
                                             std::vector<std::string> arguments,
                                             commands::handler done, at_end end) {
    boost::asio::post(on_, [all = commands_, heard = subscription_, &which, keys = std::move(keys),
                            arguments = std::move(arguments), done = std::move(done),
                            end]() mutable {
        run_or_lose([&] {
            all->run_script(which, std::move(keys), std::move(arguments), std::move(done), end);
            if (!all->is_over())
                heard->want_channels();
        });
    });
}

INTHELOOP_DECL void connection::subscribe(std::string channel,
                                          std::function<std::vector<std::string>()> before) {
    boost::asio::post(on_, [heard = subscription_, all = commands_, channel = std::move(channel),
                            before = std::move(before)] {
        run_or_lose([&] {
            auto const unused = before();
            if (all->is_over())
                return;
            run_or_lose([&] { heard->subscribe(channel); });
            for (std::string const& each : unused)
                if (each != channel)
                    heard->unsubscribe(each);
            all->note_use();
        });
    });
}

} // namespace intheloop::redis

#endif
