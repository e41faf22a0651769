// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A call is driven handler by handler, and cancelled after its first, its second, ... its n-th, in
// each way, until it is over before the cancellation comes.

#include <client/at_rest.hpp>
#include <support/descriptors.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("client/suspension_points/suspension_points") {

using namespace fixture;

namespace {

constexpr asio::cancellation_type types[] = {asio::cancellation_type::terminal,
                                             asio::cancellation_type::partial,
                                             asio::cancellation_type::total};

// How the call that is looked at ended.
struct outcome {
    int completions = 0;
    bool success = false;
    std::optional<loop::error> failure;
};

auto into(outcome& seen) {
    return [&seen](auto r) {
        ++seen.completions;
        seen.success = r.has_value();
        if (!r)
            seen.failure = r.error();
    };
}

// One kind of call, begun anew for each point.
struct scenario {
    // Begins what is looked at, with the slot that is emitted to.
    std::function<void(loop::client&, asio::cancellation_slot, outcome&)> begin;
    std::function<void(server&)> prepare = [](server&) {};
    std::function<void(loop::options&)> adjust = [](loop::options&) {};
    bool waits = false; // for something that comes only once the cancellation was emitted
    std::function<void(loop::client&, server&)> let_go = [](loop::client&, server&) {};
};

// Runs one handler; returns false if nothing more happens by itself.
bool run_one(asio::io_context& io, scenario const& what, server& s) {
    if (!what.waits)
        return io.run_one_for(patience) != 0;
    // Once the server holds a request, all that it has sent is there.
    auto const end = std::chrono::steady_clock::now() + patience;
    for (bool is_held = false; std::chrono::steady_clock::now() < end;) {
        if (io.run_one_for(10ms) != 0)
            return true;
        if (std::exchange(is_held, s.wait_until_held(0ms)))
            return false;
    }
    return false;
}

// True if that was the last point: the call was over before it, or can't go on by itself.
bool cancel_after(int handlers, asio::cancellation_type type, scenario const& what, server& s) {
    what.prepare(s);
    outcome seen;
    bool over = false;
    bool stuck = false;
    {
        asio::io_context io;
        loop::options how = options_for(s);
        how.retry.base = how.retry.throttled_base = 1ms;
        how.addresses["localhost"] = {"127.0.0.1"}; // a look-up's thread opens files
        what.adjust(how);
        auto const client = std::make_unique<loop::client>(io.get_executor(), how);
        asio::cancellation_signal signal;
        what.begin(*client, signal.slot(), seen);
        CHECK(seen.completions == 0);
        for (int ran = 0; ran != handlers && seen.completions == 0 && !stuck; ++ran)
            stuck = !run_one(io, what, s);
        over = seen.completions != 0;
        signal.emit(type);
        what.let_go(*client, s);
        io.restart();
        io.run(); // returns: no socket and no timer is waited for
        CHECK(seen.completions == 1);
        check_at_rest(*client);
    }
    if (over)
        CHECK(seen.success);
    else if (!seen.success) // else the completion was on its way already
        CHECK(seen.failure->code() == loop::errc::cancelled);
    if (stuck)
        CHECK_FALSE(seen.success);
    return over || stuck;
}

// Gives how many points there were at least.
int cancel_at_each_point(scenario const& what) {
    int fewest = 1000;
    for (auto const type : types) {
        int points = 0;
        CAPTURE(static_cast<int>(type));
        for (bool last = false; !last;) {
            CAPTURE(points);
            REQUIRE(++points < 200);
            no_descriptor_leaks const none;
            server s;
            last = cancel_after(points, type, what, s);
        }
        fewest = std::min(fewest, points);
    }
    return fewest;
}

void create(loop::client& client, asio::cancellation_slot slot, outcome& seen) {
    client.async_call(drafts::create_draft, drafts::create_request(),
                      asio::bind_cancellation_slot(slot, into(seen)));
}

// A call that waits until another, which the server holds, has ended.
void check_wait_for_another(std::function<void(loop::options&)> one_at_a_time) {
    auto const first = std::make_shared<outcome>();
    scenario waiting;
    waiting.prepare = [](server& s) { s.hold_next(); };
    waiting.adjust = std::move(one_at_a_time);
    waiting.begin = [first](loop::client& client, asio::cancellation_slot slot, outcome& seen) {
        client.async_call(drafts::create_draft, drafts::create_request(), into(*first));
        create(client, slot, seen);
    };
    waiting.waits = true;
    waiting.let_go = [](loop::client&, server& s) { s.release(); };
    CHECK(cancel_at_each_point(waiting) > 3);
    CHECK(first->success);
}

} // namespace

TEST_CASE("cancelled at each point: a call from connecting to its answer") {
    CHECK(cancel_at_each_point({.begin = create}) > 3);
}

TEST_CASE("cancelled at each point: a call that is tried again") {
    scenario again;
    again.begin = [](loop::client& client, asio::cancellation_slot slot, outcome& seen) {
        client.async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(slot, into(seen)));
    };
    again.prepare = [](server& s) {
        s.respond_next(response_override(429, "{}").header("Retry-After", "0"));
    };
    again.adjust = [](loop::options& how) { how.retry.max_attempts = 2; };
    CHECK(cancel_at_each_point(again) > 5);
}

TEST_CASE("cancelled at each point: a call with a second request") {
    scenario hedged;
    hedged.begin = [](loop::client& client, asio::cancellation_slot slot, outcome& seen) {
        client.async_call(report::get_report, report::get_request("x"),
                          loop::call_options().hedge(1ms),
                          asio::bind_cancellation_slot(slot, into(seen)));
    };
    hedged.prepare = [](server& s) {
        auto const answer = loop::testing::fault::body(R"({"id":"x"})", "application/json");
        s.script(report::get_report, {answer.delayed(60s), answer.delayed(20ms)});
    };
    hedged.adjust = [](loop::options& how) { how.stall_timeout = 60s; };
    CHECK(cancel_at_each_point(hedged) > 6);
}

TEST_CASE("cancelled at each point: a wait for a connection") {
    check_wait_for_another([](loop::options& how) { how.pool.max_connections = 1; });
}

TEST_CASE("cancelled at each point: a wait for the limits") {
    check_wait_for_another([](loop::options& how) { how.limits.max_in_flight = 1; });
}

TEST_CASE("cancelled at each point: a wait for the token provider, and its end") {
    scenario waiting;
    waiting.begin = create;
    waiting.adjust = [](loop::options& how) {
        auto const token = std::exchange(how.token, loop::secret());
        how.token_provider = [token](loop::token_request, loop::token_handler give) {
            auto const executor = asio::get_associated_executor(give);
            asio::dispatch(executor, [give = std::move(give), token]() mutable {
                std::move(give)(std::nullopt, token);
            });
        };
    };
    CHECK(cancel_at_each_point(waiting) > 5);
}

TEST_CASE("cancelled at each point: a download, of which no part is left behind") {
    auto const directory =
        std::filesystem::temp_directory_path() / ("intheloop-points-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory);
    auto const url = std::make_shared<std::string>();
    scenario download;
    download.prepare = [url, directory](server& s) {
        std::filesystem::remove(directory / "file");
        *url = s.file_url(s.add_export({"Completed"}, std::string(400'000, 'x')));
    };
    download.begin = [url, directory](loop::client& client, asio::cancellation_slot slot,
                                      outcome& seen) {
        loop::async_download(client, *url, directory / "file",
                             asio::bind_cancellation_slot(slot, into(seen)));
    };
    download.let_go = [](loop::client&, server&) {};
    CHECK(cancel_at_each_point(download) > 3);
    std::filesystem::remove(directory / "file");
    CHECK(std::filesystem::is_empty(directory));
    std::filesystem::remove_all(directory);
}

} // TEST_SUITE("client/suspension_points/suspension_points")
