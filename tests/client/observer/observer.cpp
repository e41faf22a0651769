// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An observer is told events in order, and never a secret.
#include <client/observer/observed.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE("client/observer/observer") {

using namespace fixture;

namespace {

// Notes which of its functions are called while the program is in a function of the client.
class called_within final : public loop::observer,
                            public loop::propagator,
                            public loop::interceptor {
public:
    template <class Function>
    std::set<std::string> during(Function function) {
        is_within_ = true;
        function();
        is_within_ = false;
        return std::exchange(called_, {});
    }

    void on_call_started(loop::call_started const&) override { note("on_call_started"); }
    void on_attempt_started(loop::attempt_started const&) override { note("on_attempt_started"); }
    void on_attempt_ended(loop::attempt_ended const&) override { note("on_attempt_ended"); }
    void on_call_ended(loop::call_ended const&) override { note("on_call_ended"); }
    void on_connection_event(loop::connection_event const&) override {
        note("on_connection_event");
    }
    void inject(loop::attempt_attributes const&, loop::headers&) override { note("inject"); }
    loop::interception before(loop::intercepted_request const&) override {
        note("before");
        return {};
    }

private:
    void note(char const* name) {
        if (is_within_)
            called_.insert(name);
    }

    bool is_within_ = false;
    std::set<std::string> called_;
};

} // namespace

TEST_CASE("of a call: that it starts, its attempt, its end, and what it is about") {
    scene t;
    std::string const port = std::to_string(t.s.api_port());
    SUBCASE("with a body") {
        REQUIRE(t.post());
        for (told const& one : t.log->all())
            if (one.call_id != 0)
                CHECK(one.about == "POST /api/v1/report/export localhost:" + port);
    }
    SUBCASE("with a place in its route") {
        t.s.respond_next(response_override(200, good_body));
        REQUIRE(t.get());
        for (told const& one : t.log->all())
            if (one.call_id != 0)
                CHECK(one.about == "GET /api/v1/report/exports/{id} localhost:" + port);
        CHECK(t.log->only("attempt_ended").size == good_body.size());
    }
    CHECK(t.log->lines() ==
          began() + lines{"attempt_ended 0 200 response_begun", "call_ended 1 200 response_begun"});
    CHECK(t.log->only("connection").about == "localhost:" + port);
    CHECK(t.log->only("attempt_started").size == t.s.application_bytes_received());
    auto const attempt = t.log->only("attempt_ended").duration;
    CHECK(attempt.count() > 0);
    CHECK(attempt + t.log->only("connection").duration <= t.log->only("call_ended").duration);
}

TEST_CASE("of a call that fails: why, for the attempt and for the call") {
    struct {
        response_override answer;
        lines ends;
    } const cases[] = {
        {response_override(404, "{}"),
         {"attempt_ended 0 404 response_begun error=404",
          "call_ended 1 404 response_begun error=404"}},
        {response_override(302, "{}"),
         {"attempt_ended 0 302 response_begun error=302",
          "call_ended 1 302 response_begun error=302"}},
        {response_override(200, R"({"id":7})"), // the attempt was fine
         {"attempt_ended 0 200 response_begun",
          "call_ended 1 200 response_begun error=unexpected_json"}},
        {response_override(200, "<p>"),
         {"attempt_ended 0 200 response_begun",
          "call_ended 1 200 response_begun error=invalid_json"}},
        {response_override::bytes(""),
         {"attempt_ended 0 0 sent error=connection_lost", "connection closed used_up",
          "call_ended 1 0 sent error=connection_lost"}},
        {response_override::bytes("no HTTP\r\n\r\n"),
         {"attempt_ended 0 0 response_begun error=invalid_http", "connection closed used_up",
          "call_ended 1 0 response_begun error=invalid_http"}},
    };
    for (auto const& each : cases) {
        CAPTURE(each.ends.back());
        scene t;
        t.s.respond_next(each.answer);
        CHECK_FALSE(t.get());
        CHECK(t.log->lines() == began() + each.ends);
    }
}

TEST_CASE("of a call that is tried again: each attempt, and what is planned between") {
    scene t;
    t.retry_at_once();
    SUBCASE("after an answer") {
        t.s.respond_next(response_override(500, "{}"));
        t.s.respond_next(response_override(200, good_body));
        REQUIRE(t.get());
        CHECK(t.log->lines() == began() + lines{"attempt_ended 0 500 response_begun error=500",
                                                "retry_planned 1 error=500",
                                                "attempt_started 1 reused",
                                                "attempt_ended 1 200 response_begun",
                                                "call_ended 2 200 response_begun"});
    }
    SUBCASE("after a connection that broke, to the last attempt") {
        for (int i = 0; i != 3; ++i)
            t.s.respond_next(response_override::bytes(""));
        CHECK_FALSE(t.get());
        lines const broke = {"connection closed used_up", "connection opened"};
        CHECK(t.log->lines() ==
              began() +
                  lines{"attempt_ended 0 0 sent error=connection_lost",
                        "retry_planned 1 error=connection_lost"} +
                  broke +
                  lines{"attempt_started 1 new", "attempt_ended 1 0 sent error=connection_lost",
                        "retry_planned 2 error=connection_lost"} +
                  broke +
                  lines{"attempt_started 2 new", "attempt_ended 2 0 sent error=connection_lost",
                        "connection closed used_up", "call_ended 3 0 sent error=connection_lost"});
    }
    SUBCASE("with another token") {
        t.how.token = {};
        t.how.token_provider = [&](loop::token_request, loop::token_handler handler) {
            bool const first = t.s.requests().empty();
            loop::secret token(first ? "token_of_yesterday" : t.s.token());
            std::move(handler)(std::nullopt, std::move(token));
        };
        REQUIRE(t.post());
        CHECK(t.log->lines() == began() + lines{"attempt_ended 0 401 response_begun error=401",
                                                "retry_planned 1 error=401",
                                                "attempt_started 1 reused",
                                                "attempt_ended 1 200 response_begun",
                                                "call_ended 2 200 response_begun"});
    }
}

TEST_CASE("the pause that is planned is the one that is told") {
    scene t;
    t.retry_at_once();
    t.s.respond_next(response_override(503, "{}").header("Retry-After", "1"));
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());
    CHECK(t.log->only("retry_planned").duration == 1s);
    CHECK(t.log->only("call_ended").duration >= 1s);
}

TEST_CASE("nothing is told of a call that is refused before it begins") {
    scene t;
    std::chrono::sys_days const day(std::chrono::days(20000));
    report::export_request backwards(day, day - std::chrono::days(7));
    CHECK_FALSE(call(t.client(), t.io, report::export_report, backwards));
    loop::call_options how;
    how.deadline = 0ms;
    CHECK_FALSE(call(t.client(), t.io, report::export_report, week(), how));
    CHECK_FALSE(t.download("http://127.0.0.1/file"));
    CHECK(t.log->lines().empty());
}

TEST_CASE("of a call that is cancelled, or whose client goes") {
    for (bool const cancelled : {true, false}) {
        for (bool const connected : {true, false}) {
            CAPTURE(cancelled);
            CAPTURE(connected);
            server_options options;
            options.stall_handshakes = !connected;
            scene t(options);
            t.s.hold_next();
            asio::cancellation_signal signal;
            t.client().async_call(
                report::get_report, report::get_request("x"),
                asio::bind_cancellation_slot(signal.slot(), [](auto r) { CHECK_FALSE(r); }));
            run_until(t.io, [&] {
                return connected ? t.s.wait_until_held(0ms) : t.s.wait_for_connections(1, 0ms);
            });
            run_until_quiet(t.io); // the client still has to see that all is sent
            if (cancelled)
                signal.emit(asio::cancellation_type::terminal);
            else
                t.made.reset();
            t.run();
            std::string const why = cancelled ? "cancelled" : "client_closed";
            if (connected)
                CHECK(t.log->lines() == began() + lines{"attempt_ended 0 0 sent error=" + why,
                                                        "connection closed used_up",
                                                        "call_ended 1 0 sent error=" + why});
            else
                CHECK(t.log->lines() ==
                      lines{"call_started", "call_ended 1 0 not_sent error=" + why});
        }
    }
}

TEST_CASE("on a thread of its context a client tells things from within its own functions") {
    scene t;
    auto const watch = std::make_shared<called_within>();
    t.how.observer = watch;
    t.how.propagator = watch;
    t.how.interceptors.push_back(watch);
    auto const begin = [&] {
        t.client().async_call(report::get_report, report::get_request("x"),
                              [](auto r) { CHECK_FALSE(r); });
    };
    auto const elsewhere = watch->during(begin);
    t.run(); // leaves an idle connection
    t.s.hold_next();
    std::set<std::string> begun;
    asio::post(t.io, [&] { begun = watch->during(begin); });
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    run_until_quiet(t.io);
    std::set<std::string> ended;
    asio::post(t.io, [&] { ended = watch->during([&] { t.made.reset(); }); });
    t.run();
    CHECK(elsewhere.empty());
    CHECK(begun ==
          std::set<std::string>{"on_call_started", "before", "inject", "on_attempt_started"});
    CHECK(ended == std::set<std::string>{"on_attempt_ended", "on_connection_event"});
}

TEST_CASE("so it does from within set_token, where a call waits for the token") {
    scene t;
    auto const watch = std::make_shared<called_within>();
    t.how.observer = watch;
    t.how.propagator = watch;
    t.how.interceptors.push_back(watch);
    t.how.token = {};
    bool is_first = true;
    std::optional<loop::token_handler> asked;
    t.how.token_provider = [&](loop::token_request, loop::token_handler handler) {
        if (std::exchange(is_first, false))
            std::move(handler)(std::nullopt, loop::secret("token_of_yesterday"));
        else
            asked.emplace(std::move(handler));
    };
    t.client().async_call(report::get_report, report::get_request("x"),
                          [](auto r) { CHECK_FALSE(r); });
    run_until(t.io, [&] { return asked.has_value(); }); // the refusal leaves an idle connection
    std::set<std::string> told;
    asio::post(t.io, [&] {
        told = watch->during([&] { t.client().set_token(loop::secret(t.s.token())); });
    });
    t.run();
    CHECK(told == std::set<std::string>{"before", "inject", "on_attempt_started"});
}

TEST_CASE("of a download: no address but the host, and the size of the file") {
    server_options options;
    options.content = std::string(100'000, 'x');
    scene t(options);
    std::string const url = t.s.file_url(t.s.add_export());
    auto const about = "GET  127.0.0.1:" + std::to_string(t.s.files_port());
    SUBCASE("that succeeds") {
        REQUIRE(t.download(url));
        CHECK(t.log->lines() == began() + lines{"attempt_ended 0 200 response_begun",
                                                "call_ended 1 200 response_begun"});
        CHECK(t.log->only("attempt_ended").size == 100'000);
    }
    SUBCASE("that is refused") {
        t.s.advance_clock(24h);
        CHECK_FALSE(t.download(url));
        CHECK(t.log->lines() == began() + lines{"attempt_ended 0 403 response_begun error=403",
                                                "call_ended 1 403 response_begun error=403"});
    }
    CHECK(t.log->only("call_started").about == about);
    CHECK(t.log->only("attempt_ended").about == about);
    CHECK(t.log->only("call_ended").about == about);
}

TEST_CASE("of many calls at once: each starts once, ends once, and has a number of its own") {
    scene t;
    t.retry_at_once();
    t.how.pool.max_connections = 4;
    constexpr int calls = 60;
    for (int i = 0; i != calls; i += 3)
        t.s.respond_next(i % 2 ? response_override(500, "{}") : response_override::bytes(""));
    std::string const id = t.s.add_export();
    std::atomic<int> completed = 0;
    std::vector<asio::cancellation_signal> signals(calls);
    for (auto& signal : signals)
        t.client().async_call(
            report::get_report, report::get_request(id),
            asio::bind_cancellation_slot(signal.slot(), [&](auto) { ++completed; }));
    for (std::size_t i = 0; i < signals.size(); i += 7)
        signals[i].emit(asio::cancellation_type::total);
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&] { t.io.run(); });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(completed == calls);

    std::map<std::uint64_t, lines> by_call;
    for (told const& one : t.log->all())
        if (one.call_id != 0)
            by_call[one.call_id].push_back(one.line.substr(0, one.line.find(' ')));
    CHECK(by_call.size() == calls);
    for (auto const& [number, story] : by_call) {
        CAPTURE(number);
        REQUIRE(story.size() >= 2);
        CHECK(story.front() == "call_started");
        CHECK(story.back() == "call_ended");
        bool running = false;
        for (std::size_t i = 1; i + 1 < story.size(); ++i) {
            REQUIRE(story[i] == (running                       ? "attempt_ended"
                                 : story[i] == "retry_planned" ? "retry_planned"
                                                               : "attempt_started"));
            running = story[i] == "attempt_started";
        }
        CHECK_FALSE(running);
    }
}

} // TEST_SUITE("client/observer/observer")
