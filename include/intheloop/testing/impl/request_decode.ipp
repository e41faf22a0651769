// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTING_IMPL_REQUEST_DECODE_IPP
#define INTHELOOP_TESTING_IMPL_REQUEST_DECODE_IPP

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
        unsigned value = 0;
        std::string_view const digits = text.substr(i + 1, 2);
        auto const [end, ec] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || ec != std::errc() || end != digits.data() + 2)
            return std::nullopt;
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

INTHELOOP_DECL query_values split_query(std::string_view target) {
    query_values found;
    target.remove_prefix(std::min(target.size(), target.find('?')));
    while (!target.empty()) {
        target.remove_prefix(1); // the separator
        std::string_view const one = target.substr(0, target.find('&'));
        target.remove_prefix(one.size());
        std::size_t const equals = std::min(one.size(), one.find('='));
        auto name = strictly_percent_decoded(one.substr(0, equals));
        auto value = strictly_percent_decoded(one.substr(std::min(one.size(), equals + 1)));
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

INTHELOOP_DECL std::optional<std::vector<std::string>> match_route(std::string_view route,
                                                                   std::string_view path) {
    std::vector<std::string> values;
    while (!route.empty() && !path.empty()) {
        if (route.front() != '{') {
            if (route.front() != path.front())
                return std::nullopt;
            route.remove_prefix(1);
            path.remove_prefix(1);
            continue;
        }
        route.remove_prefix(route.find('}') + 1);
        std::string_view value = path.substr(0, path.find('/'));
        // Text after the placeholder in its segment, as in "{id}.json", is not part of its value.
        std::string_view const rest = route.substr(0, std::min(route.find('/'), route.find('{')));
        if (!rest.empty())
            value = value.substr(0, value.rfind(rest));
        auto decoded = strictly_percent_decoded(value);
        if (value.empty() || !decoded)
            return std::nullopt;
        values.push_back(*std::move(decoded));
        path.remove_prefix(value.size());
    }
    if (!route.empty() || !path.empty())
        return std::nullopt;
    return values;
}

} // namespace intheloop::testing::detail

#endif
