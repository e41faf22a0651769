// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CONNECTION_ID_HPP
#define INTHELOOP_NET_DETAIL_CONNECTION_ID_HPP

#include <openssl/ssl.h>

#include <array>
#include <bit>
#include <cstdint>

namespace intheloop::net {

// Returns an id that both ends of a TLS connection can compute after the handshake, also through a
// proxy: the beginning of the client's random.
inline std::uint64_t connection_id(SSL const* tls) {
    std::array<unsigned char, sizeof(std::uint64_t)> random{};
    SSL_get_client_random(tls, random.data(), random.size());
    return std::bit_cast<std::uint64_t>(random);
}
// Returns the id before the handshake, and without TLS: the client's port.
inline std::uint64_t connection_id(std::uint16_t port_of_client) {
    return port_of_client;
}

} // namespace intheloop::net

#endif
