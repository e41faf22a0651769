// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_HEADER_RULES_HPP
#define INTHELOOP_BASE_DETAIL_HEADER_RULES_HPP

// Decides which header fields of a request may be set, and by whom: one rule for the header<> of an
// endpoint, for call_options::headers, and for what is added to each attempt.

#include <intheloop/base/detail/ascii.hpp>

#include <string_view>

namespace intheloop::detail {

// Names who may set a header field.
enum class header_owner : unsigned char {
    anyone,
    endpoint, // describes the body, as the endpoint does: Content-Language, Content-MD5
    client,   // credentials, framing, the connection, a proxy, or what the client says of itself
};

constexpr header_owner owner_of_header(std::string_view name) noexcept {
    for (std::string_view own :
         {"host", "authorization", "x-impersonate-user", "content-length", "content-type",
          "transfer-encoding", "connection", "keep-alive", "trailer", "user-agent", "accept",
          "accept-encoding", "expect", "te", "upgrade"})
        if (equal_ignoring_case(name, own))
            return header_owner::client;
    if (begins_with_ignoring_case(name, "proxy-"))
        return header_owner::client;
    return begins_with_ignoring_case(name, "content-") ? header_owner::endpoint
                                                       : header_owner::anyone;
}

// Returns whether a header carries credentials, which belong to the origin of the API.
constexpr bool carries_credentials(std::string_view name) noexcept {
    for (std::string_view own :
         {"authorization", "proxy-authorization", "cookie", "x-impersonate-user"})
        if (equal_ignoring_case(name, own))
            return true;
    return false;
}

// Accepts the name of a header field (RFC 9110, token).
constexpr bool is_header_name(std::string_view name) noexcept {
    for (char c : name)
        if (!is_token_char(c))
            return false;
    return !name.empty();
}

// Returns why a text can't be the value of a header field, to be put behind the name of the value;
// null if it can. Octets above ASCII are allowed, as in RFC 9110 (obs-text).
constexpr char const* header_value_problem(std::string_view value) noexcept {
    for (char c : value)
        if (is_control(c) && c != '\t')
            return "must not hold CR, LF, NUL or another control character: it stands in a header";
    if (trimmed(value).size() != value.size())
        return "must not begin or end with a space or a tab: it stands in a header, where a "
               "receiver takes them away";
    return nullptr;
}

} // namespace intheloop::detail

#endif
