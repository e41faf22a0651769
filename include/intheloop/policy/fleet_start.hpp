// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_FLEET_START_HPP
#define INTHELOOP_POLICY_FLEET_START_HPP

#include <intheloop/policy/journal_entry.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace intheloop {

// Asks a fleet for the right to start an export, or for the export that an equal start has begun.
class fleet_start_claim {
public:
    fleet_start_claim() {}

    std::string name;           // of all equal starts: hexadecimal digits
    std::string starter;        // the start itself: hexadecimal digits. A claim that is repeated
                                // gets the same answer.
    bool takes_unclear = false; // starts again although an earlier start may have begun an export
    std::chrono::milliseconds lease{
        0}; // others wait so long for a starter of whom nothing is heard
};

// Tells a fleet how far a start has come: the advice for the next one, and for how long.
class fleet_start_note {
public:
    fleet_start_note() {}

    std::string name;
    std::uint64_t fence = 0; // of the starter; 0: the export with this id has ended
    // For the next start, once the lease is over.
    journal_advice advice = journal_advice::ask;
    std::string id;                     // of `resume`
    std::string idempotency_key;        // of `repeat`: a random one
    std::chrono::milliseconds lease{0}; // 0: ends it, and tells those that wait
    std::chrono::milliseconds life{0};  // how long to remember it; 0: forget it
};

// The answer of a fleet to a claim.
class fleet_start_answer {
public:
    fleet_start_answer() {}

    std::uint64_t fence = 0; // with it the start may begin; 0: see the rest
    // From the last note of an earlier start; `start_again` without one.
    journal_advice advice = journal_advice::start_again;
    std::string id;
    std::string idempotency_key;
    std::chrono::milliseconds free_in{0}; // the rest of the lease of another starter; 0: none
    std::chrono::milliseconds age{0};     // since the start began
};

} // namespace intheloop

#endif
