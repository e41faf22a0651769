// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_ERROR_HPP
#define INTHELOOP_BASE_ERROR_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/headers.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <chrono>
#include <exception>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop {

// The exact kind of a failure. Most groups are named after their condition; a comment names the
// condition of a code that has another one. condition_of tells it of each.
enum class errc {
    // network
    resolve_failed = 1, // the host name has no address, or the resolver failed
    connect_failed,     // no address accepted the connection
    connection_lost,    // the connection broke before the response was complete
    // proxy
    proxy_unauthorized, // the proxy asks for credentials, or refuses the given ones (407)
    proxy_refused,      // the proxy refuses to connect to this host
    proxy_failed,       // the proxy could not connect, or did not speak proper HTTP
    // tls
    handshake_failed,    // the TLS handshake failed
    certificate_refused, // the certificate is not trusted, not valid, or for another host
    tls_failed,          // TLS failed after the handshake
    // timeout
    connect_timed_out,   // resolving the host name and connecting took too long
    handshake_timed_out, // the TLS handshake took too long
    deadline_exceeded,   // the call took too long
    stalled,             // no byte came or went for too long, or too few (see the detail)
    // cancelled
    cancelled,     // through its cancellation slot
    client_closed, // the client was closed or destroyed
    // error responses of the service
    bad_request,          // 400 and every other 4xx that has no name here
    unauthorized,         // 401, or refused because of an earlier 401
    token_unavailable,    // the token provider gave no token: condition::unauthorized
    forbidden,            // 403
    not_found,            // 404: condition::bad_request
    rate_limited,         // 429
    account_not_verified, // 451
    server_error,         // 5xx
    unexpected_status,    // no success of the endpoint, nor 4xx or 5xx, such as a redirect:
                          // condition::protocol
    // protocol
    invalid_http,       // not HTTP, or beyond the limits
    response_too_large, // the body is longer than options::max_response_size
    unexpected_content, // the response is not JSON, or encoded without being asked
    missing_body,       // the response has no body, and the route needs one
    // decode
    invalid_json,    // the body is not JSON, or nested deeper than options::max_json_depth
    unexpected_json, // the body is JSON of another shape, a header of the response is missing or
                     // can't be read, or their type threw an exception
    // configuration
    invalid_option,  // an option of the client or of the call is invalid, or threw an exception
    invalid_request, // a value of the request can't be sent in its place
    file_failed,     // a local file can't be read or written, or its disk is full
    // overloaded
    queue_full,    // too many calls of this client are waiting: pool_options::max_waiting
    out_of_memory, // an allocation failed while the client worked
    // export_ended
    export_failed,  // the service failed to produce the file
    export_expired, // the file existed, and is no longer available
    file_changed,   // the exported file changed since its download began: condition::protocol
    export_unclear, // not started: an equal start may have begun an export, under an unknown id
};

// Groups error codes by kind: error.code() == condition::timeout.
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
    overloaded,   // by the program itself, or out of memory
    export_ended, // without a file, or it is not known whether it began
};

// Returns the category of errc.
INTHELOOP_DECL boost::system::error_category const& error_category() noexcept;
// Returns the category of condition.
INTHELOOP_DECL boost::system::error_category const& condition_category() noexcept;

// Found by Boost.System where an errc is converted to an error code.
INTHELOOP_DECL boost::system::error_code make_error_code(errc code) noexcept;
// Found by Boost.System where a condition is converted to an error condition.
INTHELOOP_DECL boost::system::error_condition make_error_condition(condition kind) noexcept;

// Returns the enumerator's name: "network", "tls", ...
INTHELOOP_DECL std::string_view to_string(condition kind) noexcept;
// Returns the condition to which a code belongs.
INTHELOOP_DECL condition condition_of(errc code) noexcept;

// Returns the enumerator's name: "connect_failed", "rate_limited", ...
INTHELOOP_DECL std::string_view to_string(errc code) noexcept;
// Returns the error type for metrics and traces: the HTTP status of an error response, or the
// enumerator's name of any other error; empty without an error.
INTHELOOP_DECL std::string type_of_error(std::optional<errc> code, unsigned status);

// How far a request got. From partly_sent on, the service may have acted on it.
enum class request_progress : unsigned char {
    not_sent,       // no byte of it left
    partly_sent,    // some bytes may have left
    sent,           // all bytes of it left
    response_begun, // a byte of the response arrived
};
// Returns the enumerator's name: "not_sent", "partly_sent", ...
INTHELOOP_DECL std::string_view to_string(request_progress progress) noexcept;

// Why a call is retried, or not.
enum class retry_verdict : unsigned char {
    done,             // the call succeeded, or its failure leaves nothing to repeat
    retry,            // try again after a pause
    not_retryable,    // such a failure ends the call: a refusal, a passed deadline, a full queue
    may_have_acted,   // the service may have acted on the request, and must not act on it twice
    attempts_used_up, // retry_options::max_attempts
    budget_used_up,   // too many retries among all calls of the client
    too_late,         // the pause would end after the deadline
};
// Returns the enumerator's name: "retry", "may_have_acted", ...
INTHELOOP_DECL std::string_view to_string(retry_verdict verdict) noexcept;

// A failed attempt that was followed by another.
struct attempt_record {
    errc code;
    unsigned status; // HTTP status; 0 without a response
    request_progress progress;
    std::chrono::milliseconds pause; // until the next attempt
};

namespace detail {
class body_of_error;
// Returns whether errc has this enumerator.
INTHELOOP_DECL bool is_known(errc code) noexcept;
// An object for each type, whose address identifies the type.
template <class T>
struct type_mark {
    static inline char here = 0;
};
// Prints untrusted text within one line: escapes control characters and bytes that are not UTF-8,
// and cuts long texts.
INTHELOOP_DECL void print_escaped(std::ostream& out, std::string_view text, bool in_quotes = false);
} // namespace detail

// Describes why a call failed. A plain value: copy it, keep it, print it.
//
// Holds no secret: text from the service, its headers included, is searched for the token, the
// impersonated user and signed addresses before it is kept. It is kept apart from the library's own
// text, since it may hold user input.
class error {
public:
    INTHELOOP_DECL error();
    // `text` becomes the detail.
    INTHELOOP_DECL error(errc code, std::string text);
    // An error is large: its copy operations and its destructor are compiled once, not in each
    // result<T>.
    INTHELOOP_DECL ~error();
    INTHELOOP_DECL error(error const&);
    INTHELOOP_DECL error(error&&) noexcept;
    INTHELOOP_DECL error& operator=(error const&);
    INTHELOOP_DECL error& operator=(error&&) noexcept;

    // Compares with errc and with condition.
    boost::system::error_code const& code() const noexcept { return code_; }

    // Returns the decoded body of an error response, where the endpoint says error_body<S, Body>
    // for its status. Empty for another type, for another status, and where the body is none: then
    // `detail` says why. It is decoded from `body`, so it has no secret either, and addresses in it
    // have lost their query.
    //
    //     if (auto const problem = answer.error().body_as<mine::card_problem>())
    //         std::cerr << problem->field << '\n';
    template <class Body>
    std::optional<Body> body_as() const {
        if (!decoded_body_ || body_type_ != &detail::type_mark<Body>::here)
            return std::nullopt;
        return *static_cast<Body const*>(decoded_body_.get());
    }

private:
    friend class detail::body_of_error;
    boost::system::error_code code_;
    void const* body_type_ = nullptr;          // a type_mark
    std::shared_ptr<void const> decoded_body_; // shared by the copies, and never changed

public:
    std::string detail;          // the cause and its place, in the library's words
    unsigned status = 0;         // HTTP status; 0 without a response
    std::string service_message; // the message in the service's response, if any
    std::string service_code;    // the error code in the service's response, if any
    // The body of an error response. Like the other texts from outside it has no secret that the
    // client knows, and at most 64 KiB: a longer one is cut, and ends in "...".
    std::string body;
    // Of the response, if there is one. The values of Set-Cookie and of fields with credentials are
    // "[redacted]", and the values have at most 64 KiB in all.
    intheloop::headers headers;
    std::optional<std::chrono::seconds> retry_after;
    std::string request_id; // from a response header, if present
    unsigned attempts = 0;  // begun, also those that an interceptor answered or refused
    std::vector<attempt_record> earlier_attempts; // each followed by a pause and another attempt
    retry_verdict verdict = retry_verdict::done;  // why there was no further attempt
    // The furthest progress of any attempt. An earlier one that the service refused, as with 429,
    // does not count: a call that ends in the pause after it is not_sent.
    request_progress progress = request_progress::not_sent;
    bool of_download = false;  // of a request for a file: "service" means the file's server here
    std::string_view endpoint; // the endpoint's description; static storage
    std::chrono::milliseconds elapsed{0};
    // The key of the call (see the trait idempotency_key), with which the program may repeat it:
    // call_options::idempotency_key. Empty without this trait.
    std::string idempotency_key;
};

namespace detail {
// Gives an error its decoded body.
class body_of_error {
public:
    static void set(error& of, std::shared_ptr<void const> decoded, void const* type) noexcept {
        of.decoded_body_ = std::move(decoded);
        of.body_type_ = type;
    }
    static bool is_set(error const& of) noexcept { return of.decoded_body_ != nullptr; }
};
} // namespace detail

// Prints one line of UTF-8: kind, status, cause, endpoint, progress of the request. Control
// characters in the service's texts, and bytes that are not UTF-8, are escaped; long texts are cut.
INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, error const& e);
// Returns the same line.
INTHELOOP_DECL std::string to_string(error const& e);

// Thrown by result<T>::value(). what() returns the printed error.
class exception : public std::exception {
public:
    // Prints the error into what().
    INTHELOOP_DECL explicit exception(intheloop::error e);
    char const* what() const noexcept override { return what_.c_str(); }
    // Returns the whole error. The reference lives as long as the exception.
    intheloop::error const& error() const noexcept { return error_; }
    // Returns the error's code.
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
