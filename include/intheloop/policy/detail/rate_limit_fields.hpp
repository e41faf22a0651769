// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RATE_LIMIT_FIELDS_HPP
#define INTHELOOP_POLICY_DETAIL_RATE_LIMIT_FIELDS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/headers.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace intheloop::policy {

// Holds the limit that a service tells of itself, on the requests of a token.
struct service_limit {
    std::uint64_t remaining = 0;   // requests until the reset
    std::chrono::seconds reset{0}; // from now on; above zero, at most an hour
};

// Returns whether a response has a field that parse_service_limit() may read, which is fast.
INTHELOOP_DECL bool tells_service_limit(headers const& fields);

// Reads the fields of a response that announce the limit of a service, ahead of a 429 (that Loop
// sends any is neither documented nor observed):
//
//     RateLimit: "default";r=50;t=30 (draft-ietf-httpapi-ratelimit-headers) RateLimit: limit=100,
//     remaining=50, reset=30            (its version 7) RateLimit-Remaining: 50, RateLimit-Reset:
//     30            (its versions up to 6) X-RateLimit-Remaining: 50, X-RateLimit-Reset: 30 or
//     1698934975
//
// Of several limits the one with the fewest requests left counts, and of those the last to end. A
// reset of a billion and more is a time in seconds since the Unix epoch, of a trillion and more in
// milliseconds; it is measured against the Date of the response, or `now` without one. A longer
// reset than an hour counts as an hour. Leaves out a limit that lacks one of its two numbers, has
// one that can't be read, has passed, or is of 0 requests in all (as some say for "no limit").
INTHELOOP_DECL std::optional<service_limit> parse_service_limit(headers const& fields,
                                                                std::chrono::sys_seconds now);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/rate_limit_fields.ipp>
#endif

#endif
