// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_FIXED_STRING_HPP
#define INTHELOOP_ENDPOINT_FIXED_STRING_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop {

// A string that can be a template argument: endpoint<verb::get, "/api/v1/user", ...>.
template <std::size_t Size>
struct fixed_string {
    char text[Size + 1]{};

    consteval fixed_string() = default;
    // Copies a literal without its terminating zero.
    consteval fixed_string(char const (&literal)[Size + 1]) {
        for (std::size_t i = 0; i != Size; ++i)
            text[i] = literal[i];
    }

    constexpr std::string_view view() const { return {text, Size}; } // lives as long as this object
    friend constexpr bool operator==(fixed_string const&, fixed_string const&) = default;
};

template <std::size_t N>
fixed_string(char const (&)[N]) -> fixed_string<N - 1>;

} // namespace intheloop

#endif
