// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_SCALAR_TEXT_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_SCALAR_TEXT_HPP

#include <intheloop/codec/detail/json_type.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace intheloop::codec::detail {

// Prints numbers, booleans and null, but no strings: they may hold user input or a secret.
inline std::string shown(json_scalar const& scalar) {
    char digits[32];
    char* end = digits;
    switch (scalar.kind) {
    case json_scalar::null: return "null";
    case json_scalar::boolean: return scalar.boolean_value ? "true" : "false";
    case json_scalar::string: return "a string";
    case json_scalar::int64:
        end = std::to_chars(digits, digits + sizeof digits, scalar.int64_value).ptr;
        break;
    case json_scalar::uint64:
        end = std::to_chars(digits, digits + sizeof digits, scalar.uint64_value).ptr;
        break;
    case json_scalar::float64:
        if (!scalar.string_value.empty() && scalar.string_value.size() <= sizeof digits)
            return std::string(scalar.string_value); // as it was written
        end = std::to_chars(digits, digits + sizeof digits, scalar.double_value).ptr;
        break;
    }
    return std::string(digits, end);
}

// Returns the kind of a received value, without the value.
inline std::string_view kind_of(json_scalar const& scalar) {
    switch (scalar.kind) {
    case json_scalar::null: return "null";
    case json_scalar::boolean: return "true or false";
    case json_scalar::string: return "a string";
    default: return "a number";
    }
}

} // namespace intheloop::codec::detail

#endif
