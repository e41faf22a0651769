// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DRIFT_KIND_HPP
#define INTHELOOP_CODEC_DRIFT_KIND_HPP

#include <cstddef>
#include <string_view>

namespace intheloop {

// In what an answer is otherwise than its description.
enum class drift_kind : unsigned char {
    unknown_key,    // no member has that name; it was ignored
    unknown_value,  // of an open enumeration or a one_of; it was kept
    missing_member, // a required one did not come: the answer is an error
    wrong_type,     // a value can't be what it should be: the answer is an error
    absent_member,  // an optional one did not come, as it may
};

// "unknown key", "missing member", ...: the enumerator in words.
[[nodiscard]] constexpr std::string_view to_string(drift_kind kind) noexcept {
    constexpr std::string_view names[] = {"unknown key", "unknown value", "missing member",
                                          "wrong type", "absent member"};
    return names[static_cast<std::size_t>(kind)];
}

} // namespace intheloop

#endif
