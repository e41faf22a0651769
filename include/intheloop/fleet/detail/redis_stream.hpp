// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_STREAM_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_STREAM_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/fleet/detail/redis_reply.hpp>
#include <intheloop/fleet/detail/redis_target.hpp>
#include <intheloop/net/detail/connection.hpp>
#include <intheloop/net/detail/name_lookup.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/policy/detail/address_race.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::redis {

// Runs a step on the strand. Time limits, and the next command, make up for what it loses for want
// of memory; an exception in the context of the program would not.
template <class Step>
void run_or_lose(Step step) {
    try {
        step();
    } catch (std::bad_alloc const&) {
    }
}

class link;

// One connection to one peer: resolves its name, races its addresses, shakes hands, then writes
// bytes and reads replies. Runs on the strand. After close() it tells nothing more, and its
// operations end. It never tells its link from within a call of it.
class stream : public std::enable_shared_from_this<stream> {
public:
    INTHELOOP_DECL stream(net::strand on, std::shared_ptr<target const> settings, net::origin peer,
                          link& tell);

    INTHELOOP_DECL void open();
    // Sends bytes together with those that are written in the same turn. Changes nothing if it
    // throws.
    INTHELOOP_DECL void write(std::string_view bytes);
    INTHELOOP_DECL void close();
    // Does the same without a word, also for bytes that the peer has not taken.
    INTHELOOP_DECL void abort();

    net::origin const& peer() const noexcept { return peer_; }

private:
    using error_code = boost::system::error_code;
    using endpoint = boost::asio::ip::tcp::endpoint;

    // Makes a handler that keeps this object, and does nothing after the end. The connection ends
    // if it has no memory.
    template <class Step>
    auto guarded(Step step);

    void look_up();
    void on_looked_up(net::found_addresses const& found);
    void on_resolved(std::vector<endpoint> const& found);
    void race();
    void on_raced(std::size_t attempt, error_code ec);
    void on_connected(net::socket connected);
    void shake_hands();
    void go_on_shaking();
    void arm();
    void on_time();
    void begin();
    void read();
    void flush();
    void fail(error why);
    void stop();

    net::strand on_;
    std::shared_ptr<target const> settings_;
    net::origin peer_;
    link* tell_;       // null after the end
    net::timer timer_; // of opening
    policy::clock::time_point limit_{};
    std::optional<net::name_lookup> lookup_;
    std::vector<endpoint> addresses_;
    std::optional<policy::address_race> race_;
    std::vector<std::optional<net::socket>> sockets_;
    std::string failures_;
    std::shared_ptr<net::connection> connection_;
    reply_reader reader_;
    std::string out_;
    std::size_t sent_ = 0; // of out_
    bool is_flushing_ = false;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/detail/redis_link.hpp>
#endif

#endif
