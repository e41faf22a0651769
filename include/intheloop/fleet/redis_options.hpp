// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_REDIS_OPTIONS_HPP
#define INTHELOOP_FLEET_REDIS_OPTIONS_HPP

#include <intheloop/base/secret.hpp>
#include <intheloop/net/tls_options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop {

// How to reach Redis (6.0 or later) or Valkey. The constructor of a redis_fleet checks it: a wrong
// value throws an exception that names the option, and never shows a secret.
//
// Times are above zero and at most a year, max_waiting is at least 1, and max_reply_size at least
// 1024. A user needs a password. The prefix has 1 to 64 characters, without a blank, a brace or a
// control character.
class redis_options {
public:
    // A server on this machine, with its usual port.
    redis_options() {}
    explicit redis_options(secret address) : url(std::move(address)) {}

    // "redis://" or "rediss://" (TLS), then [user[:password]@]host[:port][/database]. User and
    // password are percent-encoded. A secret, since it may hold a password.
    secret url = "redis://127.0.0.1:6379";

    // These replace what the URL says, unless they are empty.
    std::string user; // of an access control list; without one, the password is that of "default"
    secret password;
    std::optional<unsigned> database;
    // "host" or "host:port", tried in turn. They replace the one of the URL.
    std::vector<std::string> hosts;

    // With a name, the hosts are Sentinels (their usual port is 26379), which are asked where the
    // master of this name is. Sentinels may have a user and a password of their own.
    std::string sentinel_master;
    std::string sentinel_user;
    secret sentinel_password;

    // Of rediss://. The certificate and its host name are always verified; behind Sentinel, the
    // name or the address that the Sentinel tells.
    tls_options tls;
    // Without TLS, only addresses of this machine are connected to, unless this is set: what is
    // sent can be read on the way, the password too.
    bool allow_plain = false;

    // The time for one command with its answer; an operation fails after it. A fleet without an
    // answer goes on by itself, so this need not be long.
    std::chrono::milliseconds command_timeout{100};
    // The time to open a connection: names, TCP and TLS; with the login twice that. A Sentinel and
    // its master have it each.
    std::chrono::milliseconds connect_timeout{1000};
    // The pause before a connection is opened again is drawn at random from up to the first, then
    // from up to twice as much each time, up to the longest. An engine that was away counts on it
    // that all are back after five seconds: with more, processes may go on with what they had while
    // it gives that to others.
    std::chrono::milliseconds first_pause{100};
    std::chrono::milliseconds longest_pause{5000};
    // Connections that nothing used for so long are closed, and opened again when needed.
    std::chrono::milliseconds idle_timeout{5000};

    // Limits on memory: commands without an answer yet, and the size of one answer in bytes.
    std::size_t max_waiting = 1024;
    std::size_t max_reply_size = 1024 * 1024;

    // Begins the name of each key and channel. Fleets that share nothing have different ones.
    std::string prefix = "intheloop";
};

} // namespace intheloop

#endif
