// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_TARGET_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_TARGET_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/whole_number.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/fleet/detail/redis_target.hpp>
#include <intheloop/net/detail/tls.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <algorithm>
#include <utility>

namespace intheloop::redis {

namespace detail {

[[noreturn]] INTHELOOP_DECL void refuse(char const* option, std::string const& why) {
    throw exception(error(errc::invalid_option, std::string(option) + ": " + why));
}

INTHELOOP_DECL net::origin make_origin(codec::url_authority parts, bool secure, unsigned port) {
    net::origin made;
    made.secure = secure;
    made.host = std::move(parts.host);
    made.port = std::to_string(parts.port != 0 ? parts.port : port);
    return made;
}

// Reads the URL; the texts of the errors never quote it.
INTHELOOP_DECL void read_url(target& out, unsigned usual_port) {
    constexpr char const* option = "redis_options::url";
    std::string problem;
    codec::url_components parts;
    std::string const& text = out.options.url.reveal();
    if (!codec::split_url(text, parts, problem))
        refuse(option, problem);
    auto const scheme = parts.scheme.value_or("");
    bool const secure = intheloop::detail::equal_ignoring_case(scheme, "rediss");
    if (!secure && !intheloop::detail::equal_ignoring_case(scheme, "redis"))
        refuse(option, "the scheme is neither redis nor rediss");
    if (parts.query || parts.fragment)
        refuse(option, "it has a query or a fragment, which mean nothing here");
    std::string_view authority = parts.authority.value_or("");
    if (auto const at = authority.rfind('@'); at != authority.npos) {
        auto const login = authority.substr(0, at);
        authority.remove_prefix(at + 1);
        auto const colon = login.find(':');
        if (colon == login.npos && !login.empty())
            refuse(option,
                   "it has a user without a password; a password alone begins with a colon");
        out.user = codec::percent_decoded(login.substr(0, colon));
        if (colon != login.npos)
            out.password = codec::percent_decoded(login.substr(colon + 1));
    }
    codec::url_authority host;
    if (!codec::parse_authority(authority, host, problem))
        refuse(option, problem);
    out.hosts.push_back(make_origin(std::move(host), secure, usual_port));
    if (auto path = parts.path; path.size() > 1) {
        path.remove_prefix(1);
        auto const number = intheloop::detail::whole_number<unsigned>(path);
        if (!number)
            refuse(option, "its path is not the number of a database");
        out.database = *number;
    }
}

INTHELOOP_DECL void check_times(redis_options const& options) {
    auto const positive = [](char const* option, std::chrono::milliseconds given) {
        if (given.count() <= 0)
            refuse(option, "it must be longer than 0");
        if (given > policy::longest_timeout)
            refuse(option, "it must be at most a year");
    };
    positive("redis_options::command_timeout", options.command_timeout);
    positive("redis_options::connect_timeout", options.connect_timeout);
    positive("redis_options::first_pause", options.first_pause);
    positive("redis_options::longest_pause", options.longest_pause);
    positive("redis_options::idle_timeout", options.idle_timeout);
    if (options.max_waiting == 0)
        refuse("redis_options::max_waiting", "it must be at least 1");
    if (options.max_reply_size < 1024)
        refuse("redis_options::max_reply_size", "it must be at least 1024");
}

} // namespace detail

INTHELOOP_DECL std::shared_ptr<target const> make_target(redis_options const& options) {
    auto made = std::make_shared<target>();
    made->options = options;
    unsigned const usual_port = made->uses_sentinel() ? 26379 : 6379;
    detail::read_url(*made, usual_port);
    detail::check_times(options);
    bool const secure = made->hosts.front().secure;
    if (!options.hosts.empty())
        made->hosts.clear();
    for (std::string const& each : options.hosts) {
        std::string problem;
        codec::url_authority host;
        if (!codec::parse_authority(each, host, problem))
            detail::refuse("redis_options::hosts", problem);
        made->hosts.push_back(detail::make_origin(std::move(host), secure, usual_port));
    }
    if (!options.user.empty())
        made->user = options.user;
    if (!options.password.empty())
        made->password = options.password;
    if (!made->user.empty() && made->password.empty())
        detail::refuse("redis_options::user", "it has no password");
    if (!options.sentinel_user.empty() && options.sentinel_password.empty())
        detail::refuse("redis_options::sentinel_user", "it has no password");
    if (options.database)
        made->database = *options.database;
    if (options.prefix.empty() || options.prefix.size() > 64 ||
        std::any_of(options.prefix.begin(), options.prefix.end(), intheloop::detail::is_control) ||
        options.prefix.find_first_of("{} ") != options.prefix.npos)
        detail::refuse("redis_options::prefix",
                       "it must have 1 to 64 characters, without a blank, a brace or a control "
                       "character");
    if (!secure && !options.allow_plain && !made->uses_sentinel())
        for (auto const& each : made->hosts)
            if (each.is_address() && !each.is_loopback())
                detail::refuse("redis_options::url",
                               name_of(each) + " is not this machine: use rediss://, or state "
                                               "redis_options::allow_plain");
    made->tls = std::make_shared<boost::asio::ssl::context>(net::make_tls_context(options.tls));
    return made;
}

INTHELOOP_DECL std::string name_of(net::origin const& peer) {
    return (peer.secure ? "rediss://" : "redis://") + net::bracketed(peer.host) + ':' + peer.port;
}

} // namespace intheloop::redis

#endif
