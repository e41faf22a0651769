// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_TARGET_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_TARGET_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/fleet/redis_options.hpp>
#include <intheloop/net/detail/url.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace intheloop::redis {

// The options, checked and complete. Shared by the connections of a fleet, and never changed.
class target {
public:
    target() {}

    redis_options options;
    std::vector<net::origin> hosts; // at least one: servers, or Sentinels
    std::string user;
    secret password;
    unsigned database = 0;
    std::shared_ptr<boost::asio::ssl::context> tls; // never null

    bool uses_sentinel() const { return !options.sentinel_master.empty(); }
};

// Throws intheloop::exception (configuration) with the name of the wrong option.
INTHELOOP_DECL std::shared_ptr<target const> make_target(redis_options const& options);

// Formats a peer for an error: "redis://127.0.0.1:6379".
INTHELOOP_DECL std::string name_of(net::origin const& peer);

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_target.ipp>
#endif

#endif
