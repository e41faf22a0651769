// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal starts of exports, in Redis.
#include <intheloop/fleet/redis.hpp>
#include <redis/redis.hpp>

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/policy/detail/fleet_starts.hpp>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE("redis/starts") {

using namespace fixture;
using loop::journal_advice;

namespace {

loop::fleet_start_answer claim(loop::fleet& of, loop::fleet_start_claim const& asked) {
    using answered = std::pair<std::optional<loop::error>, loop::fleet_start_answer>;
    auto const out = std::make_shared<std::promise<answered>>();
    of.async_claim_start(asked,
                         [out](std::optional<loop::error> failure, loop::fleet_start_answer got) {
                             out->set_value({std::move(failure), std::move(got)});
                         });
    auto const [failure, got] = told_by(out);
    REQUIRE_MESSAGE(!failure, failure->service_message);
    return got;
}

bool note(loop::fleet& of, loop::fleet_start_note const& told) {
    auto const out = std::make_shared<std::promise<std::pair<std::optional<loop::error>, bool>>>();
    of.async_note_start(told, [out](std::optional<loop::error> failure, bool is_current) {
        out->set_value({std::move(failure), is_current});
    });
    auto const [failure, is_current] = told_by(out);
    REQUIRE_MESSAGE(!failure, failure->service_message);
    return is_current;
}

loop::fleet_start_claim claim_of(std::string starter) {
    loop::fleet_start_claim made;
    made.name = some_group;
    made.starter = std::move(starter);
    made.lease = 1h;
    return made;
}

} // namespace

TEST_CASE("the scripts do what policy::fleet_starts does") {
    redis_server server;
    loop::redis_fleet redis(keyed_options(), patient(server.options()));
    loop::policy::fleet_starts same(1);
    loop::policy::clock::time_point now{1h};
    loop::detail::random_numbers random(7);
    // The fences differ, but not their order.
    std::map<std::uint64_t, std::uint64_t> fence_of{{0, 0}};
    std::vector<std::uint64_t> fences{0};
    // When each step was, by the clock of Redis: an age tells the step.
    using real_clock = std::chrono::system_clock;
    std::map<loop::policy::clock::time_point,
             std::pair<real_clock::time_point, real_clock::time_point>>
        real;
    int begun = 0;
    int older = 0;
    for (int step = 0; step != 2000; ++step) {
        CAPTURE(step);
        now += 1ms;
        auto const before = real_clock::now();
        bool is_short = random.next() % 4 == 0;
        auto const lease = is_short ? 1ms : std::chrono::milliseconds(1h);
        std::string const name = random.next() % 2 == 0 ? "one" : "two";
        if (random.next() % 2 == 0) {
            auto asked = claim_of(std::string(1, static_cast<char>('a' + random.next() % 3)));
            asked.name = name;
            asked.takes_unclear = random.next() % 3 == 0;
            asked.lease = lease;
            auto const got = claim(redis, asked);
            auto const wanted = same.claim(asked, now);
            CHECK((got.fence == 0) == (wanted.fence == 0));
            CHECK(got.advice == wanted.advice);
            CHECK(got.id == wanted.id);
            CHECK(got.idempotency_key == wanted.idempotency_key);
            CHECK((got.free_in > 0ms) == (wanted.free_in > 0ms));
            auto const [first, last] =
                wanted.age > 0ms ? real.at(now - wanted.age) : std::pair(before, real_clock::now());
            CHECK(got.age <= real_clock::now() - first + 2ms);
            CHECK(got.age >= before - last - 2ms);
            older += got.age > 100ms ? 1 : 0;
            if (wanted.fence != 0) {
                ++begun;
                if (!fence_of.contains(wanted.fence)) {
                    CHECK(got.fence > fence_of.rbegin()->second);
                    fences.push_back(wanted.fence);
                }
                fence_of.emplace(wanted.fence, got.fence);
                CHECK(fence_of.at(wanted.fence) == got.fence);
            }
        } else {
            loop::fleet_start_note told;
            told.name = name;
            auto const back = std::min<std::size_t>(fences.size() - 1, random.next() % 4);
            auto const fence = random.next() % 4 == 0 ? 0 : fences[fences.size() - 1 - back];
            constexpr journal_advice all[] = {journal_advice::resume, journal_advice::start_again,
                                              journal_advice::ask, journal_advice::repeat};
            told.advice = fence == 0 ? journal_advice::resume : all[random.next() % 4];
            if (told.advice == journal_advice::resume) {
                char const* const ids[] = {"x", "y", "x", "y", "x", "y", ""};
                told.id = ids[random.next() % 7];
            }
            if (told.advice == journal_advice::repeat)
                told.idempotency_key = "k";
            told.lease = told.advice == journal_advice::resume ? 0ms : lease;
            auto const life = random.next() % 8;
            told.life = life == 0 ? 0ms : life == 1 ? 1ms : std::chrono::milliseconds(2h);
            is_short = is_short || life == 1;
            told.fence = fence;
            bool const wanted = same.note(told, now);
            told.fence = fence_of.at(fence);
            CHECK(note(redis, told) == wanted);
        }
        real.emplace(now, std::pair(before, real_clock::now()));
        if (is_short) { // then what is short is over in Redis, too
            std::this_thread::sleep_for(5ms);
            now += 5ms;
        }
    }
    CHECK(begun > 100);
    CHECK(older > 100);
}

// Somebody else may write into Redis.
TEST_CASE("records that no start has written do no harm") {
    redis_server server;
    auto const how = patient(server.options());
    loop::redis_fleet redis(keyed_options(), how);
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    auto const key_of = [](char const* part) {
        return "intheloop:1:{" + claim_of("a").name + "}:" + part;
    };
    // As the record of a starter: advice, fence, starter, id, key, began, end of the lease.
    auto const write = [&](std::string const& record) {
        auto const out = fixture::run(io, through,
                                      {"EVAL",
                                       "local t = redis.call('TIME') local now = t[1] * 1000000 "
                                       "redis.call('SET', KEYS[1], cmsgpack.pack(" +
                                           record + ")) return 1",
                                       "1", key_of("start")});
        REQUIRE(!out.failure);
    };
    auto const outcome = [&] {
        auto const out = std::make_shared<std::promise<std::optional<loop::error>>>();
        redis.async_claim_start(
            claim_of("a"), [out](std::optional<loop::error> failure, loop::fleet_start_answer) {
                out->set_value(std::move(failure));
            });
        return told_by(out);
    };
    auto const notes = [&](std::uint64_t fence) {
        loop::fleet_start_note told;
        told.name = claim_of("a").name;
        told.fence = fence;
        told.lease = told.life = 1h;
        return note(redis, told);
    };
    SUBCASE("a key that adds a header") {
        write(R"('repeat', 1, '', '', 'k\r\nX-Impersonate-User: victim', now, 0)");
        auto const failure = outcome();
        REQUIRE(failure);
        CHECK(failure->code() == loop::errc::unexpected_content);
        CHECK_FALSE(contains(failure->detail, "victim"));
    }
    SUBCASE("a key that is too long") {
        write("'repeat', 1, '', '', string.rep('k', 256), now, 0");
        CHECK(outcome()->code() == loop::errc::unexpected_content);
    }
    SUBCASE("a fence that is no whole number") {
        fixture::run(io, through, {"SET", key_of("fence"), "4000000000000000.5"});
        CHECK(notes(claim(redis, claim_of("a")).fence));
    }
    SUBCASE("a fence that is too large to count on") {
        for (auto const* each : {"1e300", "inf", "nan", "-inf", "9007199254740993", "text"}) {
            CAPTURE(each);
            fixture::run(io, through, {"DEL", key_of("start")});
            fixture::run(io, through, {"SET", key_of("fence"), each});
            auto const fence = claim(redis, claim_of("a")).fence;
            CHECK(notes(fence));
            auto again = claim_of("b");
            CHECK(claim(redis, again).free_in > 0ms);
        }
    }
    SUBCASE("an export to resume without an id") {
        write("'resume', 1, '', '', '', now, 0");
        CHECK(claim(redis, claim_of("a")).advice == journal_advice::ask);
        auto again = claim_of("a");
        again.takes_unclear = true;
        CHECK(notes(claim(redis, again).fence));
    }
    SUBCASE("what is no record") {
        for (std::string const record :
             {"'start_again'", "'start_again', 1, '', '', '', now", "1, 2, 3, 4, 5, 6, 7",
              "'other', 1, '', '', '', now, 0", "'ask', 'x', '', '', '', now, 0",
              "'ask', -1, '', '', '', now, 0", "'ask', 1e300, '', '', '', now, 0",
              "'ask', 0/0, '', '', '', now, 0", "'ask', 1, '', '', '', 1e300, 0",
              "'ask', 1, '', '', '', -1, 0", "'ask', 1, nil, '', '', now, 0"}) {
            CAPTURE(record);
            write(record);
            CHECK(notes(claim(redis, claim_of("a")).fence));
        }
    }
    SUBCASE("a text, or a key of another kind") {
        for (std::vector<std::string> const& words :
             {std::vector<std::string>{"SET", key_of("start"), "text"},
              {"SET", key_of("start"), ""},
              {"RPUSH", key_of("start"), "x"},
              {"RPUSH", key_of("fence"), "x"}}) {
            CAPTURE(words[0]);
            fixture::run(io, through, {"DEL", words[1]});
            REQUIRE(!fixture::run(io, through, words).failure);
            CHECK(notes(claim(redis, claim_of("a")).fence));
        }
    }
    SUBCASE("a lease that ends in years") {
        write("'start_again', 1, 'x', '', '', now, now + 1e15");
        CHECK(claim(redis, claim_of("a")).fence != 0);
    }
}

TEST_CASE("who listens to a start is told of its end") {
    redis_server server;
    loop::redis_fleet one(keyed_options(), patient(server.options()));
    loop::redis_fleet two(keyed_options(), patient(server.options()));
    auto const first = claim(one, claim_of("a"));
    CHECK(claim(two, claim_of("b")).fence == 0);
    std::promise<void> told;
    bool is_told = false;
    auto const listener =
        std::make_shared<loop::fleet::listener const>([&](loop::fleet_notice const& news) {
            CHECK(news.group == claim_of("b").name);
            if (!std::exchange(is_told, true))
                told.set_value();
        });
    two.listen(claim_of("b").name, listener);
    loop::fleet_start_note end;
    end.name = claim_of("a").name;
    end.fence = first.fence;
    end.advice = journal_advice::resume;
    end.id = "6e1cf0db-52d7-4522-97c9-97aa40b14058";
    end.life = 1h;
    auto waits = told.get_future();
    auto const limit = std::chrono::steady_clock::now() + patience;
    while (waits.wait_for(5ms) != std::future_status::ready) { // until it is subscribed
        REQUIRE(std::chrono::steady_clock::now() < limit);
        CHECK(note(one, end));
    }
    CHECK(claim(two, claim_of("b")).id == end.id);
}

TEST_CASE("each key of a start has a prefix, a digest and an end") {
    redis_server server;
    auto how = patient(server.options());
    how.prefix = "mine";
    loop::redis_fleet redis(keyed_options(), how);
    auto const fence = claim(redis, claim_of("a")).fence;
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    auto const check = [&] {
        auto const keys = fixture::run(io, through, {"KEYS", "*"}).got.items;
        CHECK(keys.size() == 2);
        for (auto const& each : keys) {
            CHECK(each.text.starts_with("mine:1:{" + claim_of("a").name + "}:"));
            CHECK(fixture::run(io, through, {"PTTL", each.text}).got.number > 0);
        }
    };
    check();
    loop::fleet_start_note told;
    told.name = claim_of("a").name;
    told.fence = fence;
    told.lease = 1s;
    told.life = 1min;
    CHECK(note(redis, told));
    check();
}

TEST_CASE("an engine that was restarted learns the starts that are under way") {
    redis_server server;
    loop::redis_fleet redis(keyed_options(), patient(server.options()));
    auto const first = claim(redis, claim_of("a"));
    server.kill();
    server.start();
    loop::fleet_start_note told;
    told.name = claim_of("a").name;
    told.fence = first.fence;
    told.lease = 1h;
    told.life = 2h;
    std::optional<loop::error> failure;
    auto const limit = std::chrono::steady_clock::now() + 2 * patience;
    do { // until it is connected again
        REQUIRE(std::chrono::steady_clock::now() < limit);
        auto const out = std::make_shared<std::promise<std::optional<loop::error>>>();
        redis.async_note_start(told, [out](std::optional<loop::error> failed, bool) {
            out->set_value(std::move(failed));
        });
        failure = told_by(out);
    } while (failure);
    CHECK(claim(redis, claim_of("b")).free_in > 0ms);
}

} // TEST_SUITE("redis/starts")
