// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <redis/redis.hpp>

#include <intheloop/fleet/detail/redis_target.hpp>

TEST_SUITE("redis/target") {

using namespace fixture;

namespace {

std::string problem_of(loop::redis_options const& options) {
    try {
        redis::make_target(options);
    } catch (loop::exception const& thrown) {
        CHECK(thrown.code() == loop::errc::invalid_option);
        return thrown.error().detail;
    }
    return "none";
}

} // namespace

TEST_CASE("a URL says where, who and which database") {
    struct {
        char const* url;
        char const* host;
        char const* user;
        char const* password;
        unsigned database;
    } const cases[] = {
        {"redis://localhost", "redis://localhost:6379", "", "", 0},
        {"redis://127.0.0.1:7000/", "redis://127.0.0.1:7000", "", "", 0},
        {"redis://[::1]:7000/3", "redis://[::1]:7000", "", "", 3},
        {"rediss://Cache.Example.com", "rediss://cache.example.com:6379", "", "", 0},
        {"rediss://:pa%40ss@cache", "rediss://cache:6379", "", "pa@ss", 0},
        {"rediss://me:p@q@cache:1/15", "rediss://cache:1", "me", "p@q", 15},
        {"rediss://me%3a:%3a@cache", "rediss://cache:6379", "me:", ":", 0},
    };
    for (auto const& each : cases) {
        CAPTURE(each.url);
        auto const made = redis::make_target(loop::redis_options(each.url));
        REQUIRE(made->hosts.size() == 1);
        CHECK(redis::name_of(made->hosts[0]) == each.host);
        CHECK(made->user == each.user);
        CHECK(made->password.reveal() == each.password);
        CHECK(made->database == each.database);
    }
}

TEST_CASE("options replace what the URL says") {
    loop::redis_options how("rediss://me:mine@cache:1/2");
    how.user = "other";
    how.password = "theirs";
    how.database = 0;
    how.hosts = {"one", "two:7"};
    auto const made = redis::make_target(how);
    REQUIRE(made->hosts.size() == 2);
    CHECK(redis::name_of(made->hosts[0]) == "rediss://one:6379");
    CHECK(redis::name_of(made->hosts[1]) == "rediss://two:7");
    CHECK(made->user == "other");
    CHECK(made->password.reveal() == "theirs");
    CHECK(made->database == 0);
    how.sentinel_master = "mine";
    CHECK(redis::name_of(redis::make_target(how)->hosts[0]) == "rediss://one:26379");
}

TEST_CASE("what can't be used is refused, and no secret is repeated") {
    char const* const urls[] = {
        "",
        "127.0.0.1:6379",
        "http://hidden_password@localhost",
        "redis:",
        "redis://",
        "redis://user_hidden_password@localhost",
        "redis://:hidden_password@local host",
        "redis://localhost/hidden_password",
        "redis://localhost/1/2",
        "redis://localhost/-1",
        "redis://localhost?password=hidden_password",
        "redis://localhost#hidden_password",
        "redis://:hidden_password@localhost:70000",
        "redis://10.0.0.1",
        "redis://:hidden_password@10.0.0.1",
        "redis://localhost/99999999999",
    };
    for (char const* const url : urls) {
        CAPTURE(url);
        auto const problem = problem_of(loop::redis_options(url));
        CHECK(problem.starts_with("redis_options::url: "));
        CHECK(!contains(problem, "hidden"));
    }
    struct {
        char const* name;
        void (*change)(loop::redis_options&);
    } const cases[] = {
        {"command_timeout", [](auto& how) { how.command_timeout = 0ms; }},
        {"connect_timeout", [](auto& how) { how.connect_timeout = -1ms; }},
        {"first_pause", [](auto& how) { how.first_pause = 0ms; }},
        {"longest_pause", [](auto& how) { how.longest_pause = 0ms; }},
        {"idle_timeout", [](auto& how) { how.idle_timeout = 0ms; }},
        {"max_waiting", [](auto& how) { how.max_waiting = 0; }},
        {"max_reply_size", [](auto& how) { how.max_reply_size = 10; }},
        {"hosts",
         [](auto& how) {
             how.hosts = {"one", "t w o"};
         }},
        {"user", [](auto& how) { how.user = "me"; }},
        {"sentinel_user", [](auto& how) { how.sentinel_user = "me"; }},
        {"prefix", [](auto& how) { how.prefix = ""; }},
        {"prefix", [](auto& how) { how.prefix = "a b"; }},
        {"prefix", [](auto& how) { how.prefix = "a{b"; }},
        {"url",
         [](auto& how) {
             how.hosts = {"localhost", "10.0.0.1"};
         }},
        {"user", [](auto& how) { how.user = "me"; }},
    };
    for (auto const& each : cases) {
        CAPTURE(each.name);
        loop::redis_options how;
        each.change(how);
        CHECK(problem_of(how).starts_with(std::string("redis_options::") + each.name + ": "));
    }
    loop::redis_options how("rediss://localhost");
    how.tls.ca_pem = "no certificate";
    CHECK(contains(problem_of(how), "TLS"));
}

TEST_CASE("another machine without TLS has to be stated") {
    loop::redis_options how("redis://10.0.0.1");
    how.allow_plain = true;
    CHECK(problem_of(how) == "none");
    CHECK(problem_of(loop::redis_options("rediss://10.0.0.1")) == "none");
    CHECK(problem_of(loop::redis_options("redis://[::1]")) == "none");
}

} // TEST_SUITE("redis/target")
