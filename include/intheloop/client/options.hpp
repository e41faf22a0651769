// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_OPTIONS_HPP
#define INTHELOOP_CLIENT_OPTIONS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/base/propagator.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/client/token_provider.hpp>
#include <intheloop/net/detail/fleet_link.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/limit_options.hpp>
#include <intheloop/policy/pool_options.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop {

class drift_report;

// Configures a client. Checked when the client is created.
class options {
public:
    INTHELOOP_DECL options();
    INTHELOOP_DECL ~options();
    INTHELOOP_DECL options(options const&);
    INTHELOOP_DECL options(options&&) noexcept;
    INTHELOOP_DECL options& operator=(options const&);
    INTHELOOP_DECL options& operator=(options&&) noexcept;

    // Reads INTHELOOP_TOKEN, INTHELOOP_BASE_URL, INTHELOOP_IMPERSONATE_USER, INTHELOOP_ORIGINS
    // ("https://docs.intheloop.io=https://localhost:8443", with spaces between several),
    // SSL_CERT_FILE and SSL_CERT_DIR, and like curl https_proxy or HTTPS_PROXY, all_proxy or
    // ALL_PROXY, and no_proxy or NO_PROXY. An unset or empty variable leaves the default; so does,
    // beside SSL_CERT_FILE, an SSL_CERT_DIR that is not there. Not safe while another thread
    // changes the environment.
    INTHELOOP_DECL static options from_env();

    // Scheme, host, port and, behind a gateway, a path that precedes every route. User information,
    // a query, a fragment, an empty port and a path with "." or ".." are refused.
    std::string base_url = "https://api.intheloop.io";
    // Other addresses for the origins that endpoints name with origin<>, such as a mirror or a test
    // server: {"https://docs.intheloop.io", "https://mirror.example.org/loop-docs"}. A key is
    // written as in origin<>; a value may have what base_url may have. No credentials go there
    // either.
    std::map<std::string, std::string> origins;
    // From Loop's web settings, tab "API keys" (documented). Sent to the base URL's origin only.
    secret token;
    // Id of the user to impersonate, sent as X-Impersonate-User (documented for the report routes,
    // inferred for the others).
    std::optional<secret> impersonate_user;
    // Appended to the library's User-Agent: "my-app/1.2".
    std::string application;

    // Provides the token, and another one when the service refuses it. Leave `token` empty then:
    // both together are refused. token_timeout limits each request for a token.
    intheloop::token_provider token_provider;
    std::chrono::milliseconds token_timeout = std::chrono::seconds(30);

    // Limits on resolving the host name and connecting, also through a proxy; on the TLS handshake;
    // on a time without a byte coming or going; on the whole call with all waiting and all
    // attempts. All above zero; more than a year counts as a year.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
    std::chrono::milliseconds deadline = std::chrono::seconds(60);
    // The least rate of a transfer, of downloads too; see slow_transfer_options. None by default.
    slow_transfer_options slow_transfer;

    // When a failed call is retried; see retry_options.
    retry_options retry;
    // How many requests may be sent; see limit_options. Unlimited by default. Each other origin
    // that endpoints name has the same limits for itself.
    limit_options limits;
    // Shares these limits, and what the service says of the token, with all processes that have the
    // same token: see <intheloop/fleet.hpp>. Then `limits` are the limits of all of them together.
    // Of calls to the API only. None by default.
    std::shared_ptr<net::fleet_base> fleet;
    // How many connections are kept, and for how long; see pool_options.
    pool_options pool;

    // An HTTP proxy that tunnels with CONNECT: "http://user:password@host:port". Only the host is
    // required; as in curl, the default port is 1080.
    std::optional<secret> proxy;
    // Hosts that bypass the proxy, like curl's NO_PROXY: "localhost,.example.org,10.0.0.0/8".
    std::string no_proxy;
    // Addresses of hosts, instead of resolving their names: IP addresses as text, at least one for
    // a host that is named; the port is the origin's. The certificate must still be for the host.
    // Through a proxy, only the name of the proxy is resolved here.
    std::map<std::string, std::vector<std::string>> addresses;
    // TCP probes a connection after this idle time (above zero), and then at every third of it;
    // three probes without an answer end the connection. Off by default.
    std::optional<std::chrono::seconds> tcp_keep_alive;

    tls_options tls;
    // Allows http:// in base_url, origins and origin<> for a host that can only be this machine
    // (localhost, 127.0.0.0/8, ::1). The token is then sent in clear text, to a loopback address
    // only and never through the proxy: if the name leads elsewhere, by the resolver or by
    // `addresses`, the call fails with errc::invalid_option before anything is sent.
    bool allow_insecure_loopback = false;

    // Limits on a response, in bytes and in levels of JSON. One beyond them ends with
    // errc::response_too_large, errc::invalid_http or errc::invalid_json. max_header_size is 1 KiB
    // to 64 MiB, max_json_depth 1 to 512.
    std::size_t max_response_size = 16 * 1024 * 1024;
    std::size_t max_header_size = 64 * 1024;
    std::size_t max_json_depth = 64;

    // Receives the client's events, for logs, metrics and traces. None by default.
    std::shared_ptr<intheloop::observer> observer;
    // Adds headers to each attempt, for distributed traces; see propagator. None by default.
    std::shared_ptr<intheloop::propagator> propagator;
    // Counts deviations between responses and their types; see drift_report. None by default.
    std::shared_ptr<drift_report> drift;
    // Receives each exchange, to make test data of it. None by default.
    std::shared_ptr<exchange_recorder> recorder;
    // Asked before each attempt of a call in this order, and about its answer in the opposite one:
    // they may add header fields, refuse the attempt, answer it themselves (a cache, a fake), and
    // replace the answer. Retries, limits and the guard of the token stand outside of them, so each
    // attempt asks them anew, and an answer of theirs counts like one of the service. They are not
    // asked about downloads, whose addresses are signed. None by default.
    std::vector<any_interceptor> interceptors;

    // Replaces the system's clocks, which are used if it is null. All time limits, pauses, waits
    // and reported times of the client, and of everything built upon it, follow this clock, so that
    // a test need not wait (testing::virtual_clock). The validity of certificates and TCP's probes
    // still follow the system's clocks.
    std::shared_ptr<time_source> time;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/options.ipp>
#endif

#endif
