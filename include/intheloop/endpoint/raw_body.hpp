// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_RAW_BODY_HPP
#define INTHELOOP_ENDPOINT_RAW_BODY_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace intheloop {

class byte_source;

// A body that is not JSON: bytes or a source of bytes, and their Content-Type. In a request, the
// member named by body<> has this type, and a file of multipart<>. As the response of an endpoint,
// it takes any success, of any Content-Type, up to options::max_response_size.
//
//     class upload_request { ... loop::raw_body content; ... };
//     loop::endpoint<loop::verb::put, "/api/v1/file/{id}", upload_request, file,
//                    loop::body<&upload_request::content>>
//     loop::endpoint<loop::verb::get, "/api/v1/file/{id}", file_request, loop::raw_body>
//
// In JSON, such as the sample of a request, it is a string.
class raw_body {
public:
    raw_body() {}
    explicit raw_body(std::string of_bytes, std::string type = "application/octet-stream")
        : bytes(std::move(of_bytes)), content_type(std::move(type)) {}
    explicit raw_body(std::shared_ptr<byte_source> from,
                      std::optional<std::uint64_t> of_size = std::nullopt,
                      std::string type = "application/octet-stream")
        : content_type(std::move(type)), source(std::move(from)),
          source_size(source ? of_size : std::optional<std::uint64_t>(0)) {}

    std::string bytes;
    // In a request: sent unchanged; no control characters. In a response: as received, possibly
    // empty.
    std::string content_type = "application/octet-stream";
    // In a request, instead of `bytes`: read while the request is sent, as fast as the service
    // accepts it. With source_size, the source must yield exactly that many bytes (sent as
    // Content-Length); without, it is sent in chunks until it ends. A source can be read once: from
    // then on the call is not retried, and another call needs another source. Time spent waiting
    // for the source does not count towards the stall timeout. (With a testing::virtual_clock, hold
    // the clock still while a source works on another thread.)
    std::shared_ptr<byte_source> source;
    std::optional<std::uint64_t> source_size;
    // In a part of multipart<>: the name of the file, without a path; no control characters. Most
    // servers take a part without one for a field, not for a file.
    std::string file_name = {};

    friend bool operator==(raw_body const&, raw_body const&) = default;
};

} // namespace intheloop

#endif
