// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Extremes in each duration and time of the public face: refused, or like a very long or a very
// short one, and never an overflow (UndefinedBehaviorSanitizer finds one).
#include <client/fixture.hpp>
#include <jobs/download/fixture.hpp>

#include <intheloop.hpp>

#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("jobs/items/extreme_times") {

namespace extreme {

namespace loop = intheloop;

class event_request {
public:
    event_request() {}
    std::optional<std::string> cursor;
    using members = loop::members<&event_request::cursor>;
};
struct events {
    std::vector<std::string> items;
    loop::nullable<std::string> next;
    using members = loop::members<&events::items, &events::next>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/endless", event_request, events, loop::query<&event_request::cursor>,
    loop::endless_pages<&event_request::cursor, &events::items, &events::next>>
    list_events{};

} // namespace extreme

namespace {

using namespace fixture;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The extremes of a duration.
template <class Duration>
std::vector<Duration> extremes() {
    using limits = std::numeric_limits<typename Duration::rep>;
    std::vector<Duration> all;
    for (auto const count :
         {limits::min(), limits::min() + 1, typename Duration::rep(-1), typename Duration::rep(0),
          typename Duration::rep(1), limits::max() / 1000, limits::max() - 1, limits::max()})
        all.emplace_back(count);
    return all;
}

// A server, and a client whose time is virtual: whatever is waited for comes at once.
struct timeless {
    explicit timeless(server_options chosen = plain()) : s(std::move(chosen)), how(options_for(s)) {
        how.allow_insecure_loopback = true;
        how.addresses["localhost"] = {"127.0.0.1"};
    }
    static server_options plain() {
        server_options chosen;
        chosen.plain_http = true;
        chosen.statuses = {"Processing", "Completed"};
        return chosen;
    }
    // Runs an operation to its end. `begin(client, handler)` begins it; `false`: the options were
    // refused, which is the only other end.
    template <class Begin>
    bool ends(loop::options options, Begin begin) {
        auto const clock = std::make_shared<loop::testing::virtual_clock>();
        options.time = clock;
        asio::io_context io;
        std::optional<loop::client> client;
        try {
            client.emplace(io.get_executor(), std::move(options));
        } catch (loop::exception const& e) {
            CHECK(e.code() == loop::errc::invalid_option);
            return false;
        }
        int called = 0;
        begin(*client, [&](auto const&) { ++called; });
        clock->run_for(io, std::chrono::hours(24 * 365 * 2));
        CHECK(called == 1);
        return true;
    }

    server s;
    loop::options how;
    directory files;
};

} // namespace

TEST_CASE("the options of a client") {
    timeless t;
    milliseconds loop::options::*const limits[] = {
        &loop::options::connect_timeout, &loop::options::handshake_timeout,
        &loop::options::stall_timeout, &loop::options::deadline, &loop::options::token_timeout};
    report::get_request const request(t.s.add_export());
    auto const get = [&](loop::client& client, auto handler) {
        client.async_call(report::get_report, request, std::move(handler));
    };
    for (milliseconds const each : extremes<milliseconds>()) {
        CAPTURE(each.count());
        for (auto const limit : limits) {
            loop::options how = t.how;
            how.*limit = each;
            CHECK(t.ends(how, get) == (each > 0ms));
        }
        loop::options how = t.how;
        how.pool.idle_timeout = each;
        CHECK(t.ends(how, get) == (each > 0ms));
        how = t.how;
        how.pool.max_lifetime = each;
        CHECK(t.ends(how, get) == (each >= 0ms));
        how.pool.idle_timer = true;
        CHECK(t.ends(how, get) == (each >= 0ms));
        how = t.how;
        how.retry.max_attempts = 4;
        how.retry.base = each;
        t.s.respond_next(response_override(503, "{}"));
        CHECK(t.ends(how, get) == (each >= 0ms));
        how.retry.base = 1ms;
        how.retry.throttled_base = each;
        t.s.respond_next(response_override(503, "{}").header("Retry-After", "0"));
        CHECK(t.ends(how, get) == (each >= 0ms));
        how.retry.throttled_base = 1ms;
        how.retry.cap = each;
        t.s.respond_next(response_override(503, "{}"));
        CHECK(t.ends(how, get) == (each >= 0ms));
        t.s.clear_requests();
    }
    for (seconds const each : extremes<seconds>()) {
        loop::options how = t.how;
        how.tcp_keep_alive = each;
        CHECK(t.ends(how, get) == (each > 0s));
    }
    using rate = std::numeric_limits<double>;
    for (double const each : {rate::denorm_min(), rate::min(), 1e-9, 1e9, rate::max()}) {
        loop::options how = t.how;
        how.limits.requests_per_second = each;
        how.limits.burst = std::numeric_limits<unsigned>::max();
        CHECK(t.ends(how, get));
        how.limits.burst = 1;
        CHECK(t.ends(how, [&](loop::client& client, auto handler) {
            client.async_call(report::get_report, request, [](auto const&) {});
            client.async_call(report::get_report, request, std::move(handler));
        }));
    }
}

TEST_CASE("the options of a call, and a list without an end") {
    timeless t;
    t.s.on(extreme::list_events, [](extreme::event_request const&) { return extreme::events(); });
    report::get_request const request(t.s.add_export());
    for (milliseconds const each : extremes<milliseconds>()) {
        CAPTURE(each.count());
        loop::call_options how;
        how.deadline = each;
        t.ends(t.how, [&](loop::client& client, auto handler) {
            client.async_call(report::get_report, request, how, std::move(handler));
        });
        // The pause between two pages is added to the deadline of a page.
        t.ends(t.how, [&](loop::client& client, auto handler) {
            auto const reader = std::make_shared<
                loop::item_reader<std::remove_const_t<decltype(extreme::list_events)>>>(
                client, extreme::list_events, extreme::event_request(), how);
            reader->async_next_page([reader, handler](auto const& first) {
                static_cast<void>(first.has_error()); // seen
                reader->async_next_page([reader, handler](auto const& page) { handler(page); });
            });
        });
    }
}

TEST_CASE("an explanation") {
    timeless t;
    asio::io_context io;
    loop::client const client(io.get_executor(), t.how);
    for (unsigned const status : {429u, 503u, 200u, 404u})
        for (seconds const after : extremes<seconds>())
            for (milliseconds const pause : extremes<milliseconds>())
                for (unsigned const attempt : {0u, 1u, 2u, 1000u, ~0u}) {
                    loop::call_options how;
                    how.retry.emplace();
                    how.retry->max_attempts = ~0u;
                    how.retry->base = how.retry->throttled_base = pause;
                    for (milliseconds const cap : {pause, milliseconds(20'000)}) {
                        how.retry->cap = cap;
                        auto const why = client.explain(
                            report::get_report, loop::answered_with(status, after), attempt, how);
                        CHECK(why.longest_pause >= 0ms);
                        CHECK_FALSE(printed(why).empty());
                    }
                }
    loop::call_options how;
    how.retry.emplace();
    auto const limited =
        client.explain(report::get_report, loop::answered_with(429, seconds::max()), 1, how);
    CHECK(limited.verdict == loop::retry_verdict::too_late);
    CHECK(limited.longest_pause == milliseconds::max());
    auto const unavailable =
        client.explain(report::get_report, loop::answered_with(503, seconds::max()), 1, how);
    CHECK(unavailable.is_retried());
    CHECK(unavailable.longest_pause == how.retry->throttled_base + 5s);
}

TEST_CASE("what the service says") {
    timeless t;
    t.how.retry.max_attempts = 3;
    report::get_request const request(t.s.add_export());
    for (std::string const text :
         {"-9223372036854775808", "-1", "0", "1", "2147483648", "9223372036854775807",
          "9223372036854775808", "99999999999999999999999", "Mon, 01 Jan 0001 00:00:00 GMT",
          "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
          "Sat, 12 Apr 2262 00:00:00 GMT"})
        for (unsigned const status : {429u, 503u}) {
            CAPTURE(text);
            t.s.respond_next(response_override(status, "{}").header("Retry-After", text));
            CHECK(t.ends(t.how, [&](loop::client& client, auto handler) {
                client.async_call(report::get_report, request, std::move(handler));
            }));
        }
}

TEST_CASE("the options of an export") {
    timeless t;
    milliseconds loop::poll_options::*const times[] = {
        &loop::poll_options::first_poll, &loop::poll_options::interval,
        &loop::poll_options::pending_for, &loop::poll_options::deadline};
    for (milliseconds const each : extremes<milliseconds>()) {
        CAPTURE(each.count());
        for (auto const time : times) {
            loop::start_options how;
            how.poll.*time = each;
            t.ends(t.how, [&](loop::client& client, auto handler) {
                loop::async_start_export(client, week(), how, [handler](auto job) {
                    if (!job)
                        return handler(job);
                    job->async_wait([handler, job = *job](auto const& r) {
                        CHECK(job.state().age >= 0ms);
                        handler(r);
                    });
                });
            });
        }
        t.ends(t.how, [&](loop::client& client, auto handler) {
            auto const job = loop::attach_export(client, t.s.add_export());
            job.async_wait(each, [handler, job](auto const& r) { handler(r); });
        });
        for (bool const is_deadline : {false, true}) {
            loop::download_options how;
            (is_deadline ? how.deadline : how.stall_timeout) = each;
            how.on_progress = [](loop::download_progress) {};
            t.ends(t.how, [&](loop::client& client, auto handler) {
                loop::async_download(client, loop::attach_export(client, t.s.add_export()),
                                     t.files.path / "export.json", how, std::move(handler));
            });
        }
        loop::download_options how;
        how.retry.base = how.retry.cap = each;
        t.s.cut_file_after(3, loop::testing::connection_end::cut);
        t.ends(t.how, [&](loop::client& client, auto handler) {
            loop::async_download(client, loop::attach_export(client, t.s.add_export()),
                                 t.files.path / "export.json", how, std::move(handler));
        });
    }
}

TEST_CASE("an address that expires far away is good, and one that expired is asked for anew") {
    struct {
        std::string expires;
        std::size_t polls; // of the export, before the file is asked for
    } const rows[] = {
        {"9999999999", 1},           // the year 2286
        {"253402300799", 1},         // the year 9999
        {"9223372036854775807", 1},  // more than a clock holds
        {"18446744073709551615", 1}, // the largest number
        {"18446744073709551616", 1},
        {"99999999999999999999999", 1},
        {"-1", 1}, // no time
        {"0", 2},
        {"1", 2},
    };
    for (auto const& row : rows) {
        CAPTURE(row.expires);
        timeless t;
        for (int i = 0; i != 2; ++i)
            t.s.respond_next(response_override(
                200, R"({"id":"e","status":"Completed","url":")" + t.s.files_url() +
                         "/e?Expires=" + row.expires + R"(&Signature=aaaaaaaaaaaa"})"));
        t.ends(t.how, [&](loop::client& client, auto handler) {
            loop::async_download(client, loop::attach_export(client, "e"),
                                 t.files.path / "export.json", std::move(handler));
        });
        CHECK(t.s.requests(origin::api).size() >= row.polls);
        auto const all = t.s.requests();
        REQUIRE(all.size() > row.polls);
        CHECK(all[row.polls].origin == origin::files);
    }
}

TEST_CASE("a virtual clock") {
    using clock = loop::testing::virtual_clock;
    for (seconds const start : extremes<seconds>()) {
        CAPTURE(start.count());
        auto const made = std::make_shared<clock>(std::chrono::sys_seconds(start));
        auto const first = made->system_now();
        for (nanoseconds const by : extremes<nanoseconds>()) {
            CAPTURE(by.count());
            if (by < 0ns)
                CHECK_THROWS_AS(made->advance(by), std::invalid_argument);
            else
                made->advance(by);
            CHECK(made->system_now() >= first);
            asio::io_context io;
            CHECK(made->run_for(io, by) == 0);
            co_spawn(
                io, [&]() -> asio::awaitable<void> { co_await made->async_sleep_for(by); },
                asio::detached);
            made->run_for(io, by);
        }
        CHECK(made->now() == clock::time_point::max());
    }
    for (milliseconds const patience : extremes<milliseconds>()) {
        auto const made = std::make_shared<clock>();
        made->set_patience(patience);
        asio::io_context io;
        CHECK(made->run(io) == 0);
    }
}

TEST_CASE("the options and functions of a test server") {
    for (seconds const each : extremes<seconds>()) {
        CAPTURE(each.count());
        server_options chosen = timeless::plain();
        chosen.file_url_lifetime = each;
        chosen.file_bytes_per_second = 1'000'000;
        timeless t(chosen);
        t.s.advance_clock(each);
        t.s.advance_clock(each);
        t.ends(t.how, [&](loop::client& client, auto handler) {
            loop::async_download(client, loop::attach_export(client, t.s.add_export()),
                                 t.files.path / "export.json", std::move(handler));
        });
    }
    timeless t;
    report::get_request const request(t.s.add_export());
    CHECK(t.s.wait_until_idle(milliseconds::max()));
    for (milliseconds const each : extremes<milliseconds>()) {
        CAPTURE(each.count());
        REQUIRE(t.s.wait_until_idle(patience));
        CHECK(t.s.wait_until_idle(each));
        CHECK(t.s.wait_for_requests(0, each));
        if (each < 100ms) {
            CHECK_FALSE(t.s.wait_for_requests(1'000'000, each));
            CHECK_FALSE(t.s.wait_for_connections(1'000'000, each));
            CHECK_FALSE(t.s.wait_until_held(each));
        }
        // A delay without an end is cut short by the deadline of the call.
        using loop::testing::fault;
        t.s.script(report::get_report, {fault::delay(each)});
        loop::options how = t.how;
        how.deadline = 50ms;
        CHECK(call(how, report::get_report, request).attempts() <= 1);
        t.s.script(report::get_report, {fault::drip(40, each)});
        CHECK(call(how, report::get_report, request).attempts() <= 1);
        t.s.script(report::get_report, {fault::status(503).retry_after(seconds(each.count()))});
        CHECK(call(how, report::get_report, request).attempts() <= 1);
    }
}

} // TEST_SUITE("jobs/items/extreme_times")
