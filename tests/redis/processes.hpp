// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_REDIS_PROCESSES_HPP
#define INTHELOOP_TESTS_REDIS_PROCESSES_HPP

#include <examples/program.hpp>
#include <redis/redis.hpp>
#include <support/process.hpp>
#include <tools/scene.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace fixture {

// Processes that run examples/fleet.cpp: as many calls as get through the limit of 80 per second.
class fleet_of_processes {
public:
    static constexpr double limit = 80;

    void start(std::size_t how_many, std::chrono::seconds time) {
        auto variables = service.environment;
        variables["INTHELOOP_FLEET_KEY"] = "a key of the processes";
        for (std::size_t i = 0; i != how_many; ++i)
            processes.push_back(std::make_unique<tests::process>(
                std::vector<std::string>{tests::example_program("fleet"), "1",
                                         std::to_string(time.count()),
                                         "redis://127.0.0.1:" + redis.port.text()},
                variables));
    }
    void wait(std::chrono::milliseconds time) const { std::this_thread::sleep_for(time); }
    // Returns how many requests per second the service got within this time, as a part of the
    // limit.
    double used_for(std::chrono::seconds time) {
        auto const count = [&] { return static_cast<double>(service.loop.requests().size()); };
        auto const begin = std::chrono::steady_clock::now();
        double const before = count();
        wait(time);
        double const got = count() - before;
        std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - begin;
        return got / taken.count() / limit;
    }
    // Checks that hardly more than the limit is used, and nearly all of it. On a machine that does
    // much else at the same time, requests are late and come together, or the processes do not get
    // to use all. Two looks are taken together there, with more room; none may be far above the
    // limit.
    void check_use(std::chrono::seconds time) {
        double const used = used_for(time);
        CHECK(used <= 1.3);
        if (used >= 0.95 && used <= 1.02)
            return;
        double const used_then = used_for(time);
        CHECK(used_then <= 1.3);
        double const in_both = (used + used_then) / 2;
        MESSAGE("used: ", used, ", and in twice the time: ", in_both);
        CHECK(in_both <= 1.05);
        CHECK(in_both >= 0.7);
    }
    void kill(std::size_t how_many) {
        for (; how_many != 0; --how_many) {
            processes.back()->kill(SIGKILL);
            processes.back()->wait();
            processes.pop_back();
        }
    }
    // Waits for the ends, and returns how many answers each got.
    std::vector<double> answers() {
        std::vector<double> all;
        for (auto const& each : processes) {
            CHECK(each->wait() == 0);
            CHECK(each->err() == "");
            std::string const line = each->out(); // "process 1: 100 answers"
            auto const colon = line.find(": ");
            REQUIRE(colon != line.npos);
            all.push_back(std::stod(line.substr(colon + 2)));
        }
        return all;
    }

    redis_server redis;
    tests::scene service;
    std::vector<std::unique_ptr<tests::process>> processes;
};

} // namespace fixture

#endif
