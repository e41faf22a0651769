// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_IP_ADDRESS_HPP
#define INTHELOOP_CODEC_DETAIL_IP_ADDRESS_HPP

#include <intheloop/base/config.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace intheloop::codec {

// An IPv4 or IPv6 address.
struct ip_address {
    std::array<unsigned char, 16> octets{}; // in network byte order
    unsigned size = 0;                      // number of octets: 4 or 16

    // Returns whether the address is in 127.0.0.0/8, or is ::1. Ignores IPv4 addresses embedded in
    // IPv6 ones.
    INTHELOOP_DECL bool is_loopback() const noexcept;

    friend bool operator==(ip_address const&, ip_address const&) = default;
};

// Parses an address in the syntax of RFC 3986 (3.2.2) and RFC 4291 (2.2), without brackets: four
// decimal numbers, or groups of up to four hexadecimal digits with one "::" at most and possibly an
// IPv4 address at the end. Returns nothing for other texts, even those that system functions
// accept: leading zeros ("127.0.0.01"), other bases, fewer numbers ("127.1"), zones
// ("fe80::1%eth0").
INTHELOOP_DECL std::optional<ip_address> parse_ip_address(std::string_view text) noexcept;

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/ip_address.ipp>
#endif

#endif
