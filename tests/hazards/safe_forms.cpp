// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// g++ 12 copies some temporaries of a co_await expression bit by bit and destroys them twice. These
// are the forms that it compiles correctly, which the documentation recommends: each is run with a
// type that notices both.
#include <hazards/probe.hpp>

#include <doctest/doctest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace hazards;

// Shows a request as if it were an aggregate.
struct aggregate {
    std::string text;
    std::vector<std::string> list;
    probe mark;
};

// Shows a request as it is: the required member comes in through the constructor.
class parameters {
public:
    explicit parameters(std::string required) : text(std::move(required)) {}

    parameters& with(std::string item) & {
        list.push_back(std::move(item));
        return *this;
    }
    parameters&& with(std::string item) && {
        list.push_back(std::move(item));
        return std::move(*this);
    }

    std::string text;
    std::vector<std::string> list;
    std::optional<std::string> option = "twenty characters of text";
    probe mark;
};

class settings {
public:
    settings() {}

    std::string text = "twenty characters of text";
    probe mark;
};

struct views {
    std::string_view text;
    std::optional<std::string_view> option;
    int number = 0;
};

template <class T>
std::size_t size_of(T const& x) {
    x.mark.check();
    std::size_t size = x.text.size();
    for (std::string const& item : x.list)
        size += item.size();
    return size;
}

template <class T>
asio::awaitable<std::size_t> by_value(T x) {
    co_await suspend();
    co_return size_of(x);
}
template <class T>
asio::awaitable<std::size_t> by_reference(T const& x) {
    co_await suspend();
    co_return size_of(x);
}
template <class T>
asio::awaitable<std::size_t> by_rvalue(T&& x) {
    co_await suspend();
    T mine = std::move(x);
    co_return size_of(mine);
}
asio::awaitable<std::size_t> with_settings(std::string text, settings s = settings()) {
    co_await suspend();
    s.mark.check();
    co_return text.size() + s.text.size();
}
asio::awaitable<std::size_t> with_option(std::optional<std::string> text) {
    co_await suspend();
    co_return text ? text->size() : 0;
}
asio::awaitable<std::size_t> with_views(views v) {
    std::string text(v.text), option(v.option.value_or(""));
    co_await suspend();
    co_return text.size() + option.size();
}
asio::awaitable<std::string> text(std::string_view s) {
    std::string mine(s);
    co_await suspend();
    co_return mine;
}

std::string const forty = "0123456789012345678901234567890123456789";

aggregate make_aggregate() {
    aggregate a;
    a.text = forty;
    a.list = {forty, forty};
    return a;
}
parameters make_parameters() {
    parameters p(forty);
    p.list = {forty, forty};
    return p;
}

} // namespace

TEST_CASE("a named local") {
    run([]() -> asio::awaitable<void> {
        aggregate a = make_aggregate();
        CHECK(co_await by_value(a) == 120);
        CHECK(co_await by_reference(a) == 120);
        parameters p = make_parameters();
        CHECK(co_await by_value(p) == 120);
        CHECK(co_await by_reference(p) == 120);
    });
}

TEST_CASE("a moved local") {
    run([]() -> asio::awaitable<void> {
        aggregate a{.text = forty, .list = {forty, forty}, .mark = {}};
        CHECK(co_await by_value(std::move(a)) == 120);
        aggregate b = make_aggregate();
        CHECK(co_await by_rvalue(std::move(b)) == 120);
        parameters p = make_parameters();
        CHECK(co_await by_value(std::move(p)) == 120);
    });
}

TEST_CASE("the operation in a statement of its own") {
    run([]() -> asio::awaitable<void> {
        auto operation = by_value(aggregate{.text = forty, .list = {forty, forty}, .mark = {}});
        CHECK(co_await std::move(operation) == 120);
    });
}

TEST_CASE("a temporary of a class with a constructor") {
    run([]() -> asio::awaitable<void> {
        CHECK(co_await by_value(parameters(forty)) == 40);
        CHECK(co_await by_reference(parameters(forty)) == 40);
        CHECK(co_await by_rvalue(parameters(forty)) == 40);
        CHECK(co_await by_value(parameters(forty).with(forty).with("x")) == 81);
        CHECK(co_await by_reference(parameters(forty).with(forty)) == 80);
    });
}

TEST_CASE("a default argument and empty braces of a class with a constructor") {
    run([]() -> asio::awaitable<void> {
        CHECK(co_await with_settings(forty) == 65);
        CHECK(co_await with_settings(forty, settings()) == 65);
        CHECK(co_await with_settings(forty, {}) == 65); // co_await-ok: not an aggregate
    });
}

TEST_CASE("what a function returns") {
    run([]() -> asio::awaitable<void> {
        CHECK(co_await by_value(make_aggregate()) == 120);
        CHECK(co_await by_reference(make_aggregate()) == 120);
        CHECK(co_await by_rvalue(make_parameters()) == 120);
    });
}

TEST_CASE("strings, optionals and views") {
    run([]() -> asio::awaitable<void> {
        CHECK(co_await with_option(forty) == 40);
        CHECK(co_await with_option("0123456789012345678901234567890123456789") == 40);
        CHECK(co_await with_option(std::nullopt) == 0);
        CHECK((co_await text(forty + "x")).size() == 41);
        // co_await-ok: an aggregate whose members are trivially destructible
        CHECK(co_await with_views({.text = forty, .option = forty, .number = 1}) == 80);
    });
}

TEST_CASE("if and else, or a conditional over plain values") {
    for (bool longer : {false, true}) {
        run([longer]() -> asio::awaitable<void> {
            std::string s;
            if (longer)
                s = co_await text(forty);
            else
                s = co_await text("x");
            std::size_t const expected = longer ? 40 : 1;
            CHECK(s.size() == expected);
            char const* chosen = longer ? "yes" : "no";
            CHECK(co_await text(chosen) == chosen);
        });
    }
}

TEST_CASE("a lambda with a name, and one that captures references") {
    run([]() -> asio::awaitable<void> {
        std::string s = forty;
        probe p;
        auto named = [s, p]() -> asio::awaitable<std::size_t> {
            co_await suspend();
            p.check();
            co_return s.size();
        };
        CHECK(co_await named() == 40);
        std::size_t const size = co_await [&]() -> asio::awaitable<std::size_t> {
            co_await suspend();
            co_return s.size();
        }();
        CHECK(size == 40);
    });
}

TEST_CASE("co_spawn of a capturing lambda outside of a co_await expression") {
    run([]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto shared = std::make_shared<std::string>(forty);
        probe p;
        std::size_t seen = 0;
        asio::co_spawn(
            executor,
            [shared, p, &seen]() -> asio::awaitable<void> {
                co_await suspend();
                p.check();
                seen = shared->size();
            },
            asio::detached);
        while (seen == 0)
            co_await suspend();
        CHECK(seen == 40);

        auto named = [shared, p]() -> asio::awaitable<std::size_t> {
            co_await suspend();
            p.check();
            co_return shared->size();
        };
        CHECK(co_await asio::co_spawn(executor, std::move(named), asio::use_awaitable) == 40);
    });
}

TEST_CASE("values out of an awaited result") {
    run([]() -> asio::awaitable<void> {
        auto make = []() -> asio::awaitable<aggregate> {
            co_await suspend();
            aggregate a = make_aggregate();
            co_return a;
        };
        CHECK((co_await make()).list.size() == 2);
        aggregate a = co_await make();
        a = co_await make();
        CHECK(size_of(a) == 120);
        std::vector<aggregate> several;
        several.push_back(co_await make());
        CHECK(size_of(several.front()) == 120);
        std::optional<aggregate> maybe;
        maybe = co_await make();
        CHECK(size_of(*maybe) == 120);
        auto&& bound = co_await make();
        CHECK(size_of(bound) == 120);
        CHECK("x" + co_await text(forty) + co_await text("y") == "x" + forty + "y");
    });
}

TEST_CASE("as_tuple with deferred and use_awaitable, and operators over named operations") {
    using namespace asio::experimental::awaitable_operators;
    run([]() -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(std::chrono::seconds(0));
        auto [first] = co_await timer.async_wait(asio::as_tuple(asio::deferred));
        CHECK(!first);
        auto [second] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        CHECK(!second);

        timer.expires_after(std::chrono::hours(1));
        auto operation = by_value(make_parameters());
        auto which = co_await (std::move(operation) || timer.async_wait(asio::use_awaitable));
        CHECK(which.index() == 0);
    });
}
