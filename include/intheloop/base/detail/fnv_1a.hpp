// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_FNV_1A_HPP
#define INTHELOOP_BASE_DETAIL_FNV_1A_HPP

#include <cstdint>
#include <string_view>

namespace intheloop::detail {

// Returns a digest that is the same for a text on all platforms, and in all processes (FNV-1a). It
// hides nothing: a text can be found for each digest.
constexpr std::uint64_t fnv_1a(std::string_view text) noexcept {
    std::uint64_t digest = 0xcbf29ce484222325;
    for (char const c : text)
        digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return digest;
}

} // namespace intheloop::detail

#endif
