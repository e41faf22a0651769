// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_SERVER_OPTIONS_IPP
#define INTHELOOP_TESTING_IMPL_SERVER_OPTIONS_IPP

#include <intheloop/api/documented.hpp>
#include <intheloop/testing/server_options.hpp>

#include <algorithm>

namespace intheloop::testing {

INTHELOOP_DECL std::vector<std::string> documented_origins() {
    std::vector<std::string> found;
    documented_endpoints.for_each([&](auto const& endpoint) {
        if (!endpoint.origin.empty() &&
            std::find(found.begin(), found.end(), endpoint.origin) == found.end())
            found.emplace_back(endpoint.origin);
    });
    return found;
}

} // namespace intheloop::testing

#endif
