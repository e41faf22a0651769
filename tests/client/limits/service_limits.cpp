// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A client slows down when the service says how much of its own limit is left.
#include <client/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <support/process.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("client/limits/service_limits") {

using namespace fixture;
using loop::errc;
using loop::testing::virtual_clock;

namespace {

// A client and a server that share a virtual clock.
struct setup {
    setup() : s(timed_by(clock)), how(options_for(s)) { how.time = clock; }

    static server_options timed_by(std::shared_ptr<virtual_clock> clock) {
        server_options options;
        options.clock = std::move(clock);
        return options;
    }

    using result = loop::result<report::export_result>;
    std::shared_ptr<virtual_clock> const clock = std::make_shared<virtual_clock>();
    server s;
    loop::options how;
    asio::io_context io;
    std::optional<loop::client> made;

    // Begins a call, and returns where its outcome will be.
    std::shared_ptr<std::optional<result>> begin(std::chrono::milliseconds deadline = 60s) {
        if (!made)
            made.emplace(io.get_executor(), how);
        auto outcome = std::make_shared<std::optional<result>>();
        loop::call_options per_call;
        per_call.deadline = deadline;
        made->async_call(report::export_report, week(), per_call, [outcome, this](result r) {
            outcome->emplace(std::move(r));
            ended.push_back(clock->now() - began);
        });
        return outcome;
    }
    void run() {
        io.restart();
        clock->run(io);
    }
    // One call that is answered so.
    void call_answered_with(response_override answer) {
        s.respond_next(std::move(answer));
        auto const outcome = begin();
        run();
        REQUIRE(*outcome);
        began = clock->now();
        ended.clear();
    }
    std::chrono::steady_clock::time_point began = clock->now();
    std::vector<std::chrono::steady_clock::duration> ended; // since then
};

response_override good() {
    return response_override(200, R"({"id":"e1"})");
}

} // namespace

TEST_CASE("with nothing left, no request begins before the reset") {
    for (response_override const& said :
         {good().header("RateLimit", R"("default";r=0;t=30)"),
          good().header("RateLimit-Remaining", "0").header("RateLimit-Reset", "30"),
          good().header("X-RateLimit-Remaining", "0").header("X-RateLimit-Reset", "30"),
          response_override(404, "{}").header("RateLimit", R"("default";r=0;t=30)")}) {
        setup t;
        t.call_answered_with(said);
        auto const first = t.begin();
        auto const second = t.begin();
        t.run();
        REQUIRE((*first && *second));
        CHECK(**first);
        CHECK(**second);
        CHECK(t.s.requests().size() == 3);
        for (auto const& each : t.ended)
            CHECK(each == 30s);
    }
}

TEST_CASE("a reset may be a time, by the clock of the server") {
    setup t;
    auto const then = std::chrono::floor<std::chrono::seconds>(t.clock->system_now()) + 20s;
    t.call_answered_with(
        good()
            .header("X-RateLimit-Remaining", "0")
            .header("X-RateLimit-Reset", std::to_string(then.time_since_epoch().count())));
    auto const next = t.begin();
    t.run();
    REQUIRE(*next);
    CHECK(**next);
    REQUIRE(t.ended.size() == 1);
    CHECK(t.ended[0] == 20s);
}

TEST_CASE("a call whose deadline is sooner ends at once, as after a 429") {
    setup t;
    t.call_answered_with(good().header("RateLimit", R"("default";r=0;t=30)"));
    auto const next = t.begin(10s);
    t.run();
    REQUIRE(*next);
    REQUIRE_FALSE(**next);
    CHECK((*next)->error().code() == errc::rate_limited);
    CHECK((*next)->error().progress == loop::request_progress::not_sent);
    CHECK((*next)->error().retry_after == 30s);
    CHECK(t.ended == std::vector<std::chrono::steady_clock::duration>{0s});
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("a call that waits for a connection does not begin either") {
    setup t;
    t.how.pool.max_connections = 1;
    t.s.respond_next(good().header("RateLimit", R"("default";r=0;t=30)"));
    auto const first = t.begin();
    auto const second = t.begin();
    t.run();
    REQUIRE((*first && *second));
    CHECK(**second);
    REQUIRE(t.ended.size() == 2);
    CHECK(t.ended[0] == 0s);
    CHECK(t.ended[1] == 30s);
}

TEST_CASE("a wrong reset stops a client for an hour at most") {
    setup t;
    t.call_answered_with(good().header("RateLimit", R"("default";r=0;t=999999999)"));
    auto const next = t.begin(2h);
    t.run();
    REQUIRE(*next);
    CHECK(**next);
    REQUIRE(t.ended.size() == 1);
    CHECK(t.ended[0] == 1h);
}

TEST_CASE("a few that are left are spread") {
    setup t;
    t.call_answered_with(good().header("RateLimit", R"("default";r=2;t=12)"));
    std::vector<std::shared_ptr<std::optional<setup::result>>> all;
    for (int i = 0; i != 3; ++i)
        all.push_back(t.begin());
    t.run();
    for (auto const& each : all) {
        REQUIRE(*each);
        CHECK(**each);
    }
    CHECK(t.ended == std::vector<std::chrono::steady_clock::duration>{4s, 8s, 12s});
}

TEST_CASE("many that are left make no difference") {
    setup t;
    t.call_answered_with(good().header("RateLimit", R"("default";r=100;t=3600)"));
    for (int i = 0; i != 20; ++i)
        t.begin();
    t.run();
    CHECK(t.ended == std::vector<std::chrono::steady_clock::duration>(20, 0s));
}

TEST_CASE("a Retry-After counts for more, and the option turns all of it off") {
    setup retried;
    retried.call_answered_with(
        good().header("Retry-After", "1").header("RateLimit", R"("default";r=0;t=30)"));
    retried.begin();
    retried.run();
    CHECK(retried.ended == std::vector<std::chrono::steady_clock::duration>{0s});

    setup off;
    off.how.limits.follow_service = false;
    off.call_answered_with(good().header("RateLimit", R"("default";r=0;t=30)"));
    off.begin();
    off.run();
    CHECK(off.ended == std::vector<std::chrono::steady_clock::duration>{0s});
}

TEST_CASE("another token has another limit") {
    setup t;
    t.call_answered_with(good().header("RateLimit", R"("default";r=0;t=30)"));
    auto const next = t.begin();
    fixture::run_until_quiet(t.io);
    t.made->set_token(loop::secret(t.s.token()));
    t.run();
    REQUIRE(*next);
    CHECK(**next);
    CHECK(t.ended == std::vector<std::chrono::steady_clock::duration>{0s});
}

TEST_CASE("the limits of a file's server are none of the API") {
    setup t;
    tests::scratch_directory const files;
    t.s.respond_next(response_override(200, "[]").header("RateLimit", R"("default";r=0;t=30)"),
                     loop::testing::origin::files);
    t.made.emplace(t.io.get_executor(), t.how);
    std::optional<loop::result<loop::download_summary>> got;
    loop::async_download(*t.made, t.s.file_url(t.s.add_export()), files.path / "rows",
                         [&](auto r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    REQUIRE_MESSAGE(*got, got->error());
    t.began = t.clock->now();
    auto const outcome = t.begin();
    t.run();
    REQUIRE(*outcome);
    CHECK(t.ended.at(0) < 1s);
}

} // TEST_SUITE("client/limits/service_limits")
