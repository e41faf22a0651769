// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-call: the program, and the command of a route that is declared in a test.
#include "../../../tools/loop_call/command.hpp"
#include "../../../tools/loop_call/command_line.hpp"
#include <client/bodies/raw_routes.hpp>
#include <client/own_route/own_route.hpp>
#include <tools/scene.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <string>
#include <variant>
#include <vector>

TEST_SUITE("tools/loop_call/loop_call") {

using tests::contains;
using tests::directory_of_programs;
using tests::process;
using tests::program;
using tests::scene;

namespace {

namespace loop = intheloop;

// The request that a command line makes, or "exit CODE".
std::string request_of(std::vector<tools::command> const& commands,
                       std::vector<char const*> arguments) {
    arguments.insert(arguments.begin(), "loop-call");
    auto const parsed =
        tools::parse_command_line(commands, static_cast<int>(arguments.size()), arguments.data());
    if (auto const* exit_code = std::get_if<int>(&parsed))
        return "exit " + std::to_string(*exit_code);
    return std::get<tools::chosen_call>(parsed).request;
}

process run(scene const& s, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("loop-call"));
    return process(arguments, s.environment);
}

} // namespace

TEST_CASE("options make the request") {
    auto const commands = tools::commands_of(loop::documented_endpoints + mine::endpoints);
    struct {
        std::vector<char const*> arguments;
        char const* request;
    } const table[] = {
        {{"report.get_report", "--id", "x y"}, R"({"id":"x y"})"},
        {{"contacts.of_user", "--user", "1"}, R"({"user":"1","contactIds":[]})"},
        {{"contacts.of_user", "--user=1", "--contact-ids", "a", "--size", "7", "--contact-ids",
          "b"},
         R"({"user":"1","size":7,"contactIds":["a","b"]})"},
        {{"report.export_report", "--start", "1", "--end", "2", "--result-format", "Json",
          "--tag-ids", "t"},
         R"({"start":1,"end":2,"resultFormat":"Json","tagIds":["t"]})"},
        // --body, and options over it
        {{"report.export_report", "--body", R"({"start":1,"timezone":null})", "--start", "5"},
         R"({"start":5,"timezone":null})"},
        {{"drafts.create_draft", "--body", R"({"subject":"Hi"})"},
         R"({"content":{"subject":"Hi"}})"},
    };
    for (auto const& [arguments, request] : table)
        CHECK(request_of(commands, arguments) == request);
}

TEST_CASE("what can't be a request is bad usage" * doctest::skip(directory_of_programs().empty())) {
    scene s;
    struct {
        std::vector<std::string> arguments;
        char const* said;
    } const table[] = {
        {{}, "An operation is required"},
        {{"report.no_such"}, "report.no_such"},
        {{"report.get_report"}, "--id is required"},
        {{"report.get_report", "--id", ""}, "/id"},
        {{"drafts.create_draft"}, "--body is required"},
        {{"drafts.create_draft", "--body", "[1]"}, "/content: expected an object"},
        {{"drafts.create_draft", "--body", "{"}, "--body: no JSON: {"},
        {{"report.export_report", "--body", "7"}, "--body: no JSON object: 7"},
        {{"report.export_report", "--start", "soon"}, "--start: no JSON: soon"},
        {{"report.export_report", "--start", "1"}, "/end: required, but missing"},
        {{"report.export_report", "--start", "2", "--end", "1"}, "/end: lies before the start"},
    };
    for (auto const& [arguments, said] : table) {
        auto p = run(s, arguments);
        CAPTURE(said);
        CHECK(p.wait() == 2);
        CHECK_MESSAGE(contains(p.err(), said), p.err());
        CHECK(p.out().empty());
    }
    CHECK(s.loop.requests().empty());
}

TEST_CASE("it prints the answer as JSON" * doctest::skip(directory_of_programs().empty())) {
    scene s;
    auto started = run(s, {"report.export_report", "--start", "1", "--end", "2"});
    REQUIRE(started.wait() == 0);
    CHECK(started.err().empty());
    auto const answer = boost::json::parse(started.out());
    std::string const id(answer.at("id").as_string());
    auto looked = run(s, {"report.get_report", "--id", id});
    REQUIRE(looked.wait() == 0);
    CHECK(boost::json::parse(looked.out()).at("id") == id.c_str());
    auto draft = run(s, {"drafts.create_draft", "--body", R"({"subject":"Hi"})"});
    REQUIRE(draft.wait() == 0);
    CHECK(s.loop.requests().back().body == R"({"subject":"Hi"})");
    s.loop.respond_next(loop::testing::response_override(201));
    auto without_body = run(s, {"drafts.create_draft", "--body", "{}"});
    CHECK(without_body.wait() == 0);
    CHECK(without_body.out().empty());
}

TEST_CASE("exit codes, and no secret in what it says" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    struct {
        unsigned status;
        int code;
    } const table[] = {{401, 3}, {403, 3}, {451, 3}, {400, 1}, {500, 1}};
    for (auto const& [status, code] : table) {
        s.loop.respond_next(
            loop::testing::response_override(status, R"({"message":")" + s.loop.token() + "\"}"));
        auto p = run(s, {"drafts.create_draft", "--body", "{}"});
        CAPTURE(status);
        CHECK(p.wait() == code);
        CHECK(contains(p.err(), "HTTP status " + std::to_string(status)));
        CHECK_FALSE(s.has_secret(p));
    }
    s.environment["INTHELOOP_BASE_URL"] = "https://localhost:1";
    CHECK(run(s, {"drafts.create_draft", "--body", "{}"}).wait() == 5);
    s.environment.erase("INTHELOOP_TOKEN");
    CHECK(run(s, {"drafts.create_draft", "--body", "{}"}).wait() == 2);
}

TEST_CASE("--help tells of all routes, and of each" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    s.environment.clear();
    auto all = run(s, {"--help"});
    CHECK(all.wait() == 0);
    for (auto const& info : loop::documented_endpoints.infos())
        CHECK(contains(all.out(), info.operation));
    auto one = run(s, {"report.export_report", "--help"});
    CHECK(one.wait() == 0);
    CHECK(contains(one.out(), "--customer-ids TEXT ..."));
    CHECK(contains(one.out(), "IANA zone"));
    CHECK(contains(one.out(), "--body JSON"));
}

TEST_CASE("a body that is no JSON comes from a file, and goes as it is") {
    auto const commands = tools::commands_of(loop::catalog<raw::upload, raw::get_file>());
    char const* const arguments[] = {"loop-call", "files.upload", "--id",
                                     "f",         "--body-file",  "some.png"};
    auto const parsed = tools::parse_command_line(commands, 6, arguments);
    auto const* chosen = std::get_if<tools::chosen_call>(&parsed);
    REQUIRE(chosen);
    CHECK(chosen->body_file == "some.png");
    CHECK(request_of(commands, {"files.upload", "--id", "f"}) == "exit 2");

    loop::testing::server server;
    server.on(raw::upload, [](raw::upload_request const& request) {
        raw::stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
    server.on(raw::get_file,
              [](raw::file_request const&) { return loop::raw_body("\xff\n", "image/png"); });
    loop::options options;
    options.base_url = server.base_url();
    options.token = server.token();
    options.tls.ca_pem = server.ca_certificate();
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options);
    std::string got;
    auto const keep = [&](std::exception_ptr failure, std::string const& answer) {
        CHECK_FALSE(failure);
        got += answer;
    };
    co_spawn(io, commands[0].call(client, chosen->request, "\xfe\xff\x00"), keep);
    io.run();
    co_spawn(io, commands[1].call(client, R"({"id":"f"})", {}), keep);
    io.restart();
    io.run();
    CHECK(got == "{\"size\":2}\xff\n");
}

TEST_CASE("a route of one's own is a command") {
    loop::testing::server server;
    server.respond_next(loop::testing::response_override(200, R"({"id":"c1","more":true})"));
    loop::options options;
    options.base_url = server.base_url();
    options.token = server.token();
    options.tls.ca_pem = server.ca_certificate();
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options);

    auto const commands = tools::commands_of(mine::endpoints);
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].name == "contacts.of_user");
    CHECK(commands[0].help == "Contacts of a user (observed)");
    std::string got;
    auto const keep = [&](std::exception_ptr failure, std::string const& answer) {
        CHECK_FALSE(failure);
        got = answer;
    };
    std::string const request(mine::list_request::sample);
    co_spawn(io, commands[0].call(client, request, {}), keep);
    io.run();
    CHECK(got == R"({"id":"c1"})");
    REQUIRE(server.requests().size() == 1);
    CHECK(server.requests()[0].target ==
          "/api/v1/user/u1/contacts?size=2&contactIds=a&contactIds=b");
}

} // TEST_SUITE("tools/loop_call/loop_call")
