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

// A body that is not JSON: bytes as they are, or where they come from, and what they are. A request
// has one as the member that body<> names; as the response of an endpoint it takes any answer
// of 200 or 201, of whatever Content-Type, up to options::max_response_size.
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
    explicit raw_body(std::shared_ptr<byte_source> from,
                      std::optional<std::uint64_t> of_size = std::nullopt,
                      std::string type = "application/octet-stream")
        : content_type(std::move(type)), source(std::move(from)),
          source_size(source ? of_size : std::optional<std::uint64_t>(0)) {}

    std::string bytes;
    // Of a request: sent as it is; no control characters. Of an answer: as it came, maybe empty.
    std::string content_type = "application/octet-stream";
    // Of a request, instead of the bytes: they are read from there while they are sent, as fast as
    // the service takes them. So much of them (sent as Content-Length, and it has to be so), or
    // until it ends (in chunks). It is read once: from then on the call is not tried again, and
    // another call needs another source. Time in which the source has nothing is no stall. (With a
    // testing::virtual_clock, hold it still while a source of another thread works.)
    std::shared_ptr<byte_source> source;
    std::optional<std::uint64_t> source_size;

    friend bool operator==(raw_body const&, raw_body const&) = default;
};

} // namespace intheloop

#endif
