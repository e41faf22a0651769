// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_OBSERVATION_HPP
#define INTHELOOP_NET_DETAIL_OBSERVATION_HPP

// Reports events to the client's observer.

#include <intheloop/base/observer.hpp>
#include <intheloop/net/detail/request.hpp>

#include <cstdint>

namespace intheloop::net {

// Returns the attributes common to all events of a call. They refer to texts of the context.
inline call_attributes attributes_of(std::uint64_t call_id, call_context const& of) {
    return {call_id, of.method(), of.endpoint->route, of.origin->host, of.origin->port_number()};
}

// Notifies the observer, if there is one.
template <class Event>
void notify(observer* recipient, void (observer::*event_function)(Event const&),
            Event const& event) noexcept {
    if (recipient)
        try {
            (recipient->*event_function)(event);
        } catch (...) { // a failing observer must not end a call
        }
}

} // namespace intheloop::net

#endif
