// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The connections of a client: how many there are, who waits for one, how long they are kept, and
// to which addresses they go. (Which call gets which is in tests/policy/pool.cpp.)
#include <client/fixture.hpp>
#include <client/pool/posting.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("client/pool/pool") {

using namespace fixture;
using asio::ip::tcp;
using loop::errc;
using loop::request_progress;

namespace {

struct setup : posting {
    using posting::posting;

    auto post() { return call(client(), io, report::export_report, week()); }
    template <class Condition>
    void run_until(Condition reached) {
        fixture::run_until(io, reached);
    }
    loop::client_statistics now() { return client().statistics(); }
};

// Options that reach the server under a name of its certificate, at these addresses.
void reach(setup& t, std::string const& host, std::vector<std::string> addresses) {
    t.how.base_url = "https://" + host + ':' + std::to_string(t.s.api_port());
    t.how.addresses[host] = std::move(addresses);
}

int option_of(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(descriptor, level, name, &value, &size) == 0);
    return value;
}

} // namespace

TEST_CASE("no more connections are open than allowed, and the next call waits for one") {
    setup t;
    t.how.pool.max_connections = 2;
    t.begin_and_hold(2);
    t.begin();
    t.run_until([&] { return t.now().calls_waiting_for_connection == 1; });
    CHECK(t.now().calls == 3);
    CHECK(t.now().connections_open == 2);
    CHECK(t.now().connections_idle == 0);
    CHECK(t.now().connections_being_made == 0);
    CHECK(t.s.connections_accepted() == 2);
    t.s.release();
    t.run();
    CHECK(t.succeeded == 3);
    CHECK(t.s.connections_accepted() == 2);
    CHECK(t.now().connections_idle == 2);
    CHECK(t.now().calls_waiting_for_connection == 0);
}

TEST_CASE("when too many wait, the next call fails at once") {
    setup t;
    t.how.pool.max_connections = 1;
    t.how.pool.max_waiting = 2;
    t.how.retry.max_attempts = 3;
    t.begin_and_hold(1);
    t.begin();
    t.begin();
    bool refused = false;
    t.client().async_call(report::export_report, week(), [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::queue_full);
        CHECK(r.error().code() == loop::condition::overloaded);
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(r.error().earlier_attempts.empty());
        CHECK(contains(r.error().detail, "localhost"));
        refused = true;
    });
    t.run_until([&] { return refused; });
    CHECK(t.s.requests().size() == 1);
    CHECK(t.now().calls_waiting_for_connection == 2);
    t.s.release();
    t.run();
    CHECK(t.succeeded == 3);
    CHECK(t.s.requests().size() == 3);
}

TEST_CASE("a call whose time is over while it waits says for what, and why it took so long") {
    setup t;
    t.how.pool.max_connections = 1;
    loop::call_options impatient;
    impatient.deadline = 20ms;
    t.begin_and_hold(1);
    bool failed = false;
    t.client().async_call(report::export_report, week(), impatient, [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::deadline_exceeded);
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(contains(r.error().detail, "while waiting for a connection to localhost"));
        CHECK_FALSE(contains(r.error().detail, "the last one failed"));
        failed = true;
    });
    t.run_until([&] { return failed; });
    t.s.release();
    t.run();
    CHECK(t.succeeded == 1);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("where connections fail, a call whose time is over names the last reason") {
    server_options silent;
    silent.stall_handshakes = true;
    silent.clock = std::make_shared<loop::testing::virtual_clock>();
    setup t(silent);
    t.how.time = silent.clock;
    t.how.pool.max_connections = 1;
    t.how.handshake_timeout = 10s;
    int ended = 0;
    t.client().async_call(report::export_report, week(), [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::handshake_timed_out);
        ++ended;
    });
    t.run_until([&] { return t.s.connections_accepted() == 1; });
    loop::call_options impatient; // gets a connect of its own, but not the end of it
    impatient.deadline = 15s;
    t.client().async_call(report::export_report, week(), impatient, [&](auto r) {
        REQUIRE_FALSE(r);
        ++ended;
        CHECK(r.error().code() == errc::deadline_exceeded);
        CHECK(contains(r.error().detail, "the last one failed: the TLS handshake took too long"));
    });
    t.io.restart();
    silent.clock->run(t.io);
    CHECK(ended == 2);
    CHECK(t.now().connections_failed == 1);
    CHECK(t.now().connections_being_made == 0);
}

TEST_CASE("who waits for a connection is cancelled at once, and the others stay") {
    setup t;
    t.how.pool.max_connections = 1;
    t.begin_and_hold(1);
    asio::cancellation_signal signal;
    bool cancelled = false;
    t.client().async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                              REQUIRE_FALSE(r);
                              CHECK(r.error().code() == errc::cancelled);
                              CHECK(r.error().progress == request_progress::not_sent);
                              cancelled = true;
                          }));
    t.begin();
    t.run_until([&] { return t.now().calls_waiting_for_connection == 2; });
    signal.emit(asio::cancellation_type::partial);
    t.run_until([&] { return cancelled; });
    CHECK(t.now().calls_waiting_for_connection == 1);
    t.s.release();
    t.run();
    CHECK(t.succeeded == 2);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("so many connections are kept as max_idle says") {
    for (std::size_t max_idle : {0u, 1u, 2u, 16u}) {
        setup t;
        t.how.pool.max_idle = max_idle;
        t.begin_and_hold(3);
        CHECK(t.now().connections_open == 3);
        t.s.release();
        t.run();
        std::size_t const kept = std::min<std::size_t>(max_idle, 3);
        CHECK(t.now().connections_open == kept);
        CHECK(t.now().connections_idle == kept);
        CHECK(t.now().connections_opened == 3);
        CHECK(t.now().connections_closed == 3 - kept);
        t.run_until([&] { return t.s.open_connections() == kept; });
    }
}

TEST_CASE("an idle connection that is too old is closed by the next call") {
    setup t;
    SUBCASE("idle_timeout") {
        t.how.pool.idle_timeout = 1ms;
    }
    SUBCASE("max_lifetime") {
        t.how.pool.max_lifetime = 1ms;
    }
    REQUIRE(t.post()); // run() returns: nothing waits for the end of that time
    std::this_thread::sleep_for(5ms);
    REQUIRE(t.post());
    CHECK(t.s.connections_accepted() == 2);
    CHECK(t.now().connections_closed >= 1);
}

TEST_CASE("with idle_timer they are closed in time, and the context is kept at work until then") {
    setup t;
    t.how.pool.idle_timer = true;
    SUBCASE("idle_timeout") {
        t.how.pool.idle_timeout = 100ms;
    }
    SUBCASE("max_lifetime") {
        t.how.pool.max_lifetime = 100ms;
    }
    auto const start = std::chrono::steady_clock::now();
    t.begin_and_hold(2);
    t.s.release();
    t.run();
    CHECK(std::chrono::steady_clock::now() - start >= 100ms);
    CHECK(t.succeeded == 2);
    CHECK(t.now().connections_open == 0);
    CHECK(t.now().connections_closed == 2);
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("the idle timer ends with the client") {
    setup t;
    t.how.pool.idle_timer = true;
    t.how.pool.idle_timeout = 1h;
    t.begin();
    t.run_until([&] { return t.succeeded == 1; });
    t.io.poll();
    CHECK_FALSE(t.io.stopped());
    CHECK(t.now().connections_idle == 1);
    t.made.reset();
    t.run();
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("the system probes an idle peer, if that is asked for") {
    setup t;
    SUBCASE("every 42 s") {
        t.how.tcp_keep_alive = 42s;
    }
    SUBCASE("not at all") {}
    REQUIRE(t.post());
    auto const sockets = sockets_to(t.s.api_port());
    REQUIRE(sockets.size() == 1);
    bool const probes = t.how.tcp_keep_alive.has_value();
    CHECK(option_of(sockets[0], SOL_SOCKET, SO_KEEPALIVE) == (probes ? 1 : 0));
    if (probes) {
        CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPIDLE) == 42);
        CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPINTVL) == 14);
        CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPCNT) == 3);
    }
}

TEST_CASE("a short request waits for no acknowledgement of an earlier one") {
    setup t;
    REQUIRE(t.post());
    auto const sockets = sockets_to(t.s.api_port());
    REQUIRE(sockets.size() == 1);
    CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_NODELAY) == 1);
}

TEST_CASE("the next connection resumes the TLS session") {
    for (auto version :
         {loop::testing::tls_version::tls_1_2, loop::testing::tls_version::tls_1_3}) {
        server_options with;
        with.maximum_tls = version;
        setup t(with);
        t.how.pool.max_idle = 0;
        for (unsigned i = 0; i != 3; ++i) {
            REQUIRE(t.post());
            CHECK(t.now().tls_sessions_resumed == i);
        }
        CHECK(t.now().connections_opened == 3);
    }
}

TEST_CASE("of the addresses of a host the next is tried when one refuses") {
    setup t;
    reach(t, "localhost", {"::1", "127.0.0.2", "127.0.0.3", "127.0.0.1"});
    auto r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 1);
    CHECK(t.now().connections_opened == 1);
    CHECK(t.now().connections_failed == 0);
}

TEST_CASE("of the addresses of a host the next is tried when one does not answer soon") {
    setup t;
    // At the server's port, but another address: a listener that takes nobody.
    asio::io_context elsewhere;
    tcp::endpoint const silent(asio::ip::make_address("127.0.0.2"), t.s.api_port());
    tcp::acceptor full(elsewhere, tcp::v4());
    full.bind(silent);
    full.listen(0);
    std::vector<tcp::socket> fillers;
    for (int i = 0; i != 4; ++i)
        fillers.emplace_back(elsewhere).async_connect(silent, [](auto) {});
    reach(t, "localhost", {"127.0.0.2", "127.0.0.1"});
    auto r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.elapsed() >= 250ms); // the head start of the first
    CHECK(t.now().connections_opened == 1);
}

TEST_CASE("when all addresses fail, the error tells of each") {
    setup t;
    reach(t, "localhost", {"127.0.0.2", "::1", "127.0.0.3"});
    auto r = t.post();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connect_failed);
    CHECK(r.error().progress == request_progress::not_sent);
    for (char const* each : {"localhost", "127.0.0.2: ", "::1: ", "127.0.0.3: "})
        CHECK_MESSAGE(contains(r.error().detail, each), r.error());
    CHECK(t.now().connections_failed == 1);
}

TEST_CASE("a name that only we know: the certificate has to be for it") {
    server_options with;
    with.extra_names = {"*.example.test"};
    setup t(with);
    reach(t, "loop.example.test", {"127.0.0.1"});
    auto r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(t.s.requests()[0].tls_server_name == "loop.example.test");
    CHECK(contains(t.s.requests()[0].header("Host").value_or(""), "loop.example.test:"));
    for (char const* other : {"example.test", "a.loop.example.test", "example.org"}) {
        CAPTURE(other);
        setup wrong(with);
        reach(wrong, other, {"127.0.0.1"});
        auto refused = wrong.post();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == errc::certificate_refused);
        CHECK(wrong.s.requests().empty());
    }
}

TEST_CASE("the counters tell what was done") {
    setup t;
    t.how.retry.max_attempts = 3;
    t.how.retry.base = 1ms;
    REQUIRE(t.post());
    t.s.respond_next(response_override(503, "{}"));
    auto r = call(t.client(), t.io, report::get_report, report::get_request(t.s.add_export()));
    REQUIRE(r);
    auto const now = t.now();
    CHECK(now.calls == 0);
    CHECK(now.calls_started == 2);
    CHECK(now.requests_sent == 3);
    CHECK(now.retries == 1);
    CHECK(now.connections_opened == 1);
    CHECK(now.connections_open == 1);
    CHECK(now.connections_idle == 1);
    CHECK(now.connections_closed == 0);
    CHECK(now.connections_failed == 0);
    CHECK(now.requests_in_flight == 0);
    CHECK(now.retry_budget_left == t.how.retry.budget); // what it took came back
}

} // TEST_SUITE("client/pool/pool")
