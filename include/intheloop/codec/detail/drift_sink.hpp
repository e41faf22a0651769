// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_DRIFT_SINK_HPP
#define INTHELOOP_CODEC_DETAIL_DRIFT_SINK_HPP

// How an answer can be otherwise than its types say.

#include <intheloop/base/config.hpp>
#include <intheloop/codec/drift_kind.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace intheloop::codec {

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

} // namespace intheloop::codec

#endif
