// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_REQUEST_HPP
#define INTHELOOP_NET_DETAIL_REQUEST_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/codec/detail/answer_rules.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/call_plan.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::net {

class request_body_writer;

// Describes a call from its beginning to its result: it is part of the request, and comes back in
// the outcome.
class call_context {
public:
    call_context() {}

    endpoint_info const* endpoint = nullptr;
    codec::answer_rules const* answers = nullptr; // null: the response type says all
    std::shared_ptr<net::origin const> origin;
    policy::clock::time_point started{};
    std::optional<secret> user;               // the impersonated user
    std::vector<std::string> further_secrets; // must not appear in a text
    // Null: none. Shared by all calls that are begun from one operation.
    std::shared_ptr<std::string const> idempotency_key;
    std::string key_to_tell; // a copy for this call alone: telling it needs no memory

    std::string_view method() const { return to_string(endpoint->verb); }
    // Returns the tenant: calls with the same tenant share its turns.
    std::string_view tenant() const { return user ? user->reveal() : std::string_view(); }
};

// Limits on a response.
struct response_limits {
    std::size_t max_header_size = 0;
    std::size_t max_body_size = 0; // of a body in memory
    bool has_no_body = false;      // whatever its header says: to HEAD or CONNECT
    std::size_t recorded_size = 0; // so much of a body that goes to a sink is kept for a recorder
    std::span<std::uint16_t const> further_success = {}; // statuses whose body goes to a sink, too
};

// One call to send, or the reason for refusing it.
class request {
public:
    request() {}

    call_context context;
    std::optional<error> refused; // if set, nothing below counts
    // The request line and the header lines that all attempts share, and behind `shared_size` the
    // rest, which each attempt writes: its own header lines, the token, the end of the head, the
    // body.
    std::string bytes;
    std::size_t shared_size = 0;
    std::string body;
    bool has_credentials = false; // the token and the client's certificate may be sent
    bool carries_context = false; // the propagator is asked before each attempt
    policy::call_rules rules;
    response_limits limits;
    // Provides the body instead of `body`; its headers are among the shared lines.
    std::shared_ptr<request_body_writer> body_writer;
    // Takes the body of a response of status 200, 201, 206 or limits.further_success instead of
    // memory; of its functions start, begin, write and is_full are called.
    std::shared_ptr<byte_sink> sink;
    bool client_is_closed = false; // so that the call ends at once
    bool completes_here = false;   // the handler runs on the client's own executor
    // Called on the strand before the first byte of each attempt is sent. An error ends the call.
    std::function<std::optional<error>(bool may_have_acted)> before_sending;

    std::string_view target() const {
        std::size_t const begin = bytes.find(' ') + 1;
        return std::string_view(bytes).substr(begin, bytes.find(" HTTP/1.1\r\n") - begin);
    }
    // Returns those that all attempts share.
    std::string_view header_lines() const {
        std::string_view const shared = std::string_view(bytes).substr(0, shared_size);
        return shared.substr(shared.find("\r\n") + 2);
    }
};

} // namespace intheloop::net

#endif
