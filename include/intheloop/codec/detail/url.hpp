// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_URL_HPP
#define INTHELOOP_CODEC_DETAIL_URL_HPP

// URLs in the strict syntax of RFC 3986: a blank, a backslash, a control character, an octet that
// is not ASCII and a '%' without two hexadecimal digits are refused, not corrected. No octet is
// changed, so that a signature in a path or a query stays intact.
//
// Problems don't quote the refused text: it may hold a secret.

#include <intheloop/base/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::codec {

// The components of a URL, or of a reference to one: views of its text, which must outlive them.
struct url_components {
    std::optional<std::string_view> scheme;
    std::optional<std::string_view> authority; // see parse_authority()
    std::string_view path;
    std::optional<std::string_view> query;
    std::optional<std::string_view> fragment;
};

// Splits a URL or a reference (RFC 3986, 4.1), and checks all but the authority. On failure `out`
// is unchanged, and `problem` has the reason.
INTHELOOP_DECL bool split_url(std::string_view text, url_components& out, std::string& problem);

// The host and port of a URL.
struct url_authority {
    std::string host;       // lower case; an IPv6 address without brackets
    std::uint16_t port = 0; // 0 if absent
};

// Parses "host:port", where the port may be missing or empty. The host is an address (see
// parse_ip_address()), an IPv6 one in brackets, or a name of labels, without its trailing dot;
// percent-encoded characters of a name are decoded. A name that ends in a number is refused
// ("127.1", "0x7f000001"), since a resolver would take it for an address; so is user information.
// On failure `out` is unchanged, and `problem` has the reason.
INTHELOOP_DECL bool parse_authority(std::string_view text, url_authority& out,
                                    std::string& problem);

// Resolves a reference against a base with a scheme (RFC 3986, 5.2). Removes "." and ".." segments;
// "%2e" is an ordinary segment.
INTHELOOP_DECL std::string resolve_url(url_components const& base, url_components const& reference);

// Puts a URL, or a reference to one, as servers write it, into the syntax above: as browsers and
// curl do. Percent-encodes the octets of its path and its query that may not stand there, and a '%'
// without two hexadecimal digits behind; does not touch what is encoded, nor scheme and authority.
// Drops blanks around it, and its fragment. Refuses a control character anywhere, a blank in the
// authority, and a backslash in the path, which browsers take for a slash and others don't. On
// failure `out` is unchanged, and `problem` has the reason.
INTHELOOP_DECL bool encode_url(std::string_view text, std::string& out, std::string& problem);

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/url.ipp>
#endif

#endif
