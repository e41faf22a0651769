// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How a client finds out that the server has closed a connection while it was idle: with one system
// call for the connections that became idle together, and never later than it says.
#include <client/fixture.hpp>
#include <client/pool/posting.hpp>

#include <dlfcn.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

// Of the client's thread: the server runs on another.
thread_local int looks = 0;

} // namespace

extern "C" int poll(pollfd* which, nfds_t count, int wait) {
    using function = int (*)(pollfd*, nfds_t, int);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "poll"));
    ++looks;
    return real(which, count, wait);
}

TEST_SUITE("client/pool/looks") {

using namespace fixture;
using loop::errc;
using loop::testing::virtual_clock;

namespace {

std::string const good_answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 10\r\n\r\n{\"id\":\"x\"}";

struct setup : posting {
    setup() {
        how.time = clock;
        how.pool.max_connections = how.pool.max_idle = 100;
    }

    std::shared_ptr<virtual_clock> clock = std::make_shared<virtual_clock>();

    void end() {
        s.release();
        run();
    }
    // Leaves so many idle connections, each of which was used twice.
    void connect(int connections) {
        for (int i = 0; i != 2; ++i) {
            begin_and_hold(connections);
            end();
        }
        REQUIRE(client().statistics().connections_idle == static_cast<std::size_t>(connections));
        looks = succeeded = 0;
    }
    // The ends of the client's connections, in the order in which they were made.
    std::vector<int> sockets() const { return sockets_to(s.api_port()); }
};

// To the client it looks as if the server had closed it.
void end_stream(int descriptor) {
    REQUIRE(::shutdown(descriptor, SHUT_RD) == 0);
}

} // namespace

TEST_CASE("connections that became idle together are looked at together") {
    setup t;
    t.connect(8);
    t.begin_and_hold(8);
    CHECK(looks == 1);
    t.end();
    CHECK(t.succeeded == 8);
    CHECK(t.s.connections_accepted() == 8);
}

TEST_CASE("more of them than one look takes are looked at in as few looks") {
    setup t;
    t.connect(70);
    t.begin_and_hold(70);
    CHECK(looks == 3);
    t.end();
    CHECK(t.succeeded == 70);
    CHECK(t.s.connections_accepted() == 70);
}

TEST_CASE("calls in turn cost a look each, however many connections rest beside them") {
    setup t;
    t.connect(8);
    for (int i = 0; i != 20; ++i) {
        t.begin_and_hold(1);
        t.end();
    }
    CHECK(looks == 20);
    CHECK(t.s.connections_accepted() == 8);
}

TEST_CASE("a connection that was not reused yet is looked at by itself") {
    setup t;
    t.begin_and_hold(8);
    t.end();
    looks = 0;
    t.begin_and_hold(8);
    CHECK(looks == 8);
    t.end();
}

TEST_CASE("those that ended meanwhile are found by the common look, and the others are used") {
    for (std::size_t const first : {0U, 3U, 5U}) {
        CAPTURE(first);
        setup t;
        t.connect(8);
        for (std::size_t i = first; i != first + 3; ++i)
            end_stream(t.sockets()[i]);
        t.begin_and_hold(8);
        t.end();
        CHECK(t.succeeded == 8);
        CHECK(t.s.connections_accepted() == 11);
    }
}

TEST_CASE("a look holds for a millisecond, and no longer") {
    setup t;
    t.connect(8);
    t.begin_and_hold(4);
    CHECK(looks == 1);
    t.clock->advance(1ms - 1ns);
    t.begin_and_hold(1);
    CHECK(looks == 1);
    t.clock->advance(1ns);
    t.begin_and_hold(3);
    CHECK(looks == 2);
    t.end();
    CHECK(t.succeeded == 8);
    CHECK(t.s.connections_accepted() == 8);
}

TEST_CASE("what ended after a common look is found once that does not hold any more") {
    setup t;
    t.connect(2);
    t.begin_and_hold(1);
    t.end();
    t.clock->advance(1ms);
    for (int const each : t.sockets())
        end_stream(each);
    t.begin_and_hold(2);
    t.end();
    CHECK(t.succeeded == 3);
    CHECK(t.s.connections_accepted() == 4);
}

// The server answers, and closes after some of its answers without having said so.
TEST_CASE("whenever a connection ends, no POST is sent twice") {
    constexpr int callers = 8, calls = 2000;
    server s;
    asio::io_context io;
    loop::options how = options_for(s);
    how.retry.max_attempts = 4;
    loop::client client(io.get_executor(), how);
    int begun = 0, succeeded = 0, lost = 0;
    std::function<void()> next = [&] {
        if (begun == calls)
            return;
        if (++begun % 5 == 0)
            s.respond_next(response_override::bytes(good_answer));
        report::export_request one = week();
        one.tag_ids = std::vector<std::string>{"tag_" + std::to_string(begun)};
        client.async_call(report::export_report, one, [&](auto r) {
            if (r) {
                ++succeeded;
            } else {
                CHECK(r.error().code() == errc::connection_lost);
                CHECK(r.error().progress == loop::request_progress::sent);
                ++lost;
            }
            next();
        });
    };
    for (int i = 0; i != callers; ++i)
        next();
    io.run();
    CHECK(succeeded + lost == calls);
    std::set<std::string> different;
    for (auto const& each : s.requests())
        CHECK(different.insert(each.body).second);
    CHECK(different.size() >= static_cast<std::size_t>(succeeded));
}

} // TEST_SUITE("client/pool/looks")
