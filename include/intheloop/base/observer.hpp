// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_OBSERVER_HPP
#define INTHELOOP_BASE_OBSERVER_HPP

// Reports a client's work to logs, metrics and traces.
//
// Members have the names of OpenTelemetry's semantic conventions for HTTP clients, with an
// underscore for a dot: http_request_method is http.request.method. They carry no address with a
// query, no header and no body, hence no token, user or signature. Texts live as long as the call
// of the observer.

#include <intheloop/base/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace intheloop {

// Identifies the call.
struct call_attributes {
    std::uint64_t call_id = 0;            // unique among the calls of a client
    std::string_view http_request_method; // "GET"
    std::string_view url_template;        // "/api/v1/report/exports/{id}"; empty for a download
    std::string_view server_address;      // host name
    std::uint16_t server_port = 0;
};

// Reports the beginning of a call.
struct call_started : call_attributes {};

// Identifies an attempt of a call.
struct attempt_attributes : call_attributes {
    unsigned http_request_resend_count = 0; // 0 for the first attempt with a connection
};

// Reports a request that is sent. A call sends one, or several if it is retried.
struct attempt_started : attempt_attributes {
    std::size_t http_request_size = 0; // bytes of header and body
    bool connection_reused = false;
    bool hedged = false; // sent beside one that is slow: see call_options::hedge
};

// Reports the end of an attempt, with or without a response.
struct attempt_ended : attempt_attributes {
    unsigned http_response_status_code = 0; // 0 without a response
    std::string_view error_type;            // "429", "connection_lost", ...; empty without an error
    std::uint64_t http_response_body_size = 0;
    std::chrono::nanoseconds duration{0}; // since the attempt got its connection
    request_progress progress = request_progress::not_sent;
};

// Reports a planned retry.
struct retry_planned : call_attributes {
    unsigned http_request_resend_count = 0; // of the attempt to come
    std::string_view error_type;            // why the last attempt failed
    std::chrono::milliseconds pause{0};
};

// Tells how long a call waited, by cause, while no attempt of it was under way. The time in which
// interceptors decide is in none of the sums. They count up to the end of the call on the client's
// own executor.
struct waiting_times {
    std::chrono::nanoseconds for_token{0}; // for the token provider
    // For limit_options, and for the end of a pause that the service asked of all calls (429).
    std::chrono::nanoseconds for_limit{0};
    // For an idle connection or a new one: looking up the host, connecting and TLS count too.
    std::chrono::nanoseconds for_connection{0};
    std::chrono::nanoseconds between_attempts{0}; // the pauses before retries
};

// Reports the end of a call, after its response was decoded, on the executor of its handler.
struct call_ended : call_attributes {
    unsigned attempts = 0;
    unsigned http_response_status_code = 0;
    std::string_view error_type; // empty if the call succeeded
    std::chrono::nanoseconds duration{0};
    request_progress progress = request_progress::not_sent;
    waiting_times waited; // parts of the duration
    // The answer is one of an interceptor: it answered itself, so that no request was sent, or
    // replaced the answer of the service.
    bool answered_by_interceptor = false;
};

// The kind of a connection_event.
enum class connection_event_kind : unsigned char {
    opened, // connected, including TLS
    failed, // not established
    closed, // by the client
};
// Returns the enumerator's name: "opened", "failed" or "closed".
[[nodiscard]] constexpr std::string_view to_string(connection_event_kind kind) noexcept {
    return kind == connection_event_kind::opened   ? "opened"
           : kind == connection_event_kind::failed ? "failed"
                                                   : "closed";
}

// Reports a change of a connection in the pool.
struct connection_event {
    connection_event_kind kind = connection_event_kind::opened;
    std::string_view server_address;
    std::uint16_t server_port = 0;
    std::string_view error_type; // why the connection failed
    // Why it was closed: "idle" (pool_options::idle_timeout, or the server's own), "lifetime"
    // (max_lifetime), "surplus" (max_idle), "dead" (the peer closed it or sent unexpected bytes, or
    // had just closed one beside it), "used_up" (not reusable after its call, or as often as the
    // server allows) or "closed" (the client was). One that is dropped while it is being opened
    // makes no event.
    std::string_view close_reason;
    bool tls_session_resumed = false;     // opened with an abbreviated handshake
    std::chrono::nanoseconds duration{0}; // how long it took to open, or stayed open
    // The connections to this server, and the calls waiting for one. The call that is about to get
    // a newly opened connection still counts as waiting.
    std::size_t connections_open = 0;
    std::size_t connections_idle = 0;
    std::size_t calls_waiting = 0;
};

// Reports news of the client's fleet (options::fleet).
struct fleet_event {
    // "away": no answer came, so that the client goes on with what it has; "back": one came after
    // that; "paused": the service asked another client to wait; "refused": it refused the token of
    // another client.
    std::string_view state;
    std::string_view error_type;         // why the fleet is away
    double rate = 0;                     // requests per second that the client may send now
    std::chrono::milliseconds paused{0}; // how long
};

// Derive from it, override the functions you need, and set options::observer.
//
// The functions are called on threads of the client's executor, on_call_ended on threads of the
// handler's executor; for different calls possibly at the same time. All but on_call_ended may be
// called from within a function of the client that the program calls on a thread of its io_context:
// async_call begins the first attempt at once, on an idle connection, set_token those that wait for
// a token, and async_close and the destructor end attempts and connections. So hold no mutex
// meanwhile that these functions lock.
//
// They block the client: they must be quick, and must not call the client. Exceptions are dropped.
class observer {
public:
    observer() = default;
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;
    virtual ~observer() = default;

    virtual void on_call_started(call_started const&) {}         // first
    virtual void on_attempt_started(attempt_started const&) {}   // it has a connection
    virtual void on_attempt_ended(attempt_ended const&) {}       // with or without a response
    virtual void on_retry_planned(retry_planned const&) {}       // another attempt follows
    virtual void on_call_ended(call_ended const&) {}             // last
    virtual void on_connection_event(connection_event const&) {} // of any origin
    virtual void on_fleet_event(fleet_event const&) {}           // when something changes
};

} // namespace intheloop

#endif
