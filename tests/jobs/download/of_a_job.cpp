// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The file of an export job: waited for, and fetched however often its address expires.
#include <jobs/download/fixture.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("jobs/download/of_a_job") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

namespace {

loop::poll_options quick() {
    loop::poll_options how;
    how.first_poll = 0ms;
    how.interval = 1ms;
    return how;
}

struct exported {
    explicit exported(server_options how = server_options()) : s(std::move(how)) {}

    server s;
    directory d;
    asio::io_context io;
    loop::client client{io.get_executor(), options_for(s)};

    loop::export_job job_of(std::string const& content,
                            std::vector<std::string> statuses = finished) {
        return loop::attach_export(client, s.add_export(std::move(statuses), content), quick());
    }
    loop::result<loop::download_summary> fetch(loop::export_job const& job,
                                               loop::download_options const& how = impatient()) {
        std::optional<loop::result<loop::download_summary>> outcome;
        loop::async_download(client, job, d.path / "r", how,
                             [&](auto r) { outcome.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(outcome);
        return std::move(*outcome);
    }
    std::size_t polls() const { return s.requests(origin::api).size(); }
};

} // namespace

TEST_CASE("a job that is not completed is waited for") {
    exported t;
    auto r = t.fetch(t.job_of("[1]", {"Processing", "Processing", "Completed"}));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(content_of(t.d.path / "r") == "[1]");
    CHECK(t.polls() == 3);
}

TEST_CASE("a job that ends without a file ends its download") {
    exported t;
    auto r = t.fetch(t.job_of("[1]", {"Processing", "Failed"}));
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::export_failed);
    CHECK(t.s.requests(origin::files).empty());
    CHECK(t.d.names().empty());
}

TEST_CASE("twenty broken connections and two expired addresses, and the file is whole") {
    exported t;
    std::string const content = odd_content(2'000'003);
    auto const job = t.job_of(content);
    for (int i = 0; i != 20; ++i)
        t.s.cut_file_after(static_cast<std::uint64_t>(1 + i * i) * 451,
                           i % 2 == 0 ? connection_end::cut : connection_end::close);
    loop::download_options how = impatient();
    std::vector<std::uint64_t> const expiries = {100'000, 500'000};
    std::size_t expired = 0;
    how.on_progress = [&](loop::download_progress p) {
        if (expired != expiries.size() && p.bytes >= expiries[expired]) {
            t.s.expire_file_urls(); // for what breaks later
            ++expired;
        }
    };
    auto r = t.fetch(job, how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK(expired == 2);
    CHECK(r->breaks == 20);
    CHECK(r->bytes == content.size());
    CHECK((content_of(t.d.path / "r") == content));
    CHECK(t.d.names() == std::vector<std::string>{"r"});
    CHECK(t.polls() == 3); // the wait, and one for each fresh address
    for (auto const& request : t.s.requests(origin::files))
        CHECK_FALSE(request.header("Authorization"));
}

TEST_CASE("a service that is away when an address expires costs time, not the download") {
    for (unsigned const streams : {1u, 4u}) {
        CAPTURE(streams);
        exported t;
        std::string const content = odd_content(6'000'000);
        auto const job = t.job_of(content);
        loop::download_options how = impatient();
        how.streams = streams;
        bool is_away = false;
        how.on_progress = [&](loop::download_progress) {
            if (std::exchange(is_away, true))
                return;
            t.s.expire_file_urls();
            for (int i = 0; i != 7; ++i)
                t.s.respond_next(response_override(503, "{}"));
        };
        for (unsigned i = 0; i != streams; ++i)
            t.s.cut_file_after(500'000);
        auto r = t.fetch(job, how);
        REQUIRE_MESSAGE(r, r.error());
        CHECK((content_of(t.d.path / "r") == content));
        CHECK(t.polls() == 9); // the wait, seven that failed, and the one for the fresh address
    }
}

TEST_CASE(
    "a poll that ends with its own deadline, or is asked to wait, does not end the download") {
    for (unsigned const streams : {1u, 4u})
        for (bool const is_silent : {true, false}) {
            CAPTURE(streams);
            CAPTURE(is_silent);
            auto const clock = std::make_shared<loop::testing::virtual_clock>();
            server_options shared;
            shared.clock = clock;
            server s(shared);
            directory const d;
            std::string const content = odd_content(6'000'000);
            auto with_clock = options_for(s);
            with_clock.time = clock;
            with_clock.deadline = 20s; // before it counts as stalled
            asio::io_context io;
            loop::client client(io.get_executor(), with_clock);
            auto const job = loop::attach_export(client, s.add_export(finished, content), quick());
            loop::download_options how = impatient();
            how.streams = streams;
            how.retry.max_attempts = 3;
            bool is_away = false;
            how.on_progress = [&](loop::download_progress) {
                if (std::exchange(is_away, true))
                    return;
                s.expire_file_urls();
                if (is_silent) {
                    s.hold_next();
                    s.hold_next();
                } else {
                    s.respond_next(response_override(503, "{}").header("Retry-After", "120"));
                }
            };
            for (unsigned i = 0; i != streams; ++i)
                s.cut_file_after(500'000);
            std::optional<loop::result<loop::download_summary>> outcome;
            loop::async_download(client, job, d.path / "r", how,
                                 [&](auto r) { outcome.emplace(std::move(r)); });
            clock->run(io);
            REQUIRE(outcome);
            REQUIRE_MESSAGE(*outcome, outcome->error());
            CHECK((content_of(d.path / "r") == content));
            CHECK(s.requests(origin::api).size() == (is_silent ? 4 : 3));
            CHECK(clock->elapsed() >= (is_silent ? 40s : 120s));
        }
}

TEST_CASE("a service that stays away, or refuses the poll, ends the download") {
    for (unsigned const streams : {1u, 4u})
        for (unsigned const status : {503u, 401u}) {
            CAPTURE(streams);
            CAPTURE(status);
            exported t;
            auto const job = t.job_of(odd_content(6'000'000));
            loop::download_options how = impatient();
            how.streams = streams;
            how.retry.max_attempts = 3;
            bool is_away = false;
            how.on_progress = [&](loop::download_progress) {
                if (std::exchange(is_away, true))
                    return;
                t.s.expire_file_urls();
                for (int i = 0; i != 100; ++i)
                    t.s.respond_next(response_override(status, "{}"));
            };
            for (unsigned i = 0; i != streams; ++i)
                t.s.cut_file_after(500'000);
            auto r = t.fetch(job, how);
            REQUIRE_FALSE(r);
            CHECK(r.error().status == status);
            CHECK(r.error().endpoint == loop::report::get_report.description());
            CHECK(t.d.names().empty());
            CHECK(t.polls() <= 1 + (status == 503 ? 9 : 1)); // each with three attempts
        }
}

TEST_CASE("an address whose time is over is replaced before it is used") {
    server_options short_lived;
    short_lived.file_url_lifetime = std::chrono::seconds(-5);
    exported t(short_lived);
    // The server's clock is behind ours: what it gives is good there, and looks expired here.
    t.s.advance_clock(std::chrono::seconds(-3600));
    auto const job = t.job_of("[1]");
    auto r = t.fetch(job);
    // It says that it is expired at once, so a fresh one is asked for once, tried, and refused.
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::forbidden);
}

TEST_CASE("a clock that is ahead of the server's costs a poll, not the download") {
    server_options options;
    options.file_url_lifetime = std::chrono::seconds(600);
    exported t(options);
    t.s.advance_clock(std::chrono::seconds(-3600));
    auto r = t.fetch(t.job_of("[1]"));
    REQUIRE_MESSAGE(r, r.error());
    CHECK(t.polls() == 2);
    CHECK(t.s.requests(origin::files).size() == 1);
}

TEST_CASE("a fresh address that is refused as well is an error without the address") {
    exported t;
    auto const job = t.job_of("[1]");
    for (int i = 0; i != 2; ++i)
        t.s.respond_next(response_override(403, "<Error/>", "application/xml"), origin::files);
    auto r = t.fetch(job);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::forbidden);
    CHECK(t.polls() == 2);
    CHECK_FALSE(contains(printed(r.error()), "Signature"));
}

TEST_CASE("a fresh answer that has no address yet is polled past") {
    for (char const* url : {"", R"(,"url":null)", R"(,"url":"")"}) {
        CAPTURE(std::string(url));
        exported t;
        auto const job = t.job_of("[1]");
        REQUIRE(t.fetch(job)); // so that the next poll is that for a fresh address
        t.s.respond_next(response_override(403, "<Error/>", "application/xml"), origin::files);
        t.s.respond_next(
            response_override(200, R"({"id":"x","status":"Completed")" + std::string(url) + "}"));
        auto r = t.fetch(job);
        REQUIRE_MESSAGE(r, r.error());
        CHECK(content_of(t.d.path / "r") == "[1]");
        CHECK(t.polls() == 3);
    }
}

TEST_CASE("an export that expired while its file was fetched says so") {
    exported t;
    auto const job = t.job_of(odd_content(100'000), {"Completed", "Expired"});
    t.s.cut_file_after(50'000);
    loop::download_options how = impatient();
    how.on_progress = [&](loop::download_progress) { t.s.expire_file_urls(); };
    auto r = t.fetch(job, how);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::export_expired);
    CHECK(t.d.names().empty());
}

TEST_CASE("the job is kept by its download, and a deadline holds for the wait too") {
    exported t;
    std::optional<loop::export_job> job = t.job_of("[1]", {"Processing", "Completed"});
    int completed = 0;
    loop::async_download(t.client, *job, t.d.path / "r", [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ++completed;
    });
    job.reset();
    t.io.run();
    CHECK(completed == 1);

    loop::download_options how;
    how.deadline = 50ms;
    auto late = t.fetch(t.job_of("[1]", {"Processing"}), how);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline_exceeded);
}

TEST_CASE("rows of a job as they come") {
    exported t;
    std::string const content = loop::testing::sample_export(1000);
    auto const job = t.job_of(content, {"Processing", "Completed"});
    for (std::uint64_t at : {100u, 5'000u, 50'000u})
        t.s.cut_file_after(at);
    std::size_t rows = 0;
    auto const read = [&]() -> asio::awaitable<void> {
        loop::row_reader reader(loop::open_download(t.client, job, impatient()));
        while (auto row = co_await reader.async_next()) {
            ++rows;
            CHECK(row->at("conversationId").is_string());
        }
        CHECK(reader.bytes() == content.size());
    };
    co_spawn(t.io, read(), [](std::exception_ptr failure) { CHECK_FALSE(failure); });
    t.io.restart();
    t.io.run();
    CHECK(rows == 1000);
}

} // TEST_SUITE("jobs/download/of_a_job")
