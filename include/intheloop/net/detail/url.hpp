// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_URL_HPP
#define INTHELOOP_NET_DETAIL_URL_HPP

#include <intheloop/base/config.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace intheloop::net {

// Formats a host for use before a port: an IPv6 address gets brackets.
INTHELOOP_DECL std::string bracketed(std::string const& host);

// Returns the number of a port that parse_url() or policy::parse_proxy() has checked.
INTHELOOP_DECL std::uint16_t port_number(std::string const& port);

// The target of requests: scheme, host and port (RFC 6454). Credentials belong to an origin.
struct origin {
    bool secure = true; // https
    std::string host;   // lower case; an IPv6 address without brackets
    std::string port = "443";

    // Returns the value of a Host header: with the port unless it is the scheme's default.
    INTHELOOP_DECL std::string authority() const;
    // Returns "https://api.intheloop.io".
    INTHELOOP_DECL std::string text() const;
    // Returns whether the host can only be this machine: localhost, 127.0.0.0/8 or ::1.
    INTHELOOP_DECL bool is_loopback() const;
    // Returns whether the host is an IPv4 or IPv6 address.
    INTHELOOP_DECL bool is_address() const;
    INTHELOOP_DECL std::uint16_t port_number() const;

    friend bool operator==(origin const&, origin const&) = default;
    friend auto operator<=>(origin const&, origin const&) = default;
};

struct url {
    net::origin origin;
    std::string target = "/"; // path and query, encoded
    bool has_query = false;
    bool has_fragment = false;
    bool has_empty_port = false; // "host:"
};

// Parses an absolute http or https URL, as strictly as <intheloop/codec/detail/url.hpp>: refuses
// everything that RFC 3986 does not allow, user information and a name that ends in a number. Drops
// a fragment. On failure `out` is unchanged, and `problem` has the reason, without the URL itself,
// since it may hold a signature.
INTHELOOP_DECL bool parse_url(std::string_view text, url& out, std::string& problem);

// Resolves a reference, relative or not, as in a Location header.
INTHELOOP_DECL bool parse_reference(url const& base, std::string_view text, url& out,
                                    std::string& problem);

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/url.ipp>
#endif

#endif
