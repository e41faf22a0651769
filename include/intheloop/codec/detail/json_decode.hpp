// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_DECODE_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_DECODE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/drift_sink.hpp>
#include <intheloop/codec/detail/json_decoder.hpp>
#include <intheloop/codec/detail/json_error.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace intheloop::codec {

// How much a document may differ from its type.
struct json_limits {
    std::size_t max_depth = 64; // levels of objects and arrays
    // Reads null as absent for an optional that is not nullable, as services send it; a request
    // keeps the two apart.
    bool null_is_absent = false;
};

// Findings besides the decoded object.
struct json_statistics {
    std::size_t unknown_keys = 0;
    drift_sink* drift = nullptr; // receives all deviations, which takes longer
};

namespace detail {
// Decodes any document with the parser.
INTHELOOP_DECL std::optional<json_error> parse_json(std::string_view text, json_type const& type,
                                                    void* object, json_limits limits,
                                                    json_statistics& statistics);
// Decodes a document, with a faster reader where it is of the usual form.
INTHELOOP_DECL std::optional<json_error> decode_json(std::string_view text, json_type const& type,
                                                     void* object, json_limits limits,
                                                     json_statistics& statistics);
} // namespace detail

// Returns why a text is not a JSON document, if it is none.
[[nodiscard]] INTHELOOP_DECL std::optional<json_error> check_json(std::string_view text,
                                                                  json_limits limits = {});

// Decodes a whole JSON document into an object, straight from the parser's events.
//
// Unknown keys are ignored and counted. A member that is not std::optional or nullable is required.
// Only a nullable may be null, an optional element of an array or a map, and with
// json_limits::null_is_absent any optional. Integers are exact: a number out of range is an error.
// Of a repeated key the last value counts. Returns the error and its place, if any; the object is
// then valid, but partly filled.
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
