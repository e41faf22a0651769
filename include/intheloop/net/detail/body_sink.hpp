// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_BODY_SINK_HPP
#define INTHELOOP_NET_DETAIL_BODY_SINK_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/response.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace intheloop::net {

// Receives the body of a response as it arrives, instead of keeping it in memory. Called on one
// thread at a time. A returned error ends the exchange.
class body_sink {
public:
    virtual ~body_sink() = default;
    // Sets the function that resumes reading after is_full(): callable from any thread, at any
    // time.
    virtual void start(std::function<void()> /*resume*/) {}
    // Called before the body, with its length if the response states it; only for the statuses 200,
    // 201 and 206.
    virtual std::optional<error> begin(codec::encoded_response const& head,
                                       std::optional<std::uint64_t> length) = 0;
    virtual std::optional<error> write(std::string_view bytes) = 0;
    // While it returns true, reading stops, so that the server has to wait too. This time does not
    // count towards the stall timeout.
    virtual bool is_full() { return false; }
};

} // namespace intheloop::net

#endif
