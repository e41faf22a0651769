// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// One seed: the same times on every run, whatever the threads do meanwhile.
#include <support/process.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

TEST_SUITE("testing/virtual_clock/seeds") {

using namespace fixture;
using times = std::vector<std::chrono::steady_clock::duration>;

namespace {

using clock_ptr = std::shared_ptr<virtual_clock>;

clock_ptr seeded(std::uint64_t seed) {
    return std::make_shared<virtual_clock>(seed);
}

// When the server has received its requests.
times received_by(virtual_setup const& t) {
    times all;
    auto const start = t.clock->now() - t.clock->elapsed();
    for (auto const& each : t.s.requests())
        all.push_back(each.received - start);
    return all;
}

server_options ten_polls() {
    server_options how;
    how.statuses.assign(10, "Processing");
    how.statuses.back() = "Completed";
    return how;
}

asio::awaitable<void> wait_for_export(virtual_setup& t) {
    auto const request = week();
    auto const started =
        co_await loop::async_start_export(t.client(), request, asio::use_awaitable);
    REQUIRE(started);
    auto const done = co_await started->async_wait(asio::use_awaitable);
    CHECK(done);
}

times of_an_export(clock_ptr const& clock) {
    virtual_setup t(ten_polls(), clock);
    t.spawn([&] { return wait_for_export(t); });
    t.run();
    times all = received_by(t);
    CHECK(all.size() == 11);
    return all;
}

// A call that is tried five times.
times of_a_retry(clock_ptr const& clock) {
    virtual_setup t(server_options(), clock);
    t.how.retry.max_attempts = 5;
    std::string const id = t.s.add_export();
    t.s.script(report::get_report, std::vector<fault>(4, fault::status(503)));
    t.spawn([&]() -> asio::awaitable<void> {
        report::get_request const which(id);
        auto const got =
            co_await t.client().async_call(report::get_report, which, asio::use_awaitable);
        CHECK(got.attempts() == 5);
    });
    t.run();
    return received_by(t);
}

// The pauses of a download whose first exchanges bring nothing.
times of_a_download(clock_ptr const& clock) {
    virtual_setup t(server_options(), clock);
    for (int i = 0; i != 3; ++i)
        t.s.cut_file_after(0);
    tests::scratch_directory const files;
    t.spawn([&]() -> asio::awaitable<void> {
        std::string const url = t.s.file_url(t.s.add_export());
        std::string const to = (files.path / "x").string();
        CHECK(co_await loop::async_download(t.client(), url, to, asio::use_awaitable));
    });
    t.run();
    return received_by(t);
}

// Eight exports that are begun at once, and fail now and then: the times of each.
std::vector<times> of_many_exports(clock_ptr const& clock) {
    constexpr std::size_t count = 8;
    virtual_setup t(ten_polls(), clock);
    t.how.limits = loop::limit_options();
    std::vector<times> polled(count);
    for (std::size_t i = 0; i != count; ++i)
        t.spawn([&t, i, &polled]() -> asio::awaitable<void> {
            auto const request = week();
            auto const started =
                co_await loop::async_start_export(t.client(), request, asio::use_awaitable);
            REQUIRE(started);
            std::string const id = started->id();
            CHECK(co_await started->async_wait(asio::use_awaitable));
            auto const start = t.clock->now() - t.clock->elapsed();
            for (auto const& each : t.s.requests(report::get_report))
                if (each.value.id == id)
                    polled[i].push_back(each.raw.received - start);
        });
    t.run();
    return polled;
}

// Collects the values that a server makes up.
std::vector<std::string> ids_of(clock_ptr const& clock) {
    virtual_setup t(server_options(), clock);
    std::string const id = t.s.add_export();
    auto const answer = [&] {
        std::optional<std::string> given;
        t.spawn([&]() -> asio::awaitable<void> {
            report::get_request const which(id);
            auto const got =
                co_await t.client().async_call(report::get_report, which, asio::use_awaitable);
            given = got.request_id();
        });
        t.run();
        return given.value_or("none");
    };
    std::string const url = t.s.file_url(id);
    return {t.s.token(), id,       t.s.add_export(),
            answer(),    answer(), url.substr(t.s.files_url().size())};
}

} // namespace

TEST_CASE("60 runs of an export see the same times") {
    std::set<times> seen;
    for (int i = 0; i != 60; ++i)
        seen.insert(of_an_export(std::make_shared<virtual_clock>()));
    CHECK(seen.size() == 1);
    times const& all = *seen.begin();
    std::set<std::chrono::steady_clock::duration> pauses;
    for (std::size_t i = 2; i != all.size(); ++i) {
        pauses.insert(all[i] - all[i - 1]);
        CHECK(all[i] - all[i - 1] >= 10s);
    }
    CHECK(pauses.size() > 1); // they are still random
}

TEST_CASE("so do runs of a retry, of a download and of many exports at once") {
    std::set<times> retries;
    std::set<times> downloads;
    std::set<std::vector<times>> exports;
    for (int i = 0; i != 20; ++i) {
        retries.insert(of_a_retry(seeded(7)));
        downloads.insert(of_a_download(seeded(7)));
        exports.insert(of_many_exports(seeded(7)));
    }
    CHECK(retries.size() == 1);
    CHECK(downloads.size() == 1);
    CHECK(downloads.begin()->back() > 0ms);
    CHECK(exports.size() == 1);
    // no two of them go in step
    std::vector<times> const& each = *exports.begin();
    CHECK(std::set<times>(each.begin(), each.end()).size() == each.size());
}

TEST_CASE("another seed brings other times") {
    auto const usual = std::make_shared<virtual_clock>();
    CHECK(of_an_export(seeded(usual->seed())) == of_an_export(usual));
    std::set<times> exports;
    std::set<times> retries;
    std::set<times> downloads;
    for (std::uint64_t seed :
         {std::uint64_t(0), std::uint64_t(1), std::uint64_t(2), ~std::uint64_t(0)}) {
        CHECK(seeded(seed)->seed() == seed);
        exports.insert(of_an_export(seeded(seed)));
        retries.insert(of_a_retry(seeded(seed)));
        downloads.insert(of_a_download(seeded(seed)));
    }
    CHECK(exports.size() == 4);
    CHECK(retries.size() == 4);
    CHECK(downloads.size() == 4);
}

TEST_CASE("a server's ids, token and signatures come from the seed") {
    auto const once = ids_of(seeded(3));
    CHECK(once == ids_of(seeded(3)));
    CHECK(std::set<std::string>(once.begin(), once.end()).size() == once.size());
    auto const other = ids_of(seeded(4));
    for (std::size_t i = 0; i != once.size(); ++i)
        CHECK(once[i] != other[i]);
    // Without a virtual clock nothing is the same.
    server const one;
    server const two;
    CHECK(one.token() != two.token());
}

TEST_CASE("clients and servers of one clock draw different numbers") {
    auto const clock = seeded(5);
    std::set<times> seen;
    for (int i = 0; i != 3; ++i) {
        times all = of_an_export(clock);
        auto const first = all.front();
        for (auto& each : all)
            each -= first;
        seen.insert(all);
    }
    CHECK(seen.size() == 3);
    server_options how;
    how.clock = clock;
    server const one(how);
    server const two(how);
    CHECK(one.token() != two.token());
}

TEST_CASE("(in a program of its own) the seed of a clock" * doctest::skip()) {
    auto const seed = std::make_shared<virtual_clock>()->seed();
    CHECK(std::make_shared<virtual_clock>()->seed() == seed); // and printed once
    MESSAGE("it is <" << seed << ">");
}

TEST_CASE("the environment gives a seed, which is printed") {
    auto const run = [](std::map<std::string, std::string> const& environment, int expected) {
        tests::process p({std::filesystem::read_symlink("/proc/self/exe").string(), "--no-skip",
                          "-tc=(in a program of its own) the seed of a clock"},
                         environment);
        CHECK(p.wait() == expected);
        std::string const out = p.out();
        std::string const before = "it is <";
        std::size_t const begin = out.find(before) + before.size();
        return std::pair(out.substr(begin, out.find('>', begin) - begin), p.err());
    };
    CHECK(run({}, 0) == std::pair(std::string("1"), std::string()));
    CHECK(run({{"INTHELOOP_TEST_SEED", ""}}, 0).first == "1");
    CHECK(run({{"INTHELOOP_TEST_SEED", "42"}}, 0) ==
          std::pair(std::string("42"), std::string("virtual clock: INTHELOOP_TEST_SEED=42\n")));
    auto const random = run({{"INTHELOOP_TEST_SEED", "random"}}, 0);
    CHECK(random.second == "virtual clock: INTHELOOP_TEST_SEED=" + random.first + '\n');
    CHECK(run({{"INTHELOOP_TEST_SEED", "random"}}, 0).first != random.first);
    for (char const* bad : {"x", "1x", "-1", " 1", "18446744073709551616"})
        CHECK(run({{"INTHELOOP_TEST_SEED", bad}}, 1).second.empty());
}

} // TEST_SUITE("testing/virtual_clock/seeds")
