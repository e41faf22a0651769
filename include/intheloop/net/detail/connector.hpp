// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CONNECTOR_HPP
#define INTHELOOP_NET_DETAIL_CONNECTOR_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/net/detail/connection.hpp>
#include <intheloop/net/detail/name_lookup.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/response_parser.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/address_race.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/proxy.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::net {

class runtime;
class pool;

// Opens one connection: resolves the host name, races its addresses (RFC 8305), tunnels through the
// proxy if there is one, performs the TLS handshake. Reports the end to the pool once, unless
// aborted. Runs on the runtime's strand.
class connector final : public std::enable_shared_from_this<connector>, private timed {
public:
    INTHELOOP_DECL connector(runtime& owner, pool& to, std::uint64_t id);

    INTHELOOP_DECL void start();
    INTHELOOP_DECL void abort();
    // Returns how far the look-up of the host name is; empty if there is none under way.
    INTHELOOP_DECL std::string lookup_state() const;

private:
    using error_code = boost::system::error_code;
    using endpoint = boost::asio::ip::tcp::endpoint;

    // Makes a handler that does nothing after the end. It keeps this object and the runtime alive.
    template <class Step>
    auto guarded(Step step);

    static bool is_loopback(boost::asio::ip::address const& address);
    void look_up();
    void on_looked_up(found_addresses const& found);
    void on_resolved(std::vector<endpoint> const& found);
    void race();
    void on_raced(std::size_t attempt, error_code ec);
    void on_connected(socket connected);
    static socket watched_for_reading(socket connected, error_code& ec);
    static void probe_when_idle(socket& connected, std::chrono::seconds idle);
    void ask_proxy();
    void begin_proxy_response();
    void read_proxy_response();
    void on_proxy_response(error_code ec, std::size_t size);
    void fail_proxy(std::string const& why);
    void shake_hands();
    void go_on_shaking();
    void on_handshake(error_code failed);

    void mark_io(std::uint64_t connection);
    void enter(policy::phase next);
    policy::time_limit limit() const;
    void arm();
    INTHELOOP_DECL void on_time() override;
    std::string what_it_waits_for() const;
    void finish();
    void fail(error failure);

    // The peer of the TCP connection: the proxy, or the origin itself.
    std::string const& host() const;
    std::string const& port() const;
    std::string peer_name() const;

    runtime& owner_;
    pool& pool_;
    std::uint64_t id_;
    policy::proxy_address const* proxy_ = nullptr;
    policy::phase phase_ = policy::phase::connect;
    policy::clock::time_point phase_since_{};
    std::optional<name_lookup> lookup_;
    std::vector<endpoint> addresses_; // in the order of the attempts
    std::optional<policy::address_race> race_;
    std::vector<std::optional<socket>> sockets_; // of the addresses being tried
    std::string failures_;                       // of the addresses, joined
    std::shared_ptr<connection> connection_;
    intheloop::detail::io_mark io_;
    std::string proxy_request_;
    codec::encoded_response proxy_response_;
    std::optional<response_parser> proxy_parser_;
    unsigned interim_responses_ = 0;
    bool over_ = false;
};

} // namespace intheloop::net

#endif
