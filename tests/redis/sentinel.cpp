// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <net/faults/bad_peer.hpp>
#include <redis/redis.hpp>
#include <support/count_of.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("redis/sentinel") {

using namespace fixture;
using loop::errc;

namespace {

// A master that only answers late is not taken for one that is gone: see expect_end().
std::string watch(redis_server const& master, int quorum = 1) {
    return "sentinel monitor mine 127.0.0.1 " + master.port.text() + ' ' + std::to_string(quorum) +
           "\nsentinel down-after-milliseconds mine 60000\n"
           "sentinel failover-timeout mine 1000\n";
}

// Lets a Sentinel notice soon that its master is gone.
void expect_end(redis_server const& sentinel) {
    asio::io_context io;
    asio::ip::tcp::socket to(io);
    to.connect({asio::ip::address_v4::loopback(), sentinel.port.number()});
    std::string const command = "SENTINEL SET mine down-after-milliseconds 200\r\n";
    asio::write(to, asio::buffer(command));
    timeval const limit{5, 0};
    ::setsockopt(to.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string said;
    for (char next = 0; !said.ends_with("\r\n"); said += next) // Asio would wait without a limit
        REQUIRE(::recv(to.native_handle(), &next, 1, 0) == 1);
    REQUIRE(said == "+OK\r\n");
}

std::string replica_of(redis_server const& master) {
    return "replicaof 127.0.0.1 " + master.port.text() + '\n';
}

std::string at(std::string const& port) {
    return "127.0.0.1:" + port;
}

std::string port_at_last(asio::io_context& io, redis::connection& through) {
    return run_at_last(io, through, {"CONFIG", "GET", "port"}).got.items.at(1).text;
}

// Looks once where a connection leads, which may fail.
bool leads_to(redis_server const& server, asio::io_context& io, redis::connection& through) {
    auto const got = run(io, through, {"CONFIG", "GET", "port"});
    return !got.failure && got.got.items.at(1).text == server.port.text();
}

// Sentinels agree on a failover in seconds; on a busy machine they begin anew.
void wait_long_for(std::function<bool()> const& condition) {
    auto const end = std::chrono::steady_clock::now() + 4 * patience;
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        std::this_thread::sleep_for(10ms);
    }
}

// Counts the others of this kind that a Sentinel has noted down: "sentinel" or "replica".
std::size_t known_to(redis_server const& sentinel, std::string const& kind) {
    return tests::count_of(content_of(sentinel.directory() / "redis.conf"),
                           "sentinel known-" + kind + " mine ");
}

} // namespace

TEST_CASE("Sentinel tells the master, and another one after it is gone") {
    redis_server first, second(replica_of(first));
    redis_server const sentinel("sentinel", watch(first));
    loopback_port nobody;
    asio::io_context io;
    auto how = patient(sentinel.options());
    how.hosts = {"127.0.0.1:" + nobody.text(), "127.0.0.1:" + sentinel.port.text()};
    how.sentinel_master = "mine";
    redis::connection through(io.get_executor(), how);
    auto const port = [&] { return port_at_last(io, through); };
    CHECK(port() == first.port.text());
    run_until(io, [&] {
        auto const got = run_at_last(io, through, {"INFO", "replication"}).got.text;
        return contains(got, "state=online");
    });
    wait_long_for([&] { return known_to(sentinel, "replica") == 1; });
    first.kill();
    expect_end(sentinel);
    wait_long_for([&] { return leads_to(second, io, through); });
    CHECK(!run_at_last(io, through, {"SET", "key", "value"}).failure);
}

TEST_CASE("of three Sentinels, one that stands still and one that is dead are passed over") {
    redis_server first, second(replica_of(first));
    std::vector<std::unique_ptr<redis_server>> sentinels;
    for (int i = 0; i != 3; ++i)
        sentinels.push_back(std::make_unique<redis_server>("sentinel", watch(first, 2)));
    wait_long_for([&] {
        return std::all_of(sentinels.begin(), sentinels.end(), [](auto const& each) {
            return known_to(*each, "sentinel") == 2 && known_to(*each, "replica") == 1;
        });
    });
    asio::io_context io;
    auto how = patient(first.options());
    how.connect_timeout = 500ms; // for one that stands still
    how.sentinel_master = "mine";
    for (auto const& each : sentinels)
        how.hosts.push_back(at(each->port.text()));
    redis::connection through(io.get_executor(), how);
    CHECK(port_at_last(io, through) == first.port.text());

    sentinels[0]->freeze();
    first.kill();
    expect_end(*sentinels[1]);
    expect_end(*sentinels[2]);
    wait_long_for([&] { return leads_to(second, io, through); });
    CHECK(!run_at_last(io, through, {"SET", "key", "value"}).failure);

    sentinels[0]->go_on();
    sentinels[1]->kill();
    for (int i = 0; i != 3; ++i) {
        redis::connection another(io.get_executor(), how);
        CHECK(port_at_last(io, another) == second.port.text());
        std::rotate(how.hosts.begin(), how.hosts.begin() + 1, how.hosts.end());
    }
    CHECK(port_at_last(io, through) == second.port.text());
}

TEST_CASE("the next Sentinel is asked if one can't tell a master") {
    redis_server const master, replica(replica_of(master));
    loopback_port const nobody;
    auto const tells = [](loopback_port const& port) {
        std::string const text = port.text();
        return respond("*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(text.size()) + "\r\n" + text +
                       "\r\n");
    };
    struct {
        char const* name;
        script does;
    } const cases[] = {
        {"a dead master", {read_bytes(4), tells(nobody)}},
        {"a master that is a replica by now", {read_bytes(4), tells(replica.port)}},
        {"no master of this name", {read_bytes(4), respond("*-1\r\n")}},
        {"an error", {read_bytes(4), respond("-ERR it is busy\r\n")}},
        {"no address", {read_bytes(4), respond("*2\r\n$1\r\n \r\n$1\r\nx\r\n")}},
        {"another shape", {read_bytes(4), respond(":1\r\n")}},
        {"nothing", {read_bytes(4), stall}},
        {"an end", {read_bytes(4), hang_up}},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        bad_peer bad(each.does), good({read_bytes(4), tells(master.port)});
        {
            asio::io_context io;
            auto how = patient(loop::redis_options());
            how.connect_timeout = 500ms;
            how.sentinel_master = "mine";
            how.hosts = {at(std::to_string(bad.port())), at(std::to_string(good.port()))};
            redis::connection through(io.get_executor(), how);
            CHECK(port_at_last(io, through) == master.port.text());
        }
        CHECK(bad.wait_for_end(patience));
        CHECK(bad.connections() >= 1);
    }
}

TEST_CASE("a list of hosts leads to the master, also when it is another one") {
    redis_server first, second(replica_of(first));
    loopback_port const nobody;
    asio::io_context io;
    auto how = patient(first.options());
    how.hosts = {at(nobody.text()), at(second.port.text()), at(first.port.text())};
    redis::connection through(io.get_executor(), how);
    CHECK(port_at_last(io, through) == first.port.text());
    run_until(io, [&] {
        return contains(run_at_last(io, through, {"INFO", "replication"}).got.text, "state=online");
    });
    CHECK(!run_at_last(io, through, {"FAILOVER"}).failure);
    wait_long_for([&] {
        return !run(io, through, {"SET", "key", "value"}).failure && leads_to(second, io, through);
    });
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
