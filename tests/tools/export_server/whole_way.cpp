// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The server example, from the start of an export to its rows, as browsers see it.
#include <tools/export_server/fixture.hpp>

#include <set>
#include <thread>

TEST_SUITE("tools/export_server/whole_way") {

using namespace fixture;

TEST_CASE("an export is started, followed live and read row by row, over one connection") {
    scene s;
    auto const b = s.open();
    auto const started = b->post(R"({"from": "2026-11-01", "to": "2026-11-08T12:00",
        "timezone": "Europe/Ljubljana", "tagIds": ["t1", "t2"]})");
    CHECK(started.result_int() == 201);
    std::string const path = started[http::field::location];
    json::object const first = parsed(started.body());
    CHECK(path == "/exports/" + std::string(first.at("id").as_string()));
    CHECK(first.at("status") == "Processing");
    CHECK(first.at("phase") == "pending");
    CHECK(first.at("polls") == 0);
    CHECK(json::parse(s.loop.requests().front().body) == json::parse(R"({
        "timezone": "Europe/Ljubljana", "start": 1793487600, "end": 1794135600,
        "resultFormat": "Json", "tagIds": ["t1", "t2"]})"));

    b->send(browser::made(http::verb::get, path + "/events"));
    CHECK(b->open() == 200);
    std::string const events = b->read_all();
    CHECK(b->is_whole());
    CHECK(events.starts_with("event: state\ndata: {\"id\":"));
    CHECK(contains(events, R"("status":"Completed","phase":"completed","ended":true,"polls":3)"));
    CHECK(events.ends_with("\n\nid: end\nevent: end\ndata: {}\n\n"));

    auto const state = b->get(path);
    CHECK(state.result_int() == 200);
    CHECK(parsed(state.body()).at("phase") == "completed");
    auto const rows = b->get(path + "/rows");
    CHECK(rows.result_int() == 200);
    CHECK(rows[http::field::content_type] == "application/x-ndjson");
    CHECK(rows.chunked());
    CHECK(as_lines(sample_export()) == rows.body());

    for (std::string const& told : {started.body(), events, state.body(), b->get("/").body()}) {
        CHECK_FALSE(contains(told, s.loop.token()));
        CHECK_FALSE(contains(told, s.loop.files_url()));
    }
}

TEST_CASE("an export is polled while nobody asks for it") {
    scene s(with_statuses({"Processing", "Completed"}));
    start(*s.open());
    CHECK(s.loop.wait_for_requests(3, patience));
}

TEST_CASE("rows that are asked for early come when the export is completed") {
    scene s(with_statuses({"Processing", "Processing", "Processing", "Completed"}));
    auto const b = s.open();
    auto const rows = b->get(start(*b) + "/rows");
    CHECK(as_lines(sample_export()) == rows.body());
    CHECK(s.loop.requests(origin::files).size() == 1);
}

TEST_CASE("a row is one line, whatever it was in the export") {
    struct {
        char const* content;
        char const* lines;
    } const cases[] = {{"[]", ""},
                       {"[\r\n {\"a\":\n[1,\r\n2]}\n,\n{} ]", "{\"a\": [1,  2]}\n{}\n"},
                       {R"([{"a":"\n\u2028]["}])", "{\"a\":\"\\n\\u2028][\"}\n"}};
    for (auto const& each : cases) {
        CAPTURE(each.content);
        scene s(with_content(each.content));
        auto const b = s.open();
        auto const rows = b->get(start(*b) + "/rows");
        CHECK(rows.result_int() == 200);
        CHECK(rows.body() == each.lines);
    }
}

TEST_CASE("rows come as events where these are asked for") {
    scene s(with_content("[{\"a\":\n1},12345678901234567890123]"));
    auto const b = s.open();
    std::string const path = start(*b) + "/rows";
    auto const type_for = [&](std::vector<char const*> const& accepted) {
        auto asked = browser::made(http::verb::get, path);
        for (char const* each : accepted)
            asked.insert(http::field::accept, each);
        auto const rows = b->ask(asked);
        bool const in_events = rows.body() == "data: {\"a\": 1}\n\n"
                                              "data: 12345678901234567890123\n\n"
                                              "id: end\nevent: end\ndata: {}\n\n";
        std::string const type = rows[http::field::content_type];
        CHECK(in_events == (type == "text/event-stream"));
        return type;
    };
    CHECK(type_for({"text/event-stream"}) == "text/event-stream");
    CHECK(type_for({"text/event-stream, */*"}) == "text/event-stream");
    CHECK(type_for({"Text/Event-Stream;q=1"}) == "text/event-stream");
    CHECK(type_for({"application/json, text/event-stream"}) == "text/event-stream");
    CHECK(type_for({"*/*", "text/event-stream"}) == "text/event-stream");
    CHECK(type_for({"application/x-ndjson, text/event-stream"}) == "application/x-ndjson");
    CHECK(type_for({"text/event-streams", "*/*"}) == "application/x-ndjson");
    CHECK(type_for({}) == "application/x-ndjson");
}

TEST_CASE("an EventSource that has seen the end is told that there are no more events") {
    scene s;
    auto const b = s.open();
    std::string const path = start(*b);
    REQUIRE(b->get(path + "/rows").result_int() == 200);
    std::size_t const downloads = s.loop.requests(origin::files).size();
    auto const ask_again = [&](std::string const& below, char const* accepted) {
        auto asked = browser::made(http::verb::get, path + below);
        asked.set(http::field::accept, accepted);
        asked.set("Last-Event-ID", "end");
        return b->ask(asked);
    };
    for (char const* below : {"/events", "/rows"}) {
        auto const no_more = ask_again(below, "text/event-stream");
        CHECK(no_more.result_int() == 204);
        CHECK(no_more.count(http::field::content_length) == 0);
    }
    CHECK(s.loop.requests(origin::files).size() == downloads);
    CHECK(ask_again("/rows", "*/*").result_int() == 200);
}

TEST_CASE("a row may be longer than what is sent at once") {
    std::string const row = "{\"text\":\"" + std::string(300'000, 'x') + "\"}";
    scene s(with_content('[' + row + ',' + row + ']'));
    auto const b = s.open();
    CHECK((b->get(start(*b) + "/rows").body() == row + '\n' + row + '\n'));
}

TEST_CASE("a connection to the files' origin that breaks is mended unseen") {
    scene s(with_content(sample_export()));
    s.loop.cut_file_after(5000);
    s.loop.cut_file_after(3000);
    auto const b = s.open();
    CHECK(b->get(start(*b) + "/rows").body() == as_lines(sample_export()));
    CHECK(s.loop.requests(origin::files).size() == 3);
}

TEST_CASE("equal exports that are under way at once are one") {
    scene s(with_statuses({"Processing"}));
    std::vector<std::unique_ptr<browser>> browsers;
    std::set<std::string> paths;
    s.loop.hold_next();
    for (int i = 0; i != 4; ++i) {
        browsers.push_back(s.open());
        browsers.back()->send(browser::made_start(any_week));
    }
    REQUIRE(s.loop.wait_until_held(patience));
    s.loop.release();
    for (auto const& each : browsers) {
        CHECK(each->open() == 201);
        paths.insert(parsed(each->read_all()).at("self").as_string().c_str());
    }
    CHECK(paths.size() == 1);
    paths.insert(start(*s.open(), R"({"from": "2026-11-01", "to": "2026-11-09"})"));
    CHECK(paths.size() == 2);
}

TEST_CASE("several browsers at once get each their own export") {
    scene s({}, {"--threads", "4"});
    std::string const expected = as_lines(sample_export());
    std::vector<std::string> got(8);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i != got.size(); ++i)
            threads.emplace_back([&, i] {
                browser b(s.port);
                std::string const path = start(b, R"({"from": "2026-11-01", "to": "2026-11-08",
                    "tagIds": ["t)" + std::to_string(i) +
                                                      "\"]}");
                b.get(path + "/events");
                got[i] = b.get(path + "/rows").body();
            });
    }
    for (std::string const& each : got)
        CHECK((each == expected));
}

TEST_CASE("HEAD is a GET without its body") {
    scene s(with_content(sample_export()));
    auto const b = s.open();
    std::string const path = start(*b);
    b->get(path + "/events");
    for (std::string const& target : {std::string("/"), path, path + "/events", path + "/rows",
                                      std::string("/exports/unknown")}) {
        CAPTURE(target);
        auto const head = b->ask(browser::made(http::verb::head, target));
        CHECK(head.body().empty());
        auto whole = b->get(target);
        CHECK(head.result_int() == whole.result_int());
        CHECK(head[http::field::content_type] == whole[http::field::content_type]);
        if (target != path) // of which the age changes
            CHECK(head[http::field::content_length] == whole[http::field::content_length]);
    }
    CHECK(s.loop.requests(origin::files).size() == 1);
}

TEST_CASE("the page may run its own script alone") {
    scene s;
    auto const page = s.open()->get("/");
    CHECK(page.result_int() == 200);
    CHECK(page[http::field::content_type] == "text/html; charset=utf-8");
    std::string const policy = page["Content-Security-Policy"];
    CHECK(contains(policy, "default-src 'none'; connect-src 'self'; "));
    CHECK(contains(policy, "script-src 'sha256-"));
    CHECK_FALSE(contains(policy, "unsafe"));
    CHECK_FALSE(contains(page.body(), "http"));
}

TEST_CASE("the oldest export that has ended is forgotten when there are too many") {
    SUBCASE("ended") {
        scene s({}, {"--keep", "2"});
        auto const b = s.open();
        std::vector<std::string> paths;
        for (std::string const day : {"2", "3", "4"}) {
            paths.push_back(start(*b, R"({"from": "2026-11-01", "to": "2026-11-0)" + day + "\"}"));
            b->get(paths.back() + "/events");
        }
        CHECK(b->get(paths[0]).result_int() == 404);
        CHECK(b->get(paths[1]).result_int() == 200);
        CHECK(b->get(paths[2]).result_int() == 200);
    }
    SUBCASE("none has") {
        scene s(with_statuses({"Processing"}), {"--keep", "1"});
        auto const b = s.open();
        start(*b);
        auto const refused = b->post(R"({"from": "2026-11-01", "to": "2026-11-09"})");
        CHECK(refused.result_int() == 503);
        CHECK(contains(refused.body(), R"("code":"too_many")"));
    }
}

} // TEST_SUITE("tools/export_server/whole_way")
