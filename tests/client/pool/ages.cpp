// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How long an idle connection may be used: what the server says of it, and a machine that was
// suspended meanwhile.
#include <client/fixture.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("client/pool/ages") {

using namespace fixture;
using loop::testing::virtual_clock;

namespace {

struct setup {
    explicit setup(server_options with = {})
        : s([&] {
              with.clock = clock;
              return with;
          }()) {
        how.time = clock;
    }

    std::shared_ptr<virtual_clock> clock = std::make_shared<virtual_clock>();
    server s;
    loop::options how = options_for(s);
    asio::io_context io;
    std::optional<loop::client> made;

    loop::client& client() { return made ? *made : made.emplace(io.get_executor(), how); }
    // A POST, which is not sent again when its connection turns out to be dead.
    void post() {
        int completed = 0;
        client().async_call(report::export_report, week(), [&](auto r) {
            CHECK_MESSAGE(r, r.error());
            CHECK(r.attempts() == 1);
            ++completed;
        });
        io.restart();
        clock->run(io);
        REQUIRE(completed == 1);
    }
    void post_answered_with(std::string keep_alive) {
        response_override answer(200, R"({"id":"x"})");
        if (!keep_alive.empty())
            answer.header("Keep-Alive", std::move(keep_alive));
        s.respond_next(answer);
        post();
    }
};

} // namespace

TEST_CASE("an idle connection is used for as long as the server says, less a margin") {
    struct row {
        char const* said;
        std::chrono::milliseconds idle;
        std::size_t connections;
    };
    for (row const& each : {
             row{"timeout=1", 400ms, 1},
             row{"timeout=1", 600ms, 2},
             row{"timeout=1", 1200ms, 2},
             row{"timeout=5, max=100", 3900ms, 1},
             row{"timeout=5, max=100", 4s, 2},
             row{"TIMEOUT = \"5\"", 4s, 2},
             row{"timeout=600", 29s, 1}, // the option's limit is shorter
             row{"timeout=600", 30s, 2},
             row{"timeout=0", 0s, 2},
             row{"", 29s, 1},
             row{"garbage", 29s, 1},
         }) {
        CAPTURE(std::string(each.said));
        CAPTURE(each.idle.count());
        setup t;
        t.post_answered_with(each.said);
        t.clock->advance(each.idle);
        t.post();
        CHECK(t.s.connections_accepted() == each.connections);
    }
}

TEST_CASE("a connection carries no more requests than the server says") {
    setup t;
    for (int i = 0; i != 6; ++i)
        t.post_answered_with("timeout=5, max=3");
    CHECK(t.s.connections_accepted() == 2);
    setup once;
    for (int i = 0; i != 2; ++i)
        once.post_answered_with("max=1");
    CHECK(once.s.connections_accepted() == 2);
}

TEST_CASE(
    "a TLS session is resumed for an hour after its verification, however often it is renewed") {
    for (auto version :
         {loop::testing::tls_version::tls_1_2, loop::testing::tls_version::tls_1_3}) {
        server_options with;
        with.maximum_tls = version;
        setup t(with);
        t.how.pool.max_idle = 0;
        for (unsigned const resumed : {0u, 1u, 2u, 2u, 3u, 4u, 4u}) {
            t.post();
            CHECK(t.client().statistics().tls_sessions_resumed == resumed);
            t.clock->advance(20min);
        }
    }
}

TEST_CASE(
    "the hour of a TLS session begins with its verification, however late its ticket is read") {
    struct late final : loop::propagator {
        explicit late(std::shared_ptr<virtual_clock> on) : clock(std::move(on)) {}
        void inject(loop::attempt_attributes const&, loop::headers&) override {
            clock->suspend(std::exchange(pause, 0min));
        }
        std::shared_ptr<virtual_clock> const clock;
        std::chrono::minutes pause{40};
    };
    server_options with;
    with.maximum_tls = loop::testing::tls_version::tls_1_3; // its tickets follow the handshake
    setup t(with);
    t.how.pool.max_idle = 0;
    t.how.propagator = std::make_shared<late>(t.clock);
    t.post();
    t.clock->advance(15min);
    t.post();
    CHECK(t.client().statistics().tls_sessions_resumed == 1);
    t.clock->advance(10min);
    t.post();
    CHECK(t.client().statistics().tls_sessions_resumed == 1);
}

TEST_CASE("a connection on which nothing was sent is no younger, and has carried no more") {
    struct failing final : loop::propagator {
        void inject(loop::attempt_attributes const&, loop::headers&) override {
            if (fails)
                throw std::runtime_error("no trace");
        }
        bool fails = false;
    };
    auto const propagator = std::make_shared<failing>();
    setup t;
    t.how.propagator = propagator;
    auto const refused_post = [&] {
        propagator->fails = true;
        int completed = 0;
        t.client().async_call(report::export_report, week(), [&](auto r) {
            REQUIRE_FALSE(r);
            CHECK(r.error().progress == loop::request_progress::not_sent);
            ++completed;
        });
        t.io.restart();
        t.clock->run(t.io);
        REQUIRE(completed == 1);
        propagator->fails = false;
    };
    SUBCASE("it is too old for the server") {
        t.post_answered_with("timeout=1"); // half a second
        t.clock->advance(400ms);
        refused_post();
        CHECK(t.client().statistics().connections_idle == 1);
        t.clock->advance(400ms);
        t.post();
        CHECK(t.s.connections_accepted() == 2);
    }
    SUBCASE("it is young enough") {
        t.post_answered_with("timeout=1, max=2");
        refused_post();
        refused_post();
        t.clock->advance(400ms);
        t.post();
        CHECK(t.s.connections_accepted() == 1);
    }
}

TEST_CASE("with idle_timer a connection is closed at the server's limit") {
    setup t;
    t.how.pool.idle_timer = true;
    t.post_answered_with("timeout=5"); // run() returns once it is closed
    CHECK(t.clock->elapsed() >= 4s);
    CHECK(t.clock->elapsed() < 5s);
    CHECK(t.client().statistics().connections_open == 0);
}

TEST_CASE("a connection that was idle while the machine was suspended is not used") {
    setup t;
    t.post();
    SUBCASE("for longer than idle_timeout") {
        t.clock->suspend(2h);
    }
    SUBCASE("partly") {
        t.clock->advance(15s);
        t.clock->suspend(15s);
    }
    auto const before = t.clock->now();
    t.post();
    CHECK(t.s.connections_accepted() == 2);
    CHECK(t.clock->now() - before < 30s);
}

TEST_CASE("a connection that is too old for its suspended time is not used") {
    setup t;
    t.how.pool.idle_timeout = 24h;
    t.post();
    t.clock->suspend(29min);
    t.post();
    CHECK(t.s.connections_accepted() == 1);
    t.clock->suspend(1min);
    t.post();
    CHECK(t.s.connections_accepted() == 2);
}

TEST_CASE("a short suspend costs no connection") {
    setup t;
    t.post();
    t.clock->suspend(29s);
    t.post();
    CHECK(t.s.connections_accepted() == 1);
}

} // TEST_SUITE("client/pool/ages")
