// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How many requests a client sends, what it does when the service says that it were too many, or
// that the token is not good.
#include <client/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <string>
#include <vector>

TEST_SUITE("client/limits/limits") {

using namespace fixture;
using loop::errc;
using loop::request_progress;
using loop::retry_verdict;
using loop::testing::virtual_clock;
using clock_type = std::chrono::steady_clock;

namespace {

// When attempts began and ended, in their order.
class recorder : public loop::observer {
public:
    explicit recorder(std::shared_ptr<virtual_clock> clock) : clock_(std::move(clock)) {}

    struct attempt {
        clock_type::time_point began;
        std::size_t in_flight; // it included
        std::size_t answered;  // before it
    };
    std::vector<attempt> attempts;
    std::size_t in_flight = 0;
    std::size_t answered = 0;
    std::optional<clock_type::time_point> rate_limited_at;

    void on_attempt_started(loop::attempt_started const&) override {
        attempts.push_back({clock_->now(), ++in_flight, answered});
    }
    void on_attempt_ended(loop::attempt_ended const& event) override {
        --in_flight;
        ++answered;
        if (event.http_response_status_code == 429)
            rate_limited_at = clock_->now();
    }

private:
    std::shared_ptr<virtual_clock> const clock_;
};

server_options timed_by(std::shared_ptr<virtual_clock> clock) {
    server_options options;
    options.clock = std::move(clock);
    return options;
}

// Rates, pauses and deadlines are in virtual time.
struct setup {
    setup() {
        how.observer = seen;
        how.time = clock;
        how.retry.max_attempts = 3;
    }

    std::shared_ptr<virtual_clock> const clock = std::make_shared<virtual_clock>();
    server s{timed_by(clock)};
    std::shared_ptr<recorder> const seen = std::make_shared<recorder>(clock);
    loop::options how = options_for(s);
    asio::io_context io;
    std::optional<loop::client> made;
    int succeeded = 0;

    loop::client& client() { return made ? *made : made.emplace(io.get_executor(), how); }
    void begin_good_call(loop::call_options const& per_call = loop::call_options()) {
        client().async_call(report::export_report, week(), per_call, [&](auto r) {
            CHECK_MESSAGE(r, r.error());
            ++succeeded;
        });
    }
    // The next request is answered so once it is released.
    void answer_later(response_override answer) {
        answer.pause_after = 0;
        s.respond_next(answer);
    }
    void run() {
        io.restart();
        clock->run(io);
    }
    template <class Condition>
    void run_until(Condition reached) {
        fixture::run_until(io, reached);
    }
    void run_until_quiet() { fixture::run_until_quiet(io); }
    loop::client_statistics now() { return client().statistics(); }
};

loop::call_options with_deadline(std::chrono::milliseconds deadline) {
    loop::call_options how;
    how.deadline = deadline;
    return how;
}

loop::call_options in_the_name_of(char const* user_id) {
    loop::call_options how;
    how.impersonate_user = loop::secret(user_id);
    return how;
}

response_override too_many(char const* retry_after) {
    return response_override(429, "{}").header("Retry-After", retry_after);
}

} // namespace

TEST_CASE("requests begin at the rate that is allowed") {
    setup t;
    t.how.limits.requests_per_second = 50;
    t.how.limits.burst = 5;
    auto const start = t.clock->now();
    for (int i = 0; i != 25; ++i)
        t.begin_good_call();
    t.run();
    CHECK(t.succeeded == 25);
    REQUIRE(t.seen->attempts.size() == 25);
    for (int i = 5; i != 25; ++i)
        CHECK(t.seen->attempts[static_cast<std::size_t>(i)].began - start == (i - 4) * 20ms);
}

TEST_CASE("time spent waiting for a connection does not count towards the rate") {
    setup t;
    t.how.limits.requests_per_second = 20;
    t.how.pool.max_connections = 1;
    t.s.hold_next();
    for (int i = 0; i != 6; ++i)
        t.begin_good_call();
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    t.clock->run_for(t.io, 300ms); // enough for six, if there were connections
    t.s.release();
    t.run();
    CHECK(t.succeeded == 6);
    REQUIRE(t.seen->attempts.size() == 6);
    CHECK(t.seen->attempts[5].began - t.seen->attempts[1].began >= 200ms); // 4 / 20 s
}

TEST_CASE("no more requests are in flight than allowed") {
    setup t;
    t.how.limits.max_in_flight = 3;
    for (int i = 0; i != 10; ++i) {
        t.s.hold_next();
        t.begin_good_call();
    }
    t.run_until([&] { return t.s.requests().size() == 3; });
    t.run_until_quiet();
    CHECK(t.s.requests().size() == 3);
    CHECK(t.now().requests_in_flight == 3);
    CHECK(t.now().calls_waiting_for_limit == 7);
    t.s.release();
    t.run();
    CHECK(t.succeeded == 10);
    for (auto const& each : t.seen->attempts)
        CHECK(each.in_flight <= 3);
    CHECK(t.now().requests_in_flight == 0);
    CHECK(t.now().calls_waiting_for_limit == 0);
}

TEST_CASE("calls that wait for their turn go in their order") {
    setup t;
    t.how.limits.max_in_flight = 1;
    std::vector<std::string> expected;
    for (int i = 0; i != 10; ++i) {
        std::string const id = t.s.add_export();
        expected.push_back("/api/v1/report/exports/" + id);
        t.client().async_call(report::get_report, report::get_request(id),
                              [](auto r) { CHECK(r); });
    }
    t.run();
    std::vector<std::string> sent;
    for (auto const& each : t.s.requests())
        sent.push_back(each.target);
    CHECK(sent == expected);
}

TEST_CASE("after a 429 all calls wait as long as the service says, and then go one by one") {
    setup t;
    t.s.respond_next(too_many("1"));
    t.begin_good_call();
    t.run_until([&] { return t.seen->rate_limited_at.has_value(); });
    for (int i = 0; i != 20; ++i)
        t.begin_good_call();
    t.run();
    CHECK(t.succeeded == 21);
    REQUIRE(t.seen->attempts.size() == 22);
    for (std::size_t i = 1; i != 22; ++i) {
        recorder::attempt const& each = t.seen->attempts[i];
        CHECK(each.began - *t.seen->rate_limited_at >= 1s);
        // One goes, and one more with each answer after the pause.
        CHECK(each.in_flight <= each.answered);
    }
}

TEST_CASE("a 429 stops the calls that wait for a connection too") {
    setup t;
    t.how.pool.max_connections = 1;
    t.answer_later(too_many("1"));
    for (int i = 0; i != 3; ++i)
        t.begin_good_call();
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    t.s.release();
    t.run();
    CHECK(t.succeeded == 3);
    REQUIRE(t.seen->attempts.size() == 4);
    for (std::size_t i = 1; i != 4; ++i)
        CHECK(t.seen->attempts[i].began - *t.seen->rate_limited_at >= 1s);
}

TEST_CASE("a call that ends before the pause does fails at once") {
    setup t;
    t.how.limits.max_in_flight = 1;
    t.answer_later(too_many("3600"));
    int failed = 0;
    auto const begin = [&](std::chrono::milliseconds deadline) {
        t.client().async_call(report::export_report, week(), with_deadline(deadline), [&](auto r) {
            REQUIRE_FALSE(r);
            if (r.error().code() == errc::client_closed)
                return;
            ++failed;
            CHECK(r.error().code() == errc::rate_limited);
            CHECK(r.error().code() == loop::condition::rate_limited);
            CHECK(r.error().verdict == retry_verdict::too_late);
            REQUIRE(r.error().retry_after);
            CHECK(*r.error().retry_after <= 3600s);
            CHECK(*r.error().retry_after > 3500s);
            CHECK(r.error().progress == request_progress::not_sent);
            CHECK(r.error().attempts == 0);
            CHECK(r.error().status == 0);
            CHECK(contains(r.error().detail, "not sent"));
        });
    };
    begin(2h); // gets the 429, and is patient
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    begin(30min);
    begin(2h);
    t.run_until_quiet();
    CHECK(failed == 0);
    t.s.release();
    t.run_until([&] { return failed == 1; });
    begin(30min);
    begin(3h);
    t.run_until([&] { return failed == 2; });
    t.run_until_quiet();
    CHECK(t.now().calls_waiting_for_limit == 2);
    CHECK(t.now().calls_between_attempts == 1);
    CHECK(t.s.requests().size() == 1);
    t.made.reset();
    t.run();
    CHECK(failed == 2);
}

TEST_CASE("who waits for its turn is cancelled at once") {
    setup t;
    t.how.limits.max_in_flight = 1;
    t.s.hold_next();
    t.begin_good_call();
    asio::cancellation_signal signal;
    bool cancelled = false;
    t.client().async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                              REQUIRE_FALSE(r);
                              CHECK(r.error().code() == errc::cancelled);
                              CHECK(r.error().progress == request_progress::not_sent);
                              cancelled = true;
                          }));
    t.begin_good_call();
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    CHECK(t.now().calls_waiting_for_limit == 2);
    signal.emit(asio::cancellation_type::total);
    t.run_until([&] { return cancelled; });
    CHECK(t.now().calls_waiting_for_limit == 1);
    t.s.release();
    t.run();
    CHECK(t.succeeded == 2);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("a user with many calls does not keep another from its own") {
    setup t;
    SUBCASE("waiting for their turn") {
        t.how.limits.max_in_flight = 1;
    }
    SUBCASE("waiting for a connection") {
        t.how.pool.max_connections = 1;
    }
    t.s.hold_next();
    for (int i = 0; i != 50; ++i)
        t.begin_good_call(in_the_name_of("busy"));
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    t.begin_good_call(in_the_name_of("modest"));
    t.run_until_quiet();
    t.s.release();
    t.run();
    CHECK(t.succeeded == 51);
    std::size_t before = 0;
    for (auto const& each : t.s.requests()) {
        if (each.header("X-Impersonate-User") == "modest")
            break;
        ++before;
    }
    CHECK(before <= 2); // the one that was on its way, and one turn of the other
}

TEST_CASE("a token that the service refused is not sent again, until there is another") {
    setup t;
    SUBCASE("others wait for their turn") {
        t.how.limits.max_in_flight = 1;
    }
    SUBCASE("others wait for a connection") {
        t.how.pool.max_connections = 1;
    }
    t.how.token = "wrong";
    t.s.hold_next();
    int refused = 0;
    auto const begin = [&] {
        t.client().async_call(report::export_report, week(), [&](auto r) {
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == errc::unauthorized);
            CHECK(r.error().verdict == retry_verdict::not_retryable);
            CHECK(r.error().attempts == (r.error().status == 401 ? 1 : 0));
            refused += r.error().status == 401 ? 100 : 1;
        });
    };
    for (int i = 0; i != 4; ++i)
        begin();
    t.run_until([&] { return t.s.wait_until_held(0ms); });
    t.s.release();
    t.run();
    CHECK(refused == 103);
    begin();
    t.run();
    CHECK(refused == 104);
    CHECK(t.s.requests().size() == 1);
    t.client().set_token(t.s.token());
    t.begin_good_call();
    t.run();
    CHECK(t.succeeded == 1);
}

TEST_CASE("calls that had sent the token before it was refused end alike") {
    setup t;
    t.how.token = "wrong";
    for (int i = 0; i != 3; ++i)
        t.s.hold_next();
    int refused = 0;
    for (int i = 0; i != 3; ++i)
        t.client().async_call(report::export_report, week(), [&](auto r) {
            REQUIRE_FALSE(r);
            CHECK(r.error().status == 401);
            CHECK(r.error().attempts == 1);
            ++refused;
        });
    t.run_until([&] { return t.s.requests().size() == 3; });
    t.s.release();
    t.run();
    CHECK(refused == 3);
    CHECK(t.s.requests().size() == 3);
}

TEST_CASE("another token ends the pause that was meant for the one before") {
    setup t;
    t.how.deadline = 2h;
    t.s.respond_next(too_many("3600"));
    t.begin_good_call();
    t.run_until([&] { return t.seen->rate_limited_at.has_value(); });
    t.begin_good_call();
    t.begin_good_call();
    t.run_until_quiet();
    CHECK(t.now().calls_waiting_for_limit == 2);
    t.client().set_token(t.s.token());
    t.run_until([&] { return t.succeeded == 3; }); // the one that got the 429 too
    t.run();
    CHECK(t.clock->elapsed() == 0s);
}

TEST_CASE("a token that can't be sent is refused, and the one before stays") {
    setup t;
    for (char const* bad : {"", "two words", "line\r\nX-Injected: 1", "line\n", "\x7f", "\xc3\xa4"})
        CHECK_THROWS_AS(t.client().set_token(bad), loop::exception);
    try {
        t.client().set_token("s3cret\r\n");
        FAIL("no exception");
    } catch (loop::exception const& e) {
        CHECK(e.code() == loop::condition::configuration);
        CHECK_FALSE(contains(e.what(), "s3cret"));
    }
    t.begin_good_call();
    t.run();
    CHECK(t.succeeded == 1);
}

} // TEST_SUITE("client/limits/limits")
