// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// What export-server says no to.
#include <tools/export_server/fixture.hpp>

TEST_SUITE("tools/export_server/refusals") {

using namespace fixture;

TEST_CASE("a body that can't be used is refused with what and where, and nothing is sent") {
    scene s;
    auto const b = s.open();
    struct {
        char const* body;
        char const* where;
        char const* message;
    } const cases[] = {
        {"", "", "not valid JSON"},
        {"[]", "", "expected an object"},
        {"{\"from\":", "", "not valid JSON"},
        {R"({"to": "2026-11-08"})", "/from", "missing"},
        {R"({"from": 7, "to": "2026-11-08"})", "/from", "expected a string, got 7"},
        {R"({"from": "yesterday", "to": "2026-11-08"})", "/from", "can't read \"yesterday\""},
        {R"({"from": "2026-11-01", "to": "2026-13-01"})", "/to", "can't read \"2026-13-01\""},
        {R"({"from": "2026-11-08", "to": "2026-11-01"})", "/to", "the period is empty"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", "timezone": "Ljubljan"})", "/timezone",
         "did you mean Europe/Ljubljana"},
        {R"({"from": "2026-03-29T02:30", "to": "2026-11-08", "timezone": "Europe/Ljubljana"})",
         "/from", "there is no 2026-03-29 02:30:00"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", "tagIds": "t1"})", "/tagIds",
         "expected an array"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", "tagids": ["t1"]})", "", "a key is unknown"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", "from": "2026-11-02"})", "/from", "twice"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", "\u0074o": "2026-11-08"})", "/to", "twice"},
        {R"({"tagIds": ["a"], "from": "2026-11-01", "to": "2026-11-08", "tagIds": null})",
         "/tagIds", "twice"},
        {"\xef\xbb\xbf{\"from\": \"2026-11-01\", \"from\": \"2026-11-01\", \"to\": \"2026-11-08\"}",
         "/from", "twice"},
    };
    for (auto const& each : cases) {
        INFO("body: ", each.body);
        auto const refused = b->post(each.body);
        CHECK(refused.result_int() == 400);
        CHECK(told(refused, "code") == "invalid_input");
        CHECK(told(refused, "where") == each.where);
        CAPTURE(told(refused, "message"));
        CHECK(contains(told(refused, "message"), each.message));
    }
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("paths, methods and types that are not served") {
    scene s;
    auto const status = [&](http::verb method, char const* target) {
        auto asked = browser::made(method, target);
        asked.prepare_payload();
        auto const b = s.open();
        auto const answer = b->ask(asked);
        if (answer.result_int() == 405)
            CHECK(answer[http::field::allow] ==
                  (std::string_view(target) == "/exports" ? "POST" : "GET, HEAD"));
        return answer.result_int();
    };
    using enum http::verb;
    for (char const* target :
         {"/nothing", "/exports/x", "/exports/x/rows", "/exports/x/events", "/exports/x/y",
          "/exports/x/rows/1", "//", "/exports/", "/../etc/passwd",
          "/exports/..%2f..%2fetc%2fpasswd", "/%2e%2e/", "/exports/%00", "/exports/%", "*",
          "http://localhost/x", "http:/", "//localhost/", "x"})
        CHECK_MESSAGE(status(get, target) == 404, target);
    CHECK(status(post, "/") == 405);
    CHECK(status(get, "/exports") == 405);
    CHECK(status(put, "/exports") == 405);
    CHECK(status(delete_, "/exports/x") == 405);
    CHECK(status(options, "/exports") == 405);
    CHECK(status(post, "/exports") == 415);
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("a target may say the server, as for a proxy") {
    scene s;
    auto const status = [&](http::verb method, char const* target) {
        auto asked = browser::made(method, target);
        if (method == http::verb::post) {
            asked.set(http::field::content_type, "application/json");
            asked.body() = any_week;
        }
        asked.prepare_payload();
        return s.open()->ask(asked).result_int();
    };
    using enum http::verb;
    CHECK(status(get, "http://localhost/") == 200);
    CHECK(status(get, "HTTP://127.0.0.1:8080") == 200);
    CHECK(status(get, "http://localhost/exports/x?a=b") == 404);
    CHECK(status(get, "http://evil.example/") == 421);
    CHECK(status(get, "http://evil.example") == 421);
    CHECK(status(post, "http://evil.example/exports") == 421);
    CHECK(status(get, "http://a@localhost/") == 400);
    CHECK(s.loop.connections_accepted() == 0);
    CHECK(status(post, "http://localhost/exports") == 201);
}

TEST_CASE("what is too large, or no HTTP, is answered before the connection is closed") {
    scene s;
    struct {
        std::string bytes;
        unsigned status;
    } const cases[] = {
        {"POST /exports HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nA: " + std::string(20000, 'a') + "\r\n\r\n", 431},
        {"GET  HTTP\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
    };
    for (auto const& each : cases) {
        auto const b = s.open();
        b->send(each.bytes);
        CHECK(b->open() == each.status);
        CHECK(contains(b->read_all(), "\"error\""));
        CHECK(b->is_whole());
        CHECK(b->open() == 0);
        CHECK(b->failure() == http::error::end_of_stream);
    }
}

TEST_CASE("a body has to have a length") {
    scene s;
    auto const b = s.open();
    b->send("POST /exports HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(b->open() == 411);
    b->read_all();
    CHECK(b->is_whole());
    CHECK(b->get("/").result_int() == 200);
}

TEST_CASE("only JSON that was sent as such is taken: another site's page can't send it unasked") {
    scene s;
    for (char const* type : {"", "text/plain", "application/x-www-form-urlencoded", "json"}) {
        auto const asked = browser::made_start(any_week, type);
        CHECK(s.open()->ask(asked).result_int() == 415);
    }
    CHECK(s.loop.connections_accepted() == 0);
    auto asked = browser::made_start(any_week, "Application/JSON ; charset=utf-8");
    asked.chunked(true);
    CHECK(s.open()->ask(asked).result_int() == 201);
}

TEST_CASE("a byte order mark before the JSON does not matter") {
    scene s;
    CHECK(s.open()->post("\xef\xbb\xbf" + any_week).result_int() == 201);
}

TEST_CASE("a name that is too long to be one is not told as a whole") {
    scene s;
    std::string const name(60'000, 'Z');
    struct {
        std::string body;
        char const* where;
    } const cases[] = {
        {R"({"from": "2026-11-01", "to": "2026-11-08", "timezone": ")" + name + "\"}", "/timezone"},
        {R"({"from": ")" + name + R"(", "to": "2026-11-08"})", "/from"},
        {R"({"from": {"a": ")" + name + R"("}, "to": "2026-11-08"})", "/from"},
        {R"({"from": "2026-11-01", "to": "2026-11-08", ")" + name + "\": 1}", ""},
    };
    for (auto const& each : cases) {
        auto const refused = s.open()->post(each.body);
        CHECK(refused.result_int() == 400);
        CHECK(told(refused, "where") == each.where);
        CHECK(refused.body().size() < 400);
    }
}

TEST_CASE("an id of the service's can't leave its place in an answer") {
    scene s;
    std::string const id = "a/../\r\nSet-Cookie: x=y\r\n\r\n<script>?#%41";
    json::object const answer{{"id", id}, {"status", "Failed"}};
    s.loop.respond_next(response_override(201, json::serialize(answer)));
    auto const b = s.open();
    auto const started = b->post(any_week);
    CHECK(started.result_int() == 201);
    CHECK(started.count(http::field::set_cookie) == 0);
    CHECK(parsed(started.body()).at("id") == json::value(id));
    std::string const path = started[http::field::location];
    CHECK(path ==
          "/exports/a%2F..%2F%0D%0ASet-Cookie%3A%20x%3Dy%0D%0A%0D%0A%3Cscript%3E%3F%23%2541");
    CHECK(parsed(b->get(path).body()).at("id") == json::value(id));
    CHECK(contains(b->get(path + "/events").body(), "event: end"));
}

TEST_CASE("a browser that takes too long to ask is given up") {
    scene s({}, {"--client-timeout", "1"});
    auto const b = s.open();
    SUBCASE("at once") {}
    SUBCASE("in the head") {
        b->send("GET / HTTP/1.1\r\n");
    }
    SUBCASE("in the body") {
        b->send("POST /exports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
    }
    CHECK(b->open() == 0);
    CHECK(b->failure() == http::error::end_of_stream);
}

TEST_CASE("a browser that takes too long to ask for something more is given up, and no other") {
    scene s({}, {"--client-timeout", "3"});
    auto const b = s.open();
    CHECK(b->get("/").result_int() == 200);
    CHECK(b->open() == 0);
    CHECK(b->failure() == http::error::end_of_stream);
    CHECK(s.open()->get("/").result_int() == 200);
}

} // TEST_SUITE("tools/export_server/refusals")
