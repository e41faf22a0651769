// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_DECODE_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_DECODE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/drift_sink.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/json_type.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace intheloop::codec {

struct json_limits {
    std::size_t max_depth = 64; // levels of objects and arrays
};

// What was found besides what was looked for.
struct json_statistics {
    std::size_t unknown_keys = 0;
    drift_sink* drift = nullptr; // is told all of it, which takes longer
};

namespace detail {
// With the parser, as it reads every document.
INTHELOOP_DECL std::optional<json_error> parse_json(std::string_view text, json_type const& type,
                                                    void* object, json_limits limits,
                                                    json_statistics& statistics);
// The same, faster where the document is a usual one.
INTHELOOP_DECL std::optional<json_error> decode_json(std::string_view text, json_type const& type,
                                                     void* object, json_limits limits,
                                                     json_statistics& statistics);
} // namespace detail

// Reads a whole JSON document into an object, straight from the parser's events.
//
// Unknown keys are ignored and counted. A member that is not std::optional or nullable is
// required. Only a nullable may be null, and an optional element of an array or a map. Integers
// are exact: what does not fit is an error. If a key comes twice, the last one counts. Gives what
// is wrong and where; the object is then in a valid state, but half-filled.
template <class T>
[[nodiscard]] std::optional<json_error> decode_json(std::string_view text, T& object,
                                                    json_limits limits = {},
                                                    json_statistics* statistics = nullptr) {
    json_statistics ignored;
    return detail::decode_json(text, detail::json_type_of<T>(), &object, limits,
                               statistics ? *statistics : ignored);
}

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/json_decode.ipp>
#endif

#endif
