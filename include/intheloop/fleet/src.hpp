// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
//
// Include this in exactly one source file of a program that defines
// INTHELOOP_SEPARATE_COMPILATION and uses <intheloop/fleet.hpp>. The program must include
// <intheloop/src.hpp>, the library itself, too.
#ifndef INTHELOOP_FLEET_SRC_HPP
#define INTHELOOP_FLEET_SRC_HPP

#include <intheloop/base/config.hpp>

#include <intheloop/fleet/impl/fleet.ipp>
#include <intheloop/fleet/impl/fleet_member.ipp>
#include <intheloop/fleet/impl/fleet_turn.ipp>
#include <intheloop/policy/impl/fleet_lease.ipp>
#include <intheloop/policy/impl/fleet_ledger.ipp>
#include <intheloop/policy/impl/fleet_starts.ipp>

#endif
