// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_ROUTE_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_ROUTE_HPP

#include "http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tools {

enum class place { nowhere, page, exports, state, events, rows };

struct route {
    place where = place::nowhere;
    std::string export_id;
};

// Where a request's target leads: "/", "/exports", "/exports/{id}" and what is below; also behind
// an authority, as a client of a proxy writes it (RFC 9112, 3.2.2):
// "http://localhost:8080/exports".
route find_route(std::string_view target);
// Returns that authority, if there is one.
std::optional<std::string_view> authority_of(std::string_view target);

// The methods of a place, as the Allow field lists them.
std::string_view methods_of(place where);
bool allows(place where, http::verb method);

} // namespace tools

#endif
