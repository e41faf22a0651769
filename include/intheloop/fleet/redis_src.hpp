// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
//
// Include this in exactly one source file of a program that defines INTHELOOP_SEPARATE_COMPILATION
// and uses <intheloop/fleet/redis.hpp>. The program must include <intheloop/src.hpp> and
// <intheloop/fleet/src.hpp> too, and link hiredis.
#ifndef INTHELOOP_FLEET_REDIS_SRC_HPP
#define INTHELOOP_FLEET_REDIS_SRC_HPP

#include <intheloop/base/config.hpp>

#include <intheloop/fleet/redis.hpp>

#include <intheloop/fleet/impl/redis.ipp>
#include <intheloop/fleet/impl/redis_commands.ipp>
#include <intheloop/fleet/impl/redis_connection.ipp>
#include <intheloop/fleet/impl/redis_link.ipp>
#include <intheloop/fleet/impl/redis_reply.ipp>
#include <intheloop/fleet/impl/redis_scripts.ipp>
#include <intheloop/fleet/impl/redis_stream.ipp>
#include <intheloop/fleet/impl/redis_subscription.ipp>
#include <intheloop/fleet/impl/redis_target.ipp>

#endif
