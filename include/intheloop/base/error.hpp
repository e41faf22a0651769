// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_ERROR_HPP
#define INTHELOOP_BASE_ERROR_HPP

#include <intheloop/base/config.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <chrono>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace intheloop {

// What went wrong, exactly.
enum class errc {
    // network
    resolve_failed = 1, // the host name has no address, or the resolver failed
    connect_failed,     // no address accepted the connection
    connection_lost,    // the connection broke before the answer was complete
    // proxy
    proxy_unauthorized, // the proxy wants credentials, or others (407)
    proxy_refused,      // the proxy does not connect to this host
    proxy_failed,       // the proxy could not connect, or did not answer properly
    // tls
    handshake_failed,    // TLS could not be agreed on
    certificate_refused, // the certificate is not trusted, not valid, or for another host
    tls_failed,          // TLS broke after the handshake
    // timeout
    connect_timed_out,   // looking the host up and connecting took too long
    handshake_timed_out, // the TLS handshake took too long
    deadline_exceeded,   // the call took too long
    stalled,             // no byte came for too long
    // cancelled
    cancelled,     // by its cancellation slot
    client_closed, // the client was destroyed
    // answers of the service
    bad_request,          // 400 and every other 4xx that has no name here
    unauthorized,         // 401, or known from an earlier one
    token_unavailable,    // the token provider gave none
    forbidden,            // 403
    not_found,            // 404
    rate_limited,         // 429
    account_not_verified, // 451
    server_error,         // 5xx
    unexpected_status,    // neither 200, 201, 4xx nor 5xx: redirects, for example
    // protocol
    invalid_http,       // not HTTP, or more of it than the limits allow
    response_too_large, // the body is longer than the limit
    unexpected_content, // the answer is not JSON
    missing_body,       // the answer has no body, and the route needs one
    // decode
    invalid_json,    // the body is not JSON, or deeper than the limit
    unexpected_json, // the body is JSON of another shape
    // configuration
    invalid_option,  // an option of the client or of the call can't be used
    invalid_request, // the request can't be sent: a value can't stand where it belongs
    file_failed,     // a local file can't be read or written
    queue_full,      // too many calls of this client wait: pool_options::max_waiting
    // exports
    export_failed,  // the service could not make it
    export_expired, // it was made, and is no longer there
    file_changed,   // the exported file is another one than when its download began
};

// What kind of error a code is: error.code() == condition::timeout.
enum class condition {
    network = 1,
    proxy,
    tls,
    timeout,
    cancelled,
    unauthorized,
    forbidden,
    rate_limited,
    account_not_verified,
    bad_request,
    server,
    protocol,
    decode,
    configuration,
    overloaded,   // by the program itself
    export_ended, // without a file
};

// The category of errc.
INTHELOOP_DECL boost::system::error_category const& error_category() noexcept;
// That of condition.
INTHELOOP_DECL boost::system::error_category const& condition_category() noexcept;

// Found by Boost.System where an enumerator is given for a code.
INTHELOOP_DECL boost::system::error_code make_error_code(errc code) noexcept;
// Found by Boost.System, as make_error_code is.
INTHELOOP_DECL boost::system::error_condition make_error_condition(condition kind) noexcept;

// "network", "tls", ...
INTHELOOP_DECL std::string_view to_string(condition kind) noexcept;
// The condition that a code belongs to.
INTHELOOP_DECL condition condition_of(errc code) noexcept;

// "connect_failed", "rate_limited", ...: the enumerator.
INTHELOOP_DECL std::string_view to_string(errc code) noexcept;
// What metrics and traces call it: the HTTP status of an answer that is an error, else the
// enumerator; empty if there is no error.
INTHELOOP_DECL std::string type_of_error(std::optional<errc> code, unsigned status);

// How far a request got. From partly_sent on, the service may have acted on it.
enum class request_progress : unsigned char {
    not_sent,       // no byte of it left
    partly_sent,    // some bytes may have left
    sent,           // all of it left
    response_begun, // a byte of the answer came back
};
// "not_sent", "partly_sent", ...: the enumerator.
INTHELOOP_DECL std::string_view to_string(request_progress progress) noexcept;

// Why a call was not tried again, or that it was.
enum class retry_verdict : unsigned char {
    done,             // there is nothing to repeat
    retry,            // after a pause
    not_retryable,    // another attempt would end alike
    may_have_acted,   // the service may have acted on it, and must not twice
    attempts_used_up, // retry_options::max_attempts
    budget_used_up,   // too many retries of all calls of the client
    too_late,         // the pause would end after the deadline
};
// "retry", "may_have_acted", ...
INTHELOOP_DECL std::string_view to_string(retry_verdict verdict) noexcept;

// An attempt that failed and was followed by another.
struct attempt_record {
    errc code;
    unsigned status; // HTTP status; 0 if no answer came
    request_progress progress;
    std::chrono::milliseconds pause; // until the next attempt
};

namespace detail {
// Texts of others go into one line of ours: no control character passes, nothing is endless.
INTHELOOP_DECL void print_escaped(std::ostream& out, std::string_view text, bool in_quotes = false);
} // namespace detail

// Why a call failed. A plain value: copy it, keep it, print it.
//
// No secret stands in it: what comes from the service is searched for the token, the impersonated
// user and signed addresses before it is kept. Texts of the service are kept apart from ours,
// since they may hold what a user wrote.
class error {
public:
    INTHELOOP_DECL error();
    // `what` becomes the detail.
    INTHELOOP_DECL error(errc code, std::string what);
    // An error is large: what copies and destroys it is compiled once, not in each result<T>.
    INTHELOOP_DECL ~error();
    INTHELOOP_DECL error(error const&);
    INTHELOOP_DECL error(error&&) noexcept;
    INTHELOOP_DECL error& operator=(error const&);
    INTHELOOP_DECL error& operator=(error&&) noexcept;

    // Compares with errc and with condition.
    boost::system::error_code const& code() const noexcept { return code_; }

private:
    boost::system::error_code code_;

public:
    std::string detail;          // what and where, in our words
    unsigned status = 0;         // HTTP status; 0 if no answer came
    std::string service_message; // the service's own words, if it said any
    std::string service_code;    // and its error code
    std::string body;            // the raw body of an answer that is an error
    std::optional<std::chrono::seconds> retry_after;
    std::string request_id;                       // if a header of the answer gives one
    unsigned attempts = 0;                        // how often the request was begun
    std::vector<attempt_record> earlier_attempts; // that were followed by a pause and another
    retry_verdict verdict = retry_verdict::done;  // why there was no further one
    // The furthest that any attempt got.
    request_progress progress = request_progress::not_sent;
    std::string_view endpoint; // its description; static storage
    std::chrono::milliseconds elapsed{0};
};

// One line: kind, status, what happened, endpoint, how far it got. Control characters of the
// service's texts are escaped, and long texts cut.
INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, error const& e);
// The same line.
INTHELOOP_DECL std::string to_string(error const& e);

// What result<T>::value() throws. what() is the printed line.
class exception : public std::exception {
public:
    // Prints the error into what().
    INTHELOOP_DECL explicit exception(intheloop::error e);
    char const* what() const noexcept override { return what_.c_str(); }
    // The whole error. The reference lives as long as the exception.
    intheloop::error const& error() const noexcept { return error_; }
    // Its code.
    boost::system::error_code const& code() const noexcept { return error_.code(); }

private:
    intheloop::error error_;
    std::string what_;
};

} // namespace intheloop

template <>
struct boost::system::is_error_code_enum<intheloop::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<intheloop::condition> : std::true_type {};

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/error.ipp>
#endif

#endif
