// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/fair_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/fair_queue") {

namespace {

using intheloop::policy::fair_queue;

// Ids are named after their tenant: "a1" is one of tenant "a".
fair_queue::id id_of(std::string_view name) {
    REQUIRE(name.size() == 2);
    return static_cast<fair_queue::id>(name[0]) * 256 + static_cast<fair_queue::id>(name[1]);
}

std::string name_of(fair_queue::id id) {
    return {static_cast<char>(id / 256), static_cast<char>(id % 256)};
}

void push_all(fair_queue& queue, std::vector<std::string> const& names) {
    for (std::string const& name : names)
        queue.push(std::string_view(name).substr(0, 1), id_of(name));
}

std::vector<std::string> pop_all(fair_queue& queue) {
    std::vector<std::string> names;
    while (!queue.empty())
        names.push_back(name_of(queue.pop()));
    return names;
}

// The same queue, written so simply that it can only be right.
class simple_queue {
public:
    void push(std::string const& tenant, fair_queue::id id) {
        if (lines_[tenant].empty())
            turns_.push_back(tenant);
        lines_[tenant].push_back(id);
    }
    fair_queue::id pop() {
        std::string const tenant = turns_.front();
        fair_queue::id const id = lines_[tenant].front();
        turns_.pop_front();
        lines_[tenant].pop_front();
        if (!lines_[tenant].empty())
            turns_.push_back(tenant);
        return id;
    }
    bool remove(fair_queue::id id) {
        for (auto& [tenant, line] : lines_)
            if (std::erase(line, id) != 0) {
                if (line.empty())
                    std::erase(turns_, tenant);
                return true;
            }
        return false;
    }

private:
    std::map<std::string, std::deque<fair_queue::id>> lines_;
    std::deque<std::string> turns_;
};

} // namespace

TEST_CASE("first in, first out within a tenant, and tenants take turns") {
    using names = std::vector<std::string>;
    struct {
        names pushed;
        names popped;
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
        fair_queue queue;
        push_all(queue, c.pushed);
        CHECK(queue.size() == c.pushed.size());
        CHECK(pop_all(queue) == c.popped);
        CHECK(queue.size() == 0);
    }
}

TEST_CASE("a tenant that comes anew goes behind the others") {
    fair_queue queue;
    push_all(queue, {"a1", "b1", "b2", "b3", "c1", "c2"});
    CHECK(name_of(queue.pop()) == "a1");
    CHECK(name_of(queue.pop()) == "b1");
    push_all(queue, {"a2", "a3"}); // the turn is c's, then b's
    CHECK(pop_all(queue) == std::vector<std::string>{"c1", "b2", "a2", "c2", "b3", "a3"});
}

TEST_CASE("an id is removed before its turn, once") {
    fair_queue queue;
    push_all(queue, {"a1", "a2", "b1", "b2"});
    CHECK(queue.tenants() == 2);

    SUBCASE("from the middle of a line") {
        CHECK(queue.remove(id_of("a2")));
        CHECK_FALSE(queue.remove(id_of("a2")));
        CHECK(pop_all(queue) == std::vector<std::string>{"a1", "b1", "b2"});
    }
    SUBCASE("the one whose turn it is: its tenant keeps its turn") {
        CHECK(queue.remove(id_of("a1")));
        CHECK(pop_all(queue) == std::vector<std::string>{"a2", "b1", "b2"});
    }
    SUBCASE("a whole tenant, which is anew afterwards") {
        CHECK(queue.remove(id_of("a2")));
        CHECK(queue.remove(id_of("a1")));
        CHECK(queue.tenants() == 1);
        push_all(queue, {"a3"});
        CHECK(pop_all(queue) == std::vector<std::string>{"b1", "a3", "b2"});
    }
    SUBCASE("not after it was popped, and not what never was") {
        CHECK(name_of(queue.pop()) == "a1");
        CHECK_FALSE(queue.remove(id_of("a1")));
        CHECK_FALSE(queue.remove(id_of("b3")));
        CHECK_FALSE(queue.remove(0));
        CHECK(queue.size() == 3);
    }
    SUBCASE("and may wait again, also for another tenant") {
        CHECK(queue.remove(id_of("b1")));
        queue.push("a", id_of("b1"));
        CHECK(name_of(queue.pop()) == "a1");
        queue.push("c", id_of("a1"));
        CHECK(pop_all(queue) == std::vector<std::string>{"b2", "a2", "a1", "b1"});
    }
}

TEST_CASE("every id is visited") {
    fair_queue queue;
    push_all(queue, {"a1", "b1", "a2"});
    std::vector<std::string> seen;
    queue.for_each([&](fair_queue::id id) { seen.push_back(name_of(id)); });
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<std::string>{"a1", "a2", "b1"});
    CHECK(queue.size() == 3);
}

TEST_CASE("nothing is left after clear()") {
    fair_queue queue;
    push_all(queue, {"a1", "b1", "a2"});
    queue.clear();
    CHECK(queue.empty());
    CHECK(queue.tenants() == 0);
    CHECK_FALSE(queue.remove(id_of("a1")));
    push_all(queue, {"b1", "a1"});
    CHECK(pop_all(queue) == std::vector<std::string>{"b1", "a1"});
}

TEST_CASE("random pushes, pops and removals go as in a simple queue") {
    std::mt19937 random(20260101);
    fair_queue queue;
    simple_queue expected;
    fair_queue::id last = 0;
    for (int step = 0; step != 20'000; ++step) {
        auto const what = random() % 10;
        if (what < 5) {
            std::string const tenant(1, static_cast<char>('a' + random() % 6));
            queue.push(tenant, ++last);
            expected.push(tenant, last);
        } else if (what < 8 && !queue.empty()) {
            REQUIRE(queue.pop() == expected.pop());
        } else if (last != 0) {
            fair_queue::id const id = last - random() % std::min<fair_queue::id>(last, 50);
            REQUIRE(queue.remove(id) == expected.remove(id));
        }
    }
    while (!queue.empty())
        REQUIRE(queue.pop() == expected.pop());
}

TEST_CASE("100,000 waiting ids of one tenant are removed from any place") {
    constexpr fair_queue::id count = 100'000;
    fair_queue queue;
    std::vector<fair_queue::id> ids;
    for (fair_queue::id id = 0; id != count; ++id) {
        queue.push("a", id);
        ids.push_back(id);
    }
    std::shuffle(ids.begin(), ids.end(), std::mt19937(1));
    std::size_t removed = 0;
    for (auto const id : ids)
        removed += queue.remove(id) ? 1 : 0;
    CHECK(removed == count);
    CHECK(queue.empty());
}

} // TEST_SUITE("policy/fair_queue")
