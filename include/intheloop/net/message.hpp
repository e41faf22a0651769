// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_MESSAGE_HPP
#define INTHELOOP_NET_MESSAGE_HPP

// What goes through the transport: one request out, one answer back.

#include <intheloop/codec/response.hpp>
#include <intheloop/error.hpp>
#include <intheloop/net/url.hpp>
#include <intheloop/policy/deadline.hpp>
#include <intheloop/policy/retry.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::net {

// Takes the body of an answer as it comes, instead of keeping it in memory. It is called on one
// thread at a time. What it returns, if anything, ends the exchange with that error.
class body_sink {
public:
    virtual ~body_sink() = default;
    // Before the body; its length if the answer says it. Not called for a status other than 200.
    virtual std::optional<error> begin(codec::encoded_response const& head,
                                       std::optional<std::uint64_t> length) = 0;
    virtual std::optional<error> write(std::string_view bytes) = 0;
};

class exchange_request {
public:
    exchange_request() {}

    net::origin origin;
    std::string bytes;             // request line, header and body, ready to be sent
    bool with_certificate = false; // the client's own may be shown to this origin
    bool idempotent = false;
    bool may_act_twice = false;      // not idempotent, but the user accepts that
    bool answer_has_no_body = false; // HEAD
    policy::timeouts timeouts;
    retry_options retry;
    policy::clock::time_point started;
    std::size_t max_header_size = 0;
    std::size_t max_body_size = 0; // of an answer that is kept in memory
    std::shared_ptr<body_sink> sink;
};

class exchange_outcome {
public:
    exchange_outcome() {}

    std::optional<error> failure; // code and detail only
    codec::encoded_response response;
    request_progress progress = request_progress::not_sent; // the furthest of all attempts
    unsigned attempts = 0;
    std::vector<attempt_record> earlier_attempts;
    retry_verdict verdict = retry_verdict::done;
};

using exchange_handler = boost::asio::any_completion_handler<void(exchange_outcome)>;

} // namespace intheloop::net

#endif
