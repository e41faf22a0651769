// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/pool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string_view>

TEST_SUITE("policy/pool_random") {

// Random events over a virtual clock, and what must hold whatever happens.

namespace {

using namespace std::chrono_literals;
using intheloop::pool_options;
using intheloop::policy::clock;
using intheloop::policy::close_reason;
using intheloop::policy::pool_plan;
using id = pool_plan::id;

constexpr std::array<std::string_view, 3> tenants{"a", "b", "c"};

// Follows the plan: the connections and calls that there would be.
class simulation {
public:
    simulation(pool_options const& how, unsigned seed) : how_(how), plan_(how), random_(seed) {}

    void run(int steps) {
        for (int step = 0; step != steps; ++step) {
            something_happens();
            obey();
            check();
        }
        come_to_an_end();
    }

private:
    enum class state { connecting, idle, busy, used_up };
    struct connection {
        state is = state::connecting;
        id call = 0; // whose it is
        bool is_shrunk = false;
        bool dead = false;
        clock::time_point made{};
        clock::time_point used{};
        clock::time_point released{};
    };

    std::size_t below(std::size_t end) { return random_() % end; }
    bool with_chance(std::size_t percent) { return below(100) < percent; }

    void something_happens() {
        std::size_t const what = below(100);
        if (what < 38)
            call_comes();
        else if (what < 60)
            call_is_done();
        else if (what < 72)
            connect_ends();
        else if (what < 80)
            call_leaves();
        else if (what < 84)
            idle_one_dies();
        else if (what < 98)
            now_ += std::chrono::milliseconds(below(2000));
        else if (what < 99)
            plan_.close_idle(close_reason::dead);
        else if (waiting_.empty() && in(state::busy) == 0)
            plan_.abandon_connects();
    }

    void call_comes() {
        id const call = ++last_call_;
        bool const somebody_waits = !waiting_.empty();
        if (auto const taken = plan_.take(call, now_, alive_)) {
            REQUIRE_FALSE(somebody_waits);
            REQUIRE(taken->call == call);
            return hand_over(*taken);
        }
        if (plan_.want(call, tenants[below(tenants.size())]))
            waiting_.insert(call);
        else
            REQUIRE(waiting_.size() >= how_.max_waiting);
    }
    void call_is_done() {
        auto const busy = any(state::busy);
        if (busy == connections_.end())
            return;
        busy->second.released = now_;
        if (with_chance(20)) { // nothing was sent
            busy->second.is = state::idle;
            return plan_.give_back(busy->first, now_);
        }
        bool const reusable = with_chance(80);
        busy->second.is = reusable ? state::idle : state::used_up;
        busy->second.used = now_;
        plan_.release(busy->first, reusable, now_);
    }
    void connect_ends() {
        auto const made = any(state::connecting);
        if (made == connections_.end())
            return;
        if (with_chance(75)) {
            made->second = {state::idle, 0, false, false, now_, now_, now_};
            return plan_.connected(made->first, now_);
        }
        id const failed = made->first;
        connections_.erase(made);
        std::size_t const without = waiting_.size() - std::min(waiting_.size(), connecting());
        auto const told = plan_.connect_failed(failed);
        REQUIRE(told.has_value() == (without != 0));
        if (told)
            REQUIRE(waiting_.erase(*told) == 1);
    }
    void call_leaves() {
        id const call = 1 + below(last_call_ + 1); // often one that does not wait
        bool const waits = waiting_.erase(call) == 1;
        REQUIRE(plan_.leave(call) == waits);
        if (!waits && !waiting_.empty()) {
            auto const next = waiting_.lower_bound(call);
            id const other = next != waiting_.end() ? *next : *waiting_.begin();
            waiting_.erase(other);
            REQUIRE(plan_.leave(other));
        }
    }
    void idle_one_dies() {
        if (auto const idle = any(state::idle); idle != connections_.end())
            idle->second.dead = true;
    }

    void obey() {
        while (auto const step = plan_.next(now_, alive_)) {
            REQUIRE(int{step.give.has_value()} + int{step.connect.has_value()} +
                        int{step.close.has_value()} + int{step.shrink.has_value()} ==
                    1);
            if (step.give) {
                REQUIRE(waiting_.erase(step.give->call) == 1);
                hand_over(*step.give);
            } else if (step.connect) {
                REQUIRE(connections_.emplace(step.connect->connection, connection()).second);
                REQUIRE(connections_.size() <= how_.max_connections);
                REQUIRE(connecting() <= waiting_.size());
            } else if (step.shrink) {
                shrink(*step.shrink);
            } else {
                close(*step.close);
            }
        }
    }
    void hand_over(pool_plan::give const& given) {
        connection& which = connections_.at(given.connection);
        REQUIRE(which.is == state::idle);
        REQUIRE_FALSE(which.dead);
        REQUIRE(is_fresh(which));
        which.is = state::busy;
        which.is_shrunk = false;
        which.call = given.call;
    }
    void shrink(pool_plan::shrink const& step) {
        connection& which = connections_.at(step.connection);
        REQUIRE(which.is == state::idle);
        REQUIRE_FALSE(which.is_shrunk);
        which.is_shrunk = true;
    }
    void close(pool_plan::close const& closed) {
        auto const found = connections_.find(closed.connection);
        REQUIRE(found != connections_.end());
        connection const& which = found->second;
        REQUIRE(which.is != state::busy);
        REQUIRE((which.is == state::connecting) == (closed.reason == close_reason::abandoned));
        REQUIRE((which.is == state::used_up) == (closed.reason == close_reason::used_up));
        if (closed.reason == close_reason::idle)
            REQUIRE(now_ - which.used >= how_.idle_timeout);
        if (closed.reason == close_reason::lifetime)
            REQUIRE(now_ - which.made >= how_.max_lifetime);
        connections_.erase(found);
    }

    void check() const {
        REQUIRE(in(state::used_up) == 0);
        REQUIRE(plan_.open() == in(state::busy) + in(state::idle));
        REQUIRE(plan_.connecting() == connecting());
        REQUIRE(plan_.idle() == in(state::idle));
        REQUIRE(plan_.waiting() == waiting_.size());
        REQUIRE(connections_.size() <= how_.max_connections);
        for (auto const& [name, each] : connections_) {
            REQUIRE((each.is != state::idle || is_fresh(each)));
            if (each.is == state::idle)
                REQUIRE(each.is_shrunk == (now_ - each.released >= pool_plan::ready_for));
        }
        if (waiting_.empty()) {
            REQUIRE(in(state::idle) <= how_.max_idle);
        } else { // nobody waits in vain
            REQUIRE(in(state::idle) == 0);
            REQUIRE(
                (connections_.size() == how_.max_connections || connecting() >= waiting_.size()));
        }
        REQUIRE(plan_.wake_at() == first_to_close());
    }

    void come_to_an_end() {
        for (id const call : waiting_)
            REQUIRE(plan_.leave(call));
        waiting_.clear();
        plan_.abandon_connects();
        obey();
        while (in(state::busy) != 0) {
            call_is_done();
            obey();
        }
        plan_.close_idle(close_reason::closed);
        obey();
        CHECK(plan_.empty());
        CHECK(connections_.empty());
    }

    std::map<id, connection>::iterator any(state which) {
        std::size_t const count = in(which);
        if (count == 0)
            return connections_.end();
        auto at = connections_.begin();
        for (std::size_t skip = below(count); at->second.is != which || skip-- != 0;)
            ++at;
        return at;
    }
    std::size_t in(state which) const {
        return static_cast<std::size_t>(
            std::count_if(connections_.begin(), connections_.end(),
                          [&](auto const& each) { return each.second.is == which; }));
    }
    std::size_t connecting() const { return in(state::connecting); }
    std::optional<clock::time_point> first_to_close() const {
        std::optional<clock::time_point> first;
        for (auto const& [name, each] : connections_)
            if (each.is == state::idle) {
                auto at = each.used + how_.idle_timeout;
                if (how_.max_lifetime.count() != 0)
                    at = std::min<clock::time_point>(at, each.made + how_.max_lifetime);
                first = std::min(at, first.value_or(at));
            }
        return first;
    }
    bool is_fresh(connection const& which) const {
        return now_ - which.used < how_.idle_timeout &&
               (how_.max_lifetime.count() == 0 || now_ - which.made < how_.max_lifetime);
    }

    pool_options const how_;
    pool_plan plan_;
    std::mt19937 random_;
    clock::time_point now_{1h};
    std::map<id, connection> connections_;
    std::set<id> waiting_;
    id last_call_ = 0;
    struct is_alive {
        simulation const& all;
        bool operator()(id which) const { return !all.connections_.at(which).dead; }
    } const alive_{*this};
};

pool_options make(std::size_t connections, std::size_t idle, std::size_t waiting,
                  std::chrono::milliseconds idle_timeout, std::chrono::milliseconds lifetime) {
    pool_options how;
    how.max_connections = connections;
    how.max_idle = idle;
    how.max_waiting = waiting;
    how.idle_timeout = idle_timeout;
    how.max_lifetime = lifetime;
    return how;
}

} // namespace

TEST_CASE("whatever happens, connections and calls come together and nothing is lost") {
    pool_options const cases[] = {
        make(1, 1, 100, 10s, 1min),    make(1, 0, 2, 10s, 0ms),     make(3, 3, 1000, 5s, 20s),
        make(4, 1, 1000, 30s, 10s),    make(16, 16, 0, 30s, 30min), make(16, 2, 1000, 3s, 0ms),
        make(1000, 5, 1000, 10s, 30s),
    };
    for (unsigned seed = 1; seed != 4; ++seed)
        for (std::size_t i = 0; i != std::size(cases); ++i) {
            CAPTURE(seed);
            CAPTURE(i);
            simulation(cases[i], seed).run(2'000);
        }
}

} // TEST_SUITE("policy/pool_random")
