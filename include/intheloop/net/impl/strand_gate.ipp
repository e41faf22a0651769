// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_STRAND_GATE_IPP
#define INTHELOOP_NET_IMPL_STRAND_GATE_IPP

#include <intheloop/net/detail/strand_gate.hpp>

#include <boost/asio/execution_context.hpp>

#include <memory>

namespace intheloop::net {

// Closes all gates of a context before its executors become invalid: a context shuts down its
// newest services first, and this one is newer than those that run functions.
class strand_gate::context_gate final : public boost::asio::execution_context::service {
public:
    using key_type = context_gate;
    inline static boost::asio::execution_context::id id;

    explicit context_gate(boost::asio::execution_context& of) : service(of) {}

    std::shared_ptr<context_state> const shared = std::make_shared<context_state>();

private:
    void shutdown() override { shared->close(); }
};

INTHELOOP_DECL std::shared_ptr<strand_gate::context_state>
strand_gate::state_of(boost::asio::execution_context& of) {
    return boost::asio::use_service<context_gate>(of).shared;
}

} // namespace intheloop::net

#endif
