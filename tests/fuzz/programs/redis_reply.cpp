// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/fleet/impl/redis_reply.ipp>

#include <fuzz/program.hpp>
#include <fuzz/redis_reply.hpp>

INTHELOOP_FUZZ_PROGRAM(fuzz::redis_reply_target)
