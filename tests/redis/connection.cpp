// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <redis/redis.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>

TEST_SUITE("redis/connection") {

using namespace fixture;
using loop::errc;
using kind = redis::reply::kind;

namespace {

// A Redis that speaks TLS only. The last argument says if it asks for a client's certificate.
class tls_redis : private scratch_directory, public redis_server {
public:
    tls_redis(loop::testing::certificate_authority& authority, char const* asks)
        : redis_server(settings(authority, asks), "tls-port") {}

private:
    std::string settings(loop::testing::certificate_authority& authority, char const* asks) const {
        auto const own = authority.issue(loop::testing::certificate_request({"localhost"}));
        std::string lines = "tls-auth-clients " + std::string(asks) + '\n';
        auto const add = [&](std::string const& option, std::string const& pem) {
            auto const file = scratch_directory::path / option;
            write_file(file, pem);
            lines += option + ' ' + file.string() + '\n';
        };
        add("tls-cert-file", own.certificate_pem);
        add("tls-key-file", own.private_key_pem);
        add("tls-ca-cert-file", authority.certificate_pem());
        return lines;
    }
};

} // namespace

TEST_CASE("commands are answered in their order, without waiting for each other") {
    redis_server server;
    asio::io_context io;
    redis::connection through(io.get_executor(), patient(server.options()));
    std::vector<std::int64_t> answers;
    for (int i = 0; i != 500; ++i)
        through.async_command({"INCR", "counter"},
                              [&](std::optional<loop::error> failure, redis::reply&& got) {
                                  REQUIRE(!failure);
                                  answers.push_back(got.number);
                              });
    run_until(io, [&] { return answers.size() == 500; });
    for (std::size_t i = 0; i != answers.size(); ++i)
        CHECK(answers[i] == static_cast<std::int64_t>(i + 1));
    std::string const octets("a\0\r\n\xff", 5);
    CHECK(run(io, through, {"SET", "key", octets}).got.is(kind::status));
    CHECK(run(io, through, {"GET", "key"}).got.text == octets);
    auto const refused = run(io, through, {"INCR", "key"});
    REQUIRE(refused.failure);
    CHECK(refused.failure->code() == errc::server_error);
    CHECK(refused.failure->service_code == "ERR");
    CHECK(contains(refused.failure->service_message, "not an integer"));
}

TEST_CASE("the queue has a limit") {
    redis_server server;
    asio::io_context io;
    auto how = patient(server.options());
    how.max_waiting = 3;
    redis::connection through(io.get_executor(), how);
    std::vector<std::optional<redis_outcome>> outcomes(5);
    for (auto& each : outcomes)
        through.async_command({"PING"}, into(each));
    run_until(io, [&] { return outcomes[2].has_value(); });
    for (std::size_t i = 0; i != outcomes.size(); ++i) {
        REQUIRE(outcomes[i]);
        CHECK(outcomes[i]->failure.has_value() == (i >= 3));
    }
    CHECK(outcomes[4]->failure->code() == errc::queue_full);
}

TEST_CASE("a wrong login is told, and no password") {
    redis_server server("requirepass right_password\n"
                        "user reader on >reader_password ~* +@all -select\n"
                        "user nobody off >nobody_password\n");
    struct {
        char const* user;
        char const* password;
        unsigned database;
        char const* problem;
    } const cases[] = {
        {"", "right_password", 0, ""},
        {"reader", "reader_password", 0, ""},
        {"default", "right_password", 3, ""},
        {"", "", 0, "it asks for a password"},
        {"", "wrong_password", 0, "it refuses the user or the password"},
        {"reader", "right_password", 0, "it refuses the user or the password"},
        {"unknown", "right_password", 0, "it refuses the user or the password"},
        {"nobody", "nobody_password", 0, "it refuses the user or the password"},
        {"reader", "reader_password", 3, "the user may not run SELECT (NOPERM)"},
        {"", "right_password", 999, "it has no such database"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.user);
        CAPTURE(each.problem);
        asio::io_context io;
        auto how = patient(server.options());
        how.user = each.user;
        how.password = each.password;
        how.database = each.database;
        redis::connection through(io.get_executor(), how);
        auto const outcome = run(io, through, {"PING"});
        REQUIRE(outcome.failure.has_value() == (*each.problem != '\0'));
        if (!outcome.failure)
            continue;
        CHECK(outcome.failure->code() == errc::invalid_option);
        CHECK(outcome.failure->detail ==
              "redis://127.0.0.1:" + server.port.text() + ": " + each.problem);
        CHECK(!contains(printed(*outcome.failure), "_password"));
    }
}

TEST_CASE("the database and the user of the URL are used") {
    redis_server server("user me on >my%2fown ~* +@all\n");
    asio::io_context io;
    auto const url = "redis://me:my%252fown@localhost:" + server.port.text() + "/5";
    redis::connection through(io.get_executor(), patient(loop::redis_options(url)));
    CHECK(run(io, through, {"ACL", "WHOAMI"}).got.text == "me");
    CHECK(contains(run(io, through, {"CLIENT", "INFO"}).got.text, " db=5 "));
    CHECK(contains(run(io, through, {"CLIENT", "INFO"}).got.text, " name=intheloop "));
}

TEST_CASE("TLS is verified") {
    loop::testing::certificate_authority authority, other;
    tls_redis const server(authority, "no");
    struct {
        char const* host;
        std::string ca;
        errc code;
    } const cases[] = {
        {"localhost", authority.certificate_pem(), errc()},
        {"127.0.0.1", authority.certificate_pem(), errc::certificate_refused},
        {"localhost", other.certificate_pem(), errc::certificate_refused},
        {"localhost", "", errc::certificate_refused},
    };
    for (auto const& each : cases) {
        CAPTURE(each.host);
        asio::io_context io;
        auto how = patient(
            loop::redis_options(std::string("rediss://") + each.host + ':' + server.port.text()));
        how.tls.ca_pem = each.ca;
        redis::connection through(io.get_executor(), how);
        auto const outcome = run(io, through, {"ECHO", std::string(100'000, 'x')});
        CHECK(outcome.failure.has_value() == (each.code != errc()));
        if (outcome.failure)
            CHECK(outcome.failure->code() == each.code);
        else
            CHECK(outcome.got.text == std::string(100'000, 'x'));
    }
    asio::io_context io;
    redis::connection through(io.get_executor(), patient(server.options())); // without TLS
    auto const outcome = run(io, through, {"PING"});
    REQUIRE(outcome.failure);
    CHECK((outcome.failure->code() == errc::unexpected_content ||
           outcome.failure->code() == errc::connection_lost));
}

TEST_CASE("a server that asks for a certificate gets the client's") {
    loop::testing::certificate_authority authority;
    loop::testing::certificate_request wanted({"client"});
    wanted.client_auth = true;
    auto const client = authority.issue(wanted);
    tls_redis const server(authority, "yes");
    auto how = patient(loop::redis_options("rediss://localhost:" + server.port.text()));
    how.tls.ca_pem = authority.certificate_pem();
    {
        asio::io_context io;
        redis::connection through(io.get_executor(), how);
        auto const outcome = run(io, through, {"PING"});
        REQUIRE(outcome.failure);
        // With TLS 1.3 the server's refusal may come behind the handshake, or as the bare end.
        CHECK((outcome.failure->code() == loop::condition::tls ||
               outcome.failure->code() == errc::connection_lost));
    }
    how.tls.certificate_pem = client.certificate_pem;
    how.tls.private_key_pem = client.private_key_pem;
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    CHECK(run_at_last(io, through, {"PING"}).got.text == "PONG");
}

TEST_CASE("TLS with a server that has none fails") {
    redis_server server; // takes the beginning of TLS for that of a command
    asio::io_context io;
    auto how = patient(loop::redis_options("rediss://localhost:" + server.port.text()));
    how.connect_timeout = 100ms;
    redis::connection through(io.get_executor(), how);
    auto const outcome = run(io, through, {"PING"});
    REQUIRE(outcome.failure);
    CHECK((outcome.failure->code() == loop::condition::timeout ||
           outcome.failure->code() == loop::condition::tls ||
           outcome.failure->code() == errc::connection_lost));
}

TEST_CASE("a server that stands still costs bounded time, and is used again later") {
    redis_server server;
    asio::io_context io;
    auto how = server.options();
    how.command_timeout = 50ms;
    how.connect_timeout = 100ms;
    how.first_pause = 10ms;
    how.longest_pause = 50ms;
    redis::connection through(io.get_executor(), how);
    run_at_last(io, through, {"PING"});
    server.freeze();
    auto const first = run(io, through, {"PING"});
    REQUIRE(first.failure);
    CHECK(first.failure->code() == errc::deadline_exceeded);
    // Until the connection is given up, and opening a new one takes too long.
    bool is_stalled = false, has_no_answer = false;
    run_until(io, [&] {
        auto const again = run(io, through, {"PING"});
        REQUIRE(again.failure);
        is_stalled |= again.failure->code() == errc::stalled;
        has_no_answer |= again.failure->code() == errc::connect_timed_out;
        return is_stalled && has_no_answer;
    });
    server.go_on();
    CHECK(run_at_last(io, through, {"PING"}).got.text == "PONG");
}

TEST_CASE("a restarted server is found again, and gets its scripts") {
    redis_server server;
    asio::io_context io;
    redis::connection through(io.get_executor(), patient(server.options()));
    redis::script const which("return {KEYS[1], ARGV[1], ARGV[2]}");
    auto const run_script = [&] {
        std::optional<redis_outcome> out;
        through.async_script(which, {"k"}, {"a", "b"}, into(out));
        run_until(io, [&] { return out.has_value(); });
        return std::move(*out);
    };
    auto const first = run_script(); // not known yet
    REQUIRE(!first.failure);
    CHECK(first.got.items.size() == 3);
    CHECK(first.got.items[2].text == "b");
    CHECK(run(io, through, {"SCRIPT", "EXISTS", which.sha1}).got.items[0].number == 1);
    server.kill();
    auto const lost = run(io, through, {"PING"});
    REQUIRE(lost.failure);
    CHECK(lost.failure->code() == loop::condition::network);
    auto const refused = run(io, through, {"PING"}); // at once
    REQUIRE(refused.failure);
    CHECK(contains(refused.failure->detail, "redis://127.0.0.1:" + server.port.text()));
    server.start();
    run_at_last(io, through, {"PING"});
    CHECK(run(io, through, {"SCRIPT", "EXISTS", which.sha1}).got.items[0].number == 0);
    CHECK(!run_script().failure);
    CHECK(run(io, through, {"SCRIPT", "EXISTS", which.sha1}).got.items[0].number == 1);
}

TEST_CASE("the second host is used if the first is none, or is a replica") {
    redis_server first, second("replicaof 127.0.0.1 " + first.port.text() + '\n');
    loopback_port nobody;
    asio::io_context io;
    auto how = patient(first.options());
    how.hosts = {"127.0.0.1:" + nobody.text(), "127.0.0.1:" + second.port.text(),
                 "127.0.0.1:" + first.port.text()};
    redis::connection through(io.get_executor(), how);
    CHECK(run(io, through, {"CONFIG", "GET", "port"}).got.items.at(1).text == first.port.text());
    // The master becomes a replica: the next write says so, and the other is found.
    run_at_last(io, through, {"PING"});
    redis::connection to_second(io.get_executor(), [&] {
        auto other = patient(second.options());
        other.hosts = {};
        return other;
    }());
    auto const replica = run(io, to_second, {"PING"});
    REQUIRE(replica.failure);
    CHECK(replica.failure->detail ==
          "redis://127.0.0.1:" + second.port.text() + ": it is no master");
    run(io, through, {"REPLICAOF", "127.0.0.1", second.port.text()});
    auto const refused = run(io, through, {"SET", "key", "value"});
    REQUIRE(refused.failure);
    CHECK(refused.failure->service_code == "READONLY");
}

TEST_CASE("a host that can't be used does not hide one that may be back") {
    redis_server server("requirepass right_password\n");
    loopback_port nobody;
    std::vector<std::string> hosts{"127.0.0.1:" + nobody.text(), "127.0.0.1:" + server.port.text()};
    for (int turn = 0; turn != 2; ++turn) {
        asio::io_context io;
        auto how = patient(server.options());
        how.hosts = hosts;
        how.password = "wrong_password";
        redis::connection through(io.get_executor(), how);
        auto const outcome = run(io, through, {"PING"});
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->code() == errc::connect_failed);
        std::swap(hosts[0], hosts[1]);
    }
}

TEST_CASE("messages come, also after a restart") {
    redis_server server;
    asio::io_context io;
    std::vector<std::string> messages;
    redis::connection through(io.get_executor(), patient(server.options()),
                              [&](std::string const& channel, std::string const& message) {
                                  messages.push_back(channel + ' ' + message);
                              });
    auto const nothing_before = [] { return std::vector<std::string>(); };
    through.subscribe("one", nothing_before);
    through.subscribe("two", nothing_before);
    auto const subscribers_are = [&](std::string const& channel, int wanted) {
        run_until(io, [&] {
            auto const counted = run_at_last(io, through, {"PUBSUB", "NUMSUB", channel});
            return counted.got.items.at(1).number == wanted;
        });
    };
    auto const publish = [&](std::string const& channel, std::string const& message) {
        CHECK(run(io, through, {"PUBLISH", channel, message}).got.number == 1);
        run_until(io, [&] { return !messages.empty(); });
        return std::exchange(messages, {}).front();
    };
    for (int round = 0; round != 2; ++round) {
        subscribers_are("one", 1);
        subscribers_are("two", 1);
        CHECK(publish("one", "message") == "one message");
        CHECK(publish("two", "") == "two ");
        server.kill();
        server.start();
    }
    subscribers_are("two", 1);
    through.subscribe("three", [] { return std::vector<std::string>{"two"}; });
    subscribers_are("two", 0);
    subscribers_are("three", 1);
    CHECK(publish("three", "still") == "three still");
}

TEST_CASE("an unused connection lets its context end, and is opened again") {
    redis_server server;
    asio::io_context io;
    auto how = patient(server.options());
    how.idle_timeout = 50ms;
    int heard = 0;
    redis::connection through(io.get_executor(), how,
                              [&](std::string const&, std::string const&) { ++heard; });
    through.subscribe("one", [] { return std::vector<std::string>(); });
    for (int round = 0; round != 3; ++round) {
        run_at_last(io, through, {"PING"});
        io.restart();
        io.run();
    }
    run_until(io, [&] {
        return run_at_last(io, through, {"PUBLISH", "one", ""}).got.number == 1 && heard != 0;
    });
}

TEST_CASE("a subscription alone lets its context end, too") {
    redis_server server;
    SUBCASE("with Redis there") {}
    SUBCASE("with Redis away") {
        server.kill();
    }
    asio::io_context io;
    auto how = patient(server.options());
    how.idle_timeout = 50ms;
    redis::connection through(io.get_executor(), how);
    through.subscribe("one", [] { return std::vector<std::string>(); });
    io.run_for(30s);
    CHECK(io.stopped());
}

TEST_CASE("the end of a connection ends its commands, and the context's work") {
    redis_server server;
    asio::io_context io;
    SUBCASE("while it works") {
        std::optional<redis_outcome> out;
        auto through =
            std::make_unique<redis::connection>(io.get_executor(), patient(server.options()));
        run(io, *through, {"PING"});
        through->subscribe("one", [] { return std::vector<std::string>(); });
        through->async_command({"BLPOP", "nothing", "0"}, into(out));
        run_until_quiet(io);
        CHECK(!out);
        through.reset();
        io.restart();
        io.run();
        REQUIRE(out);
        REQUIRE(out->failure);
        CHECK(out->failure->code() == errc::client_closed);
    }
    SUBCASE("before anything ran") {
        std::optional<redis_outcome> out;
        {
            redis::connection through(io.get_executor(), patient(server.options()));
            through.async_command({"PING"}, into(out));
        }
        io.run();
        REQUIRE(out);
        REQUIRE(out->failure);
        CHECK(out->failure->code() == errc::client_closed);
    }
    SUBCASE("while the context is never run again") {
        std::optional<redis_outcome> out;
        redis::connection through(io.get_executor(), patient(server.options()));
        run(io, through, {"PING"});
        through.async_command({"BLPOP", "nothing", "0"}, into(out));
        run_until_quiet(io);
    }
}

} // TEST_SUITE("redis/connection")
