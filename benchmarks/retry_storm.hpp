// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_RETRY_STORM_HPP
#define INTHELOOP_BENCHMARKS_RETRY_STORM_HPP

// Many clients, one service, and an outage: the requests that the service gets. Runs the library's
// own decisions (policy::decide, policy::retry_budget) on a clock of its own; equal seeds give
// equal figures on all machines.

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

namespace storm {

namespace loop = intheloop;
using std::chrono::milliseconds;

// How the service fails during the outage.
enum class outage : unsigned char {
    refuses,      // answers 503 at once
    asks_to_wait, // the same, with "Retry-After: 1"
    is_silent,    // no connection can be made: each attempt times out
    is_half,      // has half of its capacity, and answers 503 to the rest
};

// The numbers and rules of retries.
struct rules {
    loop::retry_options usual;
    unsigned timeout_cost; // of a retry after a timeout
};

// As they were until November 2026.
inline rules numbers_before() {
    rules old;
    old.usual.base = old.usual.throttled_base = milliseconds(1000);
    old.usual.retry_cost = old.usual.throttled_cost = 5;
    old.timeout_cost = 10;
    return old;
}

inline rules numbers_now() {
    rules now;
    now.timeout_cost = now.usual.retry_cost;
    return now;
}

struct scenario {
    unsigned clients = 1000;
    milliseconds period{1000}; // from a call of a client to its next one: half to one and a half
    milliseconds length = std::chrono::minutes(4);
    milliseconds outage_begins = std::chrono::minutes(1);
    milliseconds outage_lasts = std::chrono::minutes(1);
    outage kind = outage::refuses;
    // Of the service when it works; a request that would wait longer than `longest_queue` for its
    // turn is refused with 503.
    double capacity_per_second = 1250;
    milliseconds longest_queue{1000};
    milliseconds answer_time{20};
    milliseconds connect_timeout = std::chrono::seconds(10);
    milliseconds deadline = std::chrono::minutes(1);
    std::uint64_t seed = 1;
};

struct second {
    unsigned first_attempts = 0;
    unsigned retries = 0;
    unsigned failed_calls = 0; // of those begun in this second
};

struct figures {
    std::vector<second> seconds;
    std::uint64_t calls = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    std::uint64_t in_vain = 0; // requests that got no answer, or a 503
    std::uint64_t taken_from_budget = 0;
    std::uint64_t given_to_budget = 0;
    bool overdrawn = false; // a client has taken more than it had
};

class simulation {
public:
    simulation(scenario const& of, rules const& numbers) : of_(of), numbers_(numbers) {
        budgets_.assign(of.clients, loop::policy::retry_budget(numbers.usual.budget));
        result_.seconds.resize(second_of(of.length) + 1);
    }

    figures run() {
        for (unsigned client = 0; client != of_.clients; ++client)
            plan(milliseconds(static_cast<milliseconds::rep>(
                     calls_random_.next_share() * static_cast<double>(of_.period.count()))),
                 event::what::begin, client);
        while (!events_.empty()) {
            event const next = events_.top();
            events_.pop();
            now_ = next.at;
            switch (next.kind) {
            case event::what::begin: begin(next.of); break;
            case event::what::send: send(next.of); break;
            case event::what::end: end(next.of); break;
            }
        }
        return result_;
    }

private:
    struct event {
        enum class what : unsigned char { begin, send, end };
        milliseconds at;
        std::uint64_t number; // in the order of planning
        what kind;
        std::size_t of; // a client, or a call
        bool operator<(event const& other) const {
            return std::tie(at, number) > std::tie(other.at, other.number);
        }
    };
    struct call {
        unsigned client;
        milliseconds began;
        unsigned attempts = 0;
        unsigned last_cost = 0;
        loop::attempt_outcome outcome = {}; // of the attempt under way
        loop::detail::random_numbers random;
    };

    static std::size_t second_of(milliseconds at) {
        return static_cast<std::size_t>(at.count() / 1000);
    }
    second& now_of(milliseconds at) {
        return result_.seconds[std::min(second_of(at), result_.seconds.size() - 1)];
    }
    void plan(milliseconds at, event::what kind, std::size_t of) {
        events_.push({at, ++planned_, kind, of});
    }

    void begin(std::size_t client) {
        loop::detail::random_numbers const random(of_.seed, loop::detail::random_use::call,
                                                  ++result_.calls);
        calls_.push_back(call{static_cast<unsigned>(client), now_, 0, 0, {}, random});
        send(calls_.size() - 1);
        auto const until_next = milliseconds(static_cast<milliseconds::rep>(
            (0.5 + calls_random_.next_share()) * static_cast<double>(of_.period.count())));
        if (now_ + until_next < of_.length)
            plan(now_ + until_next, event::what::begin, client);
    }

    void send(std::size_t which) {
        call& one = calls_[which];
        ++result_.requests;
        ++(one.attempts++ == 0 ? now_of(now_).first_attempts : now_of(now_).retries);
        result_.retries += one.attempts == 1 ? 0 : 1;
        auto const [outcome, takes] = served();
        one.outcome = outcome;
        result_.in_vain += outcome.failure ? 1 : 0;
        plan(now_ + takes, event::what::end, which);
    }

    // Returns the end of a request that the service gets now, and the time until then.
    std::pair<loop::attempt_outcome, milliseconds> served() {
        using std::chrono::seconds;
        bool const is_out =
            now_ >= of_.outage_begins && now_ < of_.outage_begins + of_.outage_lasts;
        if (is_out && of_.kind == outage::is_silent)
            return {
                loop::failed_with(loop::errc::connect_timed_out, loop::request_progress::not_sent),
                of_.connect_timeout};
        if (is_out && of_.kind != outage::is_half)
            return {loop::answered_with(503, of_.kind == outage::asks_to_wait
                                                 ? std::optional(seconds(1))
                                                 : std::nullopt),
                    of_.answer_time};
        double const now = static_cast<double>(now_.count());
        double const begins = std::max(now, free_at_);
        if (begins - now > static_cast<double>(of_.longest_queue.count()))
            return {loop::answered_with(503), of_.answer_time};
        free_at_ = begins + (is_out ? 2 : 1) * 1000 / of_.capacity_per_second;
        return {loop::attempt_outcome(),
                milliseconds(static_cast<milliseconds::rep>(begins - now)) + of_.answer_time};
    }

    void end(std::size_t which) {
        call& one = calls_[which];
        auto& budget = budgets_[one.client];
        if (!one.outcome.failure) {
            ++result_.succeeded;
            unsigned const back = one.last_cost == 0 ? 1 : one.last_cost;
            unsigned const before = budget.left();
            budget.give(back);
            result_.given_to_budget += budget.left() - before;
            return;
        }
        loop::retry_options options = numbers_.usual;
        if (condition_of(*one.outcome.failure) == loop::condition::timeout)
            options.retry_cost = numbers_.timeout_cost;
        loop::policy::call_facts facts;
        facts.idempotent = true;
        facts.attempts = one.attempts;
        facts.time_left = one.began + of_.deadline - now_;
        auto const next = loop::policy::decide(one.outcome, facts, options, budget.left(),
                                               one.random.next_share());
        if (next.verdict != loop::retry_verdict::retry) {
            ++result_.failed;
            ++now_of(one.began).failed_calls;
            return;
        }
        result_.overdrawn = !budget.take(next.cost) || result_.overdrawn;
        result_.taken_from_budget += next.cost;
        one.last_cost = next.cost;
        plan(now_ + next.delay, event::what::send, which);
    }

    scenario of_;
    rules numbers_;
    milliseconds now_{0};
    double free_at_ = 0; // milliseconds: when the service has done all that it has accepted
    std::vector<loop::policy::retry_budget> budgets_;
    std::vector<call> calls_;
    std::priority_queue<event> events_;
    std::uint64_t planned_ = 0;
    loop::detail::random_numbers calls_random_{of_.seed}; // for when calls begin
    figures result_;
};

} // namespace storm

#endif
