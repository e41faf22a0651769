// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Interceptors may change an attempt and its answer, and are asked in order.
#include <client/interceptors/fixture.hpp>
#include <support/process.hpp>

#include <new>
#include <stdexcept>

TEST_SUITE("client/interceptors/interceptors") {

using namespace fixture;

TEST_CASE("they are asked in their order, and about the answer in the opposite one") {
    scene t;
    t.add("first");
    t.add("second");
    auto const r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(t.notes == lines{"before first", "before second", "after second 200", "after first 200"});
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("each attempt asks them anew, and what they add is of that attempt alone") {
    scene t;
    t.retry_at_once(3);
    t.s.respond_next(response_override(503, "{}"));
    t.s.respond_next(response_override(503, "{}"));
    int tried = 0;
    t.add()->on_before = [&](intercepted_request const& request) {
        CHECK(request.resend_count() == static_cast<unsigned>(tried));
        if (++tried == 3)
            return interception();
        return interception().header("X-Try", std::to_string(tried)).header("x-more", "");
    };
    t.add("other")->on_before = [&](intercepted_request const&) {
        return interception().header("X-Other", "yes");
    };
    auto const r = t.get(t.s.add_export());
    REQUIRE_MESSAGE(r, r.error());
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 3);
    CHECK(sent[0].header("X-Try") == "1");
    CHECK(sent[0].header("X-More") == "");
    CHECK(sent[1].header("X-Try") == "2");
    CHECK_FALSE(sent[2].header("X-Try"));
    for (auto const& one : sent) {
        CHECK(one.header("X-Other") == "yes");
        CHECK(one.header("Authorization") == "Bearer " + t.s.token());
    }
}

TEST_CASE("a success that the endpoint names is one behind them, too") {
    static constexpr loop::endpoint<loop::verb::put, "/api/v1/card", loop::no_parameters,
                                    std::optional<boost::json::value>, loop::success<202, 204>,
                                    loop::observed>
        touch{};
    scene t;
    t.retry_at_once();
    t.add();
    t.s.respond_next(response_override(503, "{}"));
    t.s.respond_next(response_override(202, "{}"));
    loop::no_parameters const nothing;
    auto const r = call(t.client(), t.io, touch, nothing);
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.status() == 202);
    // The success gives back what its retry took.
    CHECK(t.client().statistics().retry_budget_left == t.how.retry.budget);
}

TEST_CASE("a request that was sent on a closed connection counts, when the next one is refused") {
    scene t;
    auto const it = t.add();
    REQUIRE(t.get(t.s.add_export()));
    t.s.script(report::get_report, {loop::testing::fault::hang_up()});
    int asked = 0;
    it->on_before = [&](intercepted_request const&) {
        return ++asked == 1 ? interception()
                            : interception::refuse(errc::queue_full, "the circuit is open");
    };
    auto const r = t.get(t.s.add_export());
    check_failed(r, errc::queue_full, "interceptors[0]: the circuit is open");
    CHECK(asked == 2);
    CHECK(r.error().progress == request_progress::sent);
}

TEST_CASE("they see the request, in the words of an observer") {
    scene t;
    t.how.base_url += "/behind/a/gateway";
    t.s.respond_next(response_override(200, completed));
    t.s.respond_next(response_override(200, completed));
    t.add()->on_before = [&](intercepted_request const& request) {
        auto const about = request.attributes();
        CHECK(about.call_id == 1);
        CHECK(about.http_request_method == "POST");
        CHECK(about.url_template == "/api/v1/report/export");
        CHECK(about.server_address == "localhost");
        CHECK(about.server_port == t.s.api_port());
        CHECK(request.target() == "/behind/a/gateway/api/v1/report/export");
        CHECK(request.fields().find("Accept") == "application/json");
        CHECK(request.fields().find("content-type") == "application/json");
        REQUIRE(request.body());
        CHECK(request.body()->starts_with(R"({"start":1728000000,)"));
        CHECK(request.fields().find("Content-Length") == std::to_string(request.body()->size()));
        CHECK_FALSE(request.streams_response());
        return interception();
    };
    REQUIRE(t.post());
}

TEST_CASE("one refuses: nothing is sent, and the error names it") {
    scene t;
    t.add("first");
    t.add("second")->on_before = [](intercepted_request const&) {
        return interception::refuse(errc::queue_full, "the circuit is open");
    };
    t.add("third");
    auto const r = t.post();
    check_failed(r, errc::queue_full, "interceptors[1]: the circuit is open");
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(r.error().verdict == loop::retry_verdict::not_retryable);
    CHECK(r.error().attempts == 1);
    CHECK(t.notes == lines{"before first", "before second"});
    CHECK(t.s.requests().empty());
    CHECK(t.client().statistics().connections_open == 0);
}

TEST_CASE("the code of a refusal decides whether the attempt is tried again, even a POST") {
    scene t;
    t.retry_at_once();
    int asked = 0;
    t.add()->on_before = [&](intercepted_request const&) {
        return ++asked == 1 ? interception::refuse(errc::connection_lost, "chaos") : interception();
    };
    auto const r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("one answers: no request is sent, and those before it see the answer") {
    scene t;
    t.add("first");
    t.add("second")->on_before = [](intercepted_request const&) {
        return interception::answer(json(200, completed));
    };
    t.add("third");
    auto const r = t.get();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->id == "made_up");
    CHECK(r->status == report::export_status::completed);
    CHECK(r.status() == 200);
    CHECK(r.attempts() == 1);
    CHECK(t.notes == lines{"before first", "before second", "after first 200"});
    CHECK(t.s.requests().empty());
    auto const counts = t.client().statistics();
    CHECK(counts.requests_sent == 0);
    CHECK(counts.requests_in_flight == 0);
    CHECK(counts.connections_open == 0);
}

TEST_CASE("an answer of theirs is decoded and retried like one of the service") {
    scene t;
    SUBCASE("an error") {
        t.add()->on_before = [](intercepted_request const&) {
            return interception::answer(json(404, R"({"message":"no such thing","code":"X"})"));
        };
        auto const r = t.get();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::not_found);
        CHECK(r.error().status == 404);
        CHECK(r.error().service_message == "no such thing");
        CHECK(r.error().progress == request_progress::not_sent);
    }
    SUBCASE("another shape") {
        t.add()->on_before = [](intercepted_request const&) {
            return interception::answer(json(200, R"({"id":7})"));
        };
        auto const r = t.get();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::unexpected_json);
    }
    SUBCASE("a 503, also to a POST, since nothing was sent") {
        t.retry_at_once(3);
        int asked = 0;
        t.add()->on_before = [&](intercepted_request const&) {
            return ++asked == 3 ? interception() : interception::answer(json(503, "{}"));
        };
        auto const r = t.post();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r.attempts() == 3);
        CHECK(t.s.requests().size() == 1);
        CHECK(t.client().statistics().retries == 2);
    }
    SUBCASE("a Retry-After") {
        t.how.deadline = 60s;
        t.retry_at_once();
        t.add()->on_before = [](intercepted_request const&) {
            loop::headers fields;
            fields.append("Retry-After", "3600");
            return interception::answer(intercepted_response(429, std::move(fields)));
        };
        auto const r = t.get();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::rate_limited);
        CHECK(r.error().verdict == loop::retry_verdict::too_late);
        CHECK(r.error().retry_after == 3600s);
    }
}

TEST_CASE("a 401 of theirs stops the client, as one of the service does") {
    scene t;
    int asked = 0;
    t.add()->on_before = [&](intercepted_request const&) {
        return ++asked == 1 ? interception::answer(json(401, "{}")) : interception();
    };
    auto const first = t.get();
    REQUIRE_FALSE(first);
    CHECK(first.error().code() == errc::unauthorized);
    auto const second = t.get();
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == errc::unauthorized);
    CHECK(asked == 1);
    CHECK(t.s.requests().empty());
    t.client().set_token(t.s.token() + "_as_well");
    REQUIRE_FALSE(t.get());
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("one replaces the answer, and those before it see that") {
    scene t;
    t.add("first");
    t.add("second")->on_after = [](intercepted_request const&, intercepted_response const& answer) {
        CHECK(answer.status() == 500);
        CHECK(answer.field("content-type") == "application/json");
        CHECK(answer.fields().find("Content-Type") == "application/json");
        CHECK_FALSE(answer.field("X-None"));
        CHECK(answer.has_body());
        CHECK(answer.body() == R"({"message":"broken"})");
        CHECK(answer.body_size() == 20);
        return interception::answer(json(200, completed));
    };
    t.add("third");
    t.s.respond_next(response_override(500, R"({"message":"broken"})"));
    auto const r = t.post();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->id == "made_up");
    CHECK(t.notes == lines{"before first", "before second", "before third", "after third 500",
                           "after second 500", "after first 200"});
}

TEST_CASE("one makes a failure of an answer: the service may have acted") {
    scene t;
    t.retry_at_once();
    t.add()->on_after = [](intercepted_request const&, intercepted_response const&) {
        return interception::refuse(errc::connection_lost, "chaos");
    };
    auto const posted = t.post();
    check_failed(posted, errc::connection_lost, "interceptors[0]: chaos");
    CHECK(posted.error().verdict == loop::retry_verdict::may_have_acted);
    CHECK(posted.error().progress == request_progress::response_begun);
    CHECK(t.s.requests().size() == 1);
    auto const got = t.get(t.s.add_export());
    REQUIRE_FALSE(got);
    CHECK(got.error().verdict == loop::retry_verdict::attempts_used_up);
    CHECK(t.s.requests().size() == 3);
}

TEST_CASE("no refusal of theirs hides that the service may have acted on a POST") {
    scene t;
    t.retry_at_once(3);
    unsigned made_up = 0;
    t.add()->on_after = [&](intercepted_request const&, intercepted_response const&) {
        return interception::answer(json(made_up, "{}"));
    };
    struct {
        unsigned of_service;
        unsigned made_up;
        errc code;
    } const cases[] = {
        {200, 429, errc::invalid_option}, {201, 401, errc::invalid_option},
        {500, 400, errc::invalid_option}, {408, 404, errc::invalid_option},
        {200, 503, errc::server_error},   {200, 408, errc::bad_request},
        {404, 409, errc::bad_request}, // the service did not act
    };
    for (auto const& c : cases) {
        CAPTURE(c.of_service);
        CAPTURE(c.made_up);
        made_up = c.made_up;
        t.s.clear_requests();
        t.s.respond_next(response_override(c.of_service, completed));
        auto const r = t.post();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == c.code);
        CHECK(r.error().progress == request_progress::response_begun);
        CHECK(t.s.requests().size() == 1);
        if (c.code != errc::invalid_option)
            continue;
        CHECK(r.error().status == c.of_service);
        CHECK(r.error().detail == "interceptors[0]: replaces the status " +
                                      std::to_string(c.of_service) +
                                      ", after which the service may have acted, by the refusal " +
                                      std::to_string(c.made_up) + ": use interception::refuse");
    }
    made_up = 404; // what may be repeated may be refused
    auto const got = t.get(t.s.add_export());
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == errc::not_found);
}

TEST_CASE("a journal is told that the service may have acted, whatever they make of its answer") {
    static constexpr loop::endpoint<loop::verb::post, "/v2/export", report::export_request,
                                    report::export_result, loop::idempotency_key<"Idempotency-Key">,
                                    loop::observed>
        keyed_export{};
    scene t;
    tests::scratch_directory const files;
    t.s.on(keyed_export, [](report::export_request const&) {
        report::export_result made;
        made.id = "x";
        return made;
    });
    t.add()->on_after = [](intercepted_request const&, intercepted_response const&) {
        return interception::answer(json(400, "{}"));
    };
    loop::start_options how;
    how.journal = loop::export_journal::open((files.path / "journal").string()).value();
    auto const failed = [&](auto const& r) { CHECK_FALSE(r); };
    loop::async_start_export(t.client(), week(), how, failed);
    t.io.run();
    loop::async_start_export(t.client(), keyed_export, week(), how, failed);
    t.io.restart();
    t.io.run();
    auto const left = how.journal->entries();
    REQUIRE(left.size() == 2);
    CHECK(left[0].advice == loop::journal_advice::ask);
    CHECK(left[1].advice == loop::journal_advice::repeat);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("one that throws: the error names it, and nothing was sent") {
    scene t;
    t.retry_at_once();
    t.add();
    auto const throws = t.add("throws");
    SUBCASE("before the attempt") {
        throws->on_before = [](intercepted_request const&) -> interception {
            throw std::runtime_error("password=hunter2");
        };
        auto const r = t.post();
        check_failed(
            r, errc::invalid_option,
            "interceptors[1]: threw an exception before the attempt, of which nothing was sent");
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK_FALSE(contains(printed(r.error()), "hunter2"));
        CHECK(t.s.requests().empty());
    }
    SUBCASE("before a second attempt") {
        t.s.respond_next(response_override(503, "{}"));
        int asked = 0;
        throws->on_before = [&](intercepted_request const&) -> interception {
            if (++asked == 2)
                throw 42;
            return {};
        };
        auto const r = t.get();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_option);
        CHECK(r.error().earlier_attempts.size() == 1);
        CHECK(t.s.requests().size() == 1);
    }
    SUBCASE("after the attempt") {
        throws->on_after = [](intercepted_request const&,
                              intercepted_response const&) -> interception {
            throw loop::exception(loop::error(errc::not_found, "password=hunter2"));
        };
        auto const r = t.post();
        check_failed(r, errc::invalid_option,
                     "interceptors[1]: threw an exception after the attempt");
        CHECK(r.error().progress == request_progress::response_begun);
        CHECK(r.error().status == 200);
        CHECK(t.s.requests().size() == 1);
    }
    SUBCASE("for lack of memory") {
        throws->on_before = [](intercepted_request const&) -> interception {
            throw std::bad_alloc();
        };
        auto const r = t.post();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::out_of_memory);
        CHECK(t.s.requests().empty());
    }
    throws->on_before = nullptr; // and the client goes on
    throws->on_after = nullptr;
    auto const next = t.get(t.s.add_export());
    CHECK_MESSAGE(next, next.error());
}

TEST_CASE("a header that may not be set ends the call before anything is sent") {
    struct {
        char const* name;
        char const* value;
        char const* problem;
    } const cases[] = {
        {"Authorization", "Bearer other", "Authorization can't be set: the client owns it"},
        {"x-impersonate-user", "u", "x-impersonate-user can't be set: the client owns it"},
        {"Host", "example.org", "Host can't be set: the client owns it"},
        {"Content-Length", "0", "Content-Length can't be set: the client owns it"},
        {"Content-Encoding", "gzip",
         "Content-Encoding can't be set: it describes the body, as only the endpoint may do"},
        {"X-First", "again", "X-First can't be set: the request has it already"},
        {"X-A", "one\r\nAuthorization: two",
         "the value of X-A must not hold CR, LF, NUL or another control character: it stands in a "
         "header"},
    };
    for (auto const& c : cases) {
        scene t;
        t.add("first")->on_before = [](intercepted_request const&) {
            return interception().header("x-first", "1");
        };
        t.add("second")->on_before = [&c](intercepted_request const&) {
            return interception().header(c.name, c.value);
        };
        auto const r = t.get();
        check_failed(r, errc::invalid_option, std::string("interceptors[1]: ") + c.problem);
        CHECK(t.s.requests().empty());
    }
}

TEST_CASE("what makes no sense ends the call") {
    scene t;
    auto const it = t.add();
    SUBCASE("a header after the attempt") {
        it->on_after = [](intercepted_request const&, intercepted_response const&) {
            return interception().header("X-A", "1");
        };
        check_failed(t.get(t.s.add_export()), errc::invalid_option,
                     "interceptors[0]: a header can't be added after the attempt");
    }
    SUBCASE("a status that is none of an answer") {
        for (unsigned status : {0u, 100u, 199u, 600u}) {
            it->on_before = [&](intercepted_request const&) {
                return interception::answer(intercepted_response(status));
            };
            check_failed(t.get(), errc::invalid_option,
                         "interceptors[0]: its answer has the status " + std::to_string(status));
        }
    }
    SUBCASE("a refusal with a code that is none") {
        for (auto const none : {errc{}, static_cast<errc>(99), static_cast<errc>(-1)}) {
            it->on_before = [&](intercepted_request const&) {
                return interception::refuse(none, "no");
            };
            check_failed(t.get(), errc::invalid_option,
                         "an error without a code was given: interceptors[0]: no");
        }
    }
    SUBCASE("an answer that is too long") {
        t.how.max_response_size = 10;
        it->on_before = [](intercepted_request const&) {
            return interception::answer(json(200, "12345678901"));
        };
        check_failed(t.get(), errc::response_too_large,
                     "interceptors[0]: its answer is longer than 10 bytes");
    }
    CHECK(t.s.requests().size() <= 1);
}

TEST_CASE("a null pointer among the options is refused") {
    asio::io_context io;
    loop::options how = options_for_port(1);
    std::vector<std::string> notes;
    how.interceptors = {std::make_shared<scripted>(notes), std::shared_ptr<loop::interceptor>()};
    try {
        loop::client client(io, how);
        FAIL("it was taken");
    } catch (loop::exception const& e) {
        CHECK(e.error().code() == errc::invalid_option);
        CHECK(e.error().detail == "interceptors[1] is null");
    }
}

TEST_CASE("an answer of theirs takes nothing from the limit on the rate") {
    scene t;
    t.how.limits.requests_per_second = 0.001; // one in a quarter of an hour
    t.how.limits.burst = 1;
    bool answers = true;
    t.add()->on_before = [&](intercepted_request const&) {
        return answers ? interception::answer(json(200, completed)) : interception();
    };
    for (int i = 0; i != 5; ++i)
        REQUIRE(t.get());
    answers = false;
    auto const r = t.get(t.s.add_export());
    CHECK_MESSAGE(r, r.error());
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("an observer can tell them apart from the service, and a recorder sees that alone") {
    class log : public loop::observer {
    public:
        std::vector<std::string> told;
        void on_attempt_started(loop::attempt_started const&) override { told.push_back("sent"); }
        void on_attempt_ended(loop::attempt_ended const& e) override {
            told.push_back("came " + std::to_string(e.http_response_status_code));
        }
        void on_retry_planned(loop::retry_planned const& e) override {
            told.push_back("again " + std::string(e.error_type));
        }
        void on_call_ended(loop::call_ended const& e) override {
            told.push_back("ended " + std::to_string(e.http_response_status_code) +
                           (e.answered_by_interceptor ? " by an interceptor" : ""));
        }
    };
    class recorder : public loop::exchange_recorder {
    public:
        std::vector<unsigned> statuses;
        void on_exchange(loop::exchange_record const& one) noexcept override {
            statuses.push_back(one.http_response_status_code);
        }
    };
    scene t;
    t.retry_at_once();
    auto const told = std::make_shared<log>();
    auto const recorded = std::make_shared<recorder>();
    t.how.observer = told;
    t.how.recorder = recorded;
    auto const it = t.add();
    SUBCASE("which answers itself") {
        it->on_before = [](intercepted_request const&) {
            return interception::answer(json(200, completed));
        };
        REQUIRE(t.get());
        CHECK(told->told == lines{"ended 200 by an interceptor"});
        CHECK(recorded->statuses.empty());
    }
    SUBCASE("which replaces an answer") {
        it->on_after = [](intercepted_request const&, intercepted_response const&) {
            return interception::answer(json(200, completed));
        };
        t.s.respond_next(response_override(404, "{}"));
        REQUIRE(t.get());
        CHECK(told->told == lines{"sent", "came 404", "ended 200 by an interceptor"});
        CHECK(recorded->statuses == std::vector<unsigned>{404});
    }
    SUBCASE("which fails an attempt") {
        int asked = 0;
        it->on_before = [&](intercepted_request const&) {
            return ++asked == 1 ? interception::answer(json(503, "{}")) : interception();
        };
        REQUIRE(t.get(t.s.add_export()));
        CHECK(told->told == lines{"again 503", "sent", "came 200", "ended 200"});
        CHECK(recorded->statuses == std::vector<unsigned>{200});
    }
}

} // TEST_SUITE("client/interceptors/interceptors")
