// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_STREAM_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_STREAM_IPP

#include <intheloop/fleet/detail/redis_link.hpp>
#include <intheloop/fleet/detail/redis_stream.hpp>
#include <intheloop/net/detail/close_on_exec.hpp>
#include <intheloop/net/detail/tls.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace intheloop::redis {

INTHELOOP_DECL stream::stream(net::strand on, std::shared_ptr<target const> settings,
                              net::origin peer, link& tell)
    : on_(std::move(on)), settings_(std::move(settings)), peer_(std::move(peer)), tell_(&tell),
      timer_(on_), reader_(settings_->options.max_reply_size) {}

template <class Step>
auto stream::guarded(Step step) {
    return [self = shared_from_this(), step = std::move(step)](auto const&... args) mutable {
        if (!self->tell_)
            return;
        try {
            step(args...);
        } catch (std::bad_alloc const&) {
            run_or_lose([&] {
                if (self->tell_)
                    self->fail(error(errc::out_of_memory, {}));
            });
        }
    };
}

INTHELOOP_DECL void stream::open() {
    limit_ = policy::later(policy::clock::now(), settings_->options.connect_timeout);
    arm();
    error_code ec;
    auto const literal = boost::asio::ip::make_address(peer_.host, ec);
    if (ec)
        return look_up();
    boost::asio::post(
        on_, guarded([this, literal] { on_resolved({endpoint(literal, peer_.port_number())}); }));
}

INTHELOOP_DECL void stream::look_up() {
    auto tell = [on = on_, self = weak_from_this()](net::name_lookup::outcome found) {
        boost::asio::post(on, [self, found = std::move(found)] {
            if (auto const waits = self.lock())
                waits->guarded([&] { waits->on_looked_up(*found); })();
        });
    };
    auto& context = boost::asio::query(on_, boost::asio::execution::context);
    lookup_.emplace(context, peer_.host, peer_.port, true, std::move(tell));
}

INTHELOOP_DECL void stream::on_looked_up(net::found_addresses const& found) {
    lookup_.reset();
    if (found.failure)
        return fail(error(errc::resolve_failed, name_of(peer_) + ": " + found.failure.message()));
    auto all = found.all;
    for (endpoint& each : all)
        each.port(peer_.port_number());
    on_resolved(all);
}

INTHELOOP_DECL void stream::on_resolved(std::vector<endpoint> const& found) {
    std::vector<bool> is_ipv6;
    for (auto const& each : found)
        is_ipv6.push_back(each.address().is_v6());
    bool const may_be_plain = peer_.secure || settings_->options.allow_plain;
    for (std::size_t const i : policy::interleave_families(is_ipv6))
        if (may_be_plain || found[i].address().is_loopback())
            addresses_.push_back(found[i]);
    if (!found.empty() && addresses_.empty())
        return fail(error(errc::invalid_option,
                          name_of(peer_) + " leads to " + found.front().address().to_string() +
                              ", which is not this machine: use rediss://, or state "
                              "redis_options::allow_plain"));
    sockets_.resize(addresses_.size());
    race_.emplace(addresses_.size());
    race();
}

INTHELOOP_DECL void stream::race() {
    while (auto const next = race_->start_next(policy::clock::now())) {
        net::socket& made = sockets_[*next].emplace(on_);
        auto tried = guarded([this, attempt = *next](error_code ec) { on_raced(attempt, ec); });
        error_code failed;
        net::open_close_on_exec(made, addresses_[*next].protocol(), failed);
        if (failed)
            boost::asio::post(on_, [tried = std::move(tried), failed]() mutable { tried(failed); });
        else
            made.async_connect(addresses_[*next], std::move(tried));
    }
    if (race_->exhausted())
        return fail(error(errc::connect_failed, name_of(peer_) + ": " + failures_));
    arm();
}

INTHELOOP_DECL void stream::on_raced(std::size_t attempt, error_code ec) {
    if (connection_)
        return;
    if (!ec)
        return on_connected(std::move(*sockets_[attempt]));
    sockets_[attempt].reset();
    if (!failures_.empty())
        failures_ += ", ";
    failures_ += addresses_[attempt].address().to_string() + ": " + ec.message();
    race_->failed(attempt, policy::clock::now());
    race();
}

INTHELOOP_DECL void stream::on_connected(net::socket connected) {
    error_code ignored;
    connected.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    connection_ =
        std::make_shared<net::connection>(std::move(connected), *settings_->tls, peer_, nullptr);
    sockets_.clear();
    race_.reset();
    arm();
    if (peer_.secure)
        shake_hands();
    else
        begin();
}

INTHELOOP_DECL void stream::shake_hands() {
    SSL* const ssl = connection_->tls().native_handle();
    if (!net::prepare_tls(ssl, peer_))
        return fail(error(errc::handshake_failed, name_of(peer_) + ": its name can't be verified"));
    SSL_set_alpn_protos(ssl, nullptr, 0); // this is not HTTP
    go_on_shaking();
}

INTHELOOP_DECL void stream::go_on_shaking() {
    auto const made = connection_->tls().handshake();
    if (made.wait_for)
        return connection_->async_wait(*made.wait_for, guarded([this](error_code ec) {
            if (ec)
                fail(net::handshake_error(connection_->tls().native_handle(), peer_, ec));
            else
                go_on_shaking();
        }));
    if (made.error)
        return fail(net::handshake_error(connection_->tls().native_handle(), peer_, made.error));
    begin();
}

INTHELOOP_DECL void stream::arm() {
    auto at = limit_;
    if (race_ && race_->wake_at())
        at = std::min(at, *race_->wake_at());
    timer_.expires_at(at);
    timer_.async_wait(guarded([this](error_code ec) {
        if (!ec)
            on_time();
    }));
}

INTHELOOP_DECL void stream::on_time() {
    if (limit_ == policy::clock::time_point::max())
        return;
    if (policy::clock::now() < limit_)
        return race_ ? race() : arm();
    auto const code = connection_ ? errc::handshake_timed_out : errc::connect_timed_out;
    fail(error(code, name_of(peer_) + (failures_.empty() ? "" : ": " + failures_)));
}

INTHELOOP_DECL void stream::begin() {
    limit_ = policy::clock::time_point::max();
    timer_.cancel();
    tell_->on_open();
    if (tell_)
        read();
}

INTHELOOP_DECL void stream::read() {
    constexpr unsigned most_reads = 8; // then the others have their turn
    for (unsigned turn = 0; turn != most_reads; ++turn) {
        auto const made = connection_->read_some();
        if (made.wait_for)
            return connection_->async_wait(*made.wait_for, guarded([this](error_code ec) {
                if (ec)
                    fail(error(errc::connection_lost, name_of(peer_) + ": " + ec.message()));
                else
                    read();
            }));
        if (made.error)
            return fail(error(errc::connection_lost, name_of(peer_) + ": " +
                                                         (made.error == boost::asio::error::eof
                                                              ? "it closed the connection"
                                                              : made.error.message())));
        auto& buffer = connection_->buffer;
        auto const bytes = buffer.cdata();
        reader_.feed({static_cast<char const*>(bytes.data()), bytes.size()});
        buffer.consume(bytes.size());
        while (tell_) {
            reply got;
            auto const how = reader_.next(got);
            if (how == reply_reader::progress::needs_more)
                break;
            if (how == reply_reader::progress::is_broken)
                return fail(error(errc::unexpected_content,
                                  name_of(peer_) + ": it does not speak the protocol of Redis, or "
                                                   "its answer is too large"));
            tell_->on_reply(std::move(got));
        }
        if (!tell_)
            return;
    }
    boost::asio::post(on_, guarded([this] { read(); }));
}

INTHELOOP_DECL void stream::write(std::string_view bytes) {
    auto const before = out_.size();
    out_ += bytes;
    if (is_flushing_)
        return;
    try {
        boost::asio::post(on_, guarded([this] { flush(); }));
        is_flushing_ = true;
    } catch (...) {
        out_.resize(before);
        throw;
    }
}

INTHELOOP_DECL void stream::flush() {
    while (sent_ != out_.size()) {
        auto const made = connection_->write_some(
            boost::asio::const_buffer(out_.data() + sent_, out_.size() - sent_));
        if (made.wait_for)
            return connection_->async_wait(*made.wait_for, guarded([this](error_code ec) {
                if (ec)
                    fail(error(errc::connection_lost, name_of(peer_) + ": " + ec.message()));
                else
                    flush();
            }));
        if (made.error)
            return fail(error(errc::connection_lost, name_of(peer_) + ": " + made.error.message()));
        sent_ += made.size;
    }
    OPENSSL_cleanse(out_.data(), out_.size()); // a password may have been in it
    out_.clear();
    sent_ = 0;
    is_flushing_ = false;
}

INTHELOOP_DECL void stream::fail(error why) {
    if (!connection_ && !addresses_.empty()) // they may have changed
        net::lookup_threads::of_process().forget(peer_.host);
    auto* const told = tell_;
    close();
    told->on_end(std::move(why));
}

INTHELOOP_DECL void stream::close() {
    stop();
    if (connection_)
        connection_->close_politely();
}

INTHELOOP_DECL void stream::abort() {
    stop();
    if (connection_)
        connection_->abort();
}

INTHELOOP_DECL void stream::stop() {
    tell_ = nullptr;
    limit_ = policy::clock::time_point::max();
    timer_.cancel();
    lookup_.reset();
    sockets_.clear();
    OPENSSL_cleanse(out_.data(), out_.size());
}

} // namespace intheloop::redis

#endif
