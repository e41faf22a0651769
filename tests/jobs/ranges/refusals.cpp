// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A server that refuses a stream, or asks to wait, while others go on.
#include <jobs/ranges/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("jobs/ranges/refusals") {

using namespace fixture;
using loop::errc;

namespace {

response_override wait(unsigned status, std::string const& seconds) {
    return response_override(status, "wait").header("Retry-After", seconds);
}

// Begins a download, and lets go what the server holds once so many requests are there. Counts the
// requests when these are answered and nothing more happens; then cancels it.
std::size_t requests_until_quiet(split& t, std::size_t answered) {
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    asio::cancellation_signal stop;
    int cancelled = 0;
    loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how,
                         asio::bind_cancellation_slot(stop.slot(), [&](auto r) {
                             REQUIRE_FALSE(r);
                             CHECK_MESSAGE(r.error().code() == errc::cancelled, r.error());
                             ++cancelled;
                         }));
    run_until(io, [&] { return t.s.requests(origin::files).size() >= answered; });
    t.s.release();
    run_until(io, [&] { return t.s.wait_for_answers(answered, 0ms); });
    run_until_quiet(io);
    std::size_t const found = t.s.requests(origin::files).size();
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run();
    CHECK(cancelled == 1);
    return found;
}

loop::export_job job_of(split& t, loop::client& client) {
    loop::poll_options quick;
    quick.first_poll = 0ms;
    quick.interval = 1ms;
    return loop::attach_export(client, t.id, quick);
}

loop::result<loop::download_summary> fetch_job(split& t) {
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    std::optional<loop::result<loop::download_summary>> outcome;
    loop::async_download(client, job_of(t, client), t.d.path / "r", t.how,
                         [&](auto r) { outcome.emplace(std::move(r)); });
    io.run();
    REQUIRE(outcome);
    return std::move(*outcome);
}

} // namespace

TEST_CASE("until the file is identified, one stream alone asks and pauses") {
    split t;
    t.how.streams = 16;
    SUBCASE("429 with a Retry-After") {
        t.s.respond_next(wait(429, "600"), origin::files);
    }
    SUBCASE("503 with a Retry-After") {
        t.s.respond_next(wait(503, "600"), origin::files);
    }
    SUBCASE("500") {
        t.how.retry.base = t.how.retry.cap = std::chrono::hours(1);
        t.s.respond_next(response_override(500, "down"), origin::files);
    }
    CHECK(requests_until_quiet(t, 1) == 1);
}

TEST_CASE("until the file is identified, the attempts of all streams are counted together") {
    split t;
    t.how.retry.max_attempts = 2;
    for (int i = 0; i != 2; ++i)
        t.s.respond_next(response_override(503, "busy"), origin::files);
    t.check_fails(errc::server_error);
    CHECK(t.ranges().size() == 2);
}

TEST_CASE("a Retry-After holds back all streams, and those that receive go on") {
    split t;
    t.at(1, [&] {
        for (int i = 0; i != 3; ++i) // so that each has asked when the first is answered
            t.s.hold_next(origin::files);
        t.s.respond_next(wait(429, "600"), origin::files);
    });
    // The one that reads the beginning may ask for its share before that. Otherwise this share and
    // the refused one would be asked for besides the four.
    CHECK(requests_until_quiet(t, 4) <= 5);
}

TEST_CASE("a Retry-After beyond the deadline ends the download, or one stream while others go on") {
    split t;
    t.s.respond_next(wait(429, "7200"), origin::files);
    t.check_fails(errc::rate_limited);
    CHECK(t.ranges().size() == 1);
    t.at(1, [&] { t.s.respond_next(wait(429, "7200"), origin::files); });
    t.check_whole();
}

TEST_CASE("a stream that is refused is given up while others receive") {
    split t;
    loop::options how = options_for(t.s);
    SUBCASE("by the server") {
        t.check_whole();
        auto const etag = t.s.requests(origin::files)[1].header("If-Range").value();
        constexpr std::size_t first = 4 * 1024 * 1024;
        response_override beginning(206, large_content().substr(0, first), "text/plain");
        beginning.header("ETag", etag).header("Content-Range", "bytes 0-4194303/12000007");
        beginning.pause_after = first / 4; // so that it lasts longer than the refusal
        t.s.respond_next(beginning, origin::files);
        t.how.on_progress = [&, is_refused = false](loop::download_progress p) mutable {
            if (!std::exchange(is_refused, true))
                t.s.respond_next(response_override(403, "too many"), origin::files);
            if (p.bytes > first)
                t.s.release();
        };
    }
    SUBCASE("by the client's pool") {
        how.pool.max_connections = 2;
        how.pool.max_waiting = 1;
    }
    auto const r = download(how, t.s.file_url(t.id), t.d.path / "r", t.how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(t.d.path / "r") == large_content()));
    CHECK(t.d.names() == names{"r"});
}

TEST_CASE("a fresh address that is refused ends the download") {
    split t;
    t.at(1, [&] {
        for (int i = 0; i != 20; ++i)
            t.s.respond_next(response_override(403, "no"), origin::files);
    });
    auto const r = fetch_job(t);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::forbidden);
    CHECK(t.d.names().empty());
    CHECK(t.s.requests(origin::api).size() == 2); // the wait, and one for the fresh address
}

TEST_CASE("the error of a poll names the route of the poll") {
    split t;
    t.s.respond_next(response_override(401, "{}"), origin::api);
    auto const r = fetch_job(t);
    REQUIRE_FALSE(r);
    CHECK(r.error().endpoint == report::get_report.description());
}

TEST_CASE("one stream goes on for all, with the same progress function") {
    split t;
    t.check_whole();
    auto const etag = t.s.requests(origin::files)[1].header("If-Range").value();
    int acts = 0;
    t.at(1, [&] {
        ++acts;
        t.s.respond_next(response_override(200, large_content(), "text/plain").header("ETag", etag),
                         origin::files);
    });
    t.check_whole();
    CHECK(acts == 1);
}

TEST_CASE("one stream goes on for all, on several threads") {
    split t;
    t.check_whole();
    auto const etag = t.s.requests(origin::files)[1].header("If-Range").value();
    t.at(1, [&] {
        t.s.respond_next(response_override(200, "[]", "text/plain").header("ETag", etag),
                         origin::files);
    });
    for (int round = 0; round != 20; ++round) {
        CAPTURE(round);
        asio::thread_pool threads(4);
        std::optional<loop::client> client(std::in_place, threads.get_executor(), options_for(t.s));
        auto const r = loop::async_download(*client, t.s.file_url(t.id), t.d.path / "r", t.how,
                                            asio::use_future)
                           .get();
        client.reset();
        threads.join();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->bytes == large_content().size());
    }
    CHECK((content_of(t.d.path / "r") == large_content()));
}

} // TEST_SUITE("jobs/ranges/refusals")
