// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTING_IMPL_REQUEST_DECODE_IPP
#define INTHELOOP_TESTING_IMPL_REQUEST_DECODE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <algorithm>

namespace intheloop::testing::detail {

INTHELOOP_DECL std::optional<std::string> strictly_percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        int const octet = intheloop::detail::hexadecimal_octet(text.substr(i + 1));
        if (octet < 0)
            return std::nullopt;
        decoded += static_cast<char>(octet);
        i += 2;
    }
    return decoded;
}

INTHELOOP_DECL query_values split_query(std::string_view target) {
    query_values found;
    for (intheloop::detail::query_reader query(target); query.next();) {
        auto name = strictly_percent_decoded(query.name());
        auto value = strictly_percent_decoded(query.value());
        if (name && value && !name->empty())
            found.emplace_back(*std::move(name), *std::move(value));
    }
    return found;
}

INTHELOOP_DECL void add_elements(std::vector<std::string_view>& values, std::string_view value,
                                 char separator) {
    if (separator != '\0')
        for (std::size_t at = value.find(separator); at != value.npos; at = value.find(separator)) {
            values.push_back(value.substr(0, at));
            value.remove_prefix(at + 1);
        }
    values.push_back(value);
}

INTHELOOP_DECL codec::json_error misplaced_value(std::string_view name, std::string message) {
    codec::json_error problem;
    if (!name.empty())
        codec::detail::append_pointer(problem.pointer, name);
    problem.message = std::move(message);
    return problem;
}

// Returns the size of a route's first segment. A slash within braces belongs to a name.
INTHELOOP_DECL std::size_t first_segment(std::string_view route) {
    std::size_t size = 0;
    while (size != route.size() && route[size] != '/')
        size = route[size] == '{' ? std::min(route.find('}', size), route.size()) : size + 1;
    return size;
}

// Returns where a text stands last in a part of a path with at least one character behind it, but
// not within a code (%XX).
INTHELOOP_DECL std::size_t find_last_text(std::string_view path, std::string_view text) {
    auto const is_in_code = [&](std::size_t at) {
        return (at >= 1 && path[at - 1] == '%') || (at >= 2 && path[at - 2] == '%');
    };
    if (path.size() <= text.size())
        return path.npos;
    std::size_t at = path.rfind(text, path.size() - text.size() - 1);
    while (at != path.npos && is_in_code(at))
        at = at != 0 ? path.rfind(text, at - 1) : path.npos;
    return at;
}

// Matches from the end: each placeholder but the first takes as few characters as it can, which
// leaves most for the ones before it. So a match is found whenever there is one.
INTHELOOP_DECL bool match_segment(std::string_view route, std::string_view path,
                                  std::vector<std::string>& values) {
    auto const first_value = static_cast<std::ptrdiff_t>(values.size());
    std::size_t open = route.rfind('{');
    if (open == route.npos)
        return route == path;
    std::string_view const end = route.substr(route.rfind('}') + 1);
    if (!path.ends_with(end))
        return false;
    path.remove_suffix(end.size());
    while (open != route.npos) {
        route = route.substr(0, open);
        open = route.rfind('{');
        std::string_view const before =
            open == route.npos ? route : route.substr(route.rfind('}') + 1);
        std::size_t const at = open != route.npos         ? find_last_text(path, before)
                               : path.starts_with(before) ? 0
                                                          : path.npos;
        if (at == path.npos)
            return false;
        std::string_view const value = path.substr(at + before.size());
        auto decoded = strictly_percent_decoded(value);
        if (value.empty() || !decoded)
            return false;
        values.insert(values.begin() + first_value, *std::move(decoded));
        path = path.substr(0, at);
    }
    return true;
}

INTHELOOP_DECL std::optional<std::vector<std::string>> match_route(std::string_view route,
                                                                   std::string_view path) {
    std::vector<std::string> values;
    for (;;) {
        std::size_t const size = first_segment(route);
        std::size_t const end = std::min(path.find('/'), path.size());
        if (!match_segment(route.substr(0, size), path.substr(0, end), values))
            return std::nullopt;
        bool const is_last = size == route.size();
        if (is_last != (end == path.size()))
            return std::nullopt;
        if (is_last)
            return values;
        route.remove_prefix(size + 1);
        path.remove_prefix(end + 1);
    }
}

} // namespace intheloop::testing::detail

#endif
