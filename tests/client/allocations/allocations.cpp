// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How much a call allocates once its connection stands.
#include <client/allocations/heap.hpp>
#include <client/fixture.hpp>
#include <fleet/memory_fleet.hpp>
#include <support/sanitizers.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <string>

TEST_SUITE("client/allocations/allocations") {

namespace {

using namespace fixture;

asio::awaitable<void> call_often(loop::client& client, std::string id, int times) {
    report::get_request const which(id);
    for (int i = 0; i != times; ++i) {
        auto const state = co_await client.async_call(report::get_report, which);
        REQUIRE(state);
    }
}

struct allocated {
    long by_us;
    long buffers; // of ours and of OpenSSL's
};

allocated allocations_of(loop::client& client, asio::io_context& io, std::string const& id,
                         int times) {
    auto const buffers = [] { return heap::of_operator_new.buffers + heap::of_openssl.buffers; };
    long const before = heap::of_operator_new.allocations;
    long const buffers_before = buffers();
    co_spawn(io, call_often(client, id, times), asio::detached);
    io.restart();
    io.run();
    return {heap::of_operator_new.allocations - before, buffers() - buffers_before};
}

} // namespace

TEST_CASE("a call allocates little, and no more than the one before it" *
          doctest::skip(support::is_sanitized)) {
    server s;
    std::string const id = s.add_export();
    asio::io_context io(1);
    loop::client client(io.get_executor(), options_for(s));
    allocations_of(client, io, id, 20); // connects, and warms up

    auto const first = allocations_of(client, io, id, 100);
    auto const second = allocations_of(client, io, id, 100);
    MESSAGE("allocations per call: ", static_cast<double>(first.by_us) / 100);
    CHECK(first.by_us == second.by_us);
    // Five of them belong to the answer: its texts and its header. The others are the call and its
    // request. (And a few, once, for the coroutine.)
    CHECK(first.by_us <= 720);
    // The connection gave its buffers back at the end of the calls before: one for what is read,
    // and OpenSSL's two. Calls that follow each other keep them.
    CHECK(first.buffers == 3);
    CHECK(second.buffers == 3);
}

TEST_CASE("between two leases of a fleet, a call allocates no more than without one" *
          doctest::skip(support::is_sanitized)) {
    auto const clock = std::make_shared<loop::testing::virtual_clock>(); // stands still
    server s;
    std::string const id = s.add_export();
    long per_hundred[2] = {};
    for (bool in_fleet : {false, true}) {
        asio::io_context io(1);
        loop::options how = options_for(s);
        how.time = clock;
        if (in_fleet)
            how.fleet = std::make_shared<memory_fleet>(clock);
        loop::client client(io.get_executor(), how);
        allocations_of(client, io, id, 20);
        per_hundred[in_fleet ? 1 : 0] = allocations_of(client, io, id, 100).by_us;
    }
    CHECK(per_hundred[0] == per_hundred[1]);
}

} // TEST_SUITE("client/allocations/allocations")
