// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDED_HEADERS_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDED_HEADERS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/testing/detail/multipart.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL bool same_name(std::string_view a, std::string_view b) {
    return intheloop::detail::equal_ignoring_case(a, b);
}

INTHELOOP_DECL std::string const* find_field(header_list const& fields, std::string_view name) {
    for (auto const& [key, value] : fields)
        if (same_name(key, name))
            return &value;
    return nullptr;
}

// The context of a trace, in the formats that OpenTelemetry's specification names and in those of
// two vendors. It differs each time, and a test may go without.
INTHELOOP_DECL bool carries_trace(std::string_view lower) {
    constexpr std::array<std::string_view, 7> names{
        "traceparent",     "tracestate",           "baggage", "b3", "uber-trace-id",
        "x-amzn-trace-id", "x-cloud-trace-context"};
    constexpr std::array<std::string_view, 4> prefixes{"x-b3-", "uberctx-", "ot-tracer-",
                                                       "x-datadog-"};
    return std::find(names.begin(), names.end(), lower) != names.end() ||
           std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return lower.starts_with(prefix); });
}

INTHELOOP_DECL bool keeps_request_field(std::string_view name) {
    constexpr std::array<std::string_view, 12> dropped{"host",
                                                       "user-agent",
                                                       "accept",
                                                       "accept-encoding",
                                                       "content-length",
                                                       "connection",
                                                       "transfer-encoding",
                                                       "expect",
                                                       "authorization",
                                                       "cookie",
                                                       "te",
                                                       "upgrade"};
    std::string const lower = intheloop::detail::to_lower(name);
    return !lower.starts_with("proxy-") && !carries_trace(lower) &&
           std::find(dropped.begin(), dropped.end(), lower) == dropped.end();
}

INTHELOOP_DECL bool frames_body(std::string_view name) {
    return same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding");
}

INTHELOOP_DECL bool keeps_response_field(std::string_view name,
                                         std::vector<std::string> const& further) {
    constexpr std::array<std::string_view, 9> kept{
        "Accept-Ranges", "Allow",    "Content-Encoding", "Content-Range",   "Content-Type",
        "ETag",          "Location", "Retry-After",      "WWW-Authenticate"};
    auto const is_name = [&](std::string_view each) { return same_name(each, name); };
    return std::any_of(kept.begin(), kept.end(), is_name) ||
           std::any_of(further.begin(), further.end(), is_name);
}

INTHELOOP_DECL void add_sorted(header_list& fields, std::string_view name, std::string value) {
    auto const at =
        std::lower_bound(fields.begin(), fields.end(), intheloop::detail::to_lower(name),
                         [](auto const& field, std::string const& wanted) {
                             return intheloop::detail::to_lower(field.first) < wanted;
                         });
    if (at != fields.end() && same_name(at->first, name))
        at->second += ", " + value;
    else
        fields.emplace(at, std::string(name), std::move(value));
}

INTHELOOP_DECL void fix_boundary(header_list& fields, std::string& body) {
    auto const type = std::find_if(fields.begin(), fields.end(), [](auto const& field) {
        return same_name(field.first, "Content-Type");
    });
    if (type == fields.end())
        return;
    std::string const boundary(boundary_of(type->second));
    if (boundary.empty())
        return;
    constexpr std::string_view fixed = "----boundary";
    for (std::string* const text : {&type->second, &body})
        for (std::size_t at = text->find(boundary); at != text->npos;
             at = text->find(boundary, at + fixed.size()))
            text->replace(at, boundary.size(), fixed);
}

} // namespace intheloop::testing::detail

#endif
