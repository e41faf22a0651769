// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_ROUTE_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_ROUTE_HPP

#include "http.hpp"

#include <string>
#include <string_view>

namespace tools {

enum class place { nowhere, page, exports, state, events, rows };

struct route {
    place where = place::nowhere;
    std::string export_id;
};

// Where a request's target leads: "/", "/exports", "/exports/{id}" and what is below.
route find_route(std::string_view target);

// The methods of a place, as the Allow field lists them.
std::string_view methods_of(place where);
bool allows(place where, http::verb method);

} // namespace tools

#endif
