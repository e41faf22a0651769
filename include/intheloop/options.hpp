// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPTIONS_HPP
#define INTHELOOP_OPTIONS_HPP

#include <intheloop/config.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/policy/retry.hpp>
#include <intheloop/secret.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace intheloop {

// How a client works. Checked when the client is made.
class options {
public:
    options() {}

    // Reads INTHELOOP_TOKEN, INTHELOOP_BASE_URL, INTHELOOP_IMPERSONATE_USER, SSL_CERT_FILE and
    // SSL_CERT_DIR; what is not set keeps its default. Not safe while another thread changes the
    // environment.
    INTHELOOP_DECL static options from_env();

    // Scheme, host, port and, behind a gateway, a path that goes before every route.
    std::string base_url = "https://api.intheloop.io";
    // From Loop's web settings, tab "API keys" (documented). Sent to the base URL's origin only.
    secret token;
    // Id of the user in whose name to act, sent as X-Impersonate-User (documented for the report
    // routes, inferred for the others).
    std::optional<secret> impersonate_user;
    // Goes into the User-Agent after the library's own: "my-app/1.2".
    std::string application;

    // Looking the host up and connecting; the TLS handshake; the whole call. All above zero;
    // more than a year counts as a year.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds deadline = std::chrono::seconds(60);

    // When a call that failed is tried again; see retry_options.
    retry_options retry;

    tls_options tls;
    // Lets base_url be http:// for a host that can only be this machine (localhost, 127.0.0.0/8,
    // ::1). The token then travels in the clear.
    bool allow_insecure_loopback = false;

    // Limits on an answer, in bytes and in levels of JSON.
    std::size_t max_response_size = 16 * 1024 * 1024;
    std::size_t max_header_size = 64 * 1024;
    std::size_t max_json_depth = 64;
};

// Acknowledges that a request may be acted on more than once.
struct service_may_act_twice_t {
    explicit service_may_act_twice_t() = default;
};
inline constexpr service_may_act_twice_t service_may_act_twice{};

// What one call does otherwise than its client.
class call_options {
public:
    call_options() {}

    // Of the whole call; above zero.
    std::optional<std::chrono::milliseconds> deadline;
    // Absent: as the client; null: nobody, whatever the client says; else this user.
    nullable<secret> impersonate_user;
    // Instead of the client's; its budget stays that of the client.
    std::optional<retry_options> retry;

    // Tries a call that is not idempotent again even after it was sent. The service may then act
    // on it twice, which the argument acknowledges: how.retry_when_sent(service_may_act_twice).
    void retry_when_sent(service_may_act_twice_t) { may_act_twice_ = true; }
    bool may_act_twice() const noexcept { return may_act_twice_; }

private:
    bool may_act_twice_ = false;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/impl/options.ipp>
#endif

#endif
