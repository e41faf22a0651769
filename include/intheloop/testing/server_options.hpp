// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_SERVER_OPTIONS_HPP
#define INTHELOOP_TESTING_SERVER_OPTIONS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/testing/certificate.hpp>
#include <intheloop/testing/export_content.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::testing {

class virtual_clock;

// A version of TLS.
enum class tls_version { tls_1_0, tls_1_1, tls_1_2, tls_1_3 };

// Returns the other origins of the documented routes: "https://docs.intheloop.io".
std::vector<std::string> documented_origins();

// The options of a test server. With the defaults it is a service without faults.
class server_options {
public:
    server_options() {
    } // NOLINT(modernize-use-equals-default): keeps the class from being an aggregate

    // The token that the server accepts. Empty: a random one; see server::token().
    std::string token;

    // `status` in the response to the `POST` that starts an export. `Completed` comes with the
    // address at once.
    std::string initial_status = "Processing";

    // `status` in the responses to the following `GET`s, one after the other; the last one stays.
    // Any text is possible. `Completed` comes with the address of the file. Empty: `initial_status`
    // stays.
    std::vector<std::string> statuses = {"Processing", "Processing", "Completed"};

    // The exported file, whatever the request for the export.
    export_content content = sample_export();
    std::string content_type = "application/json";

    // Sends files in chunks, without a `Content-Length`, except to HTTP/1.0.
    bool chunked_files = false;

    // Responds to a request for a range with the whole file, like a server without ranges.
    bool ignore_ranges = false;

    // Sends an `ETag` with files. Without it no `If-Range` matches.
    bool send_etag = true;

    // Limits the rate at which the body of each response with a file is written; 0 counts as 1.
    // Absent: as fast as the client reads.
    std::optional<std::uint64_t> file_bytes_per_second;

    // How long a file's address is valid. Zero or less: it is expired from the beginning.
    std::chrono::seconds file_url_lifetime{3600};

    // JSON text in the response to `POST /v1/drafts`. Absent: the 201 has no body.
    std::optional<std::string> draft_answer;

    // The other origins to serve, as endpoints name them, each on a port of its own. By default
    // those of the documented routes. See server::origins().
    std::vector<std::string> origins = documented_origins();

    // Names in the certificates of the server, in addition to `localhost` and `127.0.0.1`.
    std::vector<std::string> extra_names;

    // Signs the certificates of the server, and the accepted ones of clients. Absent: a new
    // authority for this server.
    std::optional<certificate_authority> authority;

    // Certificates that replace the server's own: expired, for another host, self-signed.
    std::optional<certificate> api_certificate;
    std::optional<certificate> files_certificate;

    // Exactly these versions are spoken, whatever OpenSSL's configuration says.
    tls_version minimum_tls = tls_version::tls_1_2;
    tls_version maximum_tls = tls_version::tls_1_3;

    // Refuses clients of the API origin without a certificate of `authority`.
    bool require_client_certificate = false;

    // Accepts connections, but never responds to a handshake.
    bool stall_handshakes = false;

    // Speaks `http`, without TLS, on all origins.
    bool plain_http = false;

    // Called by the server's destructor with a sentence for each handler that threw, so that the
    // test fails. With doctest:
    //
    //     options.on_handler_failure = [](std::string const& text) { FAIL_CHECK(text); };
    //
    // GoogleTest has ADD_FAILURE() for it. An exception of the function is ignored. Empty: the
    // sentence is written to standard error at once. See server::on().
    std::function<void(std::string const& text)> on_handler_failure;

    // The clock that the server shares with its clients. The server's delays, dates and expiry
    // times follow it, its ids, token and signatures come from the seed of the clock, and it goes
    // on while the server holds a request. The validity of the server's certificates, and the
    // timeouts of server::wait_..., are in real time. Null: the system's clocks.
    std::shared_ptr<virtual_clock> clock;

    // Ports on 127.0.0.1; 0 lets the system choose.
    std::uint16_t api_port = 0;
    std::uint16_t files_port = 0;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/server_options.ipp>
#endif

#endif
