// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "route.hpp"

#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/url.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace tools {

namespace {

// The segments of a path that begins with a slash, decoded.
std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        std::size_t const end = std::min(path.find('/', 1), path.size());
        segments.push_back(intheloop::codec::percent_decoded(path.substr(1, end - 1)));
        path.remove_prefix(end);
    }
    return segments;
}

} // namespace

std::optional<std::string_view> authority_of(std::string_view target) {
    intheloop::codec::url_components url;
    std::string problem;
    if (target.starts_with('/') || !intheloop::codec::split_url(target, url, problem) ||
        !url.scheme || !url.authority ||
        !(beast::iequals(*url.scheme, "http") || beast::iequals(*url.scheme, "https")))
        return std::nullopt;
    return url.authority;
}

route find_route(std::string_view target) {
    intheloop::codec::url_components url;
    std::string problem;
    bool const is_absolute = authority_of(target).has_value();
    if ((!target.starts_with('/') && !is_absolute) ||
        !intheloop::codec::split_url(target, url, problem) || (url.authority && !is_absolute) ||
        url.fragment)
        return {};
    std::vector<std::string> const parts = segments_of(url.path.empty() ? "/" : url.path);
    if (parts[0].empty() && parts.size() == 1)
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

} // namespace tools
