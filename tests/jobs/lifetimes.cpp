// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Objects may go in these orders, and on these threads: a client, its context, jobs, waits.
#include <jobs/fixture.hpp>
#include <support/process.hpp>
#include <support/witness.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("jobs/lifetimes") {

using namespace fixture;
using loop::errc;

namespace {

// Owns the client and the job for which it waits.
asio::awaitable<void> wait_with_own_client(asio::io_context& io, loop::options const& how,
                                           loop::start_options const& start, bool& gone) {
    support::witness const here(gone);
    loop::client client(io.get_executor(), how);
    auto const job = (co_await loop::async_start_export(client, week(), start)).value();
    auto const ended = co_await job.async_wait();
    CHECK(ended.has_value());
}

} // namespace

TEST_CASE("of many jobs, those that are left learn that the client is gone") {
    job_fixture t;
    std::list<loop::export_job> kept;
    for (int i = 0; i != 300; ++i) {
        auto job = loop::attach_export(*t.client, "exp_" + std::to_string(i));
        if (i % 3 == 0)
            kept.push_back(std::move(job));
    }
    t.client.reset();
    CHECK(runs_out(t.io));
    for (auto const& job : kept)
        CHECK(t.wait(job).error().code() == errc::client_closed);
}

TEST_CASE("when the client is destroyed all that waits ends") {
    job_fixture t;
    auto const job = t.start(asleep());
    waiting one(job);
    waiting two(job);
    std::optional<outcome> looked;
    SUBCASE("while nothing is under way") {
        t.io.restart();
        t.io.poll();
    }
    SUBCASE("while a poll is") {
        t.s.hold_next();
        job.async_poll([&](outcome r) { looked = std::move(r); });
        run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    }
    SUBCASE("while the waits begin") {}
    t.client.reset();
    CHECK(runs_out(t.io));
    CHECK(one.ended->error().code() == errc::client_closed);
    CHECK(two.ended->error().code() == errc::client_closed);
    if (looked)
        CHECK(looked->error().code() == errc::client_closed);
    // And whoever comes later is told the same.
    CHECK(t.wait(job).error().code() == errc::client_closed);
    CHECK(t.poll(job).error().code() == errc::client_closed);
    CHECK(job.state().status == "Processing");
    CHECK(job.state().has_ended);
    CHECK(t.s.wait_until_idle(patience)); // the job keeps no connection
}

TEST_CASE("a job that is completed is so without its client too") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    CHECK(t.wait(job).has_value());
    t.client.reset();
    CHECK(t.wait(job).has_value());
    CHECK(t.poll(job).error().code() == errc::client_closed);
    CHECK_FALSE(job.state().last_failure);
}

TEST_CASE("a client that is destroyed during a start") {
    job_fixture t;
    t.s.hold_next();
    std::optional<loop::result<loop::export_job>> ended;
    loop::async_start_export(*t.client, week(), [&](auto r) { ended = std::move(r); });
    SUBCASE("that is under way") {
        run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    }
    SUBCASE("that has not begun") {}
    t.client.reset();
    CHECK(runs_out(t.io));
    REQUIRE(ended);
    CHECK(ended->error().code() == errc::client_closed);
}

TEST_CASE("a client that is closed in order ends the waits with the next poll") {
    job_fixture t;
    auto const job = t.start(quick());
    bool closed = false;
    t.client->async_close([&] { closed = true; });
    CHECK(t.wait(job).error().code() == errc::client_closed);
    CHECK(closed);
    CHECK(t.polls() == 0);
}

namespace {

// Jobs with a handler that is bound to another context, and the end of their client. The log tells
// what has completed: j for a job, E for the end.
struct closing_fixture : job_fixture {
    closing_fixture() : job_fixture(with_statuses({"Completed"})) {}

    template <class Handler>
    auto on_elsewhere(Handler check) {
        return asio::bind_executor(elsewhere.get_executor(),
                                   [this, check = std::move(check)](auto const& r) {
                                       check(r);
                                       poll(); // what would come too early comes now
                                       log += 'j';
                                   });
    }
    void poll() {
        io.restart();
        while (io.poll() != 0) {
        }
    }
    void check_close_waits() {
        client->async_close([this] { log += 'E'; });
        poll();
        CHECK(log == "");
        elsewhere.run();
        CHECK(runs_out(io));
        CHECK(log == "jE");
    }

    asio::io_context elsewhere;
    std::string log;
};

} // namespace

TEST_CASE("async_close waits for the handlers of jobs that are refused before they begin") {
    closing_fixture t;
    auto const is_refused = [](auto const& r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_option);
    };
    loop::download_options how;
    std::unique_ptr<loop::byte_source> source;
    std::string piece;
    SUBCASE("a start") {
        loop::start_options alone;
        alone.needs_fleet = true;
        loop::async_start_export(*t.client, week(), alone, t.on_elsewhere(is_refused));
    }
    SUBCASE("a download") {
        how.streams = 0;
        loop::async_download(*t.client, t.s.files_url() + "/f", "never-made", how,
                             t.on_elsewhere(is_refused));
    }
    SUBCASE("a read of a file") {
        how.streams = 2;
        source = loop::open_download(*t.client, t.s.files_url() + "/f", how);
        source->async_read(piece, t.on_elsewhere([](std::optional<loop::error> const& failure) {
            REQUIRE(failure);
            CHECK(failure->code() == errc::invalid_option);
        }));
    }
    t.check_close_waits();
}

TEST_CASE("async_close waits for the handlers of jobs whose last call has ended") {
    closing_fixture t;
    auto const succeeds = [](auto const& r) { REQUIRE_MESSAGE(r, r.error()); };
    tests::scratch_directory files;
    std::optional<loop::export_job> job;
    SUBCASE("a start") {
        loop::async_start_export(*t.client, week(), starting(quick()), t.on_elsewhere(succeeds));
    }
    SUBCASE("a wait") {
        job = loop::attach_export(*t.client, t.s.add_export({"Completed"}, "[1]"), quick());
        job->async_wait(t.on_elsewhere(succeeds));
    }
    SUBCASE("a download in several streams") {
        loop::download_options how;
        how.streams = 2;
        std::string const url = t.s.file_url(t.s.add_export({"Completed"}, "[1]"));
        loop::async_download(*t.client, url, files.path / "r", how, t.on_elsewhere(succeeds));
    }
    run_until(t.io, [&] {
        auto const now = t.client->statistics();
        return now.calls_started == 1 && now.calls == 0;
    });
    t.check_close_waits();
}

TEST_CASE("async_close waits for handlers that are on their way on a thread of its context") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    REQUIRE(t.wait(job));
    auto watch = job.watch();
    std::string log;
    auto const ended = [&](auto const& r) {
        CHECK(r.has_value());
        log += 'j';
    };
    std::function<void()> begin = [&] { job.async_wait(ended); };
    SUBCASE("a wait for a job that has ended") {}
    SUBCASE("a state of a watch") {
        begin = [&] { watch.async_next(ended); };
    }
    asio::post(t.io, [&] {
        begin();
        t.client->async_close([&] { log += 'E'; });
    });
    CHECK(runs_out(t.io));
    CHECK(log == "jE");
}

TEST_CASE("async_close waits for a call that a start begins behind it") {
    job_fixture t;
    std::string log;
    loop::async_start_export(*t.client, week(), [&](auto const& r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::client_closed);
        log += 'j';
    });
    t.client->async_close([&] { log += 'E'; });
    CHECK(runs_out(t.io));
    CHECK(log == "jE");
    CHECK(t.starts() == 0);
}

namespace {

struct names_request {
    names_request() {}
    std::optional<std::string> cursor;
    using members = loop::members<&names_request::cursor>;
};
struct names {
    std::vector<std::string> items;
    std::optional<std::string> next;
    using members = loop::members<&names::items, &names::next>;
};
constexpr loop::endpoint<loop::verb::get, "/names", names_request, names,
                         loop::query<&names_request::cursor>,
                         loop::cursor_pages<&names_request::cursor, &names::items, &names::next>>
    list_names{};

} // namespace

TEST_CASE("async_close waits for the handler of an item that is there already") {
    closing_fixture t;
    t.s.on(list_names, [](names_request const&) {
        names page;
        page.items = {"one", "two"};
        return page;
    });
    loop::item_reader items(*t.client, list_names, names_request());
    bool is_first_there = false;
    items.async_next([&](auto item) { is_first_there = item && *item == "one"; });
    run_until(t.io, [&] { return is_first_there; });
    items.async_next(t.on_elsewhere([](auto const& item) {
        REQUIRE(item);
        CHECK(*item == "two");
    }));
    t.check_close_waits();
}

TEST_CASE("a context takes along the coroutines that own a client and a job") {
    server s(with_statuses({"Processing"}));
    bool gone = false;
    bool slow = false;
    SUBCASE("while they wait for the next poll") {}
    SUBCASE("while a poll is under way") {
        slow = true;
    }
    loop::options const of_client = options_for(s);
    loop::start_options const how = starting(slow ? quick() : asleep());
    {
        asio::io_context io;
        asio::co_spawn(io, wait_with_own_client(io, of_client, how, gone), asio::detached);
        run_until(io, [&] { return s.wait_for_answers(1, 0ms); });
        if (slow) {
            s.hold_next();
            run_until(io, [&] { return s.wait_until_held(0ms); });
        } else {
            while (io.run_one_for(50ms) != 0) {
            }
        }
        CHECK_FALSE(gone);
    }
    CHECK(gone);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("the job may be dropped, and the client destroyed, in a handler") {
    job_fixture t(with_statuses({"Completed"}));
    auto job = std::make_optional(t.start(quick()));
    int completed = 0;
    job->async_wait([&](outcome r) {
        CHECK(r.has_value());
        job.reset();
        t.client.reset();
        ++completed;
    });
    CHECK(runs_out(t.io));
    CHECK(completed == 1);
}

TEST_CASE("handlers run where they are bound to, and keep that at work") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    asio::io_context other;
    int completed = 0;
    auto const count = [&](auto const&) {
        CHECK(other.get_executor().running_in_this_thread());
        ++completed;
    };
    job.async_wait(asio::bind_executor(other.get_executor(), count));
    job.async_poll(asio::bind_executor(other.get_executor(), count));
    auto watch = job.watch();
    watch.async_next(asio::bind_executor(other.get_executor(), count));
    CHECK(runs_out(t.io));
    CHECK(completed == 0);
    CHECK(runs_out(other));
    CHECK(completed == 3);
}

TEST_CASE("waits, polls, watches and starts on several threads") {
    server s(with_statuses({"Processing", "Processing", "Completed"}));
    asio::thread_pool pool(4);
    loop::client client(pool.get_executor(), options_for(s));
    loop::start_options how = starting(quick());
    how.shared = std::make_shared<loop::single_flight>();
    std::atomic<int> completed = 0;
    std::atomic<int> states = 0;

    auto const user_of_job = [&]() -> asio::awaitable<void> {
        auto const job = (co_await loop::async_start_export(client, week(), how)).value();
        auto const looked = co_await job.async_poll();
        auto const done = co_await job.async_wait(patience);
        completed += looked.has_value() && done.has_value() && job.state().has_ended ? 1 : 0;
    };
    auto const follower = [&](loop::export_job job) -> asio::awaitable<void> {
        auto watch = job.watch();
        while (auto const now = co_await watch.async_next())
            states += now->has_ended ? 1 : 0;
    };
    std::vector<std::future<void>> all;
    for (int i = 0; i != 16; ++i)
        all.push_back(asio::co_spawn(pool, user_of_job, asio::use_future));
    auto const job = loop::attach_export(client, s.add_export(), quick());
    for (int i = 0; i != 8; ++i)
        all.push_back(asio::co_spawn(pool, follower(job), asio::use_future));
    for (auto& one : all) {
        REQUIRE(one.wait_for(patience) == std::future_status::ready);
        one.get();
    }
    CHECK(completed == 16);
    CHECK(states == 8);
    pool.join();
}

TEST_CASE("jobs and clients are dropped on other threads than they are used on") {
    server s(with_statuses({"Processing"}));
    for (int round = 0; round != 10; ++round) {
        asio::thread_pool pool(4);
        std::optional<loop::client> client(std::in_place, pool.get_executor(), options_for(s));
        std::vector<loop::export_job> jobs;
        std::atomic<int> ended = 0;
        for (int i = 0; i != 4; ++i) {
            jobs.push_back(loop::attach_export(*client, s.add_export(), quick()));
            for (int wait = 0; wait != 4; ++wait)
                jobs.back().async_wait(
                    [&](outcome r) { ended += r.error().code() == loop::condition::cancelled; });
        }
        REQUIRE(s.wait_for_requests(static_cast<std::size_t>(round) * 2 + 2, patience));
        jobs.pop_back();
        client.reset();
        jobs.clear();
        pool.join();
        CHECK(ended == 16);
    }
}

} // TEST_SUITE("jobs/lifetimes")
