// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_RESPONSE_OVERRIDE_HPP
#define INTHELOOP_TESTING_RESPONSE_OVERRIDE_HPP

#include <intheloop/testing/received_request.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace intheloop::testing {

// How the connection goes on after a response.
enum class connection_end {
    keep_alive, // stays open, unless the client asked to close it
    close,      // `Connection: close`, then TLS close_notify and end of stream
    cut,        // end of stream without close_notify: a TLS client must suspect a truncation
    reset       // TCP reset
};

// A response that replaces the server's own response to one request.
class response_override {
public:
    // Makes a response with this status and body. An empty body is sent with `Content-Length: 0`
    // and without a `Content-Type`. The body of a status that has none (1xx, 204, 205, 304) is not
    // sent: bytes() sends what HTTP does not allow.
    explicit response_override(unsigned with_status = 200, std::string with_body = {},
                               std::string of_type = "application/json")
        : status(with_status), body(std::move(with_body)), content_type(std::move(of_type)) {}

    // Sends exactly these bytes instead of an HTTP response, and then ends the connection. Without
    // any bytes, the server hangs up on the request.
    [[nodiscard]] static response_override bytes(std::string raw,
                                                 connection_end end = connection_end::close) {
        response_override result;
        result.raw = std::move(raw);
        result.end = end;
        return result;
    }

    // Adds a header field, also a further one of the same name. Returns itself, for chaining.
    response_override& header(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }

    unsigned status;
    std::string reason; // empty: the usual phrase of the status
    std::string body;
    std::string content_type;

    // Fields in addition to Date, Content-Type, Content-Length and X-Request-Id, or in their place.
    header_list headers;

    std::optional<std::string> raw; // if set, the members above are ignored

    connection_end end = connection_end::keep_alive; // for `raw`, `keep_alive` means `close`

    // Waits for server::release() after this many bytes of the response, head included.
    std::optional<std::size_t> pause_after;
};

} // namespace intheloop::testing

#endif
