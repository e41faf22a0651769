// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Clients of a fleet on several threads, and in real time.
#include <fleet/fleet_fixture.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

TEST_SUITE("fleet/threads") {

using namespace fixture;

namespace {

class real_clock final : public loop::time_source {
public:
    time_point now() const override { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point system_now() const override {
        return std::chrono::system_clock::now();
    }
    wait_id begin_wait(time_point, std::function<void()>) override {
        throw std::logic_error("the engine answers at once");
    }
    void cancel_wait(wait_id) noexcept override {}
};

} // namespace

TEST_CASE("clients on many threads share an engine") {
    server s;
    auto const engine = std::make_shared<memory_fleet>(std::make_shared<real_clock>());
    loop::options how = options_for(s);
    how.fleet = engine;
    how.limits.requests_per_second = 5000;
    how.limits.max_in_flight = 6;
    how.deadline = patience;
    constexpr int clients = 4, calls = 100;
    std::atomic<int> ended = 0;
    asio::io_context io(4);
    {
        std::vector<std::unique_ptr<loop::client>> all;
        for (int i = 0; i != clients; ++i) {
            all.push_back(std::make_unique<loop::client>(io.get_executor(), how));
            for (int j = 0; j != calls; ++j)
                all.back()->async_call(report::get_report, report::get_request("x"), [&](auto r) {
                    ended += !r && r.error().code() == errc::not_found ? 1 : 0;
                });
        }
        std::vector<std::thread> threads;
        for (int i = 0; i != 4; ++i)
            threads.emplace_back([&] { io.run(); });
        for (auto& each : threads)
            each.join();
    }
    io.restart();
    io.run();
    CHECK(ended == clients * calls);
    CHECK(engine->counted().leaves == clients);
    CHECK(engine->groups().size() == 1);
}

} // TEST_SUITE("fleet/threads")
