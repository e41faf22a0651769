// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Many calls at once, on one thread and on several: all end well, within the limits, and leave the
// client at rest.
#include <client/at_rest.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <thread>
#include <vector>

TEST_SUITE("client/pool/load") {

using namespace fixture;

namespace {

constexpr int calls = 1000;
constexpr std::size_t connections = 16;

struct setup {
    setup() {
        how.pool.max_connections = connections;
        how.deadline = 10 * patience;
    }

    server s;
    loop::options how = options_for(s);
    std::string const id = s.add_export();
    std::atomic<int> succeeded = 0;
    std::atomic<int> beyond_the_limits = 0;
    std::atomic<int> questions = 0;

    // Each of them checks this when it is done.
    auto handler(loop::client& client) {
        return [&](auto const& r) {
            auto const now = client.statistics();
            if (now.connections_open + now.connections_being_made > connections ||
                s.open_connections() > connections)
                ++beyond_the_limits;
            if (r && r.attempts() == 1)
                ++succeeded;
        };
    }
    void begin(loop::client& client) {
        client.async_call(report::get_report, report::get_request(id), handler(client));
    }
    void use_everything() {
        how.limits.max_in_flight = 12;
        how.limits.requests_per_second = 1e6;
        how.pool.max_connections = 8;
        how.token = {};
        how.token_provider = [this](loop::token_request) -> asio::awaitable<loop::secret> {
            ++questions;
            co_return s.token();
        };
    }

    void check_end(loop::client const& client) {
        CHECK(succeeded == calls);
        CHECK(beyond_the_limits == 0);
        CHECK(s.connections_accepted() <= how.pool.max_connections);
        CHECK(s.requests().size() == calls);
        CHECK(questions == (how.token_provider ? 1 : 0));
        check_at_rest(client);
        loop::client_statistics const now = client.statistics();
        CHECK(now.retry_budget_left == how.retry.budget);
        CHECK(now.calls_started == calls);
        CHECK(now.requests_sent == calls);
        CHECK(now.retries == 0);
        CHECK(now.connections_opened == s.connections_accepted());
        CHECK(now.connections_failed == 0);
    }
};

void vary(setup& t) {
    SUBCASE("in a pool of 16") {}
    SUBCASE("with limits and a token provider") {
        t.use_everything();
    }
}

} // namespace

TEST_CASE("a thousand calls at once, on one thread") {
    setup t;
    vary(t);
    asio::io_context io;
    loop::client client(io.get_executor(), t.how);
    for (int i = 0; i != calls; ++i)
        t.begin(client);
    io.run();
    t.check_end(client);
}

TEST_CASE("a thousand calls at once, on a context that four threads run") {
    setup t;
    vary(t);
    asio::io_context io;
    loop::client client(io.get_executor(), t.how);
    for (int i = 0; i != calls; ++i)
        asio::post(io, [&] { t.begin(client); });
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] { io.run(); });
    for (std::thread& each : threads)
        each.join();
    t.check_end(client);
}

TEST_CASE("a thousand calls at once, from strands of a thread pool") {
    setup t;
    asio::thread_pool threads(4);
    loop::client client(threads.get_executor(), t.how);
    std::vector<asio::strand<asio::thread_pool::executor_type>> strands;
    for (int i = 0; i != 10; ++i)
        strands.push_back(asio::make_strand(threads.get_executor()));
    std::atomic<int> elsewhere = 0;
    for (int i = 0; i != calls; ++i) {
        auto const& strand = strands[static_cast<std::size_t>(i) % strands.size()];
        asio::post(strand, [&] {
            client.async_call(report::get_report, report::get_request(t.id),
                              asio::bind_executor(strand, [&](auto const& r) {
                                  if (!strand.running_in_this_thread())
                                      ++elsewhere;
                                  t.handler(client)(r);
                              }));
        });
    }
    threads.join();
    CHECK(elsewhere == 0);
    t.check_end(client);
}

TEST_CASE("calls that follow each other, many at a time, while others are cancelled") {
    setup t;
    asio::thread_pool threads(4);
    loop::client client(threads.get_executor(), t.how);
    std::atomic<int> ended = 0;
    std::atomic<int> odd = 0;
    auto const chain = [&]() -> asio::awaitable<void> {
        report::get_request const request(t.id);
        for (int i = 0; i != 10; ++i) {
            auto const r = co_await client.async_call(report::get_report, request);
            ++(r ? ended : odd);
        }
    };
    loop::call_options hopeless;
    hopeless.deadline = 1ms;
    for (int i = 0; i != 50; ++i) {
        asio::co_spawn(threads, chain, asio::detached);
        client.async_call(report::get_report, report::get_request(t.id), hopeless,
                          [&](auto const& r) {
                              ++ended;
                              if (!r && r.error().code() != loop::errc::deadline_exceeded)
                                  ++odd;
                          });
    }
    threads.join();
    CHECK(ended == 550);
    CHECK(odd == 0);
    CHECK(client.statistics().calls == 0);
    CHECK(client.statistics().requests_in_flight == 0);
    CHECK(client.statistics().connections_open == client.statistics().connections_idle);
}

} // TEST_SUITE("client/pool/load")
