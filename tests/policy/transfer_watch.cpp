// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// When a transfer is too slow: a table of what moves at which second.
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

TEST_SUITE("policy/transfer_watch") {

using intheloop::slow_transfer_options;
using intheloop::policy::transfer_watch;
using namespace std::chrono_literals;
using at = intheloop::policy::clock::time_point;

namespace {

// 100 bytes a second for 8 s, so that a slice is a second.
slow_transfer_options const limit(100, 8s);

// So many bytes come in the middle of each second of a transfer that begins at 0.
struct stream {
    std::vector<std::uint64_t> seconds; // the last one goes on
    std::optional<int> slow_after;      // seconds; within a minute
};

std::optional<int> slow_after(stream const& of) {
    transfer_watch watch(limit, at(0s));
    watch.run(true, at(0s));
    for (int second = 0; second != 60; ++second) {
        auto const i = static_cast<std::size_t>(second);
        watch.add(i < of.seconds.size() ? of.seconds[i] : of.seconds.back(),
                  at(std::chrono::seconds(second) + 500ms));
        CHECK(watch.check_at() == at(std::chrono::seconds(second + 1)));
        CHECK_FALSE(watch.is_slow(at(std::chrono::seconds(second) + 999ms)));
        if (watch.is_slow(at(std::chrono::seconds(second + 1))))
            return second + 1;
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("a transfer ends that was too slow on average for the whole duration") {
    stream const streams[] = {
        {{0}, 8},
        {{1}, 8},
        {{99}, 8},
        {{100}, std::nullopt},
        {{101}, std::nullopt},
        {{1'000'000'000}, std::nullopt},
        // Much at once counts for as long as it is one of the last eight seconds.
        {{800, 0}, 9},
        {{0, 800, 0}, 10},
        {{0, 0, 0, 0, 0, 0, 0, 800, 0}, 16},
        {{799, 0}, 8},
        {{0, 0, 0, 0, 0, 0, 0, 799, 800}, 8},
        // Fast for long, and then a drip: what was before does not help.
        {{100'000, 100'000, 100'000, 100'000, 100'000, 100'000, 100'000, 100'000, 100'000, 99}, 17},
        // In pieces.
        {{400, 0, 0, 0, 400, 0, 0, 0, 400, 0, 0, 0, 400, 0, 0, 0, 400, 0}, 21},
    };
    for (stream const& each : streams) {
        CAPTURE(each.seconds.front());
        CAPTURE(each.seconds.size());
        CHECK(slow_after(each) == each.slow_after);
    }
}

TEST_CASE("time in which it stands still by the program's own will does not count") {
    transfer_watch watch(limit, at(0s));
    CHECK_FALSE(watch.check_at()); // not begun
    CHECK_FALSE(watch.is_slow(at(100h)));
    watch.run(true, at(100h));
    CHECK(watch.check_at() == at(100h + 1s));
    CHECK_FALSE(watch.is_slow(at(100h + 4500ms)));
    watch.run(false, at(100h + 4500ms));
    CHECK_FALSE(watch.check_at());
    CHECK_FALSE(watch.is_slow(at(200h)));
    watch.run(true, at(200h));
    CHECK(watch.check_at() == at(200h + 500ms)); // the rest of the slice
    CHECK_FALSE(watch.is_slow(at(200h + 3499ms)));
    CHECK(watch.is_slow(at(200h + 3500ms)));
}

TEST_CASE("bytes that come while no time counts help") {
    transfer_watch watch(limit, at(0s));
    watch.add(800, at(5s)); // the last ones of a request
    watch.run(true, at(10s));
    CHECK_FALSE(watch.is_slow(at(18s)));
    CHECK(watch.is_slow(at(19s)));
}

TEST_CASE("a look that comes late sees the whole silence") {
    for (auto const late : {8s, 9s, 100s, 100'000'000s}) {
        transfer_watch watch(limit, at(0s));
        watch.run(true, at(0s));
        watch.add(1'000'000, at(0s));
        CHECK(watch.is_slow(at(late)) == (late > 8s));
    }
}

TEST_CASE("a time that goes back changes nothing, and extreme limits do not overflow") {
    transfer_watch watch(limit, at(10s));
    watch.run(true, at(10s));
    CHECK_FALSE(watch.is_slow(at(0s)));
    CHECK(watch.is_slow(at(18s)));

    transfer_watch longest({UINT64_MAX, std::chrono::milliseconds::max()}, at::max() - 1h);
    longest.run(true, at::max() - 1h);
    CHECK(longest.check_at() == at::max());
    CHECK_FALSE(longest.is_slow(at::max()));
    transfer_watch shortest({UINT64_MAX, 1ms}, at(0s));
    shortest.run(true, at(0s));
    CHECK(shortest.is_slow(at(1ms)));
}

TEST_CASE("a duration that is not above zero is refused") {
    using intheloop::policy::validate;
    CHECK(validate(slow_transfer_options()) == nullptr);
    CHECK(validate(slow_transfer_options(1, 1ms)) == nullptr);
    CHECK(validate(slow_transfer_options(1, 0ms)) != nullptr);
    CHECK(validate(slow_transfer_options(0, -1ms)) != nullptr);
}

} // TEST_SUITE("policy/transfer_watch")
