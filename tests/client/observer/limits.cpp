// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An observer can't bring some things about, and never gets to know others.
#include <client/observer/observed.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE("client/observer/limits") {

using namespace fixture;

namespace {

// Throws whatever it is told, and counts.
class thrower final : public loop::observer {
public:
    void on_call_started(loop::call_started const&) override { fail(); }
    void on_attempt_started(loop::attempt_started const&) override { fail(); }
    void on_attempt_ended(loop::attempt_ended const&) override { fail(); }
    void on_retry_planned(loop::retry_planned const&) override { throw 7; }
    void on_call_ended(loop::call_ended const&) override { fail(); }
    void on_connection_event(loop::connection_event const&) override { fail(); }

    unsigned thrown = 0;

private:
    void fail() {
        ++thrown;
        throw std::runtime_error("an observer that fails");
    }
};

// Secrets that go out with the requests of these tests, in all places where there can be some.
std::string const id = "id_of_a_customer_4711";
std::string const asked_for = "words_in_a_query_4712";
std::string const written = "words_in_a_body_4713";
std::string const answered = "words_of_the_service_4714";

class search_request {
public:
    explicit search_request(std::string in, std::string text)
        : where(std::move(in)), words(std::move(text)) {}

    std::string where;
    std::string words;
    using members = loop::members<&search_request::where, &search_request::words>;
};
class search_result {
public:
    search_result() {}

    std::string id;
    using members = loop::members<&search_result::id>;
};
constexpr loop::endpoint<loop::verb::get, "/v1/places/{where}", search_request, search_result,
                         loop::query<&search_request::words>>
    search{};

// Calls of every kind and ending, which use all these secrets.
void make_calls(scene& t) {
    t.s.respond_next(response_override(200, R"({"id":")" + answered + R"("})"));
    REQUIRE(call(t.client(), t.io, search, search_request(id, asked_for)));
    t.s.respond_next(response_override(503, R"({"message":")" + answered + R"("})"));
    t.s.respond_next(response_override::bytes(""));
    t.s.respond_next(response_override(200, answered));
    CHECK_FALSE(call(t.client(), t.io, report::get_report, report::get_request(id)));
    drafts::create_request draft;
    draft.content["subject"] = written;
    t.s.respond_next(response_override(400, R"({"message":")" + t.s.token() + R"("})"));
    CHECK_FALSE(call(t.client(), t.io, drafts::create_draft, draft));
    std::string const url = t.s.file_url(t.s.add_export());
    REQUIRE(t.download(url));
    t.s.advance_clock(24h);
    CHECK_FALSE(t.download(url));
}

} // namespace

TEST_CASE("an observer that throws changes nothing") {
    auto const failing = std::make_shared<thrower>();
    for (bool const throws : {false, true}) {
        CAPTURE(throws);
        scene t;
        t.retry_at_once();
        if (throws)
            t.how.observer = failing;
        t.s.respond_next(response_override(500, "{}"));
        t.s.respond_next(response_override(200, good_body));
        auto const tried = t.get();
        REQUIRE_MESSAGE(tried, tried.error());
        CHECK(tried.attempts() == 2);
        auto const missing = t.get();
        REQUIRE_FALSE(missing);
        CHECK(missing.error().code() == loop::errc::not_found);
        REQUIRE(t.download(t.s.file_url(t.s.add_export())));
        CHECK(t.s.connections_accepted() == 2);
        auto const now = t.client().statistics();
        CHECK(now.calls == 0);
        CHECK(now.connections_idle == 2);
        t.made.reset();
        t.run();
        CHECK(t.s.wait_until_idle(patience));
    }
    // 3 calls with 4 attempts, and 2 connections that were opened and closed.
    CHECK(failing->thrown == 3 * 2 + 4 * 2 + 2 * 2);
}

TEST_CASE("no observer is told of a token, a user, a body, a query or a signature") {
    scene t;
    t.retry_at_once();
    t.how.impersonate_user = user;
    make_calls(t);
    t.made.reset();
    t.run();

    std::string texts;
    for (told const& one : t.log->all())
        texts += one.line + '\n' + one.about + '\n';
    std::string sent;
    for (auto const& request : t.s.requests()) {
        sent += request.target + '\n' + request.body + '\n';
        for (auto const& [name, value] : request.headers)
            sent += value + '\n';
    }
    for (std::string const& secret :
         {t.s.token(), std::string(user), id, asked_for, written, std::string("Signature")}) {
        CAPTURE(secret);
        CHECK(contains(sent, secret));
        CHECK_FALSE(contains(texts, secret));
    }
    CHECK_FALSE(contains(texts, answered));
    CHECK_FALSE(contains(texts, "?"));
    CHECK(contains(texts, "GET /v1/places/{where} localhost:"));
    CHECK(contains(texts, "error=invalid_json"));
}

TEST_CASE("all is told on the threads of the client, but for the end, which is told where it is "
          "handled") {
    scene t;
    asio::io_context elsewhere;
    auto work = asio::make_work_guard(elsewhere);
    std::thread other([&] { elsewhere.run(); });
    std::thread::id handled_on;
    t.client().async_call(report::export_report, week(), asio::bind_executor(elsewhere, [&](auto) {
                              handled_on = std::this_thread::get_id();
                          }));
    t.run();
    work.reset();
    auto const others = other.get_id();
    other.join();
    CHECK(handled_on == others);
    for (told const& one : t.log->all()) {
        CAPTURE(one.line);
        bool const is_end = one.line.starts_with("call_ended");
        CHECK(one.thread == (is_end ? others : std::this_thread::get_id()));
    }
}

} // TEST_SUITE("client/observer/limits")
