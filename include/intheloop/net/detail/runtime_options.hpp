// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_RUNTIME_OPTIONS_HPP
#define INTHELOOP_NET_DETAIL_RUNTIME_OPTIONS_HPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/base/propagator.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/net/detail/any_handler.hpp>
#include <intheloop/net/detail/fleet_link.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/net/token_request.hpp>
#include <intheloop/policy/detail/proxy.hpp>
#include <intheloop/policy/limit_options.hpp>
#include <intheloop/policy/pool_options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::net {

// Completes once: with a token, or with an error.
using token_handler = any_handler<void(std::optional<error>, secret)>;
using fetch_token = std::function<void(token_request, token_handler)>;
// Returns the error for what a provider has thrown, while it is being handled.
inline error thrown_by_provider() {
    return intheloop::detail::thrown_error(errc::token_unavailable,
                                           "the token provider threw an exception");
}

// The options of a runtime, checked already.
class runtime_options {
public:
    runtime_options() {}

    tls_options tls;
    pool_options pool;
    limit_options limits;
    unsigned retry_budget = 0;
    std::chrono::milliseconds connect_timeout{0};
    std::chrono::milliseconds handshake_timeout{0};
    std::optional<std::chrono::seconds> tcp_keep_alive;
    std::optional<policy::proxy_address> proxy;
    std::string no_proxy;
    std::map<std::string, std::vector<std::string>> addresses; // host -> its addresses
    secret token;
    net::fetch_token fetch_token; // replaces the token
    std::chrono::milliseconds token_timeout{0};
    std::shared_ptr<intheloop::observer> observer;
    std::shared_ptr<intheloop::propagator> propagator;
    std::shared_ptr<time_source> time; // null: the system's clocks
    std::shared_ptr<exchange_recorder> recorder;
    std::vector<any_interceptor> interceptors;
    std::shared_ptr<fleet_base> fleet;
    std::uint64_t seed = 0; // of random numbers
};

} // namespace intheloop::net

#endif
