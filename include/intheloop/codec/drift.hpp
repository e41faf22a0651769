// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DRIFT_HPP
#define INTHELOOP_CODEC_DRIFT_HPP

// How an answer can be otherwise than its types say.

#include <intheloop/config.hpp>

#include <cstddef>
#include <span>
#include <string>
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

namespace codec {

// Is told, while a document is read, what in it is otherwise. A pointer is a JSON pointer
// (RFC 6901) in which "*" stands for any index of an array and any key of a map. Texts live as long
// as the call.
class drift_sink {
public:
    virtual ~drift_sink() = default;
    // `text`: the unknown value, or the kind of value that came instead; else empty.
    virtual void found(drift_kind kind, std::string pointer, std::string_view text) = 0;
    // An object whose members are described was read; these of them, which are optional, did not
    // come. The names live as long as the program.
    virtual void read_object(std::string pointer, std::span<std::string_view const> absent) = 0;
};

} // namespace codec
} // namespace intheloop

#endif
