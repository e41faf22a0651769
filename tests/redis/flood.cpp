// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A Redis, or somebody in its place, that publishes without end.
#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/fleet/detail/redis_scripts.hpp>
#include <intheloop/fleet/redis.hpp>
#include <net/faults/bad_peer.hpp>
#include <redis/redis.hpp>
#include <support/wait_until.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

TEST_SUITE("redis/flood") {

using namespace fixture;

namespace {

std::string array_of(std::vector<std::string> const& words) {
    std::string text = '*' + std::to_string(words.size()) + "\r\n";
    for (std::string const& each : words)
        text += '$' + std::to_string(each.size()) + "\r\n" + each + "\r\n";
    return text;
}

} // namespace

TEST_CASE("100,000 notices are a few handlers of the client, and it goes on") {
    loop::testing::server service;
    loop::fleet_options const chosen = keyed_options();
    auto const channel_of = [](std::string const& name) {
        return redis::key_names{"intheloop", name}.channel();
    };
    auto const group = loop::detail::digest_of(chosen.key, service.token());
    std::string const last = "ffffffffffffffffffffffffffffffff";

    std::string const hello = array_of({"server", "redis", "version", "7.0.15", "role", "master"});
    std::string flood;
    constexpr int notices = 100'000;
    for (int i = 0; i != notices; ++i) // pauses, and one that is longer
        flood += array_of({"message", channel_of(group), i == notices / 2 ? "20 0" : "10 0"});
    flood += array_of({"message", channel_of(last), "1 0"});
    auto const asked = array_of({"HELLO", "2", "SETNAME", "intheloop"}).size() +
                       array_of({"SUBSCRIBE", channel_of(group)}).size() +
                       array_of({"SUBSCRIBE", channel_of(last)}).size();
    // The subscription comes first, the commands get no answer.
    bad_peer peer({{read_bytes(4), respond(hello), read_bytes(asked - 4), respond(flood)},
                   {read_bytes(4), stall}});

    asio::io_context io;
    std::atomic<bool> is_over = false;
    auto const at_last = std::make_shared<loop::fleet::listener const>(
        [&](loop::fleet_notice const&) { is_over = true; });
    auto how = patient(loop::redis_options("redis://127.0.0.1:" + std::to_string(peer.port())));
    how.idle_timeout = 4 * patience;
    how.command_timeout = 500ms;
    auto const engine = std::make_shared<loop::redis_fleet>(chosen, how);
    auto options = options_for(service);
    options.fleet = engine;
    loop::client client(io.get_executor(), options);
    engine->listen(last, at_last);
    REQUIRE(tests::wait_until([&] { return is_over.load(); }, 4 * patience));
    auto const ran = io.poll();
    CHECK(ran >= 1);
    CHECK(ran < 100);
    CHECK(call(client, io, drafts::create_draft, drafts::create_request()));
    CHECK(client.statistics().fleet_is_away);
}

} // TEST_SUITE("redis/flood")
