// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with this library, under a limit that holds none of them up: HOST PORT CA_FILE MODE
// CONCURRENCY CALLS, and for limits that a fleet shares also REDIS_URL LEASE, in milliseconds.
#include "calls.hpp"
#include "client_options.hpp"
#include "typed_calls.hpp"

#include <intheloop/fleet/redis.hpp>

#include <chrono>
#include <memory>
#include <string>

int main(int argc, char** argv) {
    bool const is_shared = argc == 9;
    return calls::run_program(
        is_shared ? argc - 2 : argc, argv, [&](calls::arguments const& chosen) {
            intheloop::options how = calls::client_options(chosen);
            how.limits.max_in_flight = 1000;
            if (is_shared) {
                intheloop::fleet_options shared;
                shared.key = intheloop::secret("a key of the benchmarks");
                shared.lease = std::chrono::milliseconds(std::stol(argv[8]));
                how.fleet = std::make_shared<intheloop::redis_fleet>(
                    shared, intheloop::redis_options(intheloop::secret(argv[7])));
            }
            calls::make_typed_calls(chosen, how);
        });
}
