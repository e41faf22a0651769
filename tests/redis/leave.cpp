// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A fleet that ends right behind its last operation, on which other processes wait.
#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/fleet/redis.hpp>
#include <redis/redis.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>

TEST_SUITE("redis/leave") {

using namespace fixture;

namespace {

loop::fleet_options usual() {
    loop::fleet_options how = keyed_options();
    how.lease = 1h; // nothing ends by itself
    how.timeout = patience;
    return how;
}

// Returns how many members have a lease, with this one.
std::uint64_t members(loop::fleet& of, std::string const& member,
                      std::string const& in = some_group) {
    loop::fleet_claim asked;
    asked.group = in;
    asked.member = member;
    asked.limits = asked.wanted = {10, 4};
    asked.safe = {1, 1};
    asked.lease = 1h;
    auto const out = std::make_shared<std::promise<std::uint64_t>>();
    of.async_claim(asked,
                   [out](std::optional<loop::error> const& failure, loop::fleet_grant grant) {
                       CHECK(!failure);
                       out->set_value(grant.members);
                   });
    return told_by(out);
}

void do_nothing(std::optional<loop::error> const&) {}

void run_out(asio::io_context& io) {
    io.restart();
    io.run_for(patience);
    REQUIRE(io.stopped());
}

// A fleet on a thread of its own, or on a context of the program, which still runs.
struct short_life {
    asio::io_context io;
    bool on_context = false;

    template <class Use>
    void use(redis_server const& server, Use then) {
        auto made = on_context
                        ? std::make_unique<loop::redis_fleet>(io.get_executor(), usual(),
                                                              patient(server.options()))
                        : std::make_unique<loop::redis_fleet>(usual(), patient(server.options()));
        then(*made);
        made.reset();
        run_out(io);
    }
};

} // namespace

TEST_CASE("a lease ends for the others although the fleet ends right behind") {
    redis_server server;
    loop::redis_fleet other(usual(), patient(server.options()));
    CHECK(members(other, "one") == 1);
    CHECK(members(other, "two") == 2);
    short_life t;
    bool is_known = false;
    SUBCASE("on a thread of its own") {}
    SUBCASE("on a context of the program") {
        t.on_context = true;
    }
    SUBCASE("with a script that Redis knows") {
        is_known = true;
    }
    if (is_known)
        t.use(server, [](auto& fleet) { fleet.async_leave(some_group, "nobody", do_nothing); });
    t.use(server, [](auto& fleet) { fleet.async_leave(some_group, "one", do_nothing); });
    CHECK(members(other, "two") == 1);
}

TEST_CASE("a lock is free for the others although the fleet ends right behind") {
    redis_server server;
    loop::redis_fleet other(usual(), patient(server.options()));
    auto const lock = [](loop::fleet& of) { return take_lock(of, 1h).fence; };
    short_life().use(server,
                     [&](auto& fleet) { fleet.async_unlock(some_group, lock(fleet), do_nothing); });
    CHECK(lock(other) != 0);
}

TEST_CASE("a client that ends with its fleet leaves its share to the others at once") {
    redis_server server;
    loop::testing::server service;
    asio::io_context io;
    auto const group_of_token = loop::detail::digest_of(usual().key, service.token());
    loop::redis_fleet other(usual(), patient(server.options()));
    auto how = options_for(service);
    how.limits.requests_per_second = 80;
    how.fleet = std::make_shared<loop::redis_fleet>(usual(), patient(server.options()));
    std::optional<loop::client> client(std::in_place, io.get_executor(), how);
    how.fleet.reset();
    CHECK(call(*client, io, drafts::create_draft, drafts::create_request()));
    CHECK(client->statistics().fleet_failures == 0);
    CHECK(members(other, "other", group_of_token) == 2);
    client.reset();
    run_out(io);
    CHECK(members(other, "other", group_of_token) == 1);
}

TEST_CASE("what others wait for keeps an ended fleet for bounded time") {
    redis_server server;
    auto how = server.options();
    how.command_timeout = 50ms;
    how.connect_timeout = 100ms;
    asio::io_context io;
    auto fleet = std::make_unique<loop::redis_fleet>(io.get_executor(), usual(), how);
    SUBCASE("by a server that stands still") {
        server.freeze();
    }
    SUBCASE("by a server that is gone") {
        server.kill();
    }
    SUBCASE("by a server that stands still when it is connected") {
        std::optional<std::optional<loop::error>> checked;
        fleet->async_check([&](std::optional<loop::error> failure) { checked = failure; });
        run_until(io, [&] { return checked.has_value(); });
        server.freeze();
    }
    std::optional<std::optional<loop::error>> left;
    int claimed = 0;
    fleet->async_leave(some_group, "one",
                       [&](std::optional<loop::error> failure) { left = failure; });
    fleet->async_claim(loop::fleet_claim(),
                       [&](std::optional<loop::error> const& failure, loop::fleet_grant const&) {
                           CHECK(failure);
                           ++claimed;
                       });
    fleet.reset();
    run_out(io);
    REQUIRE(left);
    CHECK(left->has_value());
    CHECK(claimed == 1);
}

} // TEST_SUITE("redis/leave")
