// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_OUTCOME_HPP
#define INTHELOOP_NET_DETAIL_OUTCOME_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/request.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace intheloop::net {

// How a call ended: with a response or a failure, and all that is known of it.
class outcome {
public:
    outcome() {}
    // Of a call that was not begun.
    outcome(call_context of, error why)
        : context(std::move(of)), failure(std::make_unique<error>(std::move(why))) {}

    call_context context;
    std::unique_ptr<error> failure; // code and detail only
    codec::encoded_response response;
    request_progress progress = request_progress::not_sent; // the furthest of all attempts
    unsigned attempts = 0;
    std::vector<attempt_record> earlier_attempts;
    retry_verdict verdict = retry_verdict::done;
    std::optional<std::chrono::seconds> retry_after;
    std::uint64_t call_id = 0; // 0: it was not begun
    // What was sent, and must not come back in a text: the last token, and those before it.
    std::shared_ptr<secret const> token;
    std::vector<std::shared_ptr<secret const>> earlier_tokens;
};

using outcome_handler = boost::asio::any_completion_handler<void(outcome&&)>;

} // namespace intheloop::net

#endif
