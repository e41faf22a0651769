// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DRIFT_KIND_HPP
#define INTHELOOP_CODEC_DRIFT_KIND_HPP

#include <cstddef>
#include <string_view>

namespace intheloop {

// The kind of a deviation between a response and its type.
enum class drift_kind : unsigned char {
    unknown_key,     // a key without a member; ignored
    unknown_value,   // of an open enumeration or a one_of; kept
    missing_member,  // a required member is absent: the call fails
    wrong_type,      // a value of another type: the call fails
    absent_member,   // an optional member is absent, which is allowed
    unexpected_null, // an optional member, which is not nullable, is null; read as absent
};

// Returns the enumerator in words: "unknown key", "missing member", ...
[[nodiscard]] constexpr std::string_view to_string(drift_kind kind) noexcept {
    constexpr std::string_view names[] = {"unknown key", "unknown value", "missing member",
                                          "wrong type",  "absent member", "unexpected null"};
    return names[static_cast<std::size_t>(kind)];
}

} // namespace intheloop

#endif
