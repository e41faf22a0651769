// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_SLOW_TRANSFER_OPTIONS_HPP
#define INTHELOOP_POLICY_SLOW_TRANSFER_OPTIONS_HPP

#include <chrono>
#include <cstdint>

namespace intheloop {

// Ends a transfer that is too slow, before its deadline does: when so many bytes a second, in both
// directions together, were not reached on average in the last `duration`. The attempt ends with
// errc::stalled.
//
// Counts the time in which bytes should come or go: while a request is being sent, and from the
// first byte of the response on. Left out are the time in which the service works on the response
// (stall_timeout limits a silence in it, the deadline all of it), and the time in which a reader or
// a source of this program lets the transfer wait. Looks eight times in a duration, so a transfer
// that becomes slow ends up to an eighth of it later. Over TLS up to 16 KiB come or go at once: a
// limit that asks for less in its duration may end a transfer that is fast enough.
class slow_transfer_options {
public:
    slow_transfer_options() {}
    slow_transfer_options(std::uint64_t rate, std::chrono::milliseconds time)
        : bytes_per_second(rate), duration(time) {}

    std::uint64_t bytes_per_second = 0;                            // 0, the default: no minimum
    std::chrono::milliseconds duration = std::chrono::seconds(30); // above zero
};

} // namespace intheloop

#endif
