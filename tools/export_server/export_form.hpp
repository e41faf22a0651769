// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_EXPORT_FORM_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_EXPORT_FORM_HPP

#include <intheloop/api/report.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace tools {

struct invalid_input {
    std::string where; // a JSON pointer, empty for the whole body
    std::string message;
};

// Reads what the body of POST /exports asks for:
//
//     {"from": "2026-11-01", "to": "2026-11-08T12:00", "timezone": "Europe/Ljubljana",
//      "tagIds": [...], "teamIds": [...], "teammateIds": [...], "customerIds": [...]}
//
// The first two are required, and are times of the time zone (UTC without one).
std::variant<intheloop::report::export_request, invalid_input>
read_export_form(std::string_view body);

} // namespace tools

#endif
