// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_FLEET_OPTIONS_HPP
#define INTHELOOP_POLICY_FLEET_OPTIONS_HPP

#include <intheloop/base/secret.hpp>

#include <chrono>

namespace intheloop {

// Sets how a fleet works. All its processes should have the same options.
//
// Each time is above zero (provider_turn may be zero) and at most a year, `lease` at least five
// times `timeout`, and `start_lease` at least twice `start_timeout`. The constructor of a fleet
// throws intheloop::exception (errc::invalid_option) for other values.
class fleet_options {
public:
    fleet_options() {}

    // Known to the processes only, at least 16 characters: the engine stores and sees a digest of
    // the token under this key, so that a reader of it can neither learn nor test a token.
    secret key;
    // How long a client goes on with the capacity that it got, unless it renews it. It does so
    // after about two thirds of this time, as long as it has calls.
    std::chrono::milliseconds lease = std::chrono::milliseconds(1500);
    // How long the engine may take for an answer. A call waits for one only if its client has no
    // lease: with its first call, or after a rest longer than a lease.
    std::chrono::milliseconds timeout = std::chrono::milliseconds(100);
    // Without an answer, a client goes on with its last share once the lease is over. This share
    // halves each time this time has passed, down to `safe_share`.
    std::chrono::milliseconds half_life = std::chrono::seconds(30);
    // The part of the limits that a client has if it never got a lease, and the least that it keeps
    // of a larger share. Above 0, at most 1.
    double safe_share = 0.02;
    // How long a refused token (401) stays refused for all that have it.
    std::chrono::milliseconds refusal = std::chrono::minutes(10);
    // How long a client waits for its turn to ask its token provider, before it asks without one:
    // so long at most, half as long at least, at random.
    std::chrono::milliseconds provider_turn = std::chrono::seconds(5);

    // Of exports that processes share (start_options::shared):
    // How long others wait for a process that starts an export, and of which nothing is heard. It
    // tells of itself after each third of this time.
    std::chrono::milliseconds start_lease = std::chrono::seconds(10);
    // How long a start tries to reach the engine before it goes on without.
    std::chrono::milliseconds start_timeout = std::chrono::seconds(2);
    // How long an export that was started takes equal starts, unless its end is seen earlier; and
    // how long it goes on to take them when it is seen to be completed.
    std::chrono::milliseconds shared_export = std::chrono::hours(1);
    std::chrono::milliseconds completed_export = std::chrono::minutes(1);
    // How long it is remembered that a start may have begun an export under an unknown id. After
    // this time an equal start begins another one.
    std::chrono::milliseconds unclear_start = std::chrono::days(7);
};

} // namespace intheloop

#endif
