// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_REQUEST_HPP
#define INTHELOOP_NET_DETAIL_REQUEST_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/call_plan.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::net {

class request_body_writer;

// Describes a call from its beginning to its result: it travels in the request, and comes back in
// the outcome.
class call_context {
public:
    call_context() {}

    endpoint_info const* endpoint = nullptr;
    std::shared_ptr<net::origin const> origin;
    policy::clock::time_point started{};
    std::optional<secret> user;               // that the call impersonates
    std::vector<std::string> further_secrets; // that must not come back in a text

    std::string_view method() const { return to_string(endpoint->verb); }
    // Shares the limits with the others of the same name.
    std::string_view tenant() const { return user ? user->reveal() : std::string_view(); }
};

// Bounds a response.
struct response_limits {
    std::size_t max_header_size = 0;
    std::size_t max_body_size = 0; // of a body that is kept in memory
    bool has_no_body = false;      // whatever its header says: to HEAD or CONNECT
    std::size_t recorded_size = 0; // so much of a body that goes to a sink is kept for a recorder
};

// One call as it is to be sent, or the reason why it can't be.
class request {
public:
    request() {}

    call_context context;
    std::optional<error> refused; // then nothing below counts
    std::string bytes;            // request line, header and body, ready to be sent
    // So much of them is the beginning of the head, behind which the Authorization line, the end of
    // the head and the body are put. Nothing: they are complete, and no credentials may go along,
    // neither the token nor the client's certificate.
    std::optional<std::size_t> authorization_at;
    std::string body; // if it is yet to be put there
    policy::call_rules rules;
    response_limits limits;
    // Gives the body, which follows the bytes; its headers are in them.
    std::shared_ptr<request_body_writer> body_writer;
    // Takes the body of a response of status 200, 201 or 206 instead of memory; of its functions
    // start, begin, write and is_full are called.
    std::shared_ptr<byte_sink> sink;
    bool completes_here = false; // the handler runs on the client's own executor
    // Called on the strand before the first byte of each attempt leaves. An error ends the call.
    std::function<std::optional<error>()> before_sending;
};

} // namespace intheloop::net

#endif
