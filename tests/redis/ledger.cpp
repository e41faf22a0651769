// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <redis/redis.hpp>

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/fleet/detail/redis_scripts.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <string>

// The scripts do what policy::fleet_ledger does.
TEST_SUITE("redis/ledger") {

using namespace fixture;

namespace {

using loop::policy::clock;
using numbers = loop::detail::random_numbers;

std::string text_of(double number) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

class group_in_redis {
public:
    explicit group_in_redis(std::string const& name) : names_("test", name) {}

    // The answer of the script: share, lease, members, pause, refusal, and its time.
    std::array<double, 7> claim(loop::fleet_claim const& of) {
        std::vector<std::string> arguments{of.member};
        for (double const each :
             {of.limits.rate, of.limits.in_flight, of.wanted.rate, of.wanted.in_flight,
              of.held.rate, of.held.in_flight, of.safe.rate, of.safe.in_flight, of.weight,
              static_cast<double>(of.lease.count()), longest_refusal})
            arguments.push_back(text_of(each));
        auto const got = run_script(redis::scripts::all().claim,
                                    {"members", "ends", "state", "known", "paused", "refused"},
                                    std::move(arguments));
        std::array<double, 7> all{};
        REQUIRE(got.items.size() == all.size());
        for (std::size_t i = 0; i != all.size(); ++i)
            all[i] = std::stod(got.items[i].text);
        return all;
    }
    void leave(std::string const& member) {
        run_script(redis::scripts::all().leave, {"members", "ends", "state"}, {member});
    }
    redis::reply run(std::vector<std::string> words) {
        auto out = fixture::run(io_, through_, std::move(words));
        REQUIRE(!out.failure);
        return out.got;
    }
    redis::reply run_script(redis::script const& which, std::vector<char const*> const& keys,
                            std::vector<std::string> arguments) {
        std::vector<std::string> all;
        for (char const* const each : keys)
            all.push_back(names_.of(each));
        std::optional<redis_outcome> out;
        through_.async_script(which, all, std::move(arguments), into(out));
        run_until(io_, [&] { return out.has_value(); });
        REQUIRE_MESSAGE(!out->failure, printed(*out->failure) << out->failure->service_message);
        return std::move(out->got);
    }
    void wait(std::chrono::milliseconds time) {
        io_.restart();
        io_.run_for(time);
    }
    redis::key_names const& names() const { return names_; }
    // Writes what a member has packed, or the state.
    void write(std::vector<std::string> words, std::string const& packed) {
        std::string call = "local t = redis.call('TIME') local now = t[1] * 1000000 "
                           "return redis.call(";
        for (std::string const& each : words)
            call += '\'' + each + "', ";
        run({"EVAL", call + "cmsgpack.pack(" + packed + "))", "0"});
    }

private:
    static constexpr double longest_refusal = 600'000;
    redis_server server_;
    asio::io_context io_;
    redis::connection through_{io_.get_executor(), patient(server_.options())};
    redis::key_names names_;
};

// Holds the random wants of one member, and its share.
struct member {
    std::string name;
    loop::fleet_share held;
    bool is_there = false;
};

loop::fleet_claim random_claim(numbers& random, member const& of, loop::fleet_share limits) {
    loop::fleet_claim made;
    made.group = "group";
    made.member = of.name;
    made.limits = limits;
    made.wanted = {limits.rate * random.next_share() * 1.2,
                   std::floor(limits.in_flight * random.next_share() * 1.2)};
    made.held = random.next() % 4 == 0 ? loop::fleet_share() : of.held;
    made.safe = {limits.rate / 50, 1};
    made.weight = random.next() % 3 == 0 ? 2.5 : 1;
    made.lease = std::chrono::milliseconds(20 + random.next() % 50);
    return made;
}

void compare(std::size_t count, int steps, loop::fleet_share limits, std::uint64_t seed) {
    CAPTURE(count);
    CAPTURE(seed);
    numbers random(seed);
    group_in_redis group("group");
    loop::policy::fleet_ledger ledger(true);
    std::vector<member> members(count);
    for (std::size_t i = 0; i != count; ++i)
        members[i].name = "member" + std::to_string(i);
    for (int step = 0; step != steps; ++step) {
        CAPTURE(step);
        member& who = members[random.next() % count];
        if (random.next() % 20 == 0) {
            group.leave(who.name);
            ledger.leave(who.name);
            who.held = {};
            continue;
        }
        if (random.next() % 60 == 0) // leases end
            group.wait(std::chrono::milliseconds(random.next() % 60));
        auto const claim = random_claim(random, who, limits);
        auto const got = group.claim(claim);
        auto const now =
            clock::time_point(std::chrono::microseconds(static_cast<std::int64_t>(got[6])));
        auto const expected = ledger.claim(claim, now);
        CHECK(std::abs(got[0] - expected.share.rate) < 1e-6);
        CHECK(got[1] == expected.share.in_flight);
        CHECK(got[2] == static_cast<double>(expected.lease.count()));
        CHECK(got[3] == static_cast<double>(expected.members));
        who.held = expected.share;
    }
}

} // namespace

TEST_CASE("a claim is answered as the ledger answers it") {
    std::uint64_t seed = 1;
    for (std::size_t const count : {1u, 2u, 7u, 40u})
        for (loop::fleet_share const limits :
             {loop::fleet_share{100, 20}, loop::fleet_share{3.5, 0}, loop::fleet_share{0, 3}})
            compare(count, 150, limits, seed++);
    compare(400, 1000, {1000, 100}, seed); // of which the levels are not found each time
}

TEST_CASE("each key has an end") {
    group_in_redis group("group");
    numbers random(1);
    auto claim = random_claim(random, member{"one", {}, false}, {10, 10});
    claim.lease = 1500ms;
    group.claim(claim);
    group.run_script(redis::scripts::all().tell, {"paused", "refused"},
                     {"5000", "7000", "channel", "600000"});
    group.run_script(redis::scripts::all().lock, {"lock", "fence"}, {"3000"});
    struct {
        char const* key;
        long long longest; // in ms
    } const keys[] = {
        {"members", 3000}, {"ends", 3000},    {"state", 3000}, {"known", 604'800'000},
        {"paused", 5000},  {"refused", 7000}, {"lock", 3000},  {"fence", 604'800'000},
    };
    for (auto const& each : keys) {
        CAPTURE(each.key);
        auto const left = group.run({"PTTL", group.names().of(each.key)}).number;
        CHECK(left > 0);
        CHECK(left <= each.longest);
    }
    CHECK(group.run({"DBSIZE"}).number == static_cast<long long>(std::size(keys)));
    group.leave("one");
    CHECK(group.run({"PTTL", group.names().of("state")}).number > 0);
}

TEST_CASE("memory that is lost in part is found again") {
    group_in_redis group("group");
    numbers random(1);
    for (char const* const lost : {"members", "ends", "state", "known"}) {
        CAPTURE(lost);
        for (int round = 0; round != 3; ++round)
            for (char const* const name : {"one", "two", "three"}) {
                auto claim = random_claim(random, member{name, {1, 1}, true}, {10, 10});
                claim.lease = 1500ms;
                auto const got = group.claim(claim);
                CHECK(got[0] <= 10);
                CHECK(got[3] <= 3);
                if (round == 1)
                    group.run({"DEL", group.names().of(lost)});
            }
    }
}

// Somebody else may write into Redis, or its clock may be set back.
TEST_CASE("what no fleet has written counts as absent") {
    group_in_redis group("group");
    auto const key = [&](char const* name) { return group.names().of(name); };
    loop::fleet_claim asked;
    asked.member = "me";
    asked.limits = asked.wanted = {10, 4};
    asked.safe = {1, 1};
    asked.weight = 1;
    asked.lease = 20ms;
    group.claim(asked);
    group.wait(30ms); // by then it has learned that there is nobody else
    REQUIRE(group.claim(asked)[0] == 10);
    bool is_lost = false; // what was stored of the members
    SUBCASE("a state that is a text") {
        group.run({"SET", key("state"), "x"});
    }
    SUBCASE("a state of texts") {
        group.write({"SET", key("state")}, "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'");
    }
    SUBCASE("a state with values that are no numbers") {
        group.write({"SET", key("state")}, "0/0, 0/0, 0/0, 0/0, 0/0, 0/0, 0/0, 0/0");
    }
    SUBCASE("a state of another kind") {
        group.run({"DEL", key("state")});
        group.run({"RPUSH", key("state"), "x"});
    }
    SUBCASE("a pause and a refusal that are texts") {
        group.run({"SET", key("paused"), "text"});
        group.run({"SET", key("refused"), "nan"});
    }
    SUBCASE("a pause and a refusal of years") {
        group.run({"SET", key("paused"), "1e16"});
        group.run({"SET", key("refused"), "inf"});
    }
    SUBCASE("a pause and a refusal of another kind") {
        group.run({"RPUSH", key("paused"), "x"});
        group.run({"RPUSH", key("refused"), "x"});
    }
    SUBCASE("a member whose lease ends in years") {
        group.write({"HSET", key("members"), "dead"}, "10, 4, 10, 4, 1");
        group.run({"ZADD", key("ends"), "1e16", "dead"});
    }
    SUBCASE("members that are none") {
        int number = 0;
        for (char const* const packed : {"1", "'a', 'b', 'c', 'd', 'e'", "-1, 0, 0, 0, 1",
                                         "1, 1, 0/0, 0, 1", "1, 1, 1/0, 0, 1", "1, 1, 0, 0, 0"}) {
            std::string const name = std::to_string(++number);
            group.write({"HSET", key("members"), name}, packed);
            group.run({"ZADD", key("ends"), "9e15", name});
        }
        group.run({"HSET", key("members"), "text", "text"});
        group.run({"HSET", key("members"), "me", "text"});
    }
    SUBCASE("a member whose lease has no end") {
        group.write({"HSET", key("members"), "x"}, "0, 0, 1e9, 1e9, 1");
    }
    SUBCASE("members of another kind") {
        group.run({"SET", key("members"), "x"});
        is_lost = true;
    }
    SUBCASE("ends of another kind") {
        group.run({"SET", key("ends"), "x"});
        is_lost = true;
    }
    if (is_lost) // one that comes back tells what it holds
        asked.held = {10, 4};
    auto const got = group.claim(asked);
    CHECK(got[0] == 10);
    CHECK(got[1] == 4);
    CHECK(got[3] == 1);
    CHECK(got[4] == 0);
    CHECK(got[5] == 0);
    group.run_script(redis::scripts::all().tell, {"paused", "refused"},
                     {"500000", "700000", "channel", "600000"});
    auto const told = group.claim(asked);
    CHECK(told[4] > 400000);
    CHECK(told[4] <= 500000);
    CHECK(told[5] > 600000);
    CHECK(told[5] <= 700000);
    group.leave("me");
    CHECK(group.run({"HLEN", key("members")}).number == 0);
}

TEST_CASE("a group that was told to learn for years does so until all had the time to come back") {
    group_in_redis group("group");
    group.write({"SET", group.names().of("state")}, "0, 0, 0, 0, now, 0, now + 1e15, 0");
    group.run({"SET", group.names().of("known"), "1"});
    numbers random(1);
    auto claim = random_claim(random, member{"one", {}, false}, {10, 10});
    claim.lease = 1500ms;
    group.claim(claim);
    CHECK(group.run({"PTTL", group.names().of("state")}).number <= 6500);
}

TEST_CASE("a refusal may last as long as the fleet says, a pause an hour") {
    group_in_redis group("group");
    constexpr char const* week = "604800000";
    group.run_script(redis::scripts::all().tell, {"paused", "refused"},
                     {week, week, "channel", week});
    CHECK(group.run({"PTTL", group.names().of("paused")}).number <= 3'600'000);
    CHECK(group.run({"PTTL", group.names().of("refused")}).number > 604'000'000);
}

TEST_CASE("a lock has one owner, and a greater fence each time") {
    group_in_redis group("lock");
    auto const take = [&](char const* limit) {
        auto const got = group.run_script(redis::scripts::all().lock, {"lock", "fence"}, {limit});
        REQUIRE(got.items.size() == 2);
        return std::pair(std::stoull(got.items[0].text), std::stoll(got.items[1].text));
    };
    auto const free = [&](unsigned long long fence) {
        group.run_script(redis::scripts::all().unlock, {"lock"}, {std::to_string(fence)});
    };
    auto const first = take("60000");
    CHECK(first.first > 0);
    auto const second = take("60000");
    CHECK(second.first == 0);
    CHECK(second.second > 0);
    CHECK(second.second <= 60000);
    free(first.first + 1); // of another
    CHECK(take("60000").first == 0);
    free(first.first);
    auto const third = take("1");
    CHECK(third.first > first.first);
    group.wait(5ms);
    auto const fourth = take("60000");
    CHECK(fourth.first > third.first);
    group.run({"FLUSHALL"});
    CHECK(take("60000").first > fourth.first);
}

} // TEST_SUITE("redis/ledger")
