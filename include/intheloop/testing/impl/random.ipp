// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_RANDOM_IPP
#define INTHELOOP_TESTING_IMPL_RANDOM_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/testing/detail/random.hpp>

#include <openssl/rand.h>

#include <stdexcept>

namespace intheloop::testing::detail {

INTHELOOP_DECL std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1)
        throw std::runtime_error("test server: no random bytes");
    return intheloop::detail::to_hexadecimal(raw);
}

INTHELOOP_DECL random_texts::random_texts(std::shared_ptr<time_source> const& clock) {
    if (auto const seed = clock ? clock->next_seed() : std::nullopt)
        numbers_.emplace(*seed);
}

INTHELOOP_DECL std::string random_texts::hex(std::size_t bytes) {
    if (!numbers_)
        return random_hex(bytes);
    std::string raw(bytes, '\0');
    std::lock_guard const lock(mutex_);
    for (char& octet : raw)
        octet = static_cast<char>(numbers_->next() >> 56);
    return intheloop::detail::to_hexadecimal(raw);
}

INTHELOOP_DECL std::string random_texts::uuid() {
    std::string id = hex(16);
    id[12] = '4'; // version
    id[16] = '8'; // variant
    for (std::size_t const at : {20U, 16U, 12U, 8U})
        id.insert(at, 1, '-');
    return id;
}

} // namespace intheloop::testing::detail

#endif
