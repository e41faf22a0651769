// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_TYPE_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_TYPE_HPP

// Constant tables that tell the decoder how to read JSON into a C++ type. The decoder itself is no
// template: one more type costs a table, not another parser.

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace intheloop::codec::detail {

struct json_scalar {
    enum kind_type : unsigned char { null, boolean, int64, uint64, float64, string };
    kind_type kind = null;
    bool boolean_value = false;
    std::int64_t int64_value = 0;
    std::uint64_t uint64_value = 0;
    double double_value = 0;
    std::string_view string_value; // for float64 too: the number as it was written
};

struct json_type;
using json_type_getter = json_type const& (*)();

struct json_member {
    std::string_view name;
    json_type_getter type;
    void* (*at)(void* object);
    bool required;
};

// A new element of a map: the place for its value, and its key, which lives as long as the element.
struct json_map_slot {
    std::string_view key;
    void* value;
};

// A value of the discriminator, and the type of the object with it.
struct json_alternative {
    std::string_view text;
    json_type_getter type;
    void* (*emplace)(void*);
};

struct json_type {
    enum kind_type : unsigned char { scalar, wrapper, array, map, object, one_of, any };
    kind_type kind = scalar;
    char const* expected = ""; // "a string"
    void (*reset)(void*) = nullptr;
    // scalar: returns false for an unsuitable value; a loose one is reset by an object or an array
    bool (*take)(void*, json_scalar const&) = nullptr;
    bool is_loose = false;
    // wrapper (optional, nullable), array, map: the inner type, and adding a value of it
    json_type_getter inner = nullptr;
    void* (*emplace)(void*) = nullptr;                              // wrapper, array
    json_map_slot (*insert)(void*, std::string_view key) = nullptr; // map
    void (*set_null)(void*) = nullptr;                              // nullable
    // object
    std::span<json_member const> members{};
    // any: takes a whole JSON value; returns false if it is of the wrong kind
    bool (*take_value)(void*, boost::json::value&&) = nullptr;
    bool null_is_value = false; // any: like all others
    // one_of
    std::string_view discriminator{};
    std::span<json_alternative const> alternatives{};
    void (*take_unknown)(void*, std::string type, std::string json) = nullptr;
    // a whole response that is not JSON
    void (*take_raw)(void*, std::string_view bytes, std::string_view content_type) = nullptr;
    // open enumeration: returns whether the value is known
    bool (*is_known)(void const*) = nullptr;
};

// Returns whether null is a value of a type: of a nullable, or of open JSON.
inline bool takes_null(json_type const& type) {
    json_type const* inner = &type;
    for (; inner->kind == json_type::wrapper; inner = &inner->inner())
        if (inner->set_null)
            return true;
    return inner->null_is_value;
}

} // namespace intheloop::codec::detail

#endif
