// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_REDIS_EXPORTS_HPP
#define INTHELOOP_TESTS_REDIS_EXPORTS_HPP

#include <redis/redis.hpp>
#include <support/process.hpp>
#include <tools/scene.hpp>

#include <intheloop/base/detail/random_numbers.hpp>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace fixture {

// Processes that all start the same exports at the same time, and are killed at any moment.
class killed_starters {
public:
    explicit killed_starters(int rounds) : rounds_(rounds) {
        using loop::testing::fault;
        std::vector<fault> const slow(static_cast<std::size_t>(rounds), fault::delay(30ms));
        service_.loop.script(loop::report::export_report, slow); // so that some die meanwhile
        for (std::size_t i = 0; i != 8; ++i)
            running_.push_back(begin());
    }

    // Kills so many, one after the other at random times; others take their places, and start all
    // exports from the first on.
    void kill(int how_many) {
        loop::detail::random_numbers random(11);
        for (; how_many != 0; --how_many) {
            auto const kept = service_.loop.requests().size();
            std::this_thread::sleep_for(std::chrono::milliseconds(random.next() % 60));
            auto& victim = running_[random.next() % running_.size()];
            victim->kill(SIGKILL);
            victim->wait();
            read(victim->out());
            victim = begin();
            // Until the others have begun another one; not if that died with its starter.
            if (kept < static_cast<std::size_t>(rounds_))
                static_cast<void>(service_.loop.wait_for_requests(kept + 1, 3s));
        }
    }

    // Waits for the ends, and checks that the service never saw two starts of one export.
    void check() {
        for (auto const& each : running_) {
            CHECK(each->wait() == 0);
            read(each->out());
        }
        std::map<std::string, int> starts;
        for (auto const& each : service_.loop.requests())
            if (each.method == "POST")
                ++starts[each.body];
        CHECK(starts.size() <= static_cast<std::size_t>(rounds_));
        for (auto const& [request, times] : starts)
            CHECK_MESSAGE(times == 1, request);
        CHECK(ids_.size() + unclear_.size() >= static_cast<std::size_t>(rounds_));
        for (auto const& [round, ids] : ids_)
            CHECK_MESSAGE(ids.size() == 1, round);
        MESSAGE(unclear_.size() << " of " << rounds_ << " exports are left to ask for");
        CHECK(unclear_.size() < static_cast<std::size_t>(rounds_));
    }

private:
    std::unique_ptr<tests::process> begin() const {
        return std::make_unique<tests::process>(
            std::vector<std::string>{program_at("INTHELOOP_TEST_START_OFTEN"),
                                     std::to_string(rounds_),
                                     "redis://127.0.0.1:" + redis_.port.text()},
            service_.environment);
    }
    void read(std::string const& said) {
        std::istringstream lines(said);
        int round = 0;
        std::string id;
        for (std::string line; std::getline(lines, line) && !lines.eof();) {
            std::istringstream words(line);
            words >> round >> id;
            if (id == "unclear")
                unclear_.insert(round);
            else
                ids_[round].insert(id);
        }
    }

    int const rounds_;
    redis_server redis_;
    tests::scene service_;
    std::vector<std::unique_ptr<tests::process>> running_;
    std::map<int, std::set<std::string>> ids_;
    std::set<int> unclear_;
};

} // namespace fixture

#endif
