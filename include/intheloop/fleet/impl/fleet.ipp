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

namespace detail {

INTHELOOP_DECL error shares_no_exports() {
    return error(errc::invalid_option, "this engine of a fleet shares no exports");
}

} // namespace detail

INTHELOOP_DECL fleet::fleet(fleet_options chosen) : options(std::move(chosen)) {
    if (std::string const problem = policy::validate(options); !problem.empty())
        throw exception(error(errc::invalid_option, problem));
}

INTHELOOP_DECL std::unique_ptr<net::fleet_link> fleet::join(net::runtime& client) {
    return std::make_unique<detail::fleet_member>(*this, client);
}

INTHELOOP_DECL void fleet::async_claim_start(fleet_start_claim, start_handler handler) {
    std::move(handler)(detail::shares_no_exports(), fleet_start_answer());
}

INTHELOOP_DECL void fleet::async_note_start(fleet_start_note, note_handler handler) {
    std::move(handler)(detail::shares_no_exports(), false);
}

} // namespace intheloop

#endif
