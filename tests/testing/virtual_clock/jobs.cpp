// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Exports of ten minutes, downloads at a pace, addresses that expire: in virtual time.
#include <testing/virtual_clock/fixture.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

TEST_SUITE("testing/virtual_clock/jobs") {

using namespace fixture;

namespace {

class directory {
public:
    directory() { std::filesystem::create_directory(path_); }
    ~directory() { std::filesystem::remove_all(path_); }
    directory(directory const&) = delete;
    directory& operator=(directory const&) = delete;
    std::string file(std::string const& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path const path_ = std::filesystem::temp_directory_path() /
                                        ("virtual_clock_" + *loop::export_journal::new_key());
};

// 60 looks: the last of them sees the file.
server_options ten_minutes() {
    server_options how;
    how.statuses.assign(60, "Processing");
    how.statuses.back() = "Completed";
    return how;
}

loop::start_options every_ten_seconds() {
    loop::start_options how;
    how.poll.jitter = 0;
    return how;
}

} // namespace

TEST_CASE("an export of ten minutes is polled as documented, and fetched") {
    directory const files;
    virtual_setup t(ten_minutes());
    t.spawn([&]() -> asio::awaitable<void> {
        auto const request = week();
        auto const how = every_ten_seconds();
        auto const started =
            co_await loop::async_start_export(t.client(), request, how, asio::use_awaitable);
        loop::export_job const job = started.value();
        auto const done = co_await job.async_wait(asio::use_awaitable);
        CHECK(done->status == report::export_status::completed);
        CHECK(t.clock->elapsed() == 10min);
        CHECK(job.state().age == 10min);
        CHECK(job.state().polls == 60);
        std::string const to = files.file("week.json");
        auto const fetched =
            co_await loop::async_download(t.client(), job, to, asio::use_awaitable);
        CHECK(fetched);
        CHECK(fetched.elapsed() == 0ms);
    });
    t.run();
    CHECK(t.clock->elapsed() == 10min);
    CHECK(std::filesystem::file_size(files.file("week.json")) > 0);

    auto const seen = t.s.requests(origin::api);
    REQUIRE(seen.size() == 61);
    for (std::size_t i = 1; i != seen.size(); ++i)
        CHECK(seen[i].received - seen[i - 1].received == 10s);
}

TEST_CASE("a wait for an export has its deadline in virtual time, and the job can be resumed") {
    virtual_setup t(ten_minutes());
    t.spawn([&]() -> asio::awaitable<void> {
        auto const request = week();
        auto const how = every_ten_seconds();
        auto const started =
            co_await loop::async_start_export(t.client(), request, how, asio::use_awaitable);
        loop::export_job const job = started.value();
        auto const late = co_await job.async_wait(95s, asio::use_awaitable);
        REQUIRE_FALSE(late);
        CHECK(late.error().code() == errc::deadline_exceeded);
        CHECK(t.clock->elapsed() == 95s);
        // Nobody waits, and so nobody looks.
        co_await t.clock->async_sleep_for(24h, asio::use_awaitable);
        CHECK(job.state().polls == 9);
        auto const resumed = loop::resume_export(t.client(), job.resume_token()).value();
        CHECK(resumed.state().age == 24h + 95s);
    });
    t.run();
}

TEST_CASE("PendingOrExpired means expired when its time is over") {
    server_options how;
    how.statuses = {"PendingOrExpired"};
    virtual_setup t(how);
    t.spawn([&]() -> asio::awaitable<void> {
        auto const request = week();
        auto chosen = every_ten_seconds();
        chosen.poll.deadline = 5h;
        auto const started =
            co_await loop::async_start_export(t.client(), request, chosen, asio::use_awaitable);
        auto const ended = co_await started->async_wait(asio::use_awaitable);
        REQUIRE_FALSE(ended);
        CHECK(ended.error().code() == errc::export_expired);
        CHECK(t.clock->elapsed() == 1h); // poll_options::pending_for
    });
    t.run();
}

TEST_CASE("a download at a pace takes its time, and tells its rate") {
    directory const files;
    server_options how;
    how.content = loop::testing::export_content(std::string(60'000, 'x'));
    how.file_bytes_per_second = 1000;
    virtual_setup t(how);
    t.spawn([&]() -> asio::awaitable<void> {
        std::string const url = t.s.file_url(t.s.add_export());
        loop::download_options chosen;
        chosen.deadline = 1h;
        chosen.stall_timeout = 1min;
        std::optional<double> rate;
        chosen.on_progress = [&](loop::download_progress const& so_far) {
            rate = so_far.bytes_per_second;
        };
        std::string const to = files.file("slow");
        auto const fetched =
            co_await loop::async_download(t.client(), url, to, chosen, asio::use_awaitable);
        REQUIRE_MESSAGE(fetched, fetched.error());
        CHECK(fetched->bytes == 60'000);
        // The last block is written when the bytes before it are through.
        CHECK(fetched.elapsed() > 59s);
        CHECK(fetched.elapsed() <= 1min);
        REQUIRE(rate);
        CHECK(*rate == doctest::Approx(1000).epsilon(0.1));
    });
    t.run();
}

TEST_CASE("a reader that takes its time holds the server up, and nothing stalls") {
    server_options how;
    how.content = loop::testing::export_content(std::string(20'000'000, 'x'));
    virtual_setup t(how);
    t.how.stall_timeout = 10s;
    t.clock->set_patience(1h);
    t.spawn([&]() -> asio::awaitable<void> {
        std::string const url = t.s.file_url(t.s.add_export());
        loop::download_options chosen;
        chosen.deadline = 100h;
        chosen.stall_timeout = 10s;
        auto const source = loop::open_download(t.client(), url, chosen);
        std::string bytes;
        std::size_t total = 0;
        do {
            auto read = [&](auto handler) { source->async_read(bytes, std::move(handler)); };
            std::optional<loop::error> const failed =
                co_await asio::async_initiate<decltype(asio::use_awaitable) const,
                                              void(std::optional<loop::error>)>(
                    read, asio::use_awaitable);
            CHECK_FALSE(failed);
            total += bytes.size();
            co_await t.clock->async_sleep_for(1min, asio::use_awaitable);
        } while (!bytes.empty());
        CHECK(total == 20'000'000);
        CHECK(t.clock->elapsed() > 10min);
    });
    t.run();
}

TEST_CASE("signed addresses expire in virtual time, and a job gets fresh ones") {
    directory const files;
    virtual_setup t;
    t.spawn([&]() -> asio::awaitable<void> {
        std::string const id = t.s.add_export({"Completed"}, loop::testing::sample_export());
        auto const job = loop::attach_export(t.client(), id);
        CHECK(co_await job.async_wait(asio::use_awaitable));
        std::string const url = t.s.file_url(id);
        std::string const to = files.file("x");
        co_await t.clock->async_sleep_for(59min, asio::use_awaitable);
        CHECK(co_await loop::async_download(t.client(), url, to, asio::use_awaitable));
        co_await t.clock->async_sleep_for(1min, asio::use_awaitable); // of an hour
        auto const late = co_await loop::async_download(t.client(), url, to, asio::use_awaitable);
        REQUIRE_FALSE(late);
        CHECK(late.status() == 403);
        auto const before = t.s.requests(origin::files).size();
        CHECK(co_await loop::async_download(t.client(), job, to, asio::use_awaitable));
        CHECK(t.s.requests(origin::files).size() == before + 1); // the old one was not even tried
        // The server's own clock may go wrong.
        std::string const fresh = t.s.file_url(id);
        t.s.advance_clock(2h);
        auto const skewed =
            co_await loop::async_download(t.client(), fresh, to, asio::use_awaitable);
        CHECK(skewed.status() == 403);
        CHECK(t.clock->elapsed() == 1h);
    });
    t.run();
}

TEST_CASE("a journal tells when an export began") {
    directory const files;
    virtual_setup t;
    std::shared_ptr<loop::export_journal> const journal =
        *loop::export_journal::open(files.file("journal"));
    journal->use_time(t.clock);
    t.clock->advance(36h);
    t.spawn([&]() -> asio::awaitable<void> {
        auto const request = week();
        auto how = every_ten_seconds();
        how.journal = journal;
        auto const started =
            co_await loop::async_start_export(t.client(), request, how, asio::use_awaitable);
        CHECK(started);
    });
    t.run();
    REQUIRE(journal->entries().size() == 1);
    CHECK(journal->entries().front().began == t.clock->system_now());
}

TEST_CASE("moved by hand, it serves clients on any threads") {
    virtual_setup t(ten_minutes());
    // Real operations take time too now.
    t.how.connect_timeout = t.how.handshake_timeout = t.how.stall_timeout = t.how.deadline = 999h;
    auto how = every_ten_seconds();
    how.poll.deadline = 999h;
    auto const work = asio::make_work_guard(t.io);
    std::thread first([&] { t.io.run(); }), second([&] { t.io.run(); });
    std::optional<loop::export_job> job;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    loop::async_start_export(t.client(), week(), how, [&](auto started) {
        std::lock_guard const lock(mutex);
        job = started.value();
        job->async_wait([&](auto ended) {
            std::lock_guard const again(mutex);
            done = static_cast<bool>(ended);
            changed.notify_all();
        });
    });
    bool in_time = false;
    for (auto const end = std::chrono::steady_clock::now() + patience;
         !in_time && std::chrono::steady_clock::now() < end;) {
        t.clock->advance(1s);
        std::unique_lock lock(mutex);
        in_time = changed.wait_for(lock, 1ms, [&] { return done; });
    }
    CHECK(in_time);
    CHECK(t.clock->elapsed() >= 10min);
    t.io.stop();
    first.join();
    second.join();
}

} // TEST_SUITE("testing/virtual_clock/jobs")
