// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_EXCHANGE_RECORDER_HPP
#define INTHELOOP_BASE_EXCHANGE_RECORDER_HPP

#include <intheloop/base/headers.hpp>
#include <intheloop/base/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace intheloop {

// One attempt of a call as it went over the wire. Every token that the client knew by then is
// replaced by "[redacted]", and so is the beginning of one, of 4 characters or more, at the end of
// a body that was cut. The bytes of a file stay as they are: they come from an origin that never
// got a token. All other text is unchanged, including the impersonated user, signed addresses and
// the service's messages. Texts live as long as the call of the recorder.
struct exchange_record {
    // Orders attempts by their beginning: by time, and within one client by number.
    std::chrono::steady_clock::time_point began{};
    std::uint64_t number = 0;

    std::string_view origin; // "https://api.intheloop.io"
    bool to_api = false;     // sent with the token; false for another origin and for a download
    std::string_view other_origin; // the origin<> of the endpoint; empty for the API, a download
    std::string_view http_request_method;
    std::string_view url_template;    // "/api/v1/report/exports/{id}"; empty for a download
    std::string_view target;          // path and query as sent
    std::string_view request_headers; // "Name: value\r\n" lines; never Authorization, nor
                                      // those that a propagator adds
    std::string_view request_body;
    std::uint64_t request_body_size = 0; // exceeds request_body where a stream was kept in part

    unsigned http_response_status_code = 0; // 0 without a response
    intheloop::headers const* response_headers = nullptr;
    std::string_view response_body;
    std::uint64_t response_body_size = 0; // exceeds response_body where a file was kept in part
    std::string_view failure; // "connection_lost", ...; empty if the response is complete

    // The tokens that the client knows by now: they must not appear in other exchanges either.
    std::span<std::shared_ptr<secret const> const> tokens;

    // The names of response fields from which members of the response come: without them the
    // endpoint can't read it.
    std::span<std::string_view const> member_fields;
};

// Receives every exchange of a client, complete and with its secrets: a base for recorders that
// write test data, not for logs (an observer gets no secret). Derive from it, and set
// options::recorder; testing::recorder is an example.
//
// The functions are called on the client's executor, for several clients possibly at the same time,
// and block the client. Exceptions are dropped. An attempt that never got a connection is no
// exchange; nor is one that is repeated because its idle connection had just ended.
class exchange_recorder {
public:
    exchange_recorder() = default;
    exchange_recorder(exchange_recorder const&) = delete;
    exchange_recorder& operator=(exchange_recorder const&) = delete;
    virtual ~exchange_recorder() = default;

    // Called when a streamed body begins, of a download or of a call. Returns how many of its bytes
    // to keep in memory for on_exchange().
    virtual std::size_t file_limit() { return 0; }
    // Called when an attempt has ended, before the call's own handler.
    virtual void on_exchange(exchange_record const&) = 0;
};

} // namespace intheloop

#endif
