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

// What becomes of the connection after an answer.
enum class connection_end {
    keep_alive, // stays open, unless the client asked for its end
    close,      // says `Connection: close`, then TLS close_notify and end of stream
    cut,        // end of stream without close_notify: to a TLS client the answer may be truncated
    reset       // TCP reset
};

// An answer that replaces the server's own, for one request.
class response_override {
public:
    // An answer with this status and body. With an empty body no `Content-Type` is sent, and
    // `Content-Length: 0` is.
    explicit response_override(unsigned with_status = 200, std::string with_body = {},
                               std::string of_type = "application/json")
        : status(with_status), body(std::move(with_body)), content_type(std::move(of_type)) {}

    // Exactly these bytes instead of an HTTP answer, then the end of the connection. No bytes at
    // all is a server that hangs up on a request.
    [[nodiscard]] static response_override bytes(std::string raw,
                                                 connection_end end = connection_end::close) {
        response_override result;
        result.raw = std::move(raw);
        result.end = end;
        return result;
    }

    // Adds a header field; returns itself, to be chained.
    response_override& header(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }

    unsigned status;
    std::string reason; // empty: the usual phrase of the status
    std::string body;
    std::string content_type;

    // Besides Date, Content-Type, Content-Length and X-Request-Id; one of the same name replaces
    // it.
    header_list headers;

    std::optional<std::string> raw; // if set, the members above are ignored

    connection_end end = connection_end::keep_alive; // for `raw`, `keep_alive` means `close`

    // After this many bytes of the answer, its head included, wait for server::release().
    std::optional<std::size_t> pause_after;
};

} // namespace intheloop::testing

#endif
