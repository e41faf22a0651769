// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How much a call allocates once its connection stands.
#include <client/fixture.hpp>
#include <support/sanitizers.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstdlib>
#include <new>

namespace {

// Of the client's thread: the server runs on another.
thread_local int allocations = 0;

} // namespace

#if !INTHELOOP_TESTS_ARE_SANITIZED
void* operator new(std::size_t size) {
    ++allocations;
    if (void* const made = std::malloc(size != 0 ? size : 1))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* made) noexcept {
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}
#endif

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

int allocations_of(loop::client& client, asio::io_context& io, std::string const& id, int times) {
    allocations = 0;
    co_spawn(io, call_often(client, id, times), asio::detached);
    io.restart();
    io.run();
    return allocations;
}

} // namespace

TEST_CASE("a call allocates little, and no more than the one before it" *
          doctest::skip(support::is_sanitized)) {
    server s;
    std::string const id = s.add_export();
    asio::io_context io(1);
    loop::client client(io.get_executor(), options_for(s));
    allocations_of(client, io, id, 20); // connects, and warms up

    int const first = allocations_of(client, io, id, 100);
    int const second = allocations_of(client, io, id, 100);
    MESSAGE("allocations per call: ", first / 100.0);
    CHECK(first == second);
    // Five of them belong to the answer: its texts and its header. The others are the call and its
    // request. (And a few, once, for the coroutine.)
    CHECK(first <= 720);
}

} // TEST_SUITE("client/allocations/allocations")
