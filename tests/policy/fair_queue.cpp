// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/fair_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/fair_queue") {

namespace {

using intheloop::policy::fair_queue;

// Items are named after their tenant: "a1" is one of tenant "a".
void push_all(fair_queue<std::string>& queue, std::vector<std::string> const& items) {
    for (std::string const& item : items)
        queue.push(std::string_view(item).substr(0, 1), item);
}

std::vector<std::string> pop_all(fair_queue<std::string>& queue) {
    std::vector<std::string> items;
    while (!queue.empty())
        items.push_back(queue.pop());
    return items;
}

// The same queue, written so simply that it can only be right.
class simple_queue {
public:
    void push(std::string const& tenant, std::uint64_t ticket) {
        if (lines_[tenant].empty())
            turns_.push_back(tenant);
        lines_[tenant].push_back(ticket);
    }
    std::uint64_t pop() {
        std::string const tenant = turns_.front();
        std::uint64_t const ticket = lines_[tenant].front();
        turns_.pop_front();
        lines_[tenant].pop_front();
        if (!lines_[tenant].empty())
            turns_.push_back(tenant);
        return ticket;
    }
    bool remove(std::uint64_t ticket) {
        for (auto& [tenant, line] : lines_)
            if (std::erase(line, ticket) != 0) {
                if (line.empty())
                    std::erase(turns_, tenant);
                return true;
            }
        return false;
    }

private:
    std::map<std::string, std::deque<std::uint64_t>> lines_;
    std::deque<std::string> turns_;
};

} // namespace

TEST_CASE("first in, first out within a tenant, and tenants take turns") {
    using items = std::vector<std::string>;
    struct {
        items pushed;
        items popped;
    } const cases[] = {
        {{}, {}},
        {{"a1"}, {"a1"}},
        {{"a1", "a2", "a3"}, {"a1", "a2", "a3"}},
        {{"a1", "b1", "c1"}, {"a1", "b1", "c1"}},
        {{"a1", "a2", "a3", "b1"}, {"a1", "b1", "a2", "a3"}},
        {{"a1", "a2", "b1", "b2", "c1"}, {"a1", "b1", "c1", "a2", "b2"}},
        {{"b1", "a1", "a2", "b2", "a3"}, {"b1", "a1", "b2", "a2", "a3"}},
    };
    for (auto const& c : cases) {
        fair_queue<std::string> queue;
        push_all(queue, c.pushed);
        CHECK(queue.size() == c.pushed.size());
        CHECK(pop_all(queue) == c.popped);
        CHECK(queue.size() == 0);
    }
}

TEST_CASE("a tenant that comes anew goes behind the others") {
    fair_queue<std::string> queue;
    push_all(queue, {"a1", "b1", "b2", "b3", "c1", "c2"});
    CHECK(queue.pop() == "a1");
    CHECK(queue.pop() == "b1");
    push_all(queue, {"a2", "a3"}); // the turn is c's, then b's
    CHECK(pop_all(queue) == std::vector<std::string>{"c1", "b2", "a2", "c2", "b3", "a3"});
}

TEST_CASE("an item is removed by its ticket, once") {
    fair_queue<std::string> queue;
    auto const a1 = queue.push("a", "a1");
    auto const a2 = queue.push("a", "a2");
    queue.push("b", "b1");
    auto const b2 = queue.push("b", "b2");

    SUBCASE("from the middle of a line") {
        CHECK(queue.remove(a2) == "a2");
        CHECK_FALSE(queue.remove(a2));
        CHECK(pop_all(queue) == std::vector<std::string>{"a1", "b1", "b2"});
    }
    SUBCASE("the one whose turn it is: its tenant keeps its turn") {
        CHECK(queue.remove(a1) == "a1");
        CHECK(pop_all(queue) == std::vector<std::string>{"a2", "b1", "b2"});
    }
    SUBCASE("a whole tenant, which is anew afterwards") {
        CHECK(queue.remove(a2) == "a2");
        CHECK(queue.remove(a1) == "a1");
        queue.push("a", "a3");
        CHECK(pop_all(queue) == std::vector<std::string>{"b1", "a3", "b2"});
    }
    SUBCASE("not after it was popped, and not what never was") {
        CHECK(queue.pop() == "a1");
        CHECK_FALSE(queue.remove(a1));
        CHECK_FALSE(queue.remove(b2 + 1));
        CHECK_FALSE(queue.remove(0));
        CHECK(queue.size() == 3);
    }
}

TEST_CASE("every item is visited, and items need not be copyable") {
    fair_queue<std::unique_ptr<int>> queue;
    auto const first = queue.push("a", std::make_unique<int>(1));
    queue.push("b", std::make_unique<int>(2));
    queue.push("a", std::make_unique<int>(3));
    std::vector<int> seen;
    queue.for_each([&](std::unique_ptr<int> const& item) { seen.push_back(*item); });
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector{1, 2, 3});
    CHECK(**queue.remove(first) == 1);
    CHECK(*queue.pop() == 3);
    CHECK(*queue.pop() == 2);
}

TEST_CASE("random pushes, pops and removals go as in a simple queue") {
    std::mt19937 random(20260101);
    fair_queue<std::uint64_t> queue;
    simple_queue expected;
    std::uint64_t last_ticket = 0;
    for (int step = 0; step != 20'000; ++step) {
        auto const what = random() % 10;
        if (what < 5) {
            std::string const tenant(1, static_cast<char>('a' + random() % 6));
            last_ticket = queue.push(tenant, last_ticket + 1);
            expected.push(tenant, last_ticket);
        } else if (what < 8 && !queue.empty()) {
            REQUIRE(queue.pop() == expected.pop());
        } else if (last_ticket != 0) {
            std::uint64_t const ticket =
                last_ticket - random() % std::min<std::uint64_t>(last_ticket, 50);
            REQUIRE(queue.remove(ticket).has_value() == expected.remove(ticket));
        }
    }
    while (!queue.empty())
        REQUIRE(queue.pop() == expected.pop());
}

TEST_CASE("100,000 waiting items of one tenant are removed from any place") {
    constexpr std::size_t count = 100'000;
    fair_queue<std::size_t> queue;
    std::vector<fair_queue<std::size_t>::ticket> tickets;
    for (std::size_t i = 0; i != count; ++i)
        tickets.push_back(queue.push("a", i));
    std::shuffle(tickets.begin(), tickets.end(), std::mt19937(1));
    std::size_t sum = 0;
    for (auto const ticket : tickets)
        sum += queue.remove(ticket).value_or(count);
    CHECK(sum == count * (count - 1) / 2);
    CHECK(queue.empty());
}

} // TEST_SUITE("policy/fair_queue")
