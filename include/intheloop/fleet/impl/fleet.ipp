// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_FLEET_IPP
#define INTHELOOP_FLEET_IMPL_FLEET_IPP

#include <intheloop/fleet/fleet.hpp>

#include <cmath>
#include <utility>

namespace intheloop {

INTHELOOP_DECL fleet::fleet(fleet_options chosen) : options(std::move(chosen)) {}

} // namespace intheloop

#endif
