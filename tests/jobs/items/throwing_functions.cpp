// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A clock, a type of a response or of a row that throws ends its operation with an error, once; the
// client goes on when they are good again.
#include <client/fixture.hpp>
#include <jobs/download/fixture.hpp>

#include <intheloop.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("jobs/items/throwing_functions") {

namespace thrower {

namespace loop = intheloop;

inline bool throws = false;

inline void throw_now_and_then() {
    if (throws)
        throw std::runtime_error("a text that nobody may see");
}

class get_request {
public:
    get_request() {}
    using members = loop::members<>;
};
// A response whose parts can't always be made.
class fragile {
public:
    fragile() { throw_now_and_then(); }
    std::string name;
    using members = loop::members<&fragile::name>;
};
inline constexpr loop::endpoint<loop::verb::get, "/fragile", get_request, fragile> get_fragile{};

} // namespace thrower

namespace {

using namespace fixture;

// Throws from the n-th call of one of its functions on.
class failing_clock final : public loop::time_source {
public:
    time_point now() const override {
        fail();
        return std::chrono::steady_clock::now();
    }
    std::chrono::system_clock::time_point system_now() const override {
        fail();
        return std::chrono::system_clock::now();
    }
    // No time is waited for here that has not passed.
    wait_id begin_wait(time_point at, std::function<void()> due) override {
        fail();
        if (at <= std::chrono::steady_clock::now())
            due();
        return 1;
    }
    void cancel_wait(wait_id) noexcept override {}
    void io_began(std::uint64_t) override { fail(); }

    // Until the next one throws; below zero: none throws.
    void fail_after(int calls) { left_ = calls; }
    bool has_failed() const { return has_failed_.exchange(false); }

private:
    void fail() const {
        if (left_ < 0 || left_-- != 0)
            return;
        has_failed_ = true;
        throw std::runtime_error("a text that nobody may see");
    }
    mutable std::atomic<int> left_ = -1;
    mutable std::atomic<bool> has_failed_ = false;
};

} // namespace

TEST_CASE("a type that throws while a response or a row is decoded") {
    server s;
    s.respond_next(response_override(200, R"({"name":"a"})"));
    s.respond_next(response_override(200, R"({"name":"b"})"));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    thrower::throws = true;
    auto const failed = call(client, io, thrower::get_fragile, thrower::get_request());
    thrower::throws = false;
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == loop::errc::unexpected_json);
    CHECK(failed.error().progress == loop::request_progress::response_begun);
    CHECK_FALSE(contains(printed(failed.error()), "nobody may see"));
    auto const good = call(client, io, thrower::get_fragile, thrower::get_request());
    REQUIRE_MESSAGE(good, good.error());
    CHECK(good->name == "b");

    directory files;
    std::ofstream(files.path / "rows") << R"([{"name":"a"}])";
    loop::row_reader<thrower::fragile> rows(
        loop::open_file(io.get_executor(), files.path / "rows").value());
    int called = 0;
    thrower::throws = true;
    rows.async_next([&](auto row) {
        ++called;
        REQUIRE(row.has_error());
        CHECK(row.error().code() == loop::errc::unexpected_json);
    });
    io.restart();
    io.run();
    thrower::throws = false;
    CHECK(called == 1);
}

TEST_CASE("a clock that throws at any of its calls") {
    server_options chosen;
    chosen.plain_http = true;
    chosen.statuses = {"Completed"};
    server s(chosen);
    loop::options how = options_for(s);
    how.allow_insecure_loopback = true;
    how.addresses["localhost"] = {"127.0.0.1"};
    auto const clock = std::make_shared<failing_clock>();
    how.time = clock;
    report::get_request const request(s.add_export());
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    for (bool const starts : {false, true}) {
        bool has_failed = true;
        for (int n = 0; has_failed; ++n) {
            CAPTURE(starts);
            CAPTURE(n);
            REQUIRE(n < 1000);
            int called = 0;
            std::optional<loop::error> failure;
            auto const end = [&](auto const& r) {
                ++called;
                if (!r)
                    failure = r.error();
            };
            int thrown = 0;
            clock->fail_after(n);
            try {
                if (starts)
                    loop::async_start_export(client, week(), end);
                else
                    client.async_call(report::get_report, request, end);
            } catch (std::runtime_error const&) {
                ++thrown;
            }
            io.restart();
            io.run_for(patience);
            clock->fail_after(-1);
            has_failed = clock->has_failed();
            CHECK(io.stopped());
            CHECK(called + thrown == 1);
            if (failure || thrown != 0)
                CHECK(has_failed);
            auto const again = call(client, io, drafts::create_draft, drafts::create_request());
            CHECK_MESSAGE(again, again.error());
        }
    }
}

TEST_CASE("a clock that throws while an export is polled keeps no state from those that watch it") {
    server_options chosen;
    chosen.plain_http = true;
    server s(chosen);
    loop::options how = options_for(s);
    how.allow_insecure_loopback = true;
    auto const clock = std::make_shared<failing_clock>();
    how.time = clock;
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    int thrown = 0;
    auto const run = [&](auto const& is_reached) {
        while (!is_reached())
            try {
                run_until(io, is_reached);
            } catch (std::runtime_error const&) {
                ++thrown;
            }
    };
    bool has_failed = true;
    for (int n = 0; has_failed; ++n) {
        CAPTURE(n);
        REQUIRE(n < 1000);
        auto const job = loop::attach_export(client, s.add_export());
        auto watch = job.watch();
        int states = 0, polls = 0;
        auto const on_state = [&](auto const&) { ++states; };
        auto const on_poll = [&](auto const&) { ++polls; };
        watch.async_next(on_state); // the first one is there
        run([&] { return states == 1; });
        watch.async_next(on_state);
        io.poll();
        thrown = 0;
        clock->fail_after(n);
        try {
            job.async_poll(on_poll);
        } catch (std::runtime_error const&) {
            ++thrown;
        }
        run([&] { return polls + thrown != 0; });
        clock->fail_after(-1);
        has_failed = clock->has_failed();
        polls = 0;
        job.async_poll(on_poll);
        run([&] { return polls != 0; });
        io.poll();
        CHECK(states == 2);
    }
}

} // TEST_SUITE("jobs/items/throwing_functions")
