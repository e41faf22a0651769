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

// Takes the body of an answer as it comes, instead of keeping it in memory. It is called on one
// thread at a time. What it returns, if anything, ends the exchange with that error.
class body_sink {
public:
    virtual ~body_sink() = default;
    // How to go on reading after is_full(): any thread, any time.
    virtual void start(std::function<void()> /*resume*/) {}
    // Before the body; its length if the answer says it. For the statuses 200, 201 and 206 only.
    virtual std::optional<error> begin(codec::encoded_response const& head,
                                       std::optional<std::uint64_t> length) = 0;
    virtual std::optional<error> write(std::string_view bytes) = 0;
    // While it is, nothing more is read, so that the server is held up too. Time in which nothing
    // is read does not count as a stall.
    virtual bool is_full() { return false; }
};

} // namespace intheloop::net

#endif
