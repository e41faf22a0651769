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

// A host as it stands before a port: an IPv6 address in brackets.
INTHELOOP_DECL std::string bracketed(std::string const& host);

// The number of a port that was checked, as parse_url() and policy::parse_proxy() do.
INTHELOOP_DECL std::uint16_t port_number(std::string const& port);

// Where requests go: scheme, host and port (RFC 6454). Credentials belong to an origin.
struct origin {
    bool secure = true; // https
    std::string host;   // lower case; an IPv6 address without brackets
    std::string port = "443";

    // As in a Host header: the port only where it is not the scheme's own.
    INTHELOOP_DECL std::string authority() const;
    // "https://api.intheloop.io"
    INTHELOOP_DECL std::string text() const;
    // Whether the host can only be this machine: localhost, 127.0.0.0/8 or ::1.
    INTHELOOP_DECL bool is_loopback() const;
    // Whether the host is an IPv4 or IPv6 address.
    INTHELOOP_DECL bool is_address() const;
    INTHELOOP_DECL std::uint16_t port_number() const;

    friend bool operator==(origin const&, origin const&) = default;
    friend auto operator<=>(origin const&, origin const&) = default;
};

struct url {
    net::origin origin;
    std::string target = "/"; // path and query, encoded
    bool has_query = false;
};

// Reads an absolute http or https URL, as strictly as <intheloop/codec/detail/url.hpp> does: what
// RFC 3986 does not allow is refused, and so are user information and a name that ends in a number.
// A fragment is dropped. On failure `out` stays as it is, and `problem` says why, without the URL
// itself, since it may hold a signature.
INTHELOOP_DECL bool parse_url(std::string_view text, url& out, std::string& problem);

// The same for a reference, relative or not, as it stands in a Location header.
INTHELOOP_DECL bool parse_reference(url const& base, std::string_view text, url& out,
                                    std::string& problem);

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/url.ipp>
#endif

#endif
