// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include "server_fixture.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

TEST_SUITE("testing/server") {

using namespace tests;

TEST_CASE("an export goes from its start to the bytes of its file") {
    server_options options;
    options.content = "[{\"a\":1}]";
    server loop(options);
    auto const api = connect(loop);

    auto const started =
        api->ask("POST", "/api/v1/report/export", authorized_json(loop), good_export);
    CHECK(started.result_int() == 200);
    CHECK(started["Content-Type"] == "application/json; charset=utf-8");
    json::object const first = body_of(started);
    CHECK(text_of(first, "status") == "Processing");
    CHECK(first.at("url").is_null());

    std::string const path = "/api/v1/report/exports/" + text_of(first, "id");
    std::vector<std::string> seen;
    json::object last;
    for (int i = 0; i < 4; ++i) {
        auto const looked = api->ask("GET", path, authorized(loop));
        CHECK(looked.result_int() == 200);
        last = body_of(looked);
        CHECK(text_of(last, "id") == text_of(first, "id"));
        CHECK(last.at("url").is_null() == (text_of(last, "status") != "Completed"));
        seen.push_back(text_of(last, "status"));
    }
    CHECK(seen == std::vector<std::string>{"Processing", "Processing", "Completed", "Completed"});

    auto const files = connect(loop, origin::files);
    auto const target = target_of(text_of(last, "url"), loop.files_url());
    auto const file = files->ask("GET", target);
    CHECK(file.result_int() == 200);
    CHECK(file["Content-Type"] == "application/json");
    CHECK(file.body() == "[{\"a\":1}]");

    auto const head = files->ask("HEAD", target);
    CHECK(head.result_int() == 200);
    CHECK(head["Content-Length"] == "9");
    CHECK(files->ask("DELETE", target).result_int() == 405);
}

TEST_CASE("any statuses can be scripted, unknown ones too") {
    server_options options;
    options.initial_status = "PendingOrExpired";
    options.statuses = {"Failed", "Expired", "Something \"new\""};
    server loop(options);
    auto const api = connect(loop);
    json::object const first =
        body_of(api->ask("POST", "/api/v1/report/export", authorized_json(loop), good_export));
    CHECK(text_of(first, "status") == "PendingOrExpired");
    std::string const path = "/api/v1/report/exports/" + text_of(first, "id");
    for (char const* status : {"Failed", "Expired", "Something \"new\"", "Something \"new\""}) {
        json::object const looked = body_of(api->ask("GET", path, authorized(loop)));
        CHECK(text_of(looked, "status") == status);
        CHECK(looked.at("url").is_null());
    }

    std::string const ready = loop.add_export({"Completed"}, "other");
    json::object const looked =
        body_of(api->ask("GET", "/api/v1/report/exports/" + ready, authorized(loop)));
    auto const files = connect(loop, origin::files);
    CHECK(files->ask("GET", target_of(text_of(looked, "url"), loop.files_url())).body() == "other");
}

TEST_CASE("an export that is complete at once gives its address at once") {
    server_options options;
    options.initial_status = "Completed";
    options.statuses.clear();
    server loop(options);
    auto const api = connect(loop);
    json::object const first =
        body_of(api->ask("POST", "/api/v1/report/export", authorized_json(loop), good_export));
    CHECK(text_of(first, "url").starts_with(loop.files_url() + "/RF_" + text_of(first, "id")));
}

TEST_CASE("the answers to what is wrong") {
    server loop;
    auto const api = connect(loop);
    header_list const good = authorized_json(loop);
    header_list const no_type = authorized(loop);
    header_list const text_type{no_type.front(), {"Content-Type", "text/plain"}};
    std::string const start = "/api/v1/report/export";

    struct row {
        char const* name;
        std::string method, target;
        header_list headers;
        std::string body;
        unsigned status;
        char const* code;
    };
    row const rows[] = {
        {"no token", "GET", start + "s/x", {}, "", 401, "Unauthorized"},
        {"wrong token",
         "GET",
         start + "s/x",
         {{"Authorization", "Bearer x"}},
         "",
         401,
         "Unauthorized"},
        {"longer token",
         "GET",
         start + "s/x",
         {{"Authorization", "Bearer " + loop.token() + "x"}},
         "",
         401,
         "Unauthorized"},
        {"another scheme",
         "GET",
         start + "s/x",
         {{"Authorization", "Basic " + loop.token()}},
         "",
         401,
         "Unauthorized"},
        {"no token, no such path", "GET", "/x", {}, "", 401, "Unauthorized"},
        {"no such export", "GET", start + "s/x", good, "", 404, "NotFound"},
        {"no id", "GET", start + "s/", good, "", 404, "NotFound"},
        {"id of two segments", "GET", start + "s/x/y", good, "", 404, "NotFound"},
        {"no such path", "GET", "/", good, "", 404, "NotFound"},
        {"wrong method", "PUT", start, good, "", 405, "MethodNotAllowed"},
        {"wrong method", "DELETE", start + "s/x", good, "", 405, "MethodNotAllowed"},
        {"no type", "POST", start, no_type, good_export, 400, "BadRequest"},
        {"wrong type", "POST", start, text_type, good_export, 400, "BadRequest"},
        {"no body", "POST", start, good, "", 400, "BadRequest"},
        {"no JSON", "POST", start, good, "{", 400, "BadRequest"},
        {"no object", "POST", start, good, "[]", 400, "BadRequest"},
        {"no end", "POST", start, good, R"({"start":1})", 400, "BadRequest"},
        {"end of a wrong type", "POST", start, good, R"({"start":1,"end":"2"})", 400, "BadRequest"},
        {"end before start", "POST", start, good, R"({"start":2,"end":1})", 400, "BadRequest"},
        {"unknown format", "POST", start, good, R"({"start":1,"end":2,"resultFormat":"Csv"})", 400,
         "BadRequest"},
        {"draft without type", "POST", "/v1/drafts", no_type, "{}", 400, "BadRequest"},
        {"draft without JSON", "POST", "/v1/drafts", good, "", 400, "BadRequest"},
        {"draft that is no object", "POST", "/v1/drafts", good, "7", 400, "BadRequest"},
    };
    for (row const& each : rows) {
        CAPTURE(each.name);
        auto const answer = api->ask(each.method, each.target, each.headers, each.body);
        CHECK(answer.result_int() == each.status);
        CHECK(answer["Content-Type"] == "application/json; charset=utf-8");
        CHECK_FALSE(answer["X-Request-Id"].empty());
        json::object const body = body_of(answer);
        CHECK(text_of(body, "errorCode") == each.code);
        CHECK_FALSE(text_of(body, "message").empty());
    }
    CHECK(api->ask("PUT", start, good)["Allow"] == "POST");
    // All of it was recorded, and over one connection.
    CHECK(loop.requests().size() == std::size(rows) + 1);
    CHECK(loop.connections_accepted() == 1);
}

TEST_CASE("what a proxy or a careful client may vary is accepted") {
    server loop;
    auto const api = connect(loop);
    header_list const headers{{"authorization", "bearer " + loop.token()},
                              {"content-type", "Application/JSON ; charset=utf-8"}};
    CHECK(api->ask("POST", "/api/v1/report/export?x=1", headers, good_export).result_int() == 200);
    std::string id = loop.add_export();
    id.replace(id.find('-'), 1, "%2D");
    CHECK(api->ask("GET", "/api/v1/report/exports/" + id, headers).result_int() == 200);

    // A body in chunks.
    api->send("POST /v1/drafts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
              loop.token() +
              "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
              "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");
    CHECK(api->receive().result_int() == 201);
    CHECK(loop.requests().back().body == "{}");

    // Two requests at once.
    std::string const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    api->send(get + get);
    CHECK(api->receive().result_int() == 401);
    CHECK(api->receive().result_int() == 401);
}

TEST_CASE("a draft is created without or with a body") {
    {
        server loop;
        auto const answer =
            connect(loop)->ask("POST", "/v1/drafts", authorized_json(loop), "{\"a\":[]}");
        CHECK(answer.result_int() == 201);
        CHECK(answer.body().empty());
        CHECK(answer.count("Content-Type") == 0);
    }
    server_options options;
    options.draft_answer = R"({"id":"draft_1"})";
    server loop(options);
    auto const answer = connect(loop)->ask("POST", "/v1/drafts", authorized_json(loop), "{}");
    CHECK(answer.result_int() == 201);
    CHECK(answer.body() == R"({"id":"draft_1"})");
}

TEST_CASE("an address is good for one file and for a time") {
    server_options options;
    options.file_url_lifetime = 60s;
    server loop(options);
    std::string const id = loop.add_export();
    std::string const other = loop.add_export();
    auto const files = connect(loop, origin::files);
    std::string const target = target_of(loop.file_url(id), loop.files_url());
    CHECK(files->ask("GET", target).result_int() == 200);

    auto const refused = [&](std::string const& changed) {
        auto const answer = files->ask("GET", changed);
        CHECK(answer["Content-Type"] == "text/xml");
        CHECK(answer.body().find("<Code>AccessDenied</Code>") != std::string::npos);
        return answer.result_int() == 403;
    };
    auto const with = [&](std::string const& from, std::string const& to) {
        std::string changed = target;
        REQUIRE(changed.find(from) != std::string::npos);
        return changed.replace(changed.find(from), from.size(), to);
    };
    CHECK(refused("/"));
    CHECK(refused(target.substr(0, target.find('?'))));
    CHECK(refused(with(id, other)));
    CHECK(refused(with("Expires=", "Expires=1")));
    CHECK(refused(with("Signature=", "Signature=x")));
    CHECK(refused(with("Key-Pair-Id=", "Key-Pair-Id=x")));
    CHECK(refused(with("Key-Pair-Id", "Key")));

    // The real time that the test itself takes counts too: half the lifetime is left for it.
    loop.advance_clock(30s);
    CHECK(files->ask("GET", target).result_int() == 200);
    loop.advance_clock(30s);
    CHECK(refused(target));
    CHECK(files->ask("GET", target_of(loop.file_url(id), loop.files_url())).result_int() == 200);
    CHECK_THROWS_AS(static_cast<void>(loop.file_url("x")), std::out_of_range);
}

TEST_CASE("an address may be expired when it is given") {
    server_options options;
    options.file_url_lifetime = -1s;
    server loop(options);
    std::string const target = target_of(loop.file_url(loop.add_export()), loop.files_url());
    CHECK(connect(loop, origin::files)->ask("GET", target).result_int() == 403);
}

TEST_CASE("a large file is made while it is sent, with a length or in chunks") {
    constexpr std::uint64_t size = 3'000'001;
    auto const byte_at = [](std::uint64_t at) { return static_cast<char>('a' + at % 26); };
    for (bool const chunked : {false, true}) {
        CAPTURE(chunked);
        server_options options;
        options.chunked_files = chunked;
        options.content =
            export_content::generated(size, [&](std::uint64_t offset, std::span<char> out) {
                for (char& c : out)
                    c = byte_at(offset++);
            });
        server loop(options);
        auto const files = connect(loop, origin::files);
        auto const file =
            files->ask("GET", target_of(loop.file_url(loop.add_export()), loop.files_url()));
        CHECK(file.chunked() == chunked);
        REQUIRE(file.body().size() == size);
        bool same = true;
        for (std::uint64_t at = 0; at < size; ++at)
            same = same && file.body()[at] == byte_at(at);
        CHECK(same);
    }
}

TEST_CASE("a file whose making fails is cut") {
    server_options options;
    options.content = export_content::generated(1'000'000, [](std::uint64_t at, auto) {
        if (at > 0)
            throw std::runtime_error("no more");
    });
    server loop(options);
    auto const files = connect(loop, origin::files);
    CHECK_THROWS_AS(
        files->ask("GET", target_of(loop.file_url(loop.add_export()), loop.files_url())),
        boost::system::system_error);
    CHECK(loop.wait_until_idle(patience));
}

TEST_CASE("a request is recorded as it was sent") {
    server loop;
    auto const api = connect(loop);
    auto const answer =
        api->ask("POST", "/a%20b?c=%2f",
                 {{"X-Impersonate-User", "user_1"}, {"x-twice", "1"}, {"X-Twice", "2"}},
                 std::string("\0\r\n", 3));
    auto const files = connect(loop, origin::files);
    static_cast<void>(files->ask("GET", "/"));

    REQUIRE(loop.requests().size() == 2);
    received_request const got = loop.requests(origin::api).at(0);
    CHECK(got.method == "POST");
    CHECK(got.target == "/a%20b?c=%2f");
    CHECK(got.body == std::string("\0\r\n", 3));
    CHECK(got.header("x-impersonate-USER") == "user_1");
    CHECK(got.header("X-Twice") == "1");
    CHECK_FALSE(got.header("Authorization").has_value());
    CHECK(got.headers == header_list{{"Host", "localhost"},
                                     {"X-Impersonate-User", "user_1"},
                                     {"x-twice", "1"},
                                     {"X-Twice", "2"},
                                     {"Content-Length", "3"}});
    CHECK(got.request_id == std::string{answer["X-Request-Id"]});
    CHECK(got.tls_server_name == "localhost");
    CHECK(got.tls_version == "TLSv1.3");
    CHECK(got.client_common_name.empty());

    received_request const other = loop.requests(origin::files).at(0);
    CHECK(other.origin == origin::files);
    CHECK(other.connection != got.connection);
    CHECK(other.tls_server_name.empty());

    loop.clear_requests();
    CHECK(loop.requests().empty());
    CHECK(loop.handshakes_completed() == 2);
}

TEST_CASE("credentials of the API are refused on another origin") {
    std::string const docs = "https://docs.intheloop.io";
    server loop;
    std::string const address = loop.origins().at(docs);
    auto const port = std::stoi(address.substr(address.rfind(':') + 1));
    auto const status = [&](header_list const& fields) {
        blocking_client client(static_cast<std::uint16_t>(port));
        REQUIRE_FALSE(client.handshake(loop.ca_certificate(), "localhost"));
        return client.ask("GET", "/api-reference.md?ask=a", fields).result_int();
    };
    CHECK(status({}) == 200);
    CHECK(status(authorized(loop)) == 400);
    CHECK(status({{"Authorization", "Bearer x"}}) == 400);
    CHECK(status({{"X-Impersonate-User", "user_1"}}) == 400);
}

TEST_CASE("only bytes of requests to the API are counted") {
    server loop;
    auto const files = connect(loop, origin::files);
    static_cast<void>(files->ask("GET", "/"));
    auto const api = connect(loop);
    CHECK(loop.application_bytes_received() == 0);
    std::string const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    api->send(request);
    static_cast<void>(api->receive());
    CHECK(loop.application_bytes_received() == request.size());
}

TEST_CASE("the sample is an array of as many records as asked for, always the same") {
    for (std::size_t const count : {0U, 1U, 48U}) {
        std::string const text = sample_export(count);
        json::array const records = json::parse(text).as_array();
        CHECK(records.size() == count);
        CHECK(text == sample_export(count));
        for (json::value const& each : records)
            CHECK(each.as_object().size() == 11);
    }
}

} // TEST_SUITE("testing/server")
