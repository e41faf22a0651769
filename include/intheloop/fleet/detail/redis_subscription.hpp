// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_SUBSCRIPTION_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_SUBSCRIPTION_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/fleet/detail/redis_link.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace intheloop::redis {

// Messages of channels, over a connection of its own: with RESP2 a connection that has subscribed
// takes no other commands. What is published while it is not open is lost. Runs on the strand.
class subscription final : public link {
public:
    using handler = std::function<void(std::string const& channel, std::string const& message)>;

    INTHELOOP_DECL subscription(net::strand on, std::shared_ptr<target const> settings,
                                handler on_message);

    INTHELOOP_DECL void subscribe(std::string const& channel);
    INTHELOOP_DECL void unsubscribe(std::string const& channel);
    // Opens it again after stop(), if there is a channel.
    INTHELOOP_DECL void want_channels();
    // Returns whether the server has confirmed all channels.
    bool is_complete() const noexcept { return confirmed_ == channels_.size(); }
    INTHELOOP_DECL void stop();

private:
    INTHELOOP_DECL void on_ready() override;
    INTHELOOP_DECL void on_answer(reply&& got) override;
    INTHELOOP_DECL void on_failed(error const& why) override;
    void change(char const* command, std::string const& channel);
    void ask(char const* command, std::string const& channel);
    void arm();
    void on_silence();

    handler on_message_;
    std::set<std::string> channels_;
    std::size_t confirmed_ = 0;
    net::timer timer_;
    unsigned round_ = 0;
    bool silence_timer_is_set_ = false;
    bool was_pinged_ = false;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_subscription.ipp>
#endif

#endif
