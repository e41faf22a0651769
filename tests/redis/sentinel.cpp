// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <redis/redis.hpp>

TEST_SUITE("redis/sentinel") {

using namespace fixture;
using loop::errc;

namespace {

std::string watch(redis_server const& master) {
    return "sentinel monitor mine 127.0.0.1 " + master.port.text() +
           " 1\nsentinel down-after-milliseconds mine 200\n"
           "sentinel failover-timeout mine 1000\n";
}

} // namespace

TEST_CASE("Sentinel tells the master, and another one after it is gone") {
    redis_server first, second("replicaof 127.0.0.1 " + first.port.text() + '\n');
    redis_server const sentinel("sentinel", watch(first));
    loopback_port nobody;
    asio::io_context io;
    auto how = patient(sentinel.options());
    how.hosts = {"127.0.0.1:" + nobody.text(), "127.0.0.1:" + sentinel.port.text()};
    how.sentinel_master = "mine";
    redis::connection through(io.get_executor(), how);
    auto const port = [&] {
        return run_at_last(io, through, {"CONFIG", "GET", "port"}).got.items.at(1).text;
    };
    CHECK(port() == first.port.text());
    run_until(io, [&] {
        auto const got = run_at_last(io, through, {"INFO", "replication"}).got.text;
        return contains(got, "state=online");
    });
    first.kill();
    run_until(io, [&] { return port() == second.port.text(); });
    CHECK(!run_at_last(io, through, {"SET", "key", "value"}).failure);
}

TEST_CASE("a Sentinel that knows no such master, or wants another password, is told") {
    redis_server const master;
    redis_server const sentinel("sentinel", watch(master) + "requirepass of_the_sentinel\n");
    asio::io_context io;
    auto how = patient(sentinel.options());
    struct {
        char const* name;
        char const* password;
        char const* problem;
    } const cases[] = {
        {"mine", "of_the_sentinel", nullptr},
        {"other", "of_the_sentinel",
         "this Sentinel knows no master of the name redis_options::sentinel_master"},
        {"mine", "wrong_password", "it refuses the user or the password"},
        {"mine", "", "it asks for a password"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        how.sentinel_master = each.name;
        how.sentinel_password = each.password;
        redis::connection through(io.get_executor(), how);
        auto const outcome = run(io, through, {"PING"});
        REQUIRE(outcome.failure.has_value() == (each.problem != nullptr));
        if (outcome.failure) {
            CHECK(outcome.failure->code() == errc::invalid_option);
            CHECK(outcome.failure->detail ==
                  "redis://127.0.0.1:" + sentinel.port.text() + ": " + each.problem);
        }
    }
}

} // TEST_SUITE("redis/sentinel")
