// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/fleet/redis.hpp>
#include <redis/redis.hpp>
#include <support/wait_until.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

TEST_SUITE("redis/engine") {

using namespace fixture;
using loop::errc;

namespace {

struct granted {
    std::optional<loop::error> failure;
    loop::fleet_grant grant;
};

granted claim(loop::fleet& of, std::string const& member, double wanted) {
    loop::fleet_claim asked;
    asked.group = some_group;
    asked.member = member;
    asked.limits = {10, 4};
    asked.wanted = {wanted, 4};
    asked.safe = {1, 1};
    asked.lease = 60s; // none ends meanwhile
    auto const out = std::make_shared<std::promise<granted>>();
    of.async_claim(asked, [out](std::optional<loop::error> failure, loop::fleet_grant grant) {
        out->set_value({std::move(failure), std::move(grant)});
    });
    return told_by(out);
}

template <class Begin>
std::optional<loop::error> done(Begin begin) {
    auto const out = std::make_shared<std::promise<std::optional<loop::error>>>();
    begin([out](std::optional<loop::error> failure) { out->set_value(std::move(failure)); });
    return told_by(out);
}

// Until it has come; from another thread.
class heard_notices {
public:
    std::shared_ptr<loop::fleet::listener const> listener() const { return listener_; }
    loop::fleet_notice wait() {
        std::vector<loop::fleet_notice> heard;
        auto const take = [&] {
            std::lock_guard const held(mutex_);
            heard = std::exchange(heard_, {});
            return !heard.empty();
        };
        REQUIRE(tests::wait_until(take, patience));
        return heard.front();
    }
    void forget() {
        std::lock_guard const held(mutex_);
        heard_.clear();
    }
    void drop() { listener_.reset(); }

private:
    std::mutex mutex_;
    std::vector<loop::fleet_notice> heard_;
    std::shared_ptr<loop::fleet::listener const> listener_ =
        std::make_shared<loop::fleet::listener const>([this](loop::fleet_notice const& told) {
            std::lock_guard const held(mutex_);
            heard_.push_back(told);
        });
};

// Tells the same again and again, on a thread of its own, until it is destroyed.
class teller {
public:
    teller(loop::fleet& to, loop::fleet_notice const& what)
        : thread_([this, &to, what] {
              while (!is_over_) {
                  auto const out = std::make_shared<std::promise<bool>>();
                  to.async_tell(what, [out](std::optional<loop::error> const& failure) {
                      out->set_value(!failure);
                  });
                  auto is_told = out->get_future();
                  // No REQUIRE: it would throw here, where nobody catches.
                  bool const came = is_told.wait_for(2 * patience) == std::future_status::ready;
                  CHECK(came);
                  if (!came)
                      return;
                  CHECK(is_told.get());
                  std::this_thread::sleep_for(5ms);
              }
          }) {}
    ~teller() {
        is_over_ = true;
        thread_.join();
    }
    teller(teller const&) = delete;
    teller& operator=(teller const&) = delete;

private:
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

} // namespace

TEST_CASE("members share the limits") {
    redis_server server;
    loop::redis_fleet one(keyed_options(), patient(server.options()));
    loop::redis_fleet two(keyed_options(), patient(server.options()));
    CHECK(!done([&](auto then) { one.async_check(std::move(then)); }));
    auto const first = claim(one, "one", 10);
    REQUIRE(!first.failure);
    CHECK(first.grant.members == 1);
    CHECK(first.grant.share.rate == 1); // others may have leases that Redis does not know
    CHECK(first.grant.lease <= 30s);
    CHECK(!done([&](auto then) { one.async_leave(some_group, "one", std::move(then)); }));
    auto const second = claim(two, "two", 10);
    CHECK(second.grant.members == 1);
    auto const third = claim(one, "one", 4);
    CHECK(third.grant.members == 2);
    CHECK(third.grant.share.rate + second.grant.share.rate <= 10);
}

TEST_CASE("a notice reaches those that listen, and those that claim") {
    redis_server server;
    loop::redis_fleet one(keyed_options(), patient(server.options()));
    loop::redis_fleet two(keyed_options(), patient(server.options()));
    heard_notices first, second;
    two.listen(some_group, first.listener());
    two.listen(some_group, second.listener());
    loop::fleet_notice told;
    told.group = some_group;
    told.paused = 30s;
    loop::fleet_notice heard;
    {
        teller const repeats(one, told); // until the subscription is there
        heard = first.wait();
    }
    CHECK(heard.group == some_group);
    CHECK(heard.paused > 20s);
    CHECK(heard.paused <= 30s);
    CHECK(heard.refused == 0s);
    second.wait();
    // A shorter pause does not end a longer one.
    first.drop();
    second.forget();
    told.paused = 1s;
    told.refused = 60s;
    CHECK(!done([&](auto then) { one.async_tell(told, std::move(then)); }));
    loop::fleet_notice later = second.wait();
    while (later.refused == 0s) // one that was under way
        later = second.wait();
    CHECK(later.paused > 10s);
    CHECK(later.refused > 50s);
    auto const granted = claim(two, "two", 1);
    CHECK(granted.grant.paused > 10s);
    CHECK(granted.grant.refused > 50s);
}

TEST_CASE("a lock is held by one, until it is freed") {
    redis_server server;
    loop::redis_fleet one(keyed_options(), patient(server.options()));
    loop::redis_fleet two(keyed_options(), patient(server.options()));
    auto const first = take_lock(one);
    CHECK(first.fence > 0);
    auto const refused = take_lock(two);
    CHECK(refused.fence == 0);
    CHECK(refused.free_in > 30s);
    CHECK(!done([&](auto then) { two.async_unlock(some_group, 1, std::move(then)); }));
    CHECK(take_lock(two).fence == 0);
    CHECK(!done([&](auto then) { one.async_unlock(some_group, first.fence, std::move(then)); }));
    CHECK(take_lock(two).fence > first.fence);
}

TEST_CASE("a fence that no lock has written counts as none") {
    redis_server server;
    auto const how = patient(server.options());
    loop::redis_fleet one(keyed_options(), how);
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    std::string const key = std::string("intheloop:1:{") + some_group + "}:fence";
    std::uint64_t last = 0;
    for (char const* const written : {"1e300", "9007199254740993", "-1", "nan", "a text", ""}) {
        CAPTURE(written);
        REQUIRE(!run(io, through, {"SET", key, written}).failure);
        auto const taken = take_lock(one);
        CHECK(taken.fence > last);
        CHECK(taken.fence < std::uint64_t{1} << 52);
        last = taken.fence;
        CHECK(
            !done([&](auto then) { one.async_unlock(some_group, taken.fence, std::move(then)); }));
    }
}

TEST_CASE("users of Redis see no more than digests") {
    redis_server server;
    auto how = patient(server.options());
    how.prefix = "mine";
    {
        loop::redis_fleet one(keyed_options(), how);
        claim(one, "one", 1);
    }
    asio::io_context io;
    redis::connection through(io.get_executor(), how);
    auto const keys = run(io, through, {"KEYS", "*"}).got.items;
    CHECK(keys.size() == 4);
    for (auto const& each : keys)
        CHECK(each.text.starts_with(std::string("mine:1:{") + some_group + "}:"));
}

TEST_CASE("a user with few rights is enough, and one with too few is told") {
    redis_server server("user enough on >enough_password resetchannels &intheloop:* ~intheloop:* "
                        "-@all +hello +ping +eval +evalsha +subscribe +unsubscribe +publish +time "
                        "+get +set +del +exists +pttl +pexpire +hget +hset +hdel +hlen +hgetall "
                        "+zadd +zrem +zrangebyscore +zremrangebyscore\n"
                        "user less on >less_password resetchannels ~other:* +@all\n");
    auto how = patient(server.options());
    how.user = "enough";
    how.password = "enough_password";
    loop::redis_fleet enough(keyed_options(), how);
    CHECK(!claim(enough, "one", 1).failure);
    CHECK(!done([&](auto then) { enough.async_leave(some_group, "one", std::move(then)); }));
    loop::fleet_notice told;
    told.group = some_group;
    told.paused = 30s;
    CHECK(!done([&](auto then) { enough.async_tell(told, std::move(then)); }));
    auto const taken = take_lock(enough);
    CHECK(!done([&](auto then) { enough.async_unlock(some_group, taken.fence, std::move(then)); }));
    how.user = "less";
    how.password = "less_password";
    loop::redis_fleet less(keyed_options(), how);
    auto const refused = claim(less, "one", 1).failure;
    REQUIRE(refused);
    CHECK(refused->service_code == "NOPERM");
}

TEST_CASE("an engine that is destroyed by its own handler ends too") {
    redis_server server;
    auto engine = std::make_shared<loop::redis_fleet>(keyed_options(), patient(server.options()));
    auto const gone = std::make_shared<std::promise<void>>();
    engine->async_check([kept = engine, gone](std::optional<loop::error>) mutable {
        kept.reset();
        gone->set_value();
    });
    engine.reset();
    told_by(gone);
}

TEST_CASE("options that can't be used are refused when the engine is made") {
    CHECK_THROWS_AS(loop::redis_fleet(keyed_options(), loop::redis_options("http://localhost")),
                    loop::exception);
    CHECK_THROWS_AS(loop::redis_fleet(loop::fleet_options(), loop::redis_options()),
                    loop::exception); // without a key
}

TEST_CASE("who listens is told when Redis is back") {
    redis_server server;
    std::atomic<int> told = 0;
    auto const listener =
        std::make_shared<loop::fleet::listener const>([&](loop::fleet_notice const& news) {
            CHECK(news.group == some_group);
            CHECK(news.paused == 0ms);
            CHECK(news.refused == 0ms);
            ++told;
        });
    loop::redis_fleet redis(keyed_options(), patient(server.options()));
    redis.listen(some_group, listener);
    CHECK(take_lock(redis).fence != 0);
    CHECK(told == 0);
    server.kill();
    CHECK(done([&](auto handler) { redis.async_check(std::move(handler)); }));
    CHECK(told == 0);
    server.start();
    auto const is_told = [&] {
        redis.async_check([](std::optional<loop::error> const&) {}); // it is not unused
        return told > 0;
    };
    REQUIRE(tests::wait_until(is_told, patience));
    CHECK(take_lock(redis).fence != 0); // at once
}

} // TEST_SUITE("redis/engine")
