// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_RAW_BODY_HPP
#define INTHELOOP_ENDPOINT_RAW_BODY_HPP

#include <string>
#include <utility>

namespace intheloop {

// A body that is not JSON: bytes as they are, and what they are. A request has one as the member
// that body<> names; as the response of an endpoint it takes any successful answer, of whatever
// Content-Type, up to options::max_response_size.
//
//     class upload_request { ... loop::raw_body content; ... };
//     loop::endpoint<loop::verb::put, "/api/v1/file/{id}", upload_request, file,
//                    loop::body<&upload_request::content>>
//     loop::endpoint<loop::verb::get, "/api/v1/file/{id}", file_request, loop::raw_body>
//
// In JSON, as in a sample of a request, it is a string.
class raw_body {
public:
    raw_body() {}
    explicit raw_body(std::string of_bytes, std::string type = "application/octet-stream")
        : bytes(std::move(of_bytes)), content_type(std::move(type)) {}

    std::string bytes;
    // Of a request: sent as it is; no control characters. Of an answer: as it came, maybe empty.
    std::string content_type = "application/octet-stream";

    friend bool operator==(raw_body const&, raw_body const&) = default;
};

} // namespace intheloop

#endif
