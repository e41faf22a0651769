// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Headers that a program adds to a call.
#include <client/observer/observed.hpp>

#include <intheloop/base/detail/base64.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("client/observer/call_headers") {

using namespace fixture;

namespace {

class tagged_request {
public:
    tagged_request() {}

    std::optional<std::string> tag;
    using members = loop::members<&tagged_request::tag>;
};
constexpr loop::endpoint<loop::verb::get, "/v1/tagged", tagged_request, std::string,
                         loop::header<"X-Tag", &tagged_request::tag>>
    tagged{};

class keyed_request {
public:
    keyed_request() {}

    std::string key;
    using members = loop::members<&keyed_request::key>;
};
constexpr loop::endpoint<loop::verb::get, "/v1/keyed", keyed_request, std::string,
                         loop::header<"X-Api-Key", &keyed_request::key>>
    keyed{};

loop::call_options with(std::string_view name, std::string_view value) {
    loop::call_options made;
    made.headers.append(name, value);
    return made;
}

} // namespace

TEST_CASE("headers of a call go out with each attempt, and with no other call") {
    scene t;
    t.retry_at_once();
    t.s.respond_next(response_override(429, "{}"));
    loop::call_options how = with("X-Tenant", "t\xc3\xa4nt 12");
    how.headers.append("x-empty", "");
    REQUIRE(call(t.client(), t.io, report::export_report, week(), how));
    REQUIRE(call(t.client(), t.io, report::export_report, week()));
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 3);
    for (std::size_t i = 0; i != 2; ++i) {
        CHECK(sent[i].header("X-Tenant") == "t\xc3\xa4nt 12");
        CHECK(sent[i].header("X-Empty") == "");
        CHECK(sent[i].header("Authorization") == "Bearer " + t.s.token());
        CHECK(sent[i].header("Content-Type") == "application/json");
    }
    CHECK_FALSE(sent[2].header("X-Tenant"));
    CHECK(sent[0].headers == sent[1].headers);
}

TEST_CASE("a header that may not be set ends the call before anything is sent") {
    using namespace std::string_view_literals;
    struct {
        std::string_view name, value, words;
    } const cases[] = {
        {"Authorization", "Bearer hidden", "Authorization can't be set: the client owns it"},
        {"host", "hidden", "host can't be set: the client owns it"},
        {"X-Impersonate-User", "hidden", "X-Impersonate-User can't be set"},
        {"Content-Length", "0", "Content-Length can't be set"},
        {"Content-Language", "hidden", "Content-Language can't be set: it describes the body"},
        {"Transfer-Encoding", "chunked", "Transfer-Encoding can't be set"},
        {"Connection", "close", "Connection can't be set"},
        {"Proxy-Authorization", "Basic hidden", "Proxy-Authorization can't be set"},
        {"X-A: hidden", "1", "the name of header 1 holds a character"},
        {"X-A\r\nX-B: hidden", "1", "the name of header 1 holds a character"},
        {"", "hidden", "the name of header 1 is empty"},
        {"X-A", "hidden\r\nX-B: 1", "the value of X-A must not hold CR"},
        {"X-A", "hidden\0"sv, "the value of X-A must not hold CR"},
        {"X-A", " hidden", "the value of X-A must not begin or end with a space"},
    };
    scene t;
    for (auto const& each : cases) {
        auto const refused =
            call(t.client(), t.io, report::export_report, week(), with(each.name, each.value));
        REQUIRE_FALSE(refused);
        std::string const text = printed(refused.error());
        CAPTURE(text);
        CHECK(refused.error().code() == loop::errc::invalid_option);
        CHECK(refused.error().progress == loop::request_progress::not_sent);
        CHECK(contains(text, "headers: " + std::string(each.words)));
        CHECK_FALSE(contains(text, "hidden"));
    }
    loop::call_options twice = with("X-A", "hidden");
    twice.headers.append("x-a", "hidden");
    auto const refused = call(t.client(), t.io, report::export_report, week(), twice);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail == "headers: x-a can't be set: the request has it already");
    loop::call_options many;
    for (int i = 0; i != 20'000; ++i)
        many.headers.append("X-" + std::to_string(i), "hidden");
    auto const too_many = call(t.client(), t.io, report::export_report, week(), many);
    REQUIRE_FALSE(too_many);
    CHECK(too_many.error().detail ==
          "headers: there are 20000 headers, and at most 256 can be added");
    CHECK(t.s.connections_accepted() == 0);
    CHECK(t.log->lines().empty());
}

TEST_CASE("a header that the endpoint sets can't be set by the call, unless its member is absent") {
    scene t;
    tagged_request request;
    request.tag = "of the member";
    auto const refused = call(t.client(), t.io, tagged, request, with("x-tag", "of the call"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == loop::errc::invalid_option);
    CHECK(refused.error().detail == "headers: x-tag can't be set: the request has it already");
    CHECK(t.s.connections_accepted() == 0);

    t.s.respond_next(response_override(200, R"("fine")"));
    REQUIRE(call(t.client(), t.io, tagged, tagged_request(), with("x-tag", "of the call")));
    CHECK(t.s.requests().back().header("X-Tag") == "of the call");
}

TEST_CASE("a value with the name of a secret is in no error, even if the service repeats it") {
    scene t;
    t.how.retry.max_attempts = 1;
    std::string const hidden = "s3cret_of_a_gateway";
    loop::call_options how = with("X-Api-Key", hidden);
    how.headers.append("X-Request-Id", "request_4711");
    t.s.respond_next(
        response_override(403, R"({"message":"no )" + hidden + R"( for request_4711"})")
            .header("X-Request-Id", "request_4711"));
    auto const refused = call(t.client(), t.io, report::export_report, week(), how);
    REQUIRE_FALSE(refused);
    CHECK(t.s.requests().back().header("X-Api-Key") == hidden);
    loop::error const& e = refused.error();
    CHECK(e.service_message == "no [redacted] for request_4711");
    CHECK(e.request_id == "request_4711");
    CHECK_FALSE(contains(e.body, hidden));
    CHECK_FALSE(contains(printed(e), hidden));
    for (told const& one : t.log->all())
        CHECK_FALSE(contains(one.line + one.about, hidden));

    // So with one that a member of the request is sent in.
    keyed_request request;
    request.key = hidden;
    t.s.respond_next(response_override(403, R"({"message":"no )" + hidden + R"("})"));
    auto const keyed_out = call(t.client(), t.io, keyed, request);
    REQUIRE_FALSE(keyed_out);
    CHECK(t.s.requests().back().header("X-Api-Key") == hidden);
    CHECK(keyed_out.error().service_message == "no [redacted]");
}

TEST_CASE("the parts of a field that are secrets are in no error") {
    std::string const hidden = "s3cret_of_a_gateway";
    for (loop::call_options const& how :
         {with("X-Serverless-Authorization", "Bearer " + hidden),
          with("X-Authorization", "Basic " + intheloop::detail::to_base64("ana:" + hidden)),
          with("X-Authorization", "Basic " + intheloop::detail::to_base64(hidden + ":")),
          with("Cookie", "session=" + hidden + "; theme=dark"),
          with("Cookie", "theme=dark; session=\"s3cret%5Fof_a_gateway\"")}) {
        scene t;
        t.how.retry.max_attempts = 1;
        t.s.respond_next(response_override(403, R"({"message":"no )" + hidden + R"("})"));
        auto const refused = call(t.client(), t.io, report::export_report, week(), how);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().service_message == "no [redacted]");
        CHECK_FALSE(contains(refused.error().body, hidden));
        CHECK_FALSE(contains(printed(refused.error()), hidden));
    }
}

TEST_CASE("the headers of a start go out with the start, and not with the polls of its job") {
    scene t;
    loop::start_options how;
    how.call = with("X-Tenant", "12");
    bool done = false;
    std::optional<loop::export_job> job;
    loop::async_start_export(t.client(), week(), how, [&](loop::result<loop::export_job> started) {
        REQUIRE_MESSAGE(started, started.error());
        job.emplace(std::move(*started));
        job->async_poll([&](auto polled) { done = bool(polled); });
    });
    t.run();
    CHECK(done);
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].header("X-Tenant") == "12");
    CHECK_FALSE(sent[1].header("X-Tenant"));
}

} // TEST_SUITE("client/observer/call_headers")
