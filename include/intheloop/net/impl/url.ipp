// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_URL_IPP
#define INTHELOOP_NET_IMPL_URL_IPP

#include <intheloop/ascii.hpp>
#include <intheloop/net/url.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <system_error>

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
    boost::system::error_code ec;
    boost::asio::ip::make_address(host, ec);
    return !ec;
}

INTHELOOP_DECL bool origin::is_loopback() const {
    boost::system::error_code ec;
    auto const address = boost::asio::ip::make_address(host, ec);
    return ec ? host == "localhost" : address.is_loopback();
}

INTHELOOP_DECL bool parse_url(std::string_view text, url& out, std::string& problem) {
    auto const parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
    auto const fail = [&](char const* why) {
        problem = why;
        return false;
    };
    if (parsed.has_error())
        return fail("not a valid absolute URL");
    boost::urls::url_view const& view = *parsed;
    if (view.scheme_id() != boost::urls::scheme::https &&
        view.scheme_id() != boost::urls::scheme::http)
        return fail("the scheme is neither https nor http");
    if (view.has_userinfo())
        return fail("it holds user information, which is refused");
    std::string host = view.host_address();
    if (host.empty())
        return fail("it has no host");
    for (char& c : host) {
        c = intheloop::detail::to_lower(c);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
              c == '_' || (c == ':' && view.host_type() == boost::urls::host_type::ipv6)))
            return fail("its host holds a character that is not allowed");
    }
    if (host.ends_with('.'))
        host.pop_back(); // the root of the DNS, which no certificate names
    if (host.empty())
        return fail("it has no host");
    if (host.front() == '.' || host.back() == '.' || host.find("..") != host.npos)
        return fail("its host holds a dot too many");
    // Boost.URL takes "https://host:80x", and x for the path.
    if (auto const path = view.encoded_path(); !path.empty() && path.front() != '/')
        return fail("something that is no path follows its port");
    bool const secure = view.scheme_id() == boost::urls::scheme::https;
    unsigned port = secure ? 443 : 80;
    if (auto const digits = view.port(); !digits.empty()) {
        auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (ec != std::errc() || port == 0 || port > 65535)
            return fail("its port is not between 1 and 65535");
    }
    out.origin.secure = secure;
    out.origin.host = std::move(host);
    out.origin.port = std::to_string(port);
    out.has_query = view.has_query();
    out.target = std::string(view.encoded_path());
    if (out.target.empty())
        out.target = "/";
    if (view.has_query())
        out.target += '?' + std::string(view.encoded_query());
    return true;
}

INTHELOOP_DECL bool parse_reference(url const& base, std::string_view text, url& out,
                                    std::string& problem) {
    std::string const absolute = base.origin.text() + base.target;
    auto const from = boost::urls::parse_uri(absolute);
    auto const to =
        boost::urls::parse_uri_reference(boost::core::string_view(text.data(), text.size()));
    boost::urls::url resolved;
    if (from.has_error() || to.has_error() ||
        boost::urls::resolve(*from, *to, resolved).has_error()) {
        problem = "not a valid reference to a URL";
        return false;
    }
    std::string const found(resolved.buffer().data(), resolved.buffer().size());
    return parse_url(found, out, problem);
}

} // namespace intheloop::net

#endif
