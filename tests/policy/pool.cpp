// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/pool.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

TEST_SUITE("policy/pool") {

namespace {

using namespace std::chrono_literals;
using intheloop::pool_options;
using intheloop::policy::clock;
using intheloop::policy::close_reason;
using intheloop::policy::keep_alive;
using intheloop::policy::pool_plan;
using intheloop::policy::validate;
using id = pool_plan::id;

// A plan on a virtual clock. Each event gives what is to be done then, one thing after the other.
class bench {
public:
    explicit bench(pool_options const& how) : plan(how) {}

    pool_plan plan;
    clock::time_point now{1h};
    std::set<id> dead; // connections
    bool tells_shrink = false;

    std::string call(id which, std::string_view tenant = "") {
        log_.clear();
        if (auto const taken = plan.take(which, now, alive))
            tell(*taken);
        else if (!plan.want(which, tenant))
            tell("call " + std::to_string(which) + " is refused");
        return drain();
    }
    std::string leave(id which) {
        log_.clear();
        if (!plan.leave(which))
            tell("call " + std::to_string(which) + " does not wait");
        return drain();
    }
    std::string connected(id connection) {
        log_.clear();
        plan.connected(connection, now);
        return drain();
    }
    std::string failed(id connection) {
        log_.clear();
        if (auto const told = plan.connect_failed(connection))
            tell("tell " + std::to_string(*told));
        return drain();
    }
    std::string release(id connection, bool reusable = true, keep_alive const& said = {}) {
        log_.clear();
        plan.release(connection, reusable, now, said);
        return drain();
    }
    std::string give_back(id connection) {
        log_.clear();
        plan.give_back(connection, now);
        return drain();
    }
    std::string wait(std::chrono::milliseconds time) {
        log_.clear();
        now += time;
        return drain();
    }
    std::string abandon_connects() {
        log_.clear();
        plan.abandon_connects();
        return drain();
    }
    std::string close_idle(close_reason reason) {
        log_.clear();
        plan.close_idle(reason);
        return drain();
    }

    // Connections 1 to `count`, idle; the last one was used last. The calls have the same numbers.
    void rest(id count) {
        for (id i = 1; i <= count; ++i) {
            call(i);
            connected(i);
        }
        for (id i = 1; i <= count; ++i)
            release(i);
        REQUIRE(plan.idle() == count);
    }
    // The same, but busy with these calls.
    void work(id count) {
        for (id i = 1; i <= count; ++i) {
            call(i);
            connected(i);
        }
        REQUIRE(plan.open() == count);
    }

private:
    std::string drain() {
        while (auto const step = plan.next(now, alive)) {
            if (step.give)
                tell(*step.give);
            if (step.connect)
                tell("connect " + std::to_string(step.connect->connection));
            if (step.shrink && tells_shrink)
                tell("shrink " + std::to_string(step.shrink->connection));
            if (step.close)
                tell("close " + std::to_string(step.close->connection) + ' ' +
                     std::string(to_string(step.close->reason)));
        }
        return log_;
    }
    void tell(pool_plan::give const& step) {
        tell("give " + std::to_string(step.connection) + " to " + std::to_string(step.call) +
             (step.reused ? " again" : ""));
    }
    void tell(std::string const& what) {
        if (!log_.empty())
            log_ += ", ";
        log_ += what;
    }

    std::function<bool(id)> const alive = [this](id which) { return !dead.contains(which); };
    std::string log_;
};

pool_options at_most(std::size_t connections) {
    pool_options how;
    how.max_connections = connections;
    return how;
}

} // namespace

TEST_CASE("a connection is made for a call, and kept for the next one") {
    bench b(at_most(16));
    CHECK(b.call(1) == "connect 1");
    CHECK(b.plan.connecting() == 1);
    CHECK(b.plan.waiting() == 1);
    CHECK(b.connected(1) == "give 1 to 1");
    CHECK(b.plan.open() == 1);
    CHECK(b.plan.idle() == 0);
    CHECK(b.release(1) == "");
    CHECK(b.plan.idle() == 1);
    CHECK(b.call(2) == "give 1 to 2 again");
    CHECK(b.release(1, false) == "close 1 used_up");
    CHECK(b.plan.empty());
    CHECK(b.call(3) == "connect 2"); // no number is used twice
}

TEST_CASE("the connection that was used last is used first") {
    bench b(at_most(16));
    b.rest(3);
    CHECK(b.call(4) == "give 3 to 4 again");
    CHECK(b.call(5) == "give 2 to 5 again");
    CHECK(b.release(3) == "");
    CHECK(b.call(6) == "give 3 to 6 again");
    CHECK(b.call(7) == "give 1 to 7 again");
    CHECK(b.call(8) == "connect 4");
}

TEST_CASE("there are no more connections than allowed, and the next call waits for one") {
    bench b(at_most(2));
    CHECK(b.call(1) == "connect 1");
    CHECK(b.call(2) == "connect 2");
    CHECK(b.call(3) == "");
    CHECK(b.connected(2) == "give 2 to 1"); // the first connection goes to who waits longest
    CHECK(b.release(2) == "give 2 to 2 again");
    CHECK(b.connected(1) == "give 1 to 3");
    CHECK(b.call(4) == "");
    CHECK(b.call(5) == "");
    CHECK(b.plan.waiting() == 2);
    CHECK(b.release(1, false) == "close 1 used_up, connect 3");
    CHECK(b.release(2) == "give 2 to 4 again");
    CHECK(b.connected(3) == "give 3 to 5");
}

TEST_CASE("a connect is begun only for a call that waits without one") {
    bench b(at_most(16));
    b.work(1);
    CHECK(b.call(2) == "connect 2");
    CHECK(b.release(1) == "give 1 to 2 again"); // sooner than the new one
    CHECK(b.plan.connecting() == 1);
    CHECK(b.call(3) == ""); // it gets the one that is being made
    CHECK(b.call(4) == "connect 3");
    CHECK(b.connected(2) == "give 2 to 3");
    CHECK(b.connected(3) == "give 3 to 4");
    CHECK(b.plan.open() == 3);
}

TEST_CASE("a connection that comes when nobody waits any more rests, as one that may be stale") {
    bench b(at_most(16));
    b.work(1);
    CHECK(b.call(2) == "connect 2");
    CHECK(b.release(1) == "give 1 to 2 again");
    CHECK(b.connected(2) == "");
    CHECK(b.plan.idle() == 1);
    CHECK(b.call(3) == "give 2 to 3 again");
}

TEST_CASE("more calls wait than allowed: the next one is refused") {
    pool_options how = at_most(1);
    how.max_waiting = 2;
    bench b(how);
    b.work(1);
    CHECK(b.call(2) == "");
    CHECK(b.call(3) == "");
    CHECK(b.call(4) == "call 4 is refused");
    CHECK(b.plan.waiting() == 2);
    CHECK(b.leave(2) == "");
    CHECK(b.call(5) == "");
    CHECK(b.call(6) == "call 6 is refused");
    CHECK(b.release(1) == "give 1 to 3 again");
    CHECK(b.release(1) == "give 1 to 5 again");
}

TEST_CASE("where nobody may wait, calls go while there are connections to have") {
    pool_options how = at_most(2);
    how.max_waiting = 0;
    bench b(how);
    CHECK(b.call(1) == "connect 1");
    CHECK(b.call(2) == "connect 2");
    CHECK(b.call(3) == "call 3 is refused");
    b.connected(1);
    CHECK(b.release(1) == "give 1 to 2 again");
    CHECK(b.connected(2) == "");
    CHECK(b.call(4) == "give 2 to 4 again");
    CHECK(b.call(5) == "call 5 is refused");
}

TEST_CASE("calls that want a connection at the same time are counted as if one came by one") {
    pool_options how = at_most(2);
    how.max_waiting = 1;
    bench b(how);
    std::size_t admitted = 0;
    for (id call = 1; call <= 10; ++call) // without a next() between them
        admitted += b.plan.want(call, "") ? 1 : 0;
    bench one_by_one(how);
    for (id call = 1; call <= 10; ++call)
        one_by_one.call(call);
    CHECK(admitted == one_by_one.plan.waiting());
}

TEST_CASE("idle connections shrink after a second, the oldest first, and once") {
    bench b(at_most(16));
    b.tells_shrink = true;
    CHECK(b.plan.shrink_at() == std::nullopt);
    b.work(3);
    CHECK(b.wait(1min) == "");
    b.release(2);
    CHECK(b.plan.shrink_at() == b.now + 1s);
    b.wait(600ms);
    b.release(1);
    b.release(3);
    CHECK(b.plan.shrink_at() == b.now + 400ms);
    CHECK(b.wait(400ms - 1ms) == "");
    CHECK(b.wait(1ms) == "shrink 2");
    CHECK(b.plan.shrink_at() == b.now + 600ms);
    b.call(4); // takes the one that was used last
    b.release(3);
    CHECK(b.wait(600ms) == "shrink 1");
    CHECK(b.wait(400ms) == "shrink 3");
    CHECK(b.plan.shrink_at() == std::nullopt);
    CHECK(b.wait(5s) == "");
    b.call(5);
    b.call(6);
    b.release(1);
    b.release(3);
    CHECK(b.wait(1s) == "shrink 1, shrink 3"); // and not the one that never was used again
}

TEST_CASE("when all calls are over, idle connections shrink at once") {
    bench b(at_most(16));
    b.work(3);
    b.release(1);
    b.wait(1s);
    b.release(2);
    auto const next = [&] { return b.plan.next_to_shrink(clock::time_point::max()); };
    auto const second = next();
    REQUIRE(second);
    CHECK(second->connection == 2);
    CHECK_FALSE(next());
    b.release(3);
    CHECK(next()->connection == 3);
    CHECK_FALSE(next());
    CHECK(b.plan.shrink_at() == std::nullopt);
}

TEST_CASE("idle connections are closed after their time, the oldest first") {
    pool_options how = at_most(16);
    how.idle_timeout = 30s;
    bench b(how);
    CHECK(b.plan.wake_at() == std::nullopt);
    b.work(2);
    CHECK(b.plan.wake_at() == std::nullopt); // a call may take as long as it wants
    CHECK(b.wait(20min) == "");
    b.release(2);
    CHECK(b.plan.wake_at() == b.now + 30s);
    b.wait(10s);
    b.release(1);
    CHECK(b.plan.wake_at() == b.now + 20s);
    CHECK(b.wait(20s - 1ms) == "");
    CHECK(b.wait(1ms) == "close 2 idle");
    CHECK(b.plan.wake_at() == b.now + 10s);
    CHECK(b.wait(10s) == "close 1 idle");
    CHECK(b.plan.wake_at() == std::nullopt);
    CHECK(b.plan.empty());
}

TEST_CASE("who comes when an idle connection's time is over gets a new one") {
    pool_options how = at_most(1);
    how.idle_timeout = 30s;
    bench b(how);
    b.rest(1);
    b.now += 30s;
    CHECK(b.call(2) == "close 1 idle, connect 2"); // closed first: only one may be open
}

TEST_CASE("no call begins on a connection that is too old") {
    pool_options how = at_most(16);
    how.max_lifetime = 60s;
    how.idle_timeout = 1h;
    bench b(how);
    SUBCASE("when one is wanted") {
        b.rest(1);
        b.now += 60s;
        CHECK(b.call(2) == "close 1 lifetime, connect 2");
    }
    SUBCASE("when it is released") {
        b.work(1);
        b.call(2);
        b.wait(60s); // the call goes on
        CHECK(b.plan.open() == 1);
        CHECK(b.release(1) == "close 1 lifetime");
    }
    SUBCASE("while it is idle") {
        b.work(1);
        b.wait(20s);
        b.release(1);
        b.wait(10s);
        b.call(2);
        b.call(3);
        b.connected(2);
        b.release(1); // used last, but older
        CHECK(b.plan.wake_at() == b.now + 30s);
        CHECK(b.wait(30s - 1ms) == "");
        CHECK(b.wait(1ms) == "close 1 lifetime");
        CHECK(b.release(2) == "");
        CHECK(b.plan.wake_at() == b.now + 30s);
        CHECK(b.wait(30s) == "close 2 lifetime");
    }
    SUBCASE("it is used until then") {
        b.rest(1);
        b.now += 60s - 1ms;
        CHECK(b.call(2) == "give 1 to 2 again");
    }
    SUBCASE("without a limit it is used for ever") {
        how.max_lifetime = 0ms;
        bench for_ever(how);
        for_ever.rest(1);
        for (int i = 0; i != 1000; ++i) {
            for_ever.now += 59min;
            CHECK(for_ever.call(2) == "give 1 to 2 again");
            CHECK(for_ever.release(1) == "");
        }
    }
}

TEST_CASE("a connection that was just made goes to the call that waits for it, dead or not") {
    bench b{pool_options()};
    CHECK(b.call(1) == "connect 1");
    b.dead = {1}; // a peer that hangs up on everyone: to make another would never end
    CHECK(b.connected(1) == "give 1 to 1");
    CHECK(b.release(1, false) == "close 1 used_up");
}

TEST_CASE("dead connections are passed over, and closed") {
    bench b(at_most(3));
    b.rest(3);
    b.dead = {2, 3};
    CHECK(b.call(4) == "give 1 to 4 again, close 2 dead, close 3 dead");
    b.release(1);
    b.dead.insert(1);
    CHECK(b.call(5) == "close 1 dead, connect 4");
    CHECK(b.call(6) == "connect 5");
    CHECK(b.call(7) == "connect 6");
}

TEST_CASE("a connection that dies between its release and the next call is passed over too") {
    bench b(at_most(1));
    b.work(1);
    CHECK(b.call(2) == "");
    b.dead.insert(1);
    CHECK(b.release(1) == "close 1 dead, connect 2");
}

TEST_CASE("who leaves does so at once, and takes along the connect that was begun for it") {
    bench b(at_most(2));
    CHECK(b.leave(1) == "call 1 does not wait");
    b.call(1);
    b.call(2);
    b.call(3);
    CHECK(b.leave(2) == ""); // the third has use for both
    CHECK(b.leave(2) == "call 2 does not wait");
    CHECK(b.leave(3) == "close 2 abandoned"); // the one that is less far
    CHECK(b.connected(2) == "");              // too late
    CHECK(b.failed(2) == "");
    CHECK(b.leave(1) == "close 1 abandoned");
    CHECK(b.plan.empty());
}

TEST_CASE("a connect that fails before it could be abandoned is not closed as well") {
    bench b(at_most(2));
    b.call(1);
    CHECK(b.plan.leave(1));
    CHECK(b.failed(1) == "");
    CHECK(b.plan.empty());
}

TEST_CASE("that a connect failed is told to a call for which no other one is being made") {
    bench b(at_most(2));
    b.call(1);
    b.call(2);
    CHECK(b.failed(2) == "tell 1"); // the call that waits longest
    CHECK(b.plan.waiting() == 1);
    b.call(3);
    b.call(4);
    CHECK(b.failed(1) == "tell 2, connect 4");
    CHECK(b.connected(3) == "give 3 to 3");
    CHECK(b.connected(4) == "give 4 to 4");
}

TEST_CASE("that a connect failed is told to nobody if nobody is the worse for it") {
    bench b(at_most(16));
    b.work(1);
    b.call(2);
    b.release(1); // for the second
    CHECK(b.plan.connecting() == 1);
    CHECK(b.failed(2) == "");
    b.call(3);
    b.call(4);
    b.release(1); // for the third
    CHECK(b.failed(3) == "");
    CHECK(b.connected(4) == "give 4 to 4");
}

TEST_CASE("connections beyond max_idle are closed when nobody has use for them") {
    pool_options how = at_most(16);
    how.max_idle = 1;
    bench b(how);
    b.work(3);
    CHECK(b.release(2) == "");
    CHECK(b.release(3) == "close 2 surplus"); // the one that rests longest
    CHECK(b.release(1) == "close 3 surplus");
    CHECK(b.call(4) == "give 1 to 4 again");
}

TEST_CASE("with a max_idle of zero, a connection is still handed on to a call that waits") {
    pool_options how = at_most(1);
    how.max_idle = 0;
    bench b(how);
    b.work(1);
    b.call(2);
    CHECK(b.release(1) == "give 1 to 2 again");
    CHECK(b.release(1) == "close 1 surplus");
}

TEST_CASE("a connection that comes when nobody waits any more counts against max_idle") {
    pool_options how = at_most(16);
    how.max_idle = 0;
    bench b(how);
    b.work(1);
    b.call(2);
    b.release(1);
    CHECK(b.connected(2) == "close 2 surplus");
    CHECK(b.plan.idle() == 0);
}

TEST_CASE("tenants take turns") {
    bench b(at_most(1));
    b.work(1);
    for (id call : {11u, 12u, 13u})
        b.call(call, "a");
    for (id call : {21u, 22u})
        b.call(call, "b");
    b.call(31, "c");
    for (char const* expected : {"give 1 to 11 again", "give 1 to 21 again", "give 1 to 31 again",
                                 "give 1 to 12 again", "give 1 to 22 again", "give 1 to 13 again"})
        CHECK(b.release(1) == expected);
}

TEST_CASE("what is open without a call, and what is being made, can be given up") {
    bench b(at_most(16));
    b.work(1);
    b.call(2);
    b.release(1);
    b.release(1);
    CHECK(b.plan.idle() == 1);
    CHECK(b.plan.connecting() == 1);
    CHECK(b.abandon_connects() == "close 2 abandoned");
    CHECK(b.connected(2) == "");
    b.call(3);
    CHECK(b.close_idle(close_reason::closed) == "");
    CHECK(b.release(1) == "");
    CHECK(b.close_idle(close_reason::closed) == "close 1 closed");
    CHECK(b.plan.empty());
    CHECK(b.release(1) == ""); // unknown by now
}

TEST_CASE("which options can't be used") {
    CHECK(validate(pool_options()) == nullptr);
    pool_options how;
    SUBCASE("no connection") {
        how.max_connections = 0;
    }
    SUBCASE("no time to rest") {
        how.idle_timeout = 0ms;
    }
    SUBCASE("a negative time to rest") {
        how.idle_timeout = -1ms;
    }
    SUBCASE("a negative lifetime") {
        how.max_lifetime = -1ms;
    }
    CHECK(validate(how) != nullptr);
}

TEST_CASE("the server's own idle limit holds where it is shorter") {
    pool_options how;
    how.idle_timeout = 10s;
    struct row {
        std::optional<std::chrono::milliseconds> said;
        std::chrono::milliseconds limit;
    };
    for (row const& each :
         {row{500ms, 500ms}, row{4s, 4s}, row{60s, 10s}, row{std::nullopt, 10s}}) {
        CAPTURE(each.limit.count());
        bench b(how);
        b.work(1);
        keep_alive const said{each.said, std::nullopt};
        b.release(1, true, said);
        CHECK(b.plan.wake_at() == b.now + each.limit);
        CHECK(b.wait(each.limit - 1ms) == "");
        CHECK(b.call(2) == "give 1 to 2 again");
        b.release(1); // a response that does not say it again
        CHECK(b.wait(each.limit - 1ms) == "");
        CHECK(b.wait(1ms) == "close 1 idle");
    }
}

TEST_CASE("a connection that a call gives back unused is no younger, and has carried no more") {
    pool_options how;
    how.idle_timeout = 10s;
    bench b(how);
    b.work(1);
    CHECK(b.give_back(1) == ""); // a new one
    CHECK(b.call(2) == "give 1 to 2 again");
    b.release(1, true, {4s, 1});
    for (id call = 3; call != 6; ++call) {
        CHECK(b.wait(1s) == "");
        CHECK(b.call(call) == "give 1 to " + std::to_string(call) + " again");
        CHECK(b.give_back(1) == "");
    }
    CHECK(b.call(6) == "give 1 to 6 again");
    CHECK(b.wait(1s) == "");
    SUBCASE("it expires meanwhile") {
        CHECK(b.give_back(1) == "close 1 idle");
        CHECK(b.give_back(1) == ""); // unknown by now
    }
    SUBCASE("it carries the last request") {
        CHECK(b.release(1, true, {}) == "close 1 used_up");
    }
}

TEST_CASE("of several idle connections each has its own limit") {
    bench b{pool_options()};
    b.work(3);
    b.release(1, true, {30s, std::nullopt});
    b.release(2, true, {1s, std::nullopt});
    b.release(3, true, {2s, std::nullopt});
    CHECK(b.wait(1s) == "close 2 idle");
    CHECK(b.wait(1s) == "close 3 idle");
    CHECK(b.call(4) == "give 1 to 4 again");
}

TEST_CASE("a connection that the server does not keep at all is used up") {
    bench b{pool_options()};
    b.work(1);
    CHECK(b.release(1, true, {0ms, std::nullopt}) == "close 1 used_up");
}

TEST_CASE("a connection carries as many requests as the server allows") {
    for (bool const counts_down : {true, false}) {
        CAPTURE(counts_down);
        bench b{pool_options()};
        b.work(1);
        CHECK(b.release(1, true, {std::nullopt, 2}) == ""); // max=3
        CHECK(b.call(2) == "give 1 to 2 again");
        CHECK(b.release(1, true, {std::nullopt, counts_down ? 1 : 2}) == "");
        CHECK(b.call(3) == "give 1 to 3 again");
        if (counts_down)
            CHECK(b.release(1, true, {std::nullopt, 0}) == "close 1 used_up");
        else // neither says it again, nor begins anew
            CHECK(b.release(1, true, {}) == "close 1 used_up");
        CHECK(b.call(4) == "connect 2");
    }
    bench b{pool_options()};
    b.work(1);
    CHECK(b.release(1, true, {std::nullopt, 0}) == "close 1 used_up"); // max=1, or 0
}

} // TEST_SUITE("policy/pool")
