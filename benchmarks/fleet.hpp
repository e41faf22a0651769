// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_FLEET_HPP
#define INTHELOOP_BENCHMARKS_FLEET_HPP

// Many processes with one token and one engine: what they send, and what they ask of it. Runs the
// library's own decisions (policy::fleet_lease, policy::fleet_ledger, policy::token_bucket) on a
// clock of its own; equal seeds give equal figures on all machines.

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/policy/detail/fleet_lease.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

namespace fleets {

namespace loop = intheloop;
namespace policy = intheloop::policy;
using std::chrono::milliseconds;
using time_point = policy::clock::time_point;

inline constexpr time_point start{std::chrono::hours(1)};

struct scenario {
    unsigned processes = 10'000;
    double limit = 5000; // requests per second, of all
    double wanted = 5;   // by all together, as a multiple of the limit
    double heavy = 1;    // the part of the processes that want all that
    double churn = 0;    // the part of the processes that is replaced in each second, unannounced
    double cut_off = 0;  // the part of the processes that can't reach the engine from 40 s to 60 s
    bool restarts = false; // with empty memory, at 40 s
    milliseconds length = std::chrono::seconds(90);
    milliseconds round_trip{2};
    std::uint64_t seed = 1;
};

struct figures {
    std::vector<unsigned> sent;       // per second
    std::vector<unsigned> operations; // of the engine, per second
    std::vector<double> shares;       // sent by each process with calls, from 20 s to 40 s
};

class simulation {
public:
    explicit simulation(scenario const& of) : of_(of), random_(of.seed), ledger_(true) {
        found_.sent.resize(static_cast<std::size_t>(of.length / std::chrono::seconds(1)));
        found_.operations.resize(found_.sent.size());
        limits_.requests_per_second = of.limit;
        all_.reserve(of.processes);
        for (unsigned i = 0; i != of.processes; ++i) {
            all_.emplace_back(options(), limits_);
            begin(i, start + milliseconds(static_cast<int>(1000 * random_.next_share())));
        }
        if (of.churn > 0)
            add(start + std::chrono::seconds(20), 0, kind::churn);
        if (of.restarts)
            add(start + std::chrono::seconds(40), 0, kind::restart);
    }

    figures run() {
        while (!events_.empty()) {
            auto const [at, order, which, generation, what] = events_.top();
            if (at >= start + of_.length)
                break;
            events_.pop();
            now_ = at;
            if (what == kind::churn)
                replace_some();
            else if (what == kind::restart)
                ledger_ = policy::fleet_ledger(true);
            else if (all_[which].generation == generation)
                step(which, what);
        }
        for (auto const& each : all_)
            if (each.generation == 1) // from the beginning on
                found_.shares.push_back(each.sent_in_window);
        return found_;
    }

private:
    enum class kind : unsigned char { call, ready, wake, answer, churn, restart };
    using event = std::tuple<time_point, std::uint64_t, unsigned, unsigned, kind>;

    struct process {
        process(loop::fleet_options const& options, loop::limit_options const& limits)
            : lease(options, limits), bucket(limits.requests_per_second, 1, start) {}

        policy::fleet_lease lease;
        policy::token_bucket bucket;
        time_point held_until = time_point::max();
        loop::fleet_grant answer;
        unsigned generation = 0;
        double wants = 0; // calls per second
        std::uint64_t begun = 0;
        std::uint64_t waiting = 0;
        time_point ready_at = time_point::max(); // of the event under way
        time_point wake_at = time_point::max();
        double sent_in_window = 0;
    };

    static loop::fleet_options options() {
        loop::fleet_options made;
        made.key = "a key for the simulation";
        return made;
    }

    void add(time_point at, unsigned which, kind what) {
        events_.emplace(at, ++order_, which, all_[which].generation, what);
    }
    void begin(unsigned i, time_point at) {
        process& one = all_[i];
        unsigned const generation = one.generation + 1;
        one = process(options(), limits_);
        one.generation = generation;
        auto const heavy = static_cast<unsigned>(of_.heavy * of_.processes);
        // Each of the others makes a call in ten seconds.
        one.wants = i < heavy ? of_.limit * of_.wanted / heavy : 0.1;
        add(at, i, kind::call);
    }
    time_point later(time_point than, double mean_seconds) {
        double const wait = -mean_seconds * std::log(1 - random_.next_share());
        return than +
               std::chrono::ceil<policy::clock::duration>(std::chrono::duration<double>(wait));
    }
    std::size_t second() const {
        return static_cast<std::size_t>((now_ - start) / std::chrono::seconds(1));
    }

    void step(unsigned i, kind what) {
        process& one = all_[i];
        switch (what) {
        case kind::call:
            ++one.waiting;
            add(later(now_, 1 / one.wants), i, kind::call);
            break;
        case kind::ready: one.ready_at = time_point::max(); break;
        case kind::answer:
            if (one.lease.is_asking())
                one.lease.on_granted(one.answer, now_, random_.next_share());
            break;
        default: one.wake_at = time_point::max(); break;
        }
        if (one.lease.is_asking() && now_ >= one.lease.answer_due())
            one.lease.on_failed(now_, random_.next_share());
        apply(one);
        send(one);
        if (one.waiting == 0 && !one.lease.is_asking() && what == kind::wake)
            return; // at rest
        ask(i, one);
        apply(one);
        send(one);
        schedule(i, one);
    }

    void apply(process& one) {
        auto const changed = one.lease.changed_capacity(now_);
        if (!changed)
            return;
        one.held_until = changed->held_until;
        if (changed->limits)
            one.bucket.change(changed->limits->requests_per_second, changed->limits->burst,
                              changed->saved, now_);
    }

    void send(process& one) {
        while (one.waiting != 0 && now_ >= std::max(one.held_until, one.bucket.ready_at())) {
            one.bucket.take(now_);
            ++one.begun;
            --one.waiting;
            ++found_.sent[second()];
            if (second() >= 20 && second() < 40)
                ++one.sent_in_window;
        }
    }

    policy::fleet_demand demand(process const& one) const {
        policy::fleet_demand made;
        made.begun = one.begun;
        made.waiting = one.waiting;
        made.waiting_tenants = one.waiting != 0 ? 1 : 0;
        return made;
    }

    void ask(unsigned i, process& one) {
        if (!one.lease.must_ask(demand(one), now_))
            return;
        auto claim = one.lease.claim(demand(one), now_);
        claim.member = std::to_string(i) + '.' + std::to_string(one.generation);
        auto const at = second();
        if (at >= 40 && at < 60 && i % 100 < 100 * of_.cut_off)
            return; // no answer comes
        ++found_.operations[at];
        one.answer = ledger_.claim(claim, now_);
        add(now_ + of_.round_trip, i, kind::answer);
    }

    void schedule(unsigned i, process& one) {
        if (one.waiting != 0) {
            auto const at = std::max({now_, one.held_until, one.bucket.ready_at()});
            if (at < one.ready_at && at != time_point::max())
                add(one.ready_at = at, i, kind::ready);
        }
        auto const at = std::max(now_, one.lease.wake_at(demand(one), now_));
        if (at < one.wake_at)
            add(one.wake_at = at, i, kind::wake);
    }

    void replace_some() {
        auto const how_many = static_cast<unsigned>(of_.churn * of_.processes);
        for (unsigned i = 0; i != how_many; ++i)
            begin(static_cast<unsigned>(random_.next() % of_.processes), now_);
        add(now_ + std::chrono::seconds(1), 0, kind::churn);
    }

    scenario const of_;
    loop::detail::random_numbers random_;
    policy::fleet_ledger ledger_;
    loop::limit_options limits_;
    std::vector<process> all_;
    std::priority_queue<event, std::vector<event>, std::greater<>> events_;
    std::uint64_t order_ = 0;
    time_point now_ = start;
    figures found_;
};

} // namespace fleets

#endif
