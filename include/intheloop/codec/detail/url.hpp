// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_URL_HPP
#define INTHELOOP_CODEC_DETAIL_URL_HPP

// URLs as RFC 3986 writes them, and no other way: a blank, a backslash, a control character, an
// octet that is not ASCII and a '%' without two hexadecimal digits are refused, not mended. No
// octet is changed, so that a signature in a path or a query stays whole.
//
// Where a function says why it refuses a text, the text itself is not told: it may hold a secret.

#include <intheloop/base/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::codec {

// The components of a URL, or of a reference to one: parts of its text, which has to outlive them.
struct url_components {
    std::optional<std::string_view> scheme;
    std::optional<std::string_view> authority; // see parse_authority()
    std::string_view path;
    std::optional<std::string_view> query;
    std::optional<std::string_view> fragment;
};

// Takes a URL or a reference (RFC 3986, 4.1) apart, and checks all but the authority. On failure
// `out` stays as it is, and `problem` says why.
INTHELOOP_DECL bool split_url(std::string_view text, url_components& out, std::string& problem);

// A server, as it stands in a URL.
struct url_authority {
    std::string host;       // lower case; an IPv6 address without brackets
    std::uint16_t port = 0; // 0: none is said
};

// Reads "host:port", where the port may be missing or empty. The host is an address (see
// parse_ip_address()), an IPv6 one in brackets, or a name of labels, of which the dot at the end is
// dropped; percent-encoded characters of a name are decoded. A name that ends in a number is
// refused ("127.1", "0x7f000001"): a resolver would take it for an address. So is user
// information. On failure `out` stays as it is, and `problem` says why.
INTHELOOP_DECL bool parse_authority(std::string_view text, url_authority& out,
                                    std::string& problem);

// The URL that a reference means, seen from a base that has a scheme (RFC 3986, 5.2). Segments that
// are "." or ".." are removed; "%2e" is one like others.
INTHELOOP_DECL std::string resolve_url(url_components const& base, url_components const& reference);

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/url.ipp>
#endif

#endif
