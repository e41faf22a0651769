// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_RECEIVED_REQUEST_HPP
#define INTHELOOP_TESTING_RECEIVED_REQUEST_HPP

#include <intheloop/base/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing {

// The origins that a test server serves.
enum class origin {
    api,   // the documented routes
    files, // the exported files behind signed addresses
    other  // an origin that endpoints name: origin<"https://docs.intheloop.io">
};

// Header fields in the order and the spelling of the wire.
using header_list = std::vector<std::pair<std::string, std::string>>;

// A request as the server received it, whatever its response.
class received_request {
public:
    received_request();

    testing::origin origin = testing::origin::api;
    std::string other_origin; // "https://docs.intheloop.io", for origin::other
    std::string method;
    std::string target; // path and query as sent, not decoded
    header_list headers;
    std::string body;

    // The `X-Request-Id` of the response; a raw override does not contain it.
    std::string request_id;

    // When the request was complete, by the server's clock.
    std::chrono::steady_clock::time_point received;

    // Number of the connection, counted from 1 over all origins: equal for requests on the same
    // connection.
    std::uint64_t connection = 0;

    // The host name that the client sent in the TLS handshake (SNI); empty if none, and for an IP
    // address.
    std::string tls_server_name;

    // `TLSv1.2` or `TLSv1.3`; empty over plain http.
    std::string tls_version;

    // Common name of the client's certificate; empty without a certificate.
    std::string client_common_name;

    // Returns the value of the first field with this name, compared without regard to case.
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/received_request.ipp>
#endif

#endif
