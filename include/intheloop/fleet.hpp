// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_HPP
#define INTHELOOP_FLEET_HPP

// Limits, pauses, refused tokens and exports shared by processes with one token, which the one
// header leaves out.

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

#include <intheloop/fleet/fleet.hpp>
#include <intheloop/policy/fleet_claim.hpp>
#include <intheloop/policy/fleet_options.hpp>
#include <intheloop/policy/fleet_start.hpp>

#pragma GCC diagnostic pop

#endif
