// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_OPTIONS_HPP
#define INTHELOOP_CLIENT_OPTIONS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/client/token_provider.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/limit_options.hpp>
#include <intheloop/policy/pool_options.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop {

class drift_report;

// How a client works. Checked when the client is made.
class options {
public:
    INTHELOOP_DECL options();
    INTHELOOP_DECL ~options();
    INTHELOOP_DECL options(options const&);
    INTHELOOP_DECL options(options&&) noexcept;
    INTHELOOP_DECL options& operator=(options const&);
    INTHELOOP_DECL options& operator=(options&&) noexcept;

    // Reads INTHELOOP_TOKEN, INTHELOOP_BASE_URL, INTHELOOP_IMPERSONATE_USER, SSL_CERT_FILE and
    // SSL_CERT_DIR, and as curl does https_proxy or HTTPS_PROXY, all_proxy or ALL_PROXY, and
    // no_proxy or NO_PROXY; what is not set or empty keeps its default. Not safe while another
    // thread changes the environment.
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

    // Instead of `token`: asked for it, and for another when the service refuses it.
    intheloop::token_provider token_provider;
    std::chrono::milliseconds token_timeout = std::chrono::seconds(30);

    // Looking the host up and connecting, through a proxy too; the TLS handshake; no byte coming or
    // going; the whole call, with all waiting and all attempts. All above zero; more than a year
    // counts as a year.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds deadline = std::chrono::seconds(60);

    // When a call that failed is tried again; see retry_options.
    retry_options retry;
    // How many requests are sent; see limit_options. Off by default.
    limit_options limits;
    // How many connections are kept, and for how long; see pool_options.
    pool_options pool;

    // An HTTP proxy, asked with CONNECT: "http://user:password@host:port", of which only the host
    // is needed. As for curl the port is 1080 if none is given.
    std::optional<secret> proxy;
    // Hosts that are reached without it, as curl's NO_PROXY: "localhost,.example.org,10.0.0.0/8".
    std::string no_proxy;
    // Addresses of hosts, which are then not looked up. The certificate still has to be the host's.
    std::map<std::string, std::vector<std::string>> addresses;
    // TCP probes a connection that was idle for this long, and every third of it.
    std::optional<std::chrono::seconds> tcp_keep_alive;

    tls_options tls;
    // Lets base_url be http:// for a host that can only be this machine (localhost, 127.0.0.0/8,
    // ::1). The token then travels in the clear.
    bool allow_insecure_loopback = false;

    // Limits on an answer, in bytes and in levels of JSON.
    std::size_t max_response_size = 16 * 1024 * 1024;
    std::size_t max_header_size = 64 * 1024;
    std::size_t max_json_depth = 64;

    // Is told what the client does, for logs, metrics and traces. Nobody by default.
    std::shared_ptr<intheloop::observer> observer;
    // Counts where answers are otherwise than their types say; see drift_report. Nobody by default.
    std::shared_ptr<drift_report> drift;
    // Is given each exchange, to make test data of it. Nobody by default.
    std::shared_ptr<exchange_recorder> recorder;

    // Null: the system's clocks. Else all time limits, pauses and waits of the client and of what
    // is built upon it, and all times that it tells, are of this clock; so a test need not wait
    // (testing::virtual_clock). The validity of certificates and TCP's probes remain the system's.
    std::shared_ptr<time_source> time;
};

// Acknowledges that a request may be acted on more than once.
struct service_may_act_twice_t {
    explicit service_may_act_twice_t() = default;
};
// What to say it with: see call_options::retry_when_sent.
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
    // Whether that was acknowledged.
    bool may_act_twice() const noexcept { return may_act_twice_; }

private:
    bool may_act_twice_ = false;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/options.ipp>
#endif

#endif
