// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_CONNECTION_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_CONNECTION_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/fleet/detail/redis_commands.hpp>
#include <intheloop/fleet/detail/redis_subscription.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace intheloop::redis {

// Redis, as a fleet uses it: commands, and messages of channels. Its functions may be called from
// any thread; handlers run on its strand. Nothing is connected before it is used, nor for long
// after: a context without other work ends redis_options::idle_timeout after the last command, or
// when this object is destroyed. That ends all commands with client_closed, at once; those that are
// awaited at the end go on for their time.
class connection {
public:
    // Throws intheloop::exception (configuration) for options that can't be used. `when_back` is
    // called when commands can be sent again after a failure.
    INTHELOOP_DECL connection(boost::asio::any_io_executor executor, redis_options const& options,
                              subscription::handler on_message = {},
                              std::function<void()> when_back = {});
    INTHELOOP_DECL ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    INTHELOOP_DECL void async_command(std::vector<std::string> words, commands::handler done);
    // `which` must outlive the command, which may go on after the end of this object.
    INTHELOOP_DECL void async_script(script const& which, std::vector<std::string> keys,
                                     std::vector<std::string> arguments, commands::handler done,
                                     at_end end = at_end::fails);
    // Calls `before` on the strand, then subscribes to the channel, and unsubscribes from those
    // that it returned. The messages come as long as commands are sent, too: see idle_timeout.
    INTHELOOP_DECL void subscribe(std::string channel,
                                  std::function<std::vector<std::string>()> before);

    net::strand const& runs_on() const noexcept { return on_; }

private:
    net::strand on_;
    std::shared_ptr<target const> settings_;
    std::shared_ptr<subscription> subscription_;
    std::shared_ptr<commands> commands_;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_connection.ipp>
#endif

#endif
