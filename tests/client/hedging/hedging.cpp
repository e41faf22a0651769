// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls that send a second request when the first one is slow. (Whether they do is a table in
// tests/policy/hedge.cpp.)
#include <testing/virtual_clock/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("client/hedging/hedging") {

using namespace fixture;
using loop::request_progress;
using loop::retry_verdict;
using state = loop::result<report::export_result>;

namespace {

constexpr std::chrono::milliseconds after = 300ms;

// One client that hedges, and the answers that it gets.
struct setup : virtual_setup {
    setup() {
        how.retry.max_attempts = 3;
        how.stall_timeout = 1h;
        how.deadline = 1h;
        id = s.add_export();
    }

    void script(std::vector<fault> faults) { s.script(report::get_report, std::move(faults)); }
    void begin() {
        report::get_request const request(id);
        client().async_call(report::get_report, request, per_call.hedge(after),
                            asio::bind_cancellation_slot(stop.slot(), [this](state r) {
                                CHECK_FALSE(ended_with);
                                elapsed = clock->elapsed();
                                ended_with.emplace(std::move(r));
                            }));
    }
    state& get() {
        ended_with.reset();
        auto const began = clock->elapsed();
        begin();
        run();
        REQUIRE(ended_with);
        elapsed -= began;
        auto const now = client().statistics();
        CHECK(now.calls == 0);
        CHECK(now.requests_in_flight == 0);
        CHECK(now.connections_open == now.connections_idle);
        CHECK(now.connections_being_made == 0);
        return *ended_with;
    }
    // Until both requests are at the server.
    void run_until_both() {
        run_for(after + 50ms);
        REQUIRE(s.requests().size() == 2);
    }
    void run_for(std::chrono::milliseconds time) {
        io.restart();
        clock->run_for(io, time);
    }

    std::string id;
    loop::call_options per_call;
    asio::cancellation_signal stop;
    std::optional<state> ended_with;
    std::chrono::steady_clock::duration elapsed{};
};

} // namespace

TEST_CASE("a second request on another connection answers in place of a slow one") {
    setup t;
    t.script({fault::delay(20s)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->id == t.id);
    CHECK(got.attempts() == 2);
    CHECK(t.elapsed == after);
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].connection != sent[1].connection);
    CHECK(sent[0].target == sent[1].target);
    auto const now = t.client().statistics();
    CHECK(now.calls_started == 1);
    CHECK(now.requests_sent == 2);
    CHECK(now.hedges == 1);
    CHECK(now.hedges_won == 1);
    CHECK(now.retries == 0);
    CHECK(now.connections_open == 1); // that of the slow request is closed
    // It is paid for from the budget, and gives 1 back as any success.
    CHECK(now.retry_budget_left == t.how.retry.budget - t.how.retry.retry_cost + 1);
}

TEST_CASE("a call that is answered in time sends one request") {
    setup t;
    t.script({fault::delay(after - 1ms)});
    CHECK(t.get().attempts() == 1);
    CHECK(t.s.requests().size() == 1);
    auto const now = t.client().statistics();
    CHECK(now.hedges == 0);
    CHECK(now.retry_budget_left == t.how.retry.budget);
}

TEST_CASE("the first request may still win, and the second one is cancelled") {
    setup t;
    t.script({fault::delay(1s), fault::delay(30min)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got.attempts() == 2);
    CHECK(t.elapsed == 1s);
    auto const now = t.client().statistics();
    CHECK(now.hedges == 1);
    CHECK(now.hedges_won == 0);
    CHECK(now.connections_open == 1);
    CHECK(now.connections_opened == 2);
}

TEST_CASE("after the first request failed, the call waits for the second one and not for a pause") {
    for (auto const& failure :
         {fault::hang_up(), fault::reset(), fault::status(502), fault::status(503)}) {
        setup t;
        t.script({failure.delayed(1s), fault::delay(2s)});
        auto const& got = t.get();
        REQUIRE_MESSAGE(got, got.error());
        CHECK(got.attempts() == 2);
        CHECK(t.elapsed == after + 2s);
        CHECK(t.client().statistics().retries == 0);
        CHECK(t.client().statistics().hedges_won == 1);
    }
}

TEST_CASE("if both requests fail, the call goes on as after the first failure") {
    setup t;
    t.script({fault::hang_up().delayed(1s), fault::status(502).delayed(2s)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got.attempts() == 3);
    CHECK(t.client().statistics().retries == 1);
    CHECK(t.elapsed >= after + 2s);

    t.how.retry.max_attempts = 1;
    setup once;
    once.how.retry.max_attempts = 1;
    once.script({fault::hang_up().delayed(1s), fault::status(502).delayed(2s)});
    auto const& failed = once.get();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == errc::connection_lost);
    CHECK(failed.error().status == 0);
    CHECK(failed.error().attempts == 2);
    CHECK(failed.error().verdict == retry_verdict::attempts_used_up);
    CHECK(failed.error().progress == request_progress::response_begun); // of the second one
    CHECK(once.elapsed == after + 2s);
}

TEST_CASE("a second request that fails leaves the first one alone") {
    setup t;
    for (auto const& failure : {fault::hang_up(), fault::status(500), fault::status(401)}) {
        t.script({fault::delay(5s), failure});
        auto const& got = t.get();
        REQUIRE_MESSAGE(got, got.error());
        CHECK(got.attempts() == 2);
        CHECK(t.elapsed == 5s);
    }
    auto const now = t.client().statistics();
    CHECK(now.hedges == 3);
    CHECK(now.hedges_won == 0);
    CHECK(now.retries == 0);
}

TEST_CASE("an answer that another request would only repeat ends the call") {
    setup t;
    t.script({fault::delay(5s), fault::status(404)});
    auto const& got = t.get();
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == errc::not_found);
    CHECK(got.error().attempts == 2);
    CHECK(got.error().verdict == retry_verdict::not_retryable);
    CHECK(t.elapsed == after);
}

TEST_CASE("while the service pushes back, no call is hedged") {
    setup t;
    SUBCASE("a 429 to the second request makes all calls wait") {
        t.script({fault::delay(8s), fault::status(429).retry_after(5s)});
        CHECK(t.get());
        CHECK(t.elapsed == 8s);
        CHECK(t.client().statistics().hedges == 1);
        t.script({fault::delay(1s)});
        CHECK(t.get());
        CHECK(t.elapsed == 1s);
        CHECK(t.client().statistics().hedges == 1);
    }
    SUBCASE("a 429 to the first one ends the second one") {
        t.script({fault::status(429).retry_after(5s).delayed(1s), fault::delay(20min)});
        auto const& got = t.get();
        REQUIRE_MESSAGE(got, got.error());
        CHECK(t.elapsed == 6s);
        CHECK(got.attempts() == 3);
    }
    SUBCASE("a 503 to another call, for 10 s") {
        t.script({fault::status(503)});
        CHECK(t.get());
        t.script({fault::delay(1s)});
        CHECK(t.get());
        CHECK(t.elapsed == 1s);
        CHECK(t.client().statistics().hedges == 0);
        t.clock->advance(10s);
        t.script({fault::delay(1s)});
        CHECK(t.get());
        CHECK(t.elapsed == after);
        CHECK(t.client().statistics().hedges == 1);
    }
}

TEST_CASE("the budget of retries bounds what calls send twice") {
    setup t;
    t.how.retry.budget = 2 * t.how.retry.retry_cost;
    for (int i = 0; i != 4; ++i) {
        t.script({fault::delay(1s)});
        CHECK(t.get());
    }
    // Two successes give back too little for a third.
    CHECK(t.client().statistics().hedges == 1 + 1);
    CHECK(t.s.requests().size() == 4 + 2);
}

TEST_CASE("a call is hedged once, and not after a failure") {
    setup t;
    t.script({fault::status(500), fault::delay(2s)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got.attempts() == 2);
    CHECK(t.client().statistics().hedges == 0);
    CHECK(t.client().statistics().retries == 1);
}

TEST_CASE("a response that has begun is waited for") {
    setup t;
    t.script({fault::drip(100, 200ms)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(t.elapsed > after);
    CHECK(t.s.requests().size() == 1);
    CHECK(t.client().statistics().hedges == 0);
}

TEST_CASE("the limits hold for both requests, and one that was never sent costs nothing") {
    setup t;
    SUBCASE("of requests in flight") {
        t.how.limits.max_in_flight = 1;
    }
    SUBCASE("of connections") {
        t.how.pool.max_connections = 1;
    }
    t.script({fault::delay(1s)});
    auto const& got = t.get();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(t.elapsed == 1s);
    CHECK(t.s.requests().size() == 1);
    auto const now = t.client().statistics();
    CHECK(now.hedges == 1);
    CHECK(now.retry_budget_left == t.how.retry.budget);
}

TEST_CASE("both requests are over at the deadline, with cancellation, and with the client") {
    setup t;
    t.script({fault::delay(30min), fault::delay(30min)});
    SUBCASE("the deadline") {
        t.per_call.deadline = 2s;
        auto const& got = t.get();
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == errc::deadline_exceeded);
        CHECK(t.elapsed == 2s);
        CHECK(t.s.requests().size() == 2);
    }
    SUBCASE("cancellation") {
        t.begin();
        t.run_until_both();
        auto const now = t.client().statistics();
        CHECK(now.calls == 1);
        CHECK(now.requests_in_flight == 2);
        t.stop.emit(asio::cancellation_type::terminal);
        t.io.restart();
        t.io.run();
        REQUIRE(t.ended_with);
        CHECK(t.ended_with->error().code() == errc::cancelled);
        CHECK(t.client().statistics().connections_open == 0);
        CHECK(t.client().statistics().requests_in_flight == 0);
    }
    SUBCASE("the client") {
        t.begin();
        t.run_until_both();
        t.client() = loop::client(t.io.get_executor(), t.how);
        t.io.restart();
        t.io.run();
        REQUIRE(t.ended_with);
        CHECK(t.ended_with->error().code() == errc::client_closed);
    }
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("a context may be destroyed under both requests") {
    setup t;
    t.script({fault::delay(30min), fault::delay(30min)});
    auto handler_lives = std::make_shared<int>();
    std::weak_ptr<int> const lives = handler_lives;
    {
        asio::io_context io;
        loop::client client(io.get_executor(), t.how);
        report::get_request const request(t.id);
        client.async_call(report::get_report, request, t.per_call.hedge(after),
                          [kept = std::move(handler_lives)](state const&) { CHECK(false); });
        t.clock->run_for(io, after + 50ms);
        CHECK(t.s.requests().size() == 2);
    }
    CHECK(lives.expired());
    CHECK(t.s.wait_until_idle(patience));
}

TEST_CASE("cancellation while only the second request is left") {
    setup t;
    t.script({fault::status(502).delayed(400ms), fault::delay(30min)});
    t.begin();
    t.run_until_both();
    t.run_for(200ms);
    CHECK(t.client().statistics().calls_between_attempts == 1);
    t.stop.emit(asio::cancellation_type::terminal);
    t.io.restart();
    t.io.run();
    REQUIRE(t.ended_with);
    CHECK(t.ended_with->error().code() == errc::cancelled);
    CHECK(t.ended_with->error().attempts == 2);
    CHECK(t.client().statistics().calls == 0);
    CHECK(t.client().statistics().requests_in_flight == 0);
}

TEST_CASE("async_close lets both requests go on") {
    setup t;
    t.script({fault::delay(30min), fault::delay(5s)});
    t.begin();
    t.run_until_both();
    bool is_closed = false;
    t.client().async_close([&] { is_closed = true; });
    t.run();
    CHECK(is_closed);
    REQUIRE(t.ended_with);
    CHECK(*t.ended_with);
}

TEST_CASE("an observer is told of both as of one call") {
    class log final : public loop::observer {
    public:
        void on_call_started(loop::call_started const& e) override { add("call", e); }
        void on_attempt_started(loop::attempt_started const& e) override {
            add("sent " + std::to_string(e.http_request_resend_count) + (e.hedged ? " hedged" : ""),
                e);
        }
        void on_attempt_ended(loop::attempt_ended const& e) override {
            add("ended " + std::to_string(e.http_request_resend_count) + ' ' +
                    std::to_string(e.http_response_status_code) + std::string(e.error_type),
                e);
        }
        void on_call_ended(loop::call_ended const& e) override {
            add("over " + std::to_string(e.attempts), e);
        }
        std::string lines;

    private:
        void add(std::string const& line, loop::call_attributes const& e) {
            CHECK(e.call_id == 1);
            lines += line + '\n';
        }
    };
    setup t;
    auto const told = std::make_shared<log>();
    t.how.observer = told;
    SUBCASE("the second one answers") {
        t.script({fault::delay(20s)});
        CHECK(t.get());
        CHECK(told->lines == "call\n"
                             "sent 0\n"
                             "sent 1 hedged\n"
                             "ended 1 200\n"
                             "ended 0 0cancelled\n"
                             "over 2\n");
    }
    SUBCASE("both fail, and the call is tried again") {
        t.script({fault::status(502).delayed(1s), fault::status(500).delayed(1s)});
        CHECK(t.get());
        CHECK(told->lines == "call\n"
                             "sent 0\n"
                             "sent 1 hedged\n"
                             "ended 0 502502\n"
                             "ended 1 500500\n"
                             "sent 2\n"
                             "ended 2 200\n"
                             "over 3\n");
    }
}

TEST_CASE("a recorder gets both exchanges") {
    class keeper final : public loop::exchange_recorder {
    public:
        void on_exchange(loop::exchange_record const& e) override {
            lines.push_back(std::to_string(e.http_response_status_code) + ' ' +
                            std::string(e.failure));
        }
        std::vector<std::string> lines;
    };
    setup t;
    auto const kept = std::make_shared<keeper>();
    t.how.recorder = kept;
    t.script({fault::delay(20s)});
    CHECK(t.get());
    CHECK(kept->lines == std::vector<std::string>{"200 ", "0 cancelled"});
}

TEST_CASE("a time that is not above zero is an error, and nothing is sent") {
    setup t;
    for (auto const each : {0ms, -1ms, std::chrono::milliseconds::min()}) {
        std::optional<state> got;
        t.client().async_call(report::get_report, report::get_request("x"),
                              loop::call_options().hedge(each),
                              [&](state r) { got.emplace(std::move(r)); });
        t.run();
        REQUIRE(got);
        CHECK(got->error().code() == errc::invalid_option);
        CHECK(contains(printed(got->error()), "hedge"));
    }
    CHECK(t.s.requests().empty());
    // The longest time is that of a call that is not hedged.
    std::optional<state> got;
    t.client().async_call(report::get_report, report::get_request("x"),
                          loop::call_options().hedge(std::chrono::milliseconds::max()),
                          [&](state r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    CHECK(got->error().code() == errc::not_found);
}

} // TEST_SUITE("client/hedging/hedging")
