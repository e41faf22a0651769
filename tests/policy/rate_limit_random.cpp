// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/rate_limit.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

TEST_SUITE("policy/rate_limit_random") {

// Random events over a virtual clock, and what must hold whatever happens.

namespace {

using namespace std::chrono_literals;
using intheloop::limit_options;
using intheloop::policy::clock;
using intheloop::policy::limiter;

constexpr clock::time_point start{1h};
constexpr std::array<std::string_view, 4> tenants{"a", "b", "c", "d"};

double seconds(clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

// Counts the admissions within every window of time, against burst + rate * time.
class rate_check {
public:
    explicit rate_check(limit_options const& limits) : limits_(limits) {}

    void admitted(clock::time_point now) {
        if (limits_.requests_per_second == 0)
            return;
        double const allowed = limits_.requests_per_second * seconds(now - start);
        // The window that began with an earlier admission and is the fullest up to now.
        lowest_ = std::min(lowest_, static_cast<double>(count_) - allowed);
        ++count_;
        REQUIRE(static_cast<double>(count_) - allowed - lowest_ <= limits_.burst + 1e-6);
        tokens_ = tokens(now) - 1;
        counted_at_ = now;
    }
    bool has_token(clock::time_point now) const {
        return limits_.requests_per_second == 0 || tokens(now) >= 1 + 1e-6;
    }

private:
    double tokens(clock::time_point now) const {
        return std::min<double>(limits_.burst,
                                tokens_ + limits_.requests_per_second * seconds(now - counted_at_));
    }

    limit_options limits_;
    std::uint64_t count_ = 0;
    double lowest_ = 0;
    double tokens_ = limits_.burst;
    clock::time_point counted_at_ = start;
};

// Counts, for each two tenants, the turns of the first since both wait without a break.
class turn_check {
public:
    void waits(std::size_t tenant) {
        if (waiting_[tenant]++ == 0)
            forget(tenant);
    }
    void gone(std::size_t tenant) { --waiting_[tenant]; }
    void turn(std::size_t tenant) {
        for (std::size_t other = 0; other != tenants.size(); ++other)
            if (other != tenant && waiting_[other] != 0) {
                ++turns_[tenant][other];
                REQUIRE(turns_[tenant][other] - turns_[other][tenant] <= 1);
            }
        gone(tenant);
    }

private:
    void forget(std::size_t tenant) {
        for (std::size_t other = 0; other != tenants.size(); ++other)
            turns_[tenant][other] = turns_[other][tenant] = 0;
    }

    std::array<int, tenants.size()> waiting_{};
    std::array<std::array<int, tenants.size()>, tenants.size()> turns_{};
};

class simulation {
public:
    simulation(limit_options const& limits, bool with_pauses, unsigned seed)
        : limits_(limits), with_pauses_(with_pauses), random_(seed), limit_(limits, start),
          rate_(limits) {}

    void run(int steps) {
        for (int step = 0; step != steps; ++step) {
            something_happens();
            everybody_goes_who_may();
            nobody_waits_in_vain();
        }
        come_to_an_end();
    }

private:
    unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

    void something_happens() {
        unsigned const what = below(100);
        if (what < 35)
            somebody_comes();
        else if (what < 65 && !in_flight_.empty())
            somebody_ends();
        else if (what < 70 && !waiting_.empty())
            somebody_leaves();
        else if (what < 72 && with_pauses_)
            limit_.pause_until(now_ + std::chrono::milliseconds(below(3000)));
        else if (what == 72 && with_pauses_)
            limit_.reset_pause();
        else if (what < 90)
            now_ += std::chrono::nanoseconds(below(100'000'000));
        else
            sleeps_until_woken();
    }

    void somebody_comes() {
        std::size_t const tenant = below(tenants.size());
        limiter::id const attempt = next_id_++;
        bool const somebody_waits = limit_.waiting() != 0;
        if (limit_.enter(attempt, tenants[tenant], now_)) {
            REQUIRE_FALSE(somebody_waits);
            admitted(attempt);
        } else {
            waiting_[attempt] = tenant;
            turns_.waits(tenant);
        }
    }

    void somebody_ends() {
        std::size_t const which = below(static_cast<unsigned>(in_flight_.size()));
        limiter::id const attempt = in_flight_[which];
        in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(which));
        limit_.end(attempt, static_cast<limiter::outcome>(below(3)), now_);
    }

    void somebody_leaves() {
        auto const which =
            std::next(waiting_.begin(), below(static_cast<unsigned>(waiting_.size())));
        REQUIRE(limit_.leave(which->first));
        turns_.gone(which->second);
        waiting_.erase(which);
    }

    // At the time that wake_at() says somebody goes, and nobody before.
    void sleeps_until_woken() {
        auto const wake = limit_.wake_at(now_);
        if (!wake)
            return;
        REQUIRE(*wake > now_);
        REQUIRE_FALSE(limit_.next(*wake - 1ns).has_value());
        now_ = *wake;
        REQUIRE(everybody_goes_who_may() != 0);
    }

    int everybody_goes_who_may() {
        int count = 0;
        while (auto const attempt = limit_.next(now_)) {
            auto const found = waiting_.find(*attempt);
            REQUIRE(found != waiting_.end());
            turns_.turn(found->second);
            waiting_.erase(found);
            admitted(*attempt);
            ++count;
        }
        return count;
    }

    void admitted(limiter::id attempt) {
        in_flight_.push_back(attempt);
        rate_.admitted(now_);
        REQUIRE_FALSE(limit_.paused_until(now_).has_value());
        REQUIRE((limits_.max_in_flight == 0 || in_flight_.size() <= limits_.max_in_flight));
    }

    void nobody_waits_in_vain() {
        REQUIRE(limit_.waiting() == waiting_.size());
        REQUIRE(limit_.in_flight() == in_flight_.size());
        if (waiting_.empty()) {
            REQUIRE_FALSE(limit_.wake_at(now_).has_value());
            return;
        }
        // After a pause the window may hold back all but one.
        bool const has_room =
            with_pauses_ ? in_flight_.empty()
                         : limits_.max_in_flight == 0 || in_flight_.size() < limits_.max_in_flight;
        if (has_room) {
            REQUIRE((limit_.paused_until(now_) || !rate_.has_token(now_)));
            REQUIRE(limit_.wake_at(now_).value_or(now_) > now_);
        }
    }

    void come_to_an_end() {
        while (!waiting_.empty() || !in_flight_.empty()) {
            while (!in_flight_.empty())
                somebody_ends();
            if (everybody_goes_who_may() == 0)
                sleeps_until_woken();
        }
        CHECK(limit_.in_flight() == 0);
        CHECK(limit_.waiting() == 0);
        CHECK(limit_.waiting_ids().empty());
    }

    limit_options limits_;
    bool with_pauses_;
    std::mt19937 random_;
    limiter limit_;
    rate_check rate_;
    turn_check turns_;
    clock::time_point now_ = start;
    limiter::id next_id_ = 1;
    std::map<limiter::id, std::size_t> waiting_; // with its tenant
    std::vector<limiter::id> in_flight_;
};

} // namespace

TEST_CASE("whatever happens, the limits hold, nobody waits in vain and tenants take turns") {
    struct {
        double requests_per_second;
        unsigned burst;
        unsigned max_in_flight;
    } const cases[] = {
        {0, 1, 0},    {0, 1, 1},  {0, 1, 5},       {0.01, 1, 0}, {3, 1, 0},
        {7.3, 10, 4}, {50, 5, 2}, {333'333, 1, 0}, {1e6, 1, 3},
    };
    for (auto const& c : cases)
        for (bool const with_pauses : {false, true}) {
            CAPTURE(c.requests_per_second);
            CAPTURE(c.burst);
            CAPTURE(c.max_in_flight);
            CAPTURE(with_pauses);
            limit_options limits;
            limits.requests_per_second = c.requests_per_second;
            limits.burst = c.burst;
            limits.max_in_flight = c.max_in_flight;
            simulation(limits, with_pauses, 20260101).run(10'000);
        }
}

} // TEST_SUITE("policy/rate_limit_random")
