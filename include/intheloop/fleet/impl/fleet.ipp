// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_FLEET_IPP
#define INTHELOOP_FLEET_IMPL_FLEET_IPP

#include <intheloop/base/error.hpp>
#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/fleet/fleet.hpp>
#include <intheloop/policy/detail/fleet_lease.hpp>

#include <memory>
#include <string>
#include <utility>

namespace intheloop {

INTHELOOP_DECL fleet::fleet(fleet_options chosen) : options(std::move(chosen)) {
    if (std::string const problem = policy::validate(options); !problem.empty())
        throw exception(error(errc::invalid_option, problem));
}

INTHELOOP_DECL std::unique_ptr<net::fleet_link> fleet::join(net::runtime& client) {
    return std::make_unique<detail::fleet_member>(*this, client);
}

} // namespace intheloop

#endif
