// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_DRIFT_SINK_HPP
#define INTHELOOP_CODEC_DETAIL_DRIFT_SINK_HPP

// Reports deviations of a response from its type.

#include <intheloop/base/config.hpp>
#include <intheloop/codec/drift_kind.hpp>

#include <span>
#include <string>
#include <string_view>

namespace intheloop::codec {

// Receives deviations while a document is read. A pointer is a JSON pointer (RFC 6901) in which "*"
// stands for any index of an array and any key of a map. Texts live as long as the call.
class drift_sink {
public:
    virtual ~drift_sink() = default;
    // `text` is the unknown value, or the kind of the received value; empty for the other kinds.
    virtual void found(drift_kind kind, std::string pointer, std::string_view text) = 0;
    // Called after an object with described members was read, with the optional members that were
    // absent. The names have static storage.
    virtual void read_object(std::string pointer, std::span<std::string_view const> absent) = 0;
};

} // namespace intheloop::codec

#endif
