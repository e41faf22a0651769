// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_FLEET_CLAIM_HPP
#define INTHELOOP_POLICY_FLEET_CLAIM_HPP

#include <chrono>
#include <cstdint>
#include <string>

namespace intheloop {

// A part of the limits of a token: a rate in requests per second, and a number of requests in
// flight.
struct fleet_share {
    double rate = 0;
    double in_flight = 0;

    friend bool operator==(fleet_share const&, fleet_share const&) = default;
};

// Asks a fleet for a lease.
class fleet_claim {
public:
    fleet_claim() {}

    std::string group;  // all that have the same token: hexadecimal digits
    std::string member; // the client: hexadecimal digits, others after a restart
    fleet_share limits; // of the token, of all members together; 0: no limit
    fleet_share wanted; // at most the limits
    fleet_share held;   // in use now; 0 if it never had a lease, or if it ended at rest
    fleet_share safe;   // what a new member may have while the engine does not know the others
    double weight = 1;  // members get shares in proportion to this
    std::chrono::milliseconds lease{0};
};

// Tells all that have a token of it.
class fleet_notice {
public:
    fleet_notice() {}

    std::string group;
    std::chrono::milliseconds paused{0};  // the service asks all to wait so long; 0: no pause
    std::chrono::milliseconds refused{0}; // the service refused the token (401), and all remember
                                          // it for so long; 0: it did not
};

// Gives a client a lease. Its time begins when the claim was sent.
class fleet_grant : public fleet_notice {
public:
    fleet_grant() {}

    fleet_share share; // of a limit that is 0 in the claim: 0, and without meaning
    std::chrono::milliseconds lease{0};
    std::uint64_t members = 1; // that have a lease, with this one
};

} // namespace intheloop

#endif
