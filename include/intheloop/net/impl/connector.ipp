// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CONNECTOR_IPP
#define INTHELOOP_NET_IMPL_CONNECTOR_IPP

#include <intheloop/base/detail/base64.hpp>
#include <intheloop/net/detail/close_on_exec.hpp>
#include <intheloop/net/detail/connection_id.hpp>
#include <intheloop/net/detail/connector.hpp>
#include <intheloop/net/detail/pool.hpp>
#include <intheloop/net/detail/runtime.hpp>
#include <intheloop/net/detail/tls.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL connector::connector(runtime& owner, pool& to, std::uint64_t id)
    : owner_(owner), pool_(to), id_(id) {
    auto const& options = owner.options;
    if (options.proxy && to.origin.secure &&
        !policy::bypasses_proxy(to.origin.host, to.origin.port, options.no_proxy))
        proxy_ = &*options.proxy;
}

template <class Step>
auto connector::guarded(Step step) {
    return owner_.bind([ self = shared_from_this(), step = std::move(step) ]<class... Args>(
        Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
        if (!self->over_)
            step(args...);
    });
}

INTHELOOP_DECL std::string const& connector::host() const {
    return proxy_ ? proxy_->host : pool_.origin.host;
}
INTHELOOP_DECL std::string const& connector::port() const {
    return proxy_ ? proxy_->port : pool_.origin.port;
}
// Names the peer in errors, never with the proxy's credentials.
INTHELOOP_DECL std::string connector::peer_name() const {
    return proxy_ ? "the proxy " + net::bracketed(proxy_->host) + ':' + proxy_->port
                  : pool_.origin.authority();
}

INTHELOOP_DECL void connector::start() {
    enter(policy::phase::connect);
    mark_io(0);
    auto const number = port_number(port());
    std::vector<endpoint> known;
    error_code ec;
    if (auto const given = owner_.options.addresses.find(host());
        given != owner_.options.addresses.end())
        for (std::string const& address : given->second)
            known.emplace_back(boost::asio::ip::make_address(address), number);
    else if (auto const literal = boost::asio::ip::make_address(host(), ec); !ec)
        known.emplace_back(literal, number);
    if (!known.empty())
        return on_resolved(known);
    look_up();
}

// Nothing that waits for the name keeps this object, the runtime or the context: they may end
// before it.
INTHELOOP_DECL void connector::look_up() {
    auto tell = [on = owner_.runs_on, owner = owner_.weak_from_this(),
                 self = weak_from_this()](name_lookup::outcome found) {
        boost::asio::post(on, [owner, self, found = std::move(found)] {
            auto const kept = owner.lock();
            auto const waits = self.lock();
            if (kept && waits)
                waits->guarded([&] { waits->on_looked_up(*found); })();
        });
    };
    // A clock of the client's own has nothing to do with the ages in the cache.
    bool const may_use_cache = !owner_.options.time;
    auto& context = boost::asio::query(owner_.executor, boost::asio::execution::context);
    lookup_.emplace(context, host(), port(), may_use_cache, std::move(tell));
}

INTHELOOP_DECL void connector::on_looked_up(found_addresses const& found) {
    lookup_.reset();
    if (found.failure)
        return fail(error(errc::resolve_failed, peer_name() + ": " + found.failure.message()));
    std::vector<endpoint> all = found.all;
    for (endpoint& each : all)
        each.port(port_number(port()));
    on_resolved(all);
}

INTHELOOP_DECL std::string connector::lookup_state() const {
    if (!lookup_)
        return {};
    switch (lookup_->how_far()) {
    case name_lookup::progress::waits_for_others:
        return std::to_string(lookup_threads::most_threads) +
               " look-ups of other names have not ended";
    case name_lookup::progress::lacks_thread:
        return "no thread could be started for the look-up of " + host();
    case name_lookup::progress::begun: break;
    }
    return "the look-up of " + host() + " has not ended";
}

// Returns whether the kernel keeps what is sent to this address on this machine.
INTHELOOP_DECL bool connector::is_loopback(boost::asio::ip::address const& address) {
    namespace ip = boost::asio::ip;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
    return address.is_loopback();
}

INTHELOOP_DECL void connector::on_resolved(std::vector<endpoint> const& found) {
    std::vector<bool> is_ipv6;
    for (auto const& each : found)
        is_ipv6.push_back(each.address().is_v6());
    for (std::size_t const i : policy::interleave_families(is_ipv6))
        if (pool_.origin.secure || is_loopback(found[i].address()))
            addresses_.push_back(found[i]);
    if (!found.empty() && addresses_.empty()) // the name was one of this machine
        return fail(error(errc::invalid_option, pool_.origin.text() + " leads to " +
                                                    found.front().address().to_string() +
                                                    ", which is not this machine: http:// would "
                                                    "send the request in the clear"));
    sockets_.resize(addresses_.size());
    race_.emplace(addresses_.size());
    race();
}

INTHELOOP_DECL void connector::race() {
    while (auto const next = race_->start_next(owner_.timers.now())) {
        socket& made = sockets_[*next].emplace(owner_.runs_on);
        auto tried = guarded([this, attempt = *next](error_code ec) { on_raced(attempt, ec); });
        error_code failed;
        open_close_on_exec(made, addresses_[*next].protocol(), failed);
        if (failed)
            owner_.runs_on.post([tried = std::move(tried), failed]() mutable { tried(failed); });
        else
            made.async_connect(addresses_[*next], std::move(tried));
    }
    if (race_->exhausted())
        return fail(error(errc::connect_failed, peer_name() + ": " + failures_));
    arm();
}

INTHELOOP_DECL void connector::on_raced(std::size_t attempt, error_code ec) {
    if (connection_)
        return; // another attempt was faster
    if (!ec)
        return on_connected(std::move(*sockets_[attempt]));
    sockets_[attempt].reset();
    if (!failures_.empty())
        failures_ += ", ";
    failures_ += addresses_[attempt].address().to_string() + ": " + ec.message();
    race_->failed(attempt, owner_.timers.now());
    race();
}

INTHELOOP_DECL void connector::on_connected(socket connected) {
    error_code ignored;
    connected.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    if (auto const idle = owner_.options.tcp_keep_alive)
        probe_when_idle(connected, *idle);
    error_code unwatched;
    connection_ = std::make_shared<connection>(watched_for_reading(std::move(connected), unwatched),
                                               owner_.tls_for(pool_.with_certificate), pool_.origin,
                                               pool_.sessions());
    connection_->keep_buffers(pool_.keeps_buffers());
    sockets_.clear(); // the slower attempts
    race_.reset();
    if (unwatched)
        return fail(error(errc::connect_failed, peer_name() + ": " + unwatched.message()));
    mark_io(connection_id(connection_->tcp().local_endpoint(ignored).port()));
    arm();
    if (proxy_)
        ask_proxy();
    else if (pool_.origin.secure)
        shake_hands();
    else
        finish();
}

// After Asio has waited for a socket to connect, each wait of epoll reports again that the socket
// is writable: twice as many turns of the context. A new socket object for the same handle avoids
// that.
INTHELOOP_DECL socket connector::watched_for_reading(socket connected, error_code& ec) {
    socket same(connected.get_executor());
    auto const protocol = connected.local_endpoint(ec).protocol();
    if (ec)
        return same;
    auto const handle = connected.release(ec);
    if (!ec)
        detail::own(same, protocol, handle, ec);
    return same;
}

// Keep-alive probes check the peer, and keep the entries of middleboxes alive.
INTHELOOP_DECL void connector::probe_when_idle(socket& connected, std::chrono::seconds idle) {
    error_code ignored;
    connected.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    auto const seconds = static_cast<int>(std::clamp<long long>(idle.count(), 1, 32'767));
    auto const set = [&](int option, int value) {
        ::setsockopt(connected.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, seconds);
    set(TCP_KEEPINTVL, std::max(1, seconds / 3));
    set(TCP_KEEPCNT, 3);
}

// The proxy: CONNECT host:port (RFC 9110, 9.3.6), then TLS with the origin through it.

INTHELOOP_DECL void connector::ask_proxy() {
    std::string const target = net::bracketed(pool_.origin.host) + ':' + pool_.origin.port;
    proxy_request_ = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy_->credentials.empty())
        proxy_request_ += "Proxy-Authorization: Basic " +
                          intheloop::detail::to_base64(proxy_->credentials.reveal()) + "\r\n";
    proxy_request_ += "\r\n";
    boost::asio::async_write(connection_->tcp(), boost::asio::buffer(proxy_request_),
                             guarded([this](error_code ec, std::size_t) {
                                 if (ec)
                                     return fail_proxy(ec.message());
                                 begin_proxy_response();
                                 read_proxy_response();
                             }));
}

INTHELOOP_DECL void connector::begin_proxy_response() {
    constexpr response_limits few = {.max_header_size = 16 * 1024, .has_no_body = true};
    proxy_response_ = codec::encoded_response();
    proxy_parser_.emplace(proxy_response_, few);
}

INTHELOOP_DECL void connector::read_proxy_response() {
    auto& buffer = connection_->buffer;
    connection_->tcp().async_read_some(
        buffer.prepare(connection::read_size),
        guarded([this](error_code ec, std::size_t size) { on_proxy_response(ec, size); }));
}

INTHELOOP_DECL void connector::on_proxy_response(error_code ec, std::size_t size) {
    if (ec)
        return fail_proxy(ec == boost::asio::error::eof ? "it closed the connection"
                                                        : ec.message());
    io_.progress();
    auto& buffer = connection_->buffer;
    buffer.commit(size);
    error_code bad;
    buffer.consume(proxy_parser_->put(buffer.cdata(), bad));
    if (bad && bad != boost::beast::http::error::need_more)
        return fail_proxy("it did not answer in HTTP");
    if (!proxy_parser_->is_done())
        return read_proxy_response();
    unsigned const status = proxy_response_.status;
    if (status < 200 && status != 101) { // 100 Continue and the like: the response is yet to come
        if (++interim_responses_ > most_interim_responses)
            return fail_proxy("it does not come to its answer");
        begin_proxy_response();
        return buffer.size() == 0 ? read_proxy_response() : on_proxy_response({}, 0);
    }
    if (status < 200 || status > 299)
        // Some proxies answer 401 to wrong credentials, as if they were the origin.
        return fail(error(status == 407 || status == 401   ? errc::proxy_unauthorized
                          : status == 429 || status >= 500 ? errc::proxy_failed
                                                           : errc::proxy_refused,
                          peer_name() + " answered " + std::to_string(status) + " to CONNECT " +
                              pool_.origin.authority()));
    if (buffer.size() != 0) // the client starts TLS, so these bytes can't be trusted
        return fail_proxy("it sent more than its answer");
    buffer = boost::beast::flat_buffer(); // responses are read into shared memory
    shake_hands();
}

INTHELOOP_DECL void connector::fail_proxy(std::string const& why) {
    fail(error(errc::proxy_failed, peer_name() + ": " + why));
}

// TLS.

INTHELOOP_DECL void connector::shake_hands() {
    SSL* const ssl = connection_->tls().native_handle();
    if (!prepare_tls(ssl, pool_.origin))
        return fail(error(errc::handshake_failed, "the host name can't be verified"));
    connection_->sessions().attach(ssl);
    enter(policy::phase::handshake);
    go_on_shaking();
}

INTHELOOP_DECL void connector::go_on_shaking() {
    auto const made = connection_->tls().handshake();
    if (made.wait_for)
        return connection_->async_wait(*made.wait_for, guarded([this](error_code ec) {
            io_.progress();
            return ec ? on_handshake(ec) : go_on_shaking();
        }));
    on_handshake(made.error);
}

INTHELOOP_DECL void connector::on_handshake(error_code failed) {
    if (!failed)
        return finish();
    connection_->sessions().forget();
    fail(handshake_error(connection_->tls().native_handle(), pool_.origin, failed));
}

// Time, and the end.

INTHELOOP_DECL void connector::mark_io(std::uint64_t connection) {
    if (auto const& time = owner_.options.time)
        io_ = {time, connection};
}

INTHELOOP_DECL void connector::enter(policy::phase next) {
    phase_ = next;
    phase_since_ = owner_.timers.now();
    arm();
}

INTHELOOP_DECL policy::time_limit connector::limit() const {
    policy::timeouts const limits = {.connect = owner_.options.connect_timeout,
                                     .handshake = owner_.options.handshake_timeout,
                                     .call = policy::longest_timeout};
    return policy::limit_of(phase_, phase_since_, phase_since_, limits);
}

INTHELOOP_DECL void connector::arm() {
    auto at = limit().at;
    if (race_ && race_->wake_at())
        at = std::min(at, *race_->wake_at());
    owner_.timers.schedule(*this, at);
}

INTHELOOP_DECL void connector::on_time() {
    auto const kept = shared_from_this();
    if (auto const reached = limit(); owner_.timers.now() >= reached.at)
        return fail(error(reached.code, what_it_waits_for()));
    if (race_)
        race();
}

INTHELOOP_DECL std::string connector::what_it_waits_for() const {
    if (phase_ == policy::phase::handshake) // with the origin, also through a proxy
        return pool_.origin.authority();
    if (lookup_)
        return peer_name() + ": " + lookup_state();
    return race_ && !failures_.empty() ? peer_name() + ": " + failures_ : peer_name();
}

INTHELOOP_DECL void connector::finish() {
    over_ = true;
    io_.end();
    owner_.timers.cancel(*this);
    pool_.on_connected(id_, std::move(connection_));
}

INTHELOOP_DECL void connector::fail(error failure) {
    if (!connection_ && !addresses_.empty()) // they may have changed
        lookup_threads::of_process().forget(host());
    abort();
    pool_.on_connect_failed(id_, failure);
}

INTHELOOP_DECL void connector::abort() {
    over_ = true;
    io_.end();
    owner_.timers.cancel(*this);
    lookup_.reset();
    sockets_.clear();
    if (connection_)
        connection_->close();
}

} // namespace intheloop::net

#endif
