// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A fleet over Redis on the context of the program, without memory: nothing hangs, no exception
// leaves the context, and when there is memory again, the fleet is there again.
#include <intheloop/fleet/redis.hpp>
#include <jobs/out_of_memory/sweep.hpp>
#include <redis/redis.hpp>

#include <chrono>
#include <memory>
#include <new>

TEST_SUITE("redis/out_of_memory/redis") {

using namespace out_of_memory;
using fixture::redis_server;

namespace {

loop::fleet_claim claim() {
    loop::fleet_claim asked;
    asked.group = some_group;
    asked.member = "one";
    asked.limits = asked.wanted = {10, 4};
    asked.safe = {1, 1};
    asked.lease = 1500ms;
    return asked;
}

// Runs the context until this is done, or nothing is left to run.
template <class Done>
int run_while(asio::io_context& io, Done is_done) {
    int thrown = 0;
    auto const end = std::chrono::steady_clock::now() + guard;
    io.restart();
    while (!is_done() && std::chrono::steady_clock::now() < end)
        try {
            if (io.run_one_for(10ms) == 0 && io.stopped())
                break;
        } catch (std::bad_alloc const&) {
            ++thrown;
        }
    return thrown;
}

} // namespace

TEST_CASE("an operation whose allocations fail ends, and the next ones succeed") {
    redis_server const server;
    auto how = patient(server.options());
    how.connect_timeout = 50ms;
    how.first_pause = how.longest_pause = 2ms;
    how.idle_timeout = 10s;
    loop::fleet_options const chosen = keyed_options();
    bool is_connected = false;
    SUBCASE("when nothing is connected") {}
    SUBCASE("when a name is looked up") {
        how.url = loop::secret("redis://localhost:" + server.port.text());
    }
    SUBCASE("when all is connected") {
        is_connected = true;
    }
    for (bool const goes_on : {false, true}) {
        how.command_timeout = goes_on ? 100ms : 25ms;
        long n = 0;
        for (bool has_failed = true; has_failed; ++n) {
            CAPTURE(n);
            CAPTURE(goes_on);
            REQUIRE(n < 5000);
            asio::io_context io(1);
            loop::redis_fleet fleet(io.get_executor(), chosen, how);
            int heard = 0;
            auto const listener = std::make_shared<loop::fleet::listener const>(
                [&](loop::fleet_notice const&) { ++heard; });
            auto const claim_well = [&] {
                bool is_good = false, is_over = false;
                fleet.async_claim(claim(), [&](std::optional<loop::error> const& failure,
                                               loop::fleet_grant const&) {
                    is_good = !failure;
                    is_over = true;
                });
                run_while(io, [&] { return is_over; });
                return is_good;
            };
            auto const claim_well_at_last = [&] {
                for (int i = 0; i != 1000; ++i)
                    if (claim_well())
                        return true;
                return false;
            };
            if (is_connected) {
                fleet.listen(some_group, listener);
                REQUIRE(claim_well_at_last());
            }
            int ended = 0;
            auto lives = std::make_shared<int>();
            std::weak_ptr<int> const is_kept = lives;
            {
                auto done = [&ended, kept = std::move(lives)](auto const&...) { ++ended; };
                allocations = {true, goes_on, n, 0};
                try {
                    if (!is_connected)
                        fleet.listen(some_group, listener);
                    fleet.async_claim(claim(), std::move(done));
                } catch (std::bad_alloc const&) {
                }
            }
            // Long enough for the time limits.
            int const thrown = run_while(io, [&] { return is_kept.expired(); });
            allocations.counts = false;
            has_failed = allocations.failed != 0;
            CHECK(is_kept.expired()); // called, or destroyed
            CHECK(ended <= 1);
            CHECK(thrown == 0);
            if (!has_failed)
                CHECK(ended == 1);
            CHECK(claim_well_at_last());
        }
        MESSAGE("allocations: ", n - 1);
    }
}

} // TEST_SUITE("redis/out_of_memory/redis")
