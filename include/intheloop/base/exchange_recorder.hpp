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

// One attempt of a call as it went over the wire. Where a token stood in it that the client knew by
// then, or 4 characters or more of one at the end of a body that was cut, there is "[redacted]",
// but for the bytes of a file, which comes from an origin that never got it. All else is as it was:
// the impersonated user, signed addresses and what the service says are in it. Texts live as long
// as the call of the recorder.
struct exchange_record {
    // Attempts in the order in which they began: by time, those of one client by number.
    std::chrono::steady_clock::time_point began{};
    std::uint64_t number = 0;

    std::string_view origin; // "https://api.intheloop.io"
    bool to_api = false;     // sent with the token; else the download of a file
    std::string_view http_request_method;
    std::string_view url_template;    // "/api/v1/report/exports/{id}"; empty for a download
    std::string_view target;          // path and query as sent
    std::string_view request_headers; // "Name: value\r\n" lines; never Authorization
    std::string_view request_body;
    std::uint64_t request_body_size = 0; // more than request_body if not all of a stream was kept

    unsigned http_response_status_code = 0; // 0: no answer
    intheloop::headers const* response_headers = nullptr;
    std::string_view response_body;
    std::uint64_t response_body_size = 0; // more than response_body if not all of a file was kept
    std::string_view failure;             // "connection_lost", ...; empty: the answer is whole

    // The tokens that the client knows of by now: they must not be found in other exchanges either.
    std::span<std::shared_ptr<secret const> const> tokens;
};

// Is given every exchange of a client, whole: a base for recorders that write test data, not for
// logs (an observer is told nothing that is secret). Derive from it, and give it to
// options::recorder; testing::recorder is one.
//
// The functions are called on the client's executor, for several clients maybe at the same time,
// and hold the client up. What they throw is dropped. What never got a connection is no exchange;
// nor is an attempt that was repeated because its idle connection had ended just then.
class exchange_recorder {
public:
    exchange_recorder() = default;
    exchange_recorder(exchange_recorder const&) = delete;
    exchange_recorder& operator=(exchange_recorder const&) = delete;
    virtual ~exchange_recorder() = default;

    // A body begins that is streamed, of a download or of a call: how many bytes of it are to be
    // kept in memory for on_exchange().
    virtual std::size_t file_limit() { return 0; }
    // An attempt has ended. It is told before the call's own handler is called.
    virtual void on_exchange(exchange_record const&) = 0;
};

} // namespace intheloop

#endif
