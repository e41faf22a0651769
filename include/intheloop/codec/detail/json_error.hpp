// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_ERROR_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_ERROR_HPP

#include <string>

namespace intheloop::codec {

// A problem with a value, and its place: a JSON pointer (RFC 6901), empty for the whole document.
struct json_error {
    std::string pointer;
    std::string message;
    bool malformed = false; // not JSON, or nested deeper than the limit

    // Returns "/status: expected a string, got 7".
    std::string text() const { return pointer.empty() ? message : pointer + ": " + message; }
};

} // namespace intheloop::codec

#endif
