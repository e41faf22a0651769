// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_OBSERVER_HPP
#define INTHELOOP_BASE_OBSERVER_HPP

// What a client tells of its work, for logs, metrics and traces.
//
// The members have the names of OpenTelemetry's semantic conventions for HTTP clients, with an
// underscore for a dot: http_request_method is http.request.method. They are all that is told:
// no address with a query, no header, no body, and so no token, user or signature. Texts live as
// long as the call of the observer.

#include <intheloop/base/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace intheloop {

// Which call it is about.
struct call_attributes {
    std::uint64_t call_id = 0;            // counts the calls of a client
    std::string_view http_request_method; // "GET"
    std::string_view url_template;        // "/api/v1/report/exports/{id}"; empty for a download
    std::string_view server_address;      // host name
    std::uint16_t server_port = 0;
};

// A call begins.
struct call_started : call_attributes {};

// A request goes out: a call makes one, or several if it tries again.
struct attempt_started : call_attributes {
    unsigned http_request_resend_count = 0; // 0 for the first that got a connection
    std::size_t http_request_size = 0;      // header and body
    bool connection_reused = false;
};

// An attempt ended, with an answer or without.
struct attempt_ended : call_attributes {
    unsigned http_request_resend_count = 0;
    unsigned http_response_status_code = 0; // 0: no answer
    std::string_view error_type;            // "429", "connection_lost", ...; empty: none
    std::uint64_t http_response_body_size = 0;
    std::chrono::nanoseconds duration{0}; // since the connection was there
    request_progress progress = request_progress::not_sent;
};

// The call will be tried again.
struct retry_planned : call_attributes {
    unsigned http_request_resend_count = 0; // of the attempt to come
    std::string_view error_type;            // why
    std::chrono::milliseconds pause{0};
};

// The call is over, its answer decoded. That is done where its handler runs.
struct call_ended : call_attributes {
    unsigned attempts = 0;
    unsigned http_response_status_code = 0;
    std::string_view error_type; // empty: it succeeded
    std::chrono::nanoseconds duration{0};
    request_progress progress = request_progress::not_sent;
};

// What happened to it.
enum class connection_event_kind : unsigned char {
    opened, // connected, with TLS
    failed, // could not be made
    closed, // by us
};
// "opened", "failed" or "closed".
[[nodiscard]] constexpr std::string_view to_string(connection_event_kind kind) noexcept {
    return kind == connection_event_kind::opened   ? "opened"
           : kind == connection_event_kind::failed ? "failed"
                                                   : "closed";
}

// What happened to a connection of the pool.
struct connection_event {
    connection_event_kind kind = connection_event_kind::opened;
    std::string_view server_address;
    std::uint16_t server_port = 0;
    std::string_view error_type;          // why it failed
    std::string_view close_reason;        // why it was closed: "idle", "dead", ...
    bool tls_session_resumed = false;     // opened with a shorter handshake
    std::chrono::nanoseconds duration{0}; // how long it took to open, or was open
    // The connections to this server, and the calls that wait for one; the call that gets a
    // connection that was just opened still waits.
    std::size_t connections_open = 0;
    std::size_t connections_idle = 0;
    std::size_t calls_waiting = 0;
};

// Derive from it, override what you need, and give it to options::observer.
//
// The functions are called on the threads of the client's executor, on_call_ended on those of the
// handler's; for different calls maybe at the same time; on_call_started also from within
// async_call. They hold the client up: they must be quick, and must not call the client. What they
// throw is dropped.
class observer {
public:
    observer() = default;
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;
    virtual ~observer() = default;

    virtual void on_call_started(call_started const&) {}         // first
    virtual void on_attempt_started(attempt_started const&) {}   // it has a connection
    virtual void on_attempt_ended(attempt_ended const&) {}       // with an answer or without
    virtual void on_retry_planned(retry_planned const&) {}       // another attempt follows
    virtual void on_call_ended(call_ended const&) {}             // last
    virtual void on_connection_event(connection_event const&) {} // of any origin
};

} // namespace intheloop

#endif
