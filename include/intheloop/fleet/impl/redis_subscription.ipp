// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_SUBSCRIPTION_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_SUBSCRIPTION_IPP

#include <intheloop/fleet/detail/redis_subscription.hpp>

#include <new>
#include <utility>

namespace intheloop::redis {

INTHELOOP_DECL subscription::subscription(net::strand on, std::shared_ptr<target const> settings,
                                          handler on_message)
    : link(std::move(on), std::move(settings)), on_message_(std::move(on_message)),
      timer_(runs_on()) {}

INTHELOOP_DECL void subscription::subscribe(std::string const& channel) {
    bool const is_new = channels_.insert(channel).second;
    if (now() == state::ready && is_new)
        change("SUBSCRIBE", channel);
    else
        want();
}

INTHELOOP_DECL void subscription::unsubscribe(std::string const& channel) {
    if (channels_.erase(channel) == 0)
        return;
    if (channels_.empty())
        stop();
    else if (now() == state::ready)
        change("UNSUBSCRIBE", channel);
}

INTHELOOP_DECL void subscription::want_channels() {
    catch_up();
    if (!channels_.empty())
        want();
    if (now() == state::ready && !silence_timer_is_set_)
        arm();
}

INTHELOOP_DECL void subscription::stop() {
    ++round_;
    timer_.cancel();
    confirmed_ = 0;
    close();
}

// The next connection asks for what this one has no memory for.
INTHELOOP_DECL void subscription::change(char const* command, std::string const& channel) {
    try {
        ask(command, channel);
    } catch (std::bad_alloc const&) {
        stop();
    }
}

INTHELOOP_DECL void subscription::ask(char const* command, std::string const& channel) {
    std::string bytes;
    append_command(bytes, {command, channel});
    write(bytes);
}

INTHELOOP_DECL void subscription::on_ready() {
    confirmed_ = 0;
    was_pinged_ = false;
    for (std::string const& each : channels_)
        ask("SUBSCRIBE", each);
    arm();
}

// A peer that is gone without a word is found by its silence.
INTHELOOP_DECL void subscription::arm() {
    silence_timer_is_set_ = false; // should there be no memory
    timer_.expires_after(options().idle_timeout);
    auto due = [this, self = shared_from_this(), round = ++round_](boost::system::error_code ec) {
        if (ec || round != round_ || now() != state::ready)
            return;
        silence_timer_is_set_ = false;
        run_or_lose([this] { on_silence(); });
    };
    timer_.async_wait(std::move(due));
    silence_timer_is_set_ = true;
}

INTHELOOP_DECL void subscription::on_silence() {
    if (std::exchange(was_pinged_, true))
        return abort(failed_at_peer(errc::stalled, "no answer to PING"));
    std::string bytes;
    append_command(bytes, {"PING"});
    write(bytes);
    arm();
}

INTHELOOP_DECL void subscription::on_answer(reply&& got) {
    was_pinged_ = false;
    auto const& items = got.items;
    using kind = reply::kind;
    if (got.is(kind::array) && items.size() == 3 && items[0].text == "message" &&
        items[1].is(kind::text) && items[2].is(kind::text))
        return on_message_(items[1].text, items[2].text);
    if (got.is(kind::array) && items.size() == 3 && items[0].text == "subscribe") {
        ++confirmed_;
        return;
    }
    if (got.is(kind::array) && items.size() == 3 && items[0].text == "unsubscribe") {
        confirmed_ -= confirmed_ == 0 ? 0 : 1;
        return;
    }
    if (got.is(kind::array) && items.size() == 2 && items[0].text == "pong")
        return;
    drop(got.is(kind::error) && got.error_code() == "NOPERM"
             ? failed_at_peer(errc::invalid_option, "the user may not subscribe (NOPERM)")
             : failed_at_peer(errc::unexpected_content,
                              "its answer to SUBSCRIBE has another shape than Redis' one"));
}

INTHELOOP_DECL void subscription::on_failed(error const&) {
    ++round_;
    timer_.cancel();
    confirmed_ = 0;
}

} // namespace intheloop::redis

#endif
