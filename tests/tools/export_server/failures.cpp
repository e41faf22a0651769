// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// What export-server says when the service fails, or an export does.
#include <tools/export_server/fixture.hpp>

#include <csignal>

TEST_SUITE("tools/export_server/failures") {

using namespace fixture;

TEST_CASE("when the service says no, so does the server, and tells no secret") {
    struct {
        response_override answer;
        unsigned status;
        char const* code;
        bool may_have_begun = false;
    } const cases[] = {
        {response_override(401), 502, "unauthorized"},
        {response_override(400, R"({"message": "no such tag"})"), 400, "bad_request"},
        {response_override(403), 502, "forbidden"},
        {response_override(429).header("Retry-After", "7200"), 503, "rate_limited"},
        {response_override(500), 502, "server_error", true},
        {response_override(201, "no JSON"), 502, "invalid_json", true},
        {response_override::bytes(""), 502, "connection_lost", true},
    };
    for (auto const& each : cases) {
        CAPTURE(each.code);
        scene s;
        s.loop.respond_next(each.answer);
        auto const refused = s.open()->post(any_week);
        CHECK(refused.result_int() == each.status);
        CHECK(told(refused, "code") == each.code);
        CHECK(refused[http::field::retry_after] == (each.status == 503 ? "7200" : ""));
        CHECK(contains(told(refused, "message"), "no such tag") == (each.status == 400));
        CHECK(contains(told(refused, "message"), "may have begun") == each.may_have_begun);
        CHECK_FALSE(contains(refused.body(), s.loop.token()));
    }
}

TEST_CASE("the words of a gateway in another charset are told in JSON") {
    scene s;
    s.loop.respond_next(response_override(400, "d\xe9j\xe0 pris", "text/plain"));
    auto const refused = s.open()->post(any_week);
    CHECK(refused.result_int() == 400);
    CHECK(contains(told(refused, "message"), "d\xef\xbf\xbdj\xef\xbf\xbd pris"));
}

TEST_CASE("the log tells what the service refuses, and that it can't be reached") {
    scene s(with_statuses({"Processing"}));
    auto const b = s.open();
    std::string said;
    SUBCASE("a start") {
        s.loop.respond_next(response_override(401));
        CHECK(b->post(any_week).result_int() == 502);
        said = "an export can't be started: unauthorized";
    }
    SUBCASE("a start, without a connection") {
        s.loop.respond_next(response_override::bytes(""));
        CHECK(b->post(any_week).result_int() == 502);
        said = "an export can't be started: network: ";
    }
    SUBCASE("a poll") {
        std::string const path = start(*b);
        s.loop.respond_next(response_override(401));
        CHECK(s.program().says("have ended: unauthorized"));
        said = "have ended: unauthorized";
        auto const state = parsed(b->get(path).body());
        CHECK(state.at("ended") == true);
        CHECK(state.at("lastFailure").at("code") == "unauthorized");
    }
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CAPTURE(s.program().err());
    CHECK(contains(s.program().err(), said));
    CHECK_FALSE(contains(s.program().err(), s.loop.token()));
}

TEST_CASE("the log leaves the impersonated user out of an id") {
    scene s({}, {}, {{"INTHELOOP_IMPERSONATE_USER", "ana@example.com"}});
    s.loop.respond_next(response_override(201, R"({"id": "of-ana@example.com-1"})"));
    auto const b = s.open();
    std::string const path = start(*b); // the service does not know it
    CHECK(s.program().says("have ended: "));
    CHECK(b->get(path + "/rows").result_int() == 404);
    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    std::string const said = s.program().err();
    CAPTURE(said);
    CHECK(contains(said, "the export of-[redacted]-1 is started"));
    CHECK(contains(said, "the polls of the export of-[redacted]-1 have ended"));
    CHECK(contains(said, "the rows of the export of-[redacted]-1 can't be had"));
    CHECK_FALSE(contains(said, "ana@example"));
}

TEST_CASE("an answer that can't be made is one that says so") {
    scene s;
    // The path of such an export is too long for a header field.
    json::object const answer{{"id", std::string(70'000, 'x')}, {"status", "Processing"}};
    s.loop.respond_next(response_override(201, json::serialize(answer)));
    auto const b = s.open();
    auto const refused = b->post(any_week);
    CHECK(refused.result_int() == 500);
    CHECK(told(refused, "code") == "internal");
    CHECK(s.program().says("a request failed: "));
    CHECK(b->get("/").result_int() == 200); // the connection is still good
}

TEST_CASE("rows that can't be had are an answer of their own, without the address") {
    server_options how = with_content(sample_export());
    SUBCASE("the export failed") {
        how = with_statuses({"Failed"});
    }
    SUBCASE("the address is expired for ever") {
        how.file_url_lifetime = 0s;
    }
    SUBCASE("no list") {
        how = with_content("<xml/>");
    }
    SUBCASE("nothing") {
        how = with_content("");
    }
    how.initial_status = "Processing";
    scene s(how);
    auto const b = s.open();
    auto const refused = b->get(start(*b) + "/rows");
    CHECK(refused.result_int() == 502);
    CHECK_FALSE(told(refused, "code").empty());
    CHECK_FALSE(contains(refused.body(), "Signature"));
    CHECK_FALSE(contains(refused.body(), s.loop.files_url()));
    CHECK(b->get("/").result_int() == 200); // the connection is still good
}

TEST_CASE("an address of rows that can't be asked is no fault of the browser") {
    scene s;
    json::object const completed{
        {"id", "e1"}, {"status", "Completed"}, {"url", "http://files.example/e1"}};
    s.loop.respond_next(response_override(201, json::serialize(completed)));
    auto const b = s.open();
    CHECK(b->get(start(*b) + "/rows").result_int() == 502);
}

TEST_CASE("a file that is gone is no export that is not known") {
    scene s;
    for (int i = 0; i != 4; ++i)
        s.loop.respond_next(response_override(404), origin::files);
    auto const b = s.open();
    CHECK(b->get(start(*b) + "/rows").result_int() == 502);
}

TEST_CASE("the events tell how an export ended") {
    scene s(with_statuses({"Processing", "Failed"}));
    auto const b = s.open();
    auto const events = b->get(start(*b) + "/events").body();
    CHECK(contains(events, R"("status":"Failed","phase":"failed","ended":true)"));
}

TEST_CASE("an error in the middle breaks the rows off, after all that came before it") {
    for (std::string const content : {"[{\"a\":1},{\"a\":2},,]", "[{\"a\":1},{\"a\":2},{\"a\""}) {
        CAPTURE(content);
        scene s(with_content(content));
        auto const b = s.open();
        std::string const path = start(*b);
        b->send(browser::made(http::verb::get, path + "/rows"));
        CHECK(b->open() == 200);
        CHECK(b->read_all() == "{\"a\":1}\n{\"a\":2}\n");
        CHECK_FALSE(b->is_whole());
        CHECK(b->failure() == http::error::partial_message);
        CHECK(s.open()->get(path).result_int() == 200);
        s.program().kill(SIGTERM);
        CHECK(s.program().wait() == 0);
        CAPTURE(s.program().err());
        CHECK(contains(s.program().err(), "broke off: decode: the answer is not valid JSON"));
    }
}

TEST_CASE("rows as events tell why they break off, after all that came before it") {
    scene s(with_content("[{\"a\":1},{\"a\":2},,]"));
    auto const b = s.open();
    auto asked = browser::made(http::verb::get, start(*b) + "/rows");
    asked.set(http::field::accept, "text/event-stream");
    auto const rows = b->ask(asked);
    CHECK(rows[http::field::content_type] == "text/event-stream");
    CHECK(rows.body().starts_with("data: {\"a\":1}\n\ndata: {\"a\":2}\n\n"
                                  "id: end\nevent: problem\n"
                                  "data: {\"code\":\"invalid_json\","));
    CHECK(rows.body().ends_with("}\n\n"));
    CHECK_FALSE(contains(rows.body(), "event: end"));
    CHECK(b->get("/").result_int() == 200); // the connection is still good
}

} // TEST_SUITE("tools/export_server/failures")
