// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_PROXY_IPP
#define INTHELOOP_POLICY_IMPL_PROXY_IPP

#include <intheloop/policy/detail/proxy.hpp>

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/whole_number.hpp>
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/percent.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>

namespace intheloop::policy {

namespace detail {

using intheloop::detail::whole_number;

struct host_and_port {
    std::string_view host;
    std::string_view port; // empty if absent
    bool in_brackets = false;
};

// Splits "host:port" or "[host]:port". An IPv6 address without brackets has no port.
INTHELOOP_DECL std::optional<host_and_port> split_port(std::string_view text) {
    if (text.starts_with('[')) {
        std::size_t const close = text.find(']');
        if (close == text.npos)
            return std::nullopt;
        std::string_view const host = text.substr(1, close - 1);
        std::string_view const rest = text.substr(close + 1);
        if (rest.empty())
            return host_and_port{host, {}, true};
        return rest.starts_with(':') ? std::optional(host_and_port{host, rest.substr(1), true})
                                     : std::nullopt;
    }
    std::size_t const colon = text.find(':');
    if (colon == text.npos || text.find(':', colon + 1) != text.npos)
        return host_and_port{text, {}, false};
    return host_and_port{text.substr(0, colon), text.substr(colon + 1), false};
}

INTHELOOP_DECL std::optional<unsigned> read_port_number(std::string_view text) {
    auto const number = whole_number<unsigned>(text);
    return number && *number >= 1 && *number <= 65535 ? number : std::nullopt;
}

// Returns whether an entry of the list of exceptions covers this port. An entry whose port is not a
// number covers none: the names of services are not known here.
INTHELOOP_DECL bool covers_port(host_and_port const& entry, std::string_view port) {
    if (entry.port.empty())
        return true;
    auto const number = read_port_number(entry.port);
    return number && number == read_port_number(port);
}

INTHELOOP_DECL bool share_leading_bits(codec::ip_address const& one, codec::ip_address const& other,
                                       unsigned bits) {
    unsigned const whole = bits / 8;
    if (!std::equal(one.octets.begin(), one.octets.begin() + whole, other.octets.begin()))
        return false;
    unsigned const rest = bits % 8;
    return rest == 0 || (one.octets[whole] ^ other.octets[whole]) >> (8 - rest) == 0;
}

// Returns whether an entry of the list of exceptions covers this address.
INTHELOOP_DECL bool covers_address(std::string_view entry, codec::ip_address const& address,
                                   std::string_view port) {
    std::size_t const slash = entry.find('/');
    auto const parts = split_port(entry.substr(0, slash));
    if (!parts || !covers_port(*parts, port))
        return false;
    auto const network = codec::parse_ip_address(parts->host);
    if (!network || network->size != address.size)
        return false;
    unsigned const all_bits = address.size * 8;
    std::optional<unsigned> const bits =
        slash == entry.npos ? all_bits : whole_number<unsigned>(entry.substr(slash + 1));
    return bits && *bits <= all_bits && share_leading_bits(address, *network, *bits);
}

// Returns whether an entry of the list of exceptions covers this name.
INTHELOOP_DECL bool covers_name(std::string_view entry, std::string_view name,
                                std::string_view port) {
    auto const parts = split_port(entry);
    if (!parts || !covers_port(*parts, port))
        return false;
    std::string_view domain = parts->host;
    if (domain.ends_with('.'))
        domain.remove_suffix(1);
    if (domain.starts_with('.'))
        domain.remove_prefix(1);
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (domain.empty() || domain.size() > name.size())
        return false;
    std::size_t const above = name.size() - domain.size();
    return intheloop::detail::equal_ignoring_case(name.substr(above), domain) &&
           (above == 0 || name[above - 1] == '.');
}

// Each fills in a part of the address, and returns the problem with it, or null.
INTHELOOP_DECL char const* read_credentials(std::string_view text, proxy_address& out) {
    std::size_t const colon = text.find(':');
    std::string const user = codec::percent_decoded(text.substr(0, colon));
    std::string const password =
        colon == text.npos ? std::string() : codec::percent_decoded(text.substr(colon + 1));
    if (user.empty() && password.empty())
        return nullptr;
    constexpr std::size_t longest = 64 * 1024; // the limit on headers
    if (user.size() + password.size() > longest)
        return "its user and password are too long";
    if (user.find(':') != user.npos)
        return "its user holds a colon, which Basic authentication can't send";
    std::string const both = user + ':' + password;
    if (std::any_of(both.begin(), both.end(), intheloop::detail::is_control))
        return "its user or password holds a control character";
    out.credentials = both;
    return nullptr;
}

INTHELOOP_DECL char const* read_host(host_and_port const& parts, proxy_address& out) {
    if (parts.host.empty())
        return "it has no host";
    if (parts.in_brackets) {
        auto const address = codec::parse_ip_address(parts.host);
        if (!address || address->size != 16)
            return "what stands in brackets is not an IPv6 address";
    } else if (!std::all_of(parts.host.begin(), parts.host.end(),
                            [](char c) { return codec::is_unreserved(c) && c != '~'; })) {
        return "its host holds a character that is not allowed";
    }
    out.host = intheloop::detail::to_lower(parts.host); // as the host of a URL
    return nullptr;
}

INTHELOOP_DECL char const* read_port(host_and_port const& parts, proxy_address& out) {
    if (parts.port.empty())
        return nullptr;
    auto const number = read_port_number(parts.port);
    if (!number)
        return "its port is not between 1 and 65535";
    out.port = std::to_string(*number);
    return nullptr;
}

} // namespace detail

INTHELOOP_DECL bool parse_proxy(std::string_view text, proxy_address& out, std::string& problem) {
    auto const fail = [&](char const* why) {
        problem = why;
        return false;
    };
    if (std::size_t const scheme = text.find("://"); scheme != text.npos) {
        if (!intheloop::detail::equal_ignoring_case(text.substr(0, scheme), "http"))
            return fail("only http:// proxies (CONNECT) are supported");
        text.remove_prefix(scheme + 3);
    }
    std::size_t const end = text.find_first_of("/?#");
    if (end != text.npos && text.find('@', end) != text.npos) // part of it would become the host
        return fail("its user and password hold a character that has to be percent-encoded");
    if (text.find_first_of("?#") != text.npos)
        return fail("it holds a query or a fragment");
    std::string_view authority = text.substr(0, end);
    proxy_address read;
    if (std::size_t const at = authority.find('@'); at != authority.npos) {
        if (char const* const why = detail::read_credentials(authority.substr(0, at), read))
            return fail(why);
        authority.remove_prefix(at + 1);
    }
    auto const parts = detail::split_port(authority);
    if (!parts)
        return fail("its brackets don't fit");
    if (char const* const why = detail::read_host(*parts, read))
        return fail(why);
    if (char const* const why = detail::read_port(*parts, read))
        return fail(why);
    out = std::move(read);
    return true;
}

INTHELOOP_DECL bool bypasses_proxy(std::string_view host, std::string_view port,
                                   std::string_view no_proxy) {
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (host.empty())
        return false;
    if (no_proxy == "*")
        return true;
    constexpr std::string_view separators = ", \t";
    auto const address = codec::parse_ip_address(host);
    std::size_t begin = 0;
    while ((begin = no_proxy.find_first_not_of(separators, begin)) != no_proxy.npos) {
        std::size_t const end = no_proxy.find_first_of(separators, begin);
        std::string_view const entry = no_proxy.substr(begin, end - begin);
        if (address ? detail::covers_address(entry, *address, port)
                    : detail::covers_name(entry, host, port))
            return true;
        begin += entry.size();
    }
    return false;
}

INTHELOOP_DECL proxy_environment
read_proxy_environment(std::function<std::optional<std::string>(char const*)> const& lookup) {
    auto const first_of = [&](std::initializer_list<char const*> names) {
        for (char const* const name : names)
            if (auto value = lookup(name); value && !value->empty())
                return value;
        return std::optional<std::string>();
    };
    proxy_environment found;
    found.proxy = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    found.no_proxy = first_of({"no_proxy", "NO_PROXY"}).value_or("");
    return found;
}

} // namespace intheloop::policy

#endif
