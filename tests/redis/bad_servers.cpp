// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/fleet/redis.hpp>
#include <net/faults/bad_peer.hpp>
#include <redis/redis.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <optional>
#include <string>

TEST_SUITE("redis/bad_servers") {

using namespace fixture;
using loop::errc;

namespace {

// An answer to HELLO 2.
std::string hello(std::string const& version = "7.0.15", std::string const& role = "master") {
    std::string const words[] = {"server", "redis", "version", version, "role", role};
    std::string text = "*6\r\n";
    for (std::string const& each : words)
        text += '$' + std::to_string(each.size()) + "\r\n" + each + "\r\n";
    return text;
}

loop::redis_options options_for(bad_peer const& peer) {
    auto how = patient(loop::redis_options("redis://127.0.0.1:" + std::to_string(peer.port())));
    how.password = "hidden_password";
    return how;
}

} // namespace

TEST_CASE("a server that is no good is told in clear words") {
    // As Redis 5 does: it repeats the arguments.
    std::string const unknown = "-ERR unknown command `HELLO`, with args beginning with: `2`, "
                                "`AUTH`, `default`, `hidden_password`, \r\n";
    struct {
        char const* name;
        script does;
        errc code;
        char const* problem;
    } const cases[] = {
        {"Redis 5",
         {read_bytes(4), respond(unknown)},
         errc::invalid_option,
         "it does not know HELLO, so it is too old: 6.0 or later is needed"},
        {"a version that is too old",
         {read_bytes(4), respond(hello("5.9.1"))},
         errc::invalid_option,
         "its version is too old: 6.0 or later is needed"},
        {"no version",
         {read_bytes(4), respond(hello("seven"))},
         errc::unexpected_content,
         "its answer to HELLO has another shape than Redis' one"},
        {"no role",
         {read_bytes(4), respond(hello("7.0.1", ""))},
         errc::unexpected_content,
         "its answer to HELLO has another shape than Redis' one"},
        {"an array of nothing",
         {read_bytes(4), respond("*0\r\n")},
         errc::unexpected_content,
         "its answer to HELLO has another shape than Redis' one"},
        {"a number",
         {read_bytes(4), respond(":1\r\n")},
         errc::unexpected_content,
         "its answer to HELLO has another shape than Redis' one"},
        {"a replica",
         {read_bytes(4), respond(hello("7.0.1", "slave"))},
         errc::connect_failed,
         "it is no master"},
        {"a server that loads its data",
         {read_bytes(4), respond("-LOADING Redis is loading the dataset in memory\r\n")},
         errc::connect_failed,
         "it answered LOADING to HELLO"},
        {"HTTP",
         {read_bytes(4), respond("HTTP/1.1 400 Bad Request\r\n\r\n")},
         errc::unexpected_content,
         "it does not speak the protocol of Redis, or its answer is too large"},
        {"an end", {read_bytes(4), hang_up}, errc::connection_lost, "it closed the connection"},
        {"an end in the middle",
         {read_bytes(4), respond("*6\r\n$6\r\nser"), hang_up},
         errc::connection_lost,
         "it closed the connection"},
        {"an answer too many",
         {read_bytes(4), respond(hello() + ":1\r\n:2\r\n:3\r\n")},
         errc::unexpected_content,
         "it answered without being asked"},
        {"a flood",
         {read_bytes(4), respond(hello() + "*100000000\r\n"), flood(":1\r\n")},
         errc::unexpected_content,
         "it does not speak the protocol of Redis, or its answer is too large"},
        {"a text without end",
         {read_bytes(4), respond(hello() + "$2000000000\r\n"), flood("xxxxxxxxxxxxxxxx")},
         errc::unexpected_content,
         "it does not speak the protocol of Redis, or its answer is too large"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        bad_peer peer(each.does);
        asio::io_context io;
        redis::connection through(io.get_executor(), options_for(peer));
        auto outcome = run(io, through, {"GET", "key"});
        if (!outcome.failure) // it had answered in advance
            outcome = run(io, through, {"GET", "key"});
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->code() == each.code);
        CHECK(outcome.failure->detail ==
              "redis://127.0.0.1:" + std::to_string(peer.port()) + ": " + each.problem);
        CHECK(!contains(printed(*outcome.failure), "hidden"));
    }
}

TEST_CASE("a command that takes longer than a connection may be unused costs a few turns") {
    bad_peer peer(script{read_bytes(4), respond(hello()), stall});
    auto how = options_for(peer);
    how.idle_timeout = 10ms;
    how.command_timeout = 500ms;
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    std::optional<redis_outcome> out;
    through.async_command({"GET", "key"}, into(out));
    int turns = 0;
    while (!out && turns != 1000 && io.run_one() != 0)
        ++turns;
    REQUIRE(out);
    REQUIRE(out->failure);
    CHECK(out->failure->code() == errc::deadline_exceeded);
    CHECK(turns < 100);
}

TEST_CASE("a server that says nothing, or goes on for ever, costs bounded time") {
    struct {
        char const* name;
        script does;
    } const cases[] = {
        {"no answer to the login", {stall}},
        {"no answer to a command", {read_bytes(4), respond(hello()), stall}},
        {"half an answer", {read_bytes(4), respond(hello() + "$10\r\nabc"), stall}},
        {"an answer in drops", {read_bytes(4), respond(hello()), drip("$1000\r\nabcdefgh", 50ms)}},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        bad_peer peer(each.does);
        asio::io_context io;
        auto how = options_for(peer);
        how.command_timeout = 50ms;
        how.connect_timeout = 100ms;
        redis::connection through(io.get_executor(), how);
        bool is_given_up = false;
        run_until(io, [&] {
            auto const outcome = run(io, through, {"GET", "key"});
            REQUIRE(outcome.failure);
            is_given_up = outcome.failure->code() == errc::stalled ||
                          outcome.failure->code() == errc::connect_timed_out;
            CHECK((is_given_up || outcome.failure->code() == errc::deadline_exceeded));
            return is_given_up;
        });
    }
}

TEST_CASE("what a peer that does not answer has not taken does not reach it later") {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    asio::ip::tcp::socket peer(io);
    std::string const greeting = hello();
    std::string taken;
    std::optional<boost::system::error_code> end;
    acceptor.async_accept(peer, [&](boost::system::error_code ec) {
        REQUIRE(!ec);
        asio::async_write(peer, asio::buffer(greeting),
                          [](boost::system::error_code, std::size_t) {});
        asio::async_read(peer, asio::dynamic_buffer(taken), asio::transfer_all(),
                         [&](boost::system::error_code why, std::size_t) { end = why; });
    });
    auto how = patient(loop::redis_options("redis://127.0.0.1:" +
                                           std::to_string(acceptor.local_endpoint().port())));
    how.command_timeout = 50ms;
    how.connect_timeout = 1s; // enough to connect under load
    redis::connection through(io.get_executor(), how);
    run_until(io, [&] {
        CHECK(run(io, through, {"GET", "key"}).failure);
        return end.has_value();
    });
    CHECK(*end == asio::error::connection_reset);
}

TEST_CASE("a subscription with another answer is tried again") {
    auto const confirm = std::string("*3\r\n$9\r\nsubscribe\r\n$3\r\none\r\n:1\r\n");
    auto const message = std::string("*3\r\n$7\r\nmessage\r\n$3\r\none\r\n$2\r\nhi\r\n");
    bad_peer peer({{read_bytes(4), respond(hello() + confirm + ":1\r\n")},
                   {read_bytes(4), respond(hello() + "-NOPERM no permissions\r\n")},
                   {read_bytes(4), respond(hello() + confirm + message)}});
    asio::io_context io;
    std::vector<std::string> messages;
    redis::connection through(io.get_executor(), options_for(peer),
                              [&](std::string const& channel, std::string const& text) {
                                  messages.push_back(channel + ' ' + text);
                              });
    through.subscribe("one", [] { return std::vector<std::string>(); });
    run_until(io, [&] { return !messages.empty(); });
    CHECK(messages.front() == "one hi");
    CHECK(peer.connections() == 3);
}

TEST_CASE("a master that is one no more is left") {
    for (auto const* answer :
         {"-READONLY You can't write against a read only replica.\r\n",
          // As Redis 6 says it within a script.
          "-ERR Error running script (call to f_0123): @user_script:5: @user_script: 5: "
          "-READONLY You can't write against a read only replica. \r\n"}) {
        CAPTURE(std::string(answer));
        std::string login;
        redis::append_command(
            login, {"HELLO", "2", "AUTH", "default", "hidden_password", "SETNAME", "intheloop"});
        step const greeted = read_bytes(login.size());
        bad_peer peer({{greeted, respond(hello()), read_bytes(4), respond(answer)},
                       {greeted, respond(hello()), read_bytes(4), respond("+OK\r\n")}});
        asio::io_context io;
        redis::connection through(io.get_executor(), options_for(peer));
        CHECK(run(io, through, {"SET", "key", "value"}).failure);
        run_at_last(io, through, {"SET", "key", "value"});
        CHECK(peer.connections() == 2);
    }
}

TEST_CASE("an answer to a note of a start that has another shape is an error") {
    for (auto const* answer : {"+OK\r\n", ":1\r\n", "*0\r\n", "$-1\r\n", "$2\r\n11\r\n"}) {
        CAPTURE(answer);
        bad_peer peer({read_bytes(4), respond(hello()), read_bytes(4), respond(answer)});
        asio::io_context io;
        loop::redis_fleet fleet(io.get_executor(), keyed_options(), options_for(peer));
        std::optional<std::optional<loop::error>> got;
        fleet.async_note_start(loop::fleet_start_note(),
                               [&](std::optional<loop::error> failure, bool) { got = failure; });
        run_until(io, [&] { return got.has_value(); });
        REQUIRE(*got);
        CHECK((*got)->code() == errc::unexpected_content);
        CHECK(contains((*got)->detail, "note_start"));
    }
}

} // TEST_SUITE("redis/bad_servers")
