// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FLEET_FLEET_FIXTURE_HPP
#define INTHELOOP_TESTS_FLEET_FLEET_FIXTURE_HPP

#include <client/fixture.hpp>
#include <fleet/memory_fleet.hpp>
#include <support/sanitizers.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fixture {

using loop::errc;
using loop::testing::virtual_clock;
using mood = memory_fleet::mood;
using clock_type = std::chrono::steady_clock;

// For any token.
inline response_override not_found() {
    return response_override(404, "{}");
}

// One client of a fleet: its requests, and how its calls ended.
class process final : public loop::observer {
public:
    explicit process(std::shared_ptr<virtual_clock> clock) : clock_(std::move(clock)) {}

    std::optional<loop::client> client;
    std::vector<clock_type::time_point> sent;
    std::vector<std::string> news; // of the fleet
    int succeeded = 0;
    int failed = 0;
    errc last_failure{};
    bool goes_on = false; // begins another call when one ends

    void get(int how_many = 1, loop::call_options const& how = loop::call_options()) {
        for (int i = 0; i != how_many; ++i)
            client->async_call(report::get_report, report::get_request("x"), how, [this](auto r) {
                // There is no such export: a full answer, and no retry.
                bool const is_good = !r && r.error().code() == errc::not_found;
                (is_good ? succeeded : failed) += 1;
                if (!is_good && !r)
                    last_failure = static_cast<errc>(r.error().code().value());
                if (goes_on)
                    get();
            });
    }
    // Ends all calls under way.
    void end() {
        goes_on = false;
        client.reset();
    }
    // Returns how many requests it sent after this time.
    int sent_after(clock_type::time_point begin) const {
        return static_cast<int>(
            std::count_if(sent.begin(), sent.end(), [&](auto at) { return at >= begin; }));
    }
    loop::client_statistics now() const { return client->statistics(); }

    void on_attempt_started(loop::attempt_started const&) override {
        sent.push_back(clock_->now());
    }
    void on_fleet_event(loop::fleet_event const& event) override {
        news.emplace_back(event.state);
        if (!event.error_type.empty())
            news.back() += ": " + std::string(event.error_type);
    }

private:
    std::shared_ptr<virtual_clock> const clock_;
};

// Some clients with one token, in virtual time. Each stands for a process of its own.
struct fleet_setup {
    fleet_setup() {
        how.time = clock;
        how.deadline = 1h;
        how.limits.requests_per_second = 80;
    }

    // A client owns its observer, which owns it here.
    ~fleet_setup() {
        for (auto const& each : all)
            each->end();
    }

    static server_options timed_by(std::shared_ptr<virtual_clock> clock) {
        server_options options;
        options.clock = std::move(clock);
        return options;
    }

    std::shared_ptr<virtual_clock> const clock = std::make_shared<virtual_clock>();
    server s{timed_by(clock)};
    std::shared_ptr<memory_fleet> engine = std::make_shared<memory_fleet>(clock);
    loop::options how = options_for(s);
    asio::io_context io;
    std::vector<std::shared_ptr<process>> all;

    process& add() { return add(io); }
    process& add(asio::io_context& on) {
        auto const made = std::make_shared<process>(clock);
        loop::options own = how;
        own.observer = made;
        own.fleet = engine;
        made->client.emplace(on.get_executor(), own);
        all.push_back(made);
        return *made;
    }
    void add(int how_many) {
        for (int i = 0; i != how_many; ++i)
            add();
    }
    // Adds clients that begin so many calls each.
    void add_busy(int how_many, int calls) {
        add(how_many);
        for (auto const& each : all)
            each->get(calls);
    }
    void run_for(clock_type::duration time) {
        io.restart();
        clock->run_for(io, time);
    }
    void run() {
        io.restart();
        clock->run(io);
    }
    // Ends all calls under way.
    void close() {
        for (auto const& each : all) {

            each->end();
        }
        run();
    }
    int sent_after(clock_type::time_point begin) const {
        int sum = 0;
        for (auto const& each : all)
            sum += each->sent_after(begin);
        return sum;
    }
};

} // namespace fixture

#endif
