// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "route.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <vector>

namespace example {

route find_route(std::string_view target) {
    auto const url = boost::urls::parse_origin_form(target);
    if (!url)
        return {};
    std::vector<std::string> parts;
    for (auto const& part : url->segments())
        parts.push_back(part);
    if (parts.empty() || parts == std::vector<std::string>{""})
        return {place::page, {}};
    if (parts[0] != "exports" || parts.size() > 3)
        return {};
    if (parts.size() == 1)
        return {place::exports, {}};
    if (parts.size() == 2)
        return {place::state, parts[1]};
    if (parts[2] == "events")
        return {place::events, parts[1]};
    if (parts[2] == "rows")
        return {place::rows, parts[1]};
    return {};
}

std::string_view methods_of(place where) {
    return where == place::exports ? "POST" : "GET, HEAD";
}

bool allows(place where, http::verb method) {
    if (where == place::exports)
        return method == http::verb::post;
    return method == http::verb::get || method == http::verb::head;
}

bool is_loopback_host(std::string_view host) {
    std::size_t const port = host.rfind(':');
    if (port != host.npos && host.find(']', port) == host.npos)
        host = host.substr(0, port);
    return beast::iequals(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

} // namespace example
