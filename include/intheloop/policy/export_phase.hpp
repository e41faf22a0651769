// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_EXPORT_PHASE_HPP
#define INTHELOOP_POLICY_EXPORT_PHASE_HPP

#include <cstddef>
#include <string_view>

namespace intheloop {

// The phase of an export.
enum class export_phase : unsigned char { pending, completed, failed, expired };
// Returns the enumerator's name: "pending", "completed", ...
[[nodiscard]] constexpr std::string_view to_string(export_phase value) noexcept {
    constexpr std::string_view names[] = {"pending", "completed", "failed", "expired"};
    return names[static_cast<std::size_t>(value)];
}

} // namespace intheloop

#endif
