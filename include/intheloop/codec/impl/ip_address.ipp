// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_IP_ADDRESS_IPP
#define INTHELOOP_CODEC_IMPL_IP_ADDRESS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/percent.hpp>

#include <algorithm>
#include <cstddef>

namespace intheloop::codec {

namespace detail {

// Both parse a whole text into octets, and return whether it is such an address.
INTHELOOP_DECL bool read_ipv4(std::string_view text, unsigned char* out) noexcept {
    for (unsigned number = 0; number != 4; ++number) {
        std::size_t const length = number == 3 ? text.size() : text.find('.');
        if (length == 0 || length > 3 || (length > 1 && text.front() == '0'))
            return false; // find() found no dot, or too long a number
        unsigned value = 0;
        for (char const c : text.substr(0, length)) {
            if (!intheloop::detail::is_digit(c))
                return false;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        if (value > 255)
            return false;
        out[number] = static_cast<unsigned char>(value);
        text.remove_prefix(number == 3 ? length : length + 1);
    }
    return true;
}

INTHELOOP_DECL bool read_ipv6(std::string_view text, unsigned char* out) noexcept {
    constexpr unsigned size = 16;
    unsigned filled = 0;
    std::optional<unsigned> gap; // the octets before "::"
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        std::size_t const length = std::min(text.find(':'), text.size());
        if (length == text.size() && text.find('.') != text.npos) {
            if (filled > size - 4 || !read_ipv4(text, out + filled))
                return false;
            filled += 4;
            break;
        }
        if (length == 0 || length > 4 || filled > size - 2)
            return false;
        unsigned value = 0;
        for (char const c : text.substr(0, length)) {
            int const digit = hexadecimal_value(c);
            if (digit < 0)
                return false;
            value = value * 16 + static_cast<unsigned>(digit);
        }
        out[filled++] = static_cast<unsigned char>(value >> 8);
        out[filled++] = static_cast<unsigned char>(value & 255);
        text.remove_prefix(length);
        if (text.empty())
            break;
        if (text == ":")
            return false;
        if (!text.starts_with("::")) {
            text.remove_prefix(1);
            continue;
        }
        if (gap)
            return false;
        gap = filled;
        text.remove_prefix(2);
    }
    if (!gap)
        return filled == size;
    if (filled == size)
        return false; // "::" stands for at least one group
    std::move_backward(out + *gap, out + filled, out + size);
    std::fill_n(out + *gap, size - filled, static_cast<unsigned char>(0));
    return true;
}

} // namespace detail

INTHELOOP_DECL std::optional<ip_address> parse_ip_address(std::string_view text) noexcept {
    ip_address address;
    if (detail::read_ipv4(text, address.octets.data())) {
        address.size = 4;
        return address;
    }
    address = {}; // discards a number that was read before the mismatch
    if (detail::read_ipv6(text, address.octets.data())) {
        address.size = 16;
        return address;
    }
    return std::nullopt;
}

INTHELOOP_DECL bool ip_address::is_loopback() const noexcept {
    if (size == 4)
        return octets[0] == 127;
    return size == 16 && octets[15] == 1 &&
           std::all_of(octets.begin(), octets.end() - 1, [](unsigned char c) { return c == 0; });
}

} // namespace intheloop::codec

#endif
