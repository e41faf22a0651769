// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_MESSAGE_HPP
#define INTHELOOP_NET_DETAIL_MESSAGE_HPP

// What goes through the transport: one request out, one answer back.

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::net {

class request_body_writer;

// What is accepted of an answer.
struct answer_limits {
    std::size_t max_header_size = 0;
    std::size_t max_body_size = 0; // of a body that is kept in memory
    bool has_no_body = false;      // whatever its header says: to HEAD or CONNECT
    std::size_t recorded_size = 0; // so much of a body that goes to a sink is kept, to be recorded
};

class exchange_request {
public:
    exchange_request() {}

    std::shared_ptr<net::origin const> origin;
    std::string bytes; // request line, header and body, ready to be sent
    // So much of them is the beginning of the head, behind which the Authorization line, the end of
    // the head and the body are put. Nothing: they are complete, and no credentials may go along,
    // neither the token nor the client's certificate.
    std::optional<std::size_t> authorization_at;
    std::string body;   // if it is yet to be put there
    std::string tenant; // among whom the limits are shared: the impersonated user
    std::string_view method, url_template; // static storage
    bool idempotent = false;
    bool may_act_twice = false; // not idempotent, but the user accepts that
    policy::timeouts timeouts;
    retry_options retry;
    policy::clock::time_point started;
    std::chrono::milliseconds pause{0}; // before the first attempt
    answer_limits limits;
    std::shared_ptr<request_body_writer>
        feed; // the body, which follows the bytes; its headers are in them
    // Takes the body of an answer of status 200, 201 or 206 instead of memory; of its functions
    // start, begin, write and is_full are called.
    std::shared_ptr<byte_sink> sink;
    bool client_is_closed = false; // so that it ends at once
    bool completes_here = false;   // the handler runs on the client's own executor
    // Called on the strand before the first byte of each attempt leaves. An error ends the call.
    std::function<std::optional<error>()> before_sending;
};

class exchange_outcome {
public:
    exchange_outcome() {}

    std::unique_ptr<error> failure; // code and detail only
    codec::encoded_response response;
    request_progress progress = request_progress::not_sent; // the furthest of all attempts
    unsigned attempts = 0;
    std::vector<attempt_record> earlier_attempts;
    retry_verdict verdict = retry_verdict::done;
    std::optional<std::chrono::seconds> retry_after;
    std::uint64_t call_id = 0;
    // What was sent, and must not come back in a text: the last token, and those before it.
    std::shared_ptr<secret const> token;
    std::vector<std::shared_ptr<secret const>> earlier_tokens;
};

using exchange_handler = boost::asio::any_completion_handler<void(exchange_outcome&&)>;

} // namespace intheloop::net

#endif
