// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_OPTION_CHECKS_IPP
#define INTHELOOP_CLIENT_IMPL_OPTION_CHECKS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/policy/detail/pool.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace intheloop::detail {

[[noreturn]] INTHELOOP_DECL void refuse_option(std::string const& reason) {
    throw exception(error(errc::invalid_option, reason));
}

// Accepts visible ASCII, and spaces if allowed, in a header value of the client.
INTHELOOP_DECL bool is_header_text(std::string_view text, bool spaces) {
    for (char c : text)
        if (!((c > ' ' && c <= '~') || (spaces && c == ' ')))
            return false;
    return true;
}

INTHELOOP_DECL char const* validate_user(std::string_view user) {
    if (user.empty())
        return "impersonate_user is empty: leave it unset to act as oneself";
    if (!is_header_text(user, false))
        return "impersonate_user holds a character that can't stand in a header (a space, CR, LF, "
               "NUL or another that is not visible ASCII)";
    return nullptr;
}

INTHELOOP_DECL char const* validate_key(std::string_view key) {
    constexpr std::size_t longest = 255;
    if (key.empty())
        return "idempotency_key is empty: leave it unset for a random one";
    if (key.size() > longest)
        return "idempotency_key has more than 255 characters";
    if (!is_header_text(key, false))
        return "idempotency_key holds a character that can't stand in a header (a space, CR, LF, "
               "NUL or another that is not visible ASCII)";
    return nullptr;
}

// Checks a URL that precedes routes. `in_clear` is the reason against http:// for another machine.
INTHELOOP_DECL net::url check_url_before_routes(std::string const& name, std::string const& text,
                                                options const& options, char const* in_clear) {
    net::url base;
    std::string problem;
    if (!net::parse_url(text, base, problem))
        refuse_option(name + ": " + problem);
    if (base.has_query)
        refuse_option(name + ": it holds a query");
    if (base.has_fragment)
        refuse_option(name + ": it holds a fragment");
    if (has_dot_segment(codec::percent_decoded(base.target))) // servers may resolve encoded ones
        refuse_option(name + ": its path holds a segment of dots");
    if (base.has_empty_port)
        refuse_option(name + ": its port is empty");
    if (!base.origin.secure && !base.origin.is_loopback())
        refuse_option(name + ": http:// " + in_clear + ": use https://");
    if (!base.origin.secure && !options.allow_insecure_loopback)
        refuse_option(name + ": http:// needs allow_insecure_loopback, and is for tests");
    while (base.target.ends_with('/'))
        base.target.pop_back(); // every route begins with a slash
    return base;
}

INTHELOOP_DECL net::url check_base_url(options const& options) {
    return check_url_before_routes("base_url", options.base_url, options,
                                   "would send the token in the clear");
}

INTHELOOP_DECL std::map<std::string, net::url, std::less<>> check_origins(options const& options) {
    std::map<std::string, net::url, std::less<>> checked;
    for (auto const& [named, text] : options.origins) {
        net::url as_named;
        std::string problem;
        if (!net::parse_url(named, as_named, problem))
            refuse_option("origins: a key is no origin: " + problem);
        if (as_named.origin.text() != named)
            refuse_option("origins: a key is not written as origin<> has it: " +
                          as_named.origin.text());
        checked.emplace(named, check_url_before_routes("origins: the address for " + named, text,
                                                       options, "is for this machine only"));
    }
    return checked;
}

INTHELOOP_DECL std::string make_user_agent(options const& options) {
    if (!is_header_text(options.application, true))
        refuse_option("application holds a character that can't stand in a header");
    std::string const boost_version =
        std::to_string(BOOST_VERSION / 100000) + '.' + std::to_string(BOOST_VERSION / 100 % 1000);
    std::string agent = "intheloop/" INTHELOOP_VERSION_STRING " (C++; Boost " + boost_version + ')';
    if (!options.application.empty())
        agent += ' ' + options.application;
    return agent;
}

INTHELOOP_DECL char const* validate_retry(retry_options const& retry) {
    if (retry.max_attempts == 0)
        return "retry.max_attempts is zero: the first attempt counts";
    if (retry.base.count() < 0 || retry.throttled_base.count() < 0 || retry.cap.count() < 0)
        return "retry: a pause is below zero";
    return nullptr;
}

INTHELOOP_DECL char const* validate_token(std::string_view token) {
    if (token.empty())
        return "token is empty: make one in Loop's web settings, tab \"API keys\", and set "
               "options::token, or INTHELOOP_TOKEN for options::from_env()";
    if (!is_header_text(token, false))
        return "token holds a character that can't stand in a header (a space, CR, LF, NUL or "
               "another that is not visible ASCII)";
    return nullptr;
}

INTHELOOP_DECL void check_addresses(options const& options) {
    for (auto const& [host, addresses] : options.addresses) {
        if (addresses.empty())
            refuse_option("addresses: none for " + host);
        for (std::string const& address : addresses) {
            boost::system::error_code ec;
            boost::asio::ip::make_address(address, ec);
            if (ec)
                refuse_option("addresses: what is given for " + host + " is no IP address");
        }
    }
}

INTHELOOP_DECL void check_interceptors(options const& options) {
    auto const& all = options.interceptors;
    for (std::size_t i = 0; i != all.size(); ++i)
        if (all[i].valueless_by_exception() ||
            std::visit([](auto const& one) { return one == nullptr; }, all[i]))
            refuse_option("interceptors[" + std::to_string(i) + "] is null");
}

INTHELOOP_DECL options check_options(options options) {
    if (options.token_provider) {
        if (!options.token.empty())
            refuse_option("token and token_provider are both set");
    } else if (char const* problem = validate_token(options.token.reveal())) {
        refuse_option(problem);
    }
    if (options.impersonate_user)
        if (char const* problem = validate_user(options.impersonate_user->reveal()))
            refuse_option(problem);
    for (auto const& [name, limit] : {std::pair{"connect_timeout", options.connect_timeout},
                                      std::pair{"handshake_timeout", options.handshake_timeout},
                                      std::pair{"stall_timeout", options.stall_timeout},
                                      std::pair{"token_timeout", options.token_timeout},
                                      std::pair{"deadline", options.deadline}})
        if (limit.count() <= 0)
            refuse_option(std::string(name) + " is not above zero");
    if (char const* problem = policy::validate(options.slow_transfer))
        refuse_option(problem);
    if (char const* problem = validate_retry(options.retry))
        refuse_option(problem);
    if (char const* problem = policy::validate(options.pool))
        refuse_option(problem);
    if (char const* problem = policy::validate(options.limits))
        refuse_option(problem);
    if (options.tcp_keep_alive && options.tcp_keep_alive->count() <= 0)
        refuse_option("tcp_keep_alive is not above zero");
    check_addresses(options);
    check_interceptors(options);
    if (options.max_header_size < 1024 || options.max_header_size > 64 * 1024 * 1024)
        refuse_option("max_header_size is not between 1 KiB and 64 MiB");
    if (options.max_json_depth == 0 || options.max_json_depth > codec::detail::most_json_levels)
        refuse_option("max_json_depth is not between 1 and " +
                      std::to_string(codec::detail::most_json_levels));
    return options;
}

// Treats a token that can't be sent as a failure of the provider.
INTHELOOP_DECL net::fetch_token checked(net::fetch_token fetch) {
    return [fetch = std::move(fetch)](token_request why, token_handler handler) {
        fetch(why,
              wrapped_handler(std::move(handler), [](token_handler&& inner,
                                                     std::optional<error> failure, secret token) {
                  if (!failure && validate_token(token.reveal()))
                      failure.emplace(errc::token_unavailable,
                                      "what the token provider gave is empty, or can't stand in a "
                                      "header");
                  std::move(inner)(std::move(failure), std::move(token));
              }));
    };
}

INTHELOOP_DECL net::runtime_options
make_runtime_options(options const& options, net::origin const& base, std::uint64_t seed) {
    net::runtime_options made;
    made.tls = options.tls;
    made.pool = options.pool;
    made.limits = options.limits;
    made.retry_budget = options.retry.budget;
    made.connect_timeout = options.connect_timeout;
    made.handshake_timeout = options.handshake_timeout;
    made.tcp_keep_alive = options.tcp_keep_alive;
    if (options.proxy) {
        std::string problem;
        if (policy::proxy_address address;
            policy::parse_proxy(options.proxy->reveal(), address, problem))
            made.proxy = std::move(address);
        else if (!policy::bypasses_proxy(base.host, base.port, options.no_proxy))
            refuse_option("proxy: " + problem + " (it may come from https_proxy or all_proxy)");
    }
    made.no_proxy = options.no_proxy;
    for (auto const& [host, addresses] : options.addresses)
        made.addresses.emplace(to_lower(host), addresses);
    made.token = options.token;
    if (options.token_provider)
        made.fetch_token = checked(options.token_provider.fetch());
    made.token_timeout = options.token_timeout;
    made.observer = options.observer;
    made.propagator = options.propagator;
    made.time = options.time;
    made.recorder = options.recorder;
    made.interceptors = options.interceptors;
    made.fleet = options.fleet;
    made.seed = seed;
    return made;
}

} // namespace intheloop::detail

#endif
