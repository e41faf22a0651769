// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_OUTCOME_HPP
#define INTHELOOP_NET_DETAIL_OUTCOME_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/observer.hpp>
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

// How a call ended: with a response or a failure, and the facts about it.
class outcome {
public:
    outcome() {}
    // The outcome of a call that was not begun.
    outcome(call_context of, error why)
        : context(std::move(of)), failure(std::make_unique<error>(std::move(why))) {}

    call_context context;
    std::unique_ptr<error> failure; // code and detail only
    codec::encoded_response response;
    request_progress progress = request_progress::not_sent; // policy::furthest_progress
    unsigned attempts = 0;
    std::vector<attempt_record> earlier_attempts;
    retry_verdict verdict = retry_verdict::done;
    std::optional<std::chrono::seconds> retry_after;
    std::uint64_t call_id = 0; // 0 if the call was not begun
    waiting_times waited;      // measured for an observer only
    bool answered_by_interceptor = false;
    // Tokens that were sent, and must not appear in a text: the last one, and the earlier ones.
    std::shared_ptr<secret const> token;
    std::vector<std::shared_ptr<secret const>> earlier_tokens;
};

using outcome_handler = boost::asio::any_completion_handler<void(outcome&&)>;
// Called when the runtime is closed; see async_close().
using close_handler = boost::asio::any_completion_handler<void()>;

} // namespace intheloop::net

#endif
