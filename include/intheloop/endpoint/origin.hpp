// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_ORIGIN_HPP
#define INTHELOOP_ENDPOINT_ORIGIN_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/header_rules.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop {

// A trait: the endpoint lies on this origin (scheme, host and port), not on the API's.
//
//     intheloop::endpoint<verb::get, "/api-reference.md", ask_request, raw_body,
//                         query<&ask_request::ask>, origin<"https://docs.intheloop.io">>
//
// Requests go there without credentials: no token, no impersonated user, no certificate of the
// client. The origin has its own connections, its own limits (a second set of options::limits, and
// its own pause after a 429) and its own retry budget. options::origins leads it to another
// address.
//
// Written as in RFC 6454: "https://host", with a port only if it is not 443, in lower case, without
// a path. "http://" is for a host that can only be this machine (localhost, 127.0.0.0/8, [::1]),
// and a call then needs options::allow_insecure_loopback.
template <fixed_string Origin>
struct origin {};

namespace detail {

// The parts of an origin that a descriptor names.
struct origin_parts {
    bool secure = true;
    std::string_view host; // with the brackets of an IPv6 address
    bool names_port = false;
    std::string_view port;
};

constexpr origin_parts split_origin(std::string_view text) {
    origin_parts parts;
    parts.secure = text.starts_with("https://");
    text.remove_prefix(text.find("//") + 2);
    std::size_t const bracket = text.find(']');
    std::size_t const colon = text.find(':', bracket == text.npos ? 0 : bracket);
    parts.host = text.substr(0, colon);
    parts.names_port = colon != text.npos;
    if (parts.names_port)
        parts.port = text.substr(colon + 1);
    return parts;
}

// Accepts an IPv4 address without leading zeros.
constexpr bool is_ipv4(std::string_view host) {
    std::size_t numbers = 0;
    for (;; host.remove_prefix(1)) {
        std::size_t const end = host.find('.') == host.npos ? host.size() : host.find('.');
        unsigned value = 0;
        for (char c : host.substr(0, end)) {
            if (!is_digit(c) || value > 25)
                return false;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        if (end == 0 || value > 255 || (end > 1 && host[0] == '0') || ++numbers > 4)
            return false;
        host.remove_prefix(end);
        if (host.empty())
            return numbers == 4;
    }
}

// Accepts a name of labels in lower case whose last one is not a number, an IPv4 address, and any
// characters of an IPv6 address in brackets (which the client reads). A resolver would take a name
// that ends in a number for an address.
constexpr bool is_origin_host(std::string_view host) {
    if (host.starts_with('[')) {
        if (host.size() < 4 || !host.ends_with(']'))
            return false;
        for (char c : host.substr(1, host.size() - 2))
            if (!is_digit(c) && !(c >= 'a' && c <= 'f') && c != ':' && c != '.')
                return false;
        return host.find(':') != host.npos;
    }
    if (is_ipv4(host))
        return true;
    char before = '.';
    for (char c : host) {
        bool const is_inner = c == '-' || c == '.';
        if ((!is_inner && !(c >= 'a' && c <= 'z') && !is_digit(c)) || (before == '.' && is_inner) ||
            (before == '-' && c == '.'))
            return false;
        before = c;
    }
    std::size_t const dot = host.rfind('.');
    std::string_view const last = dot == host.npos ? host : host.substr(dot + 1);
    return before != '.' && before != '-' && !last.starts_with("0x") &&
           last.find_first_not_of("0123456789") != last.npos;
}

constexpr bool is_origin_port(std::string_view port, bool secure) {
    unsigned value = 0;
    for (char c : port) {
        if (!is_digit(c) || value > 6553)
            return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return !port.empty() && port[0] != '0' && value <= 65535 && value != (secure ? 443u : 80u);
}

constexpr bool is_loopback_host(std::string_view host) {
    return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && is_ipv4(host));
}

// How far an origin is right; each step needs those before it.
struct origin_check {
    bool has_scheme = false;
    bool is_alone = false;
    bool has_host = false;
    bool has_port = false;
    bool is_safe = false;
};

// Reads a copy, as g++ with -fsanitize=undefined takes no search in a template's argument for a
// constant.
template <std::size_t Size>
consteval origin_check look_at_origin(fixed_string<Size> origin) {
    std::string_view const text = origin.view();
    origin_check check;
    check.has_scheme = text.starts_with("https://") || text.starts_with("http://");
    check.is_alone =
        check.has_scheme && text.find_first_of("/?#@", text.find("//") + 2) == text.npos;
    if (!check.is_alone)
        return check;
    origin_parts const parts = split_origin(text);
    check.has_host = is_origin_host(parts.host);
    check.has_port =
        check.has_host && (!parts.names_port || is_origin_port(parts.port, parts.secure));
    check.is_safe = check.has_port && (parts.secure || is_loopback_host(parts.host));
    return check;
}

// Checks step by step, each with its own message.
template <fixed_string Origin>
struct check_origin {
    static constexpr origin_check check = look_at_origin(Origin);
    static_assert(check.has_scheme, "intheloop: an origin<> begins with https://");
    static_assert(check.is_alone || !check.has_scheme,
                  "intheloop: an origin<> is scheme, host and port: no path (it belongs into the "
                  "route), no slash at the end, no query, no user");
    static_assert(check.has_host || !check.is_alone,
                  "intheloop: the host of this origin<> is neither a name in lower case nor an "
                  "address");
    static_assert(check.has_port || !check.has_host,
                  "intheloop: the port of this origin<> is no number up to 65535, or it is the "
                  "scheme's own, which is left out");
    static_assert(check.is_safe || !check.has_port,
                  "intheloop: http:// in an origin<> is for a host that can only be this machine: "
                  "use https://");
    static constexpr bool ok = check.is_safe;
};

template <fixed_string Origin>
struct trait_info<origin<Origin>> : plain_trait {
    static_assert(check_origin<Origin>::ok);
    static constexpr std::string_view origin_name = Origin.view();
};

template <class Trait>
inline constexpr bool names_origin = requires {
    trait_info<Trait>::origin_name;
};

// Returns the origin of an endpoint; empty for the API's.
template <class... Traits>
consteval std::string_view origin_of() {
    std::string_view found;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (names_origin<Trait>)
            found = trait_info<Trait>::origin_name;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

// Tells whether a member goes into a header that carries credentials.
template <class... Fields, class... Traits>
consteval bool asks_for_credentials(field_list<Fields...>, trait_info<Traits>...) {
    return (carries_credentials(header_name<Fields, Traits...>()) || ... || false);
}

template <class Request, class... Traits>
struct check_origin_of {
    static constexpr std::size_t origins = (std::size_t{0} + ... + (names_origin<Traits> ? 1 : 0));
    static_assert(origins <= 1, "intheloop: an endpoint lies on one origin, and here origin<> "
                                "stands twice");
    static_assert(
        origins == 0 || !asks_for_credentials(fields_of<Request>{}, trait_info<Traits>{}...),
        "intheloop: credentials belong to the origin of the API: this endpoint lies on another "
        "one, so no member goes into a header that carries them");
    static constexpr bool ok = true;
};

} // namespace detail
} // namespace intheloop

#endif
