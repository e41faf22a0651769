// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Where many calls are under way, what happens to one of them costs no look at all the others: a
// list of so many would be as large as a buffer.
#include <client/allocations/heap.hpp>
#include <client/fixture.hpp>
#include <support/sanitizers.hpp>

TEST_SUITE("client/allocations/many_calls") {

using namespace fixture;

TEST_CASE("a 429 to each of many calls does not make the client look at all of them each time" *
          doctest::skip(support::is_sanitized)) {
    constexpr int calls = 3000;
    server s;
    loop::options how = options_for(s);
    how.pool.max_connections = 8;
    how.pool.max_waiting = calls;
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    int refused = 0;
    for (int i = 0; i != calls; ++i) {
        s.respond_next(response_override(429, "{}").header("Retry-After", "0"));
        client.async_call(report::get_report, report::get_request("x"), [&](auto const& r) {
            refused += !r && r.error().code() == loop::errc::rate_limited;
        });
    }
    long const before = heap::of_operator_new.buffers;
    io.run();
    CHECK(refused == calls);
    CHECK(heap::of_operator_new.buffers - before < 100);
}

} // TEST_SUITE("client/allocations/many_calls")
