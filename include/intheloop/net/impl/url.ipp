// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_URL_IPP
#define INTHELOOP_NET_IMPL_URL_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/net/detail/url.hpp>

#include <charconv>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL std::string bracketed(std::string const& host) {
    return host.find(':') == host.npos ? host : '[' + host + ']';
}

INTHELOOP_DECL std::string origin::authority() const {
    std::string text = bracketed(host);
    if (port != (secure ? "443" : "80"))
        text += ':' + port;
    return text;
}

INTHELOOP_DECL std::string origin::text() const {
    return (secure ? "https://" : "http://") + authority();
}

INTHELOOP_DECL std::uint16_t port_number(std::string const& port) {
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    return number;
}

INTHELOOP_DECL std::uint16_t origin::port_number() const {
    return net::port_number(port);
}

INTHELOOP_DECL bool origin::is_address() const {
    return codec::parse_ip_address(host).has_value();
}

INTHELOOP_DECL bool origin::is_loopback() const {
    auto const address = codec::parse_ip_address(host);
    return address ? address->is_loopback() : host == "localhost";
}

INTHELOOP_DECL bool parse_url(std::string_view text, url& out, std::string& problem) {
    auto const fail = [&](char const* why) {
        problem = why;
        return false;
    };
    codec::url_components parts;
    if (!codec::split_url(text, parts, problem))
        return false;
    if (!parts.scheme)
        return fail("not a valid absolute URL");
    bool const secure = intheloop::detail::equal_ignoring_case(*parts.scheme, "https");
    if (!secure && !intheloop::detail::equal_ignoring_case(*parts.scheme, "http"))
        return fail("the scheme is neither https nor http");
    codec::url_authority authority;
    if (!codec::parse_authority(parts.authority.value_or(""), authority, problem))
        return false;
    out.origin.secure = secure;
    out.origin.host = std::move(authority.host);
    out.origin.port = std::to_string(authority.port != 0 ? authority.port : secure ? 443 : 80);
    out.has_query = parts.query.has_value();
    out.has_fragment = parts.fragment.has_value();
    out.has_empty_port = parts.authority && parts.authority->ends_with(':');
    out.target = parts.path.empty() ? std::string_view("/") : parts.path;
    if (parts.query)
        out.target.append("?").append(*parts.query);
    return true;
}

INTHELOOP_DECL bool parse_reference(url const& base, std::string_view text, url& out,
                                    std::string& problem) {
    std::string const absolute = base.origin.text() + base.target;
    codec::url_components from;
    codec::url_components to;
    return codec::split_url(absolute, from, problem) && codec::split_url(text, to, problem) &&
           parse_url(codec::resolve_url(from, to), out, problem);
}

} // namespace intheloop::net

#endif
