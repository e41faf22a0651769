// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A route brings this by being declared, in own_route.hpp and nowhere else: two new types and a
// constant. (tests/net/nginx/prism.cpp calls it against a server that knows its document alone.)
#include "own_route.hpp"
#include "../../../tools/loop_call/make_command.hpp"
#include "../../../tools/route_docs/route_docs.hpp"

#include <client/fixture.hpp>
#include <fuzz/json.hpp>
#include <fuzz/seeds.hpp>
#include <support/project_file.hpp>

#include <intheloop.hpp>
#include <intheloop/openapi.hpp>
#include <intheloop/recording.hpp>
#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

TEST_SUITE("client/own_route/own_route") {

using namespace fixture;

namespace {

mine::contact first_of(mine::list_request const& request) {
    mine::contact found;
    found.id = request.user + "/" + request.contact_ids.at(0);
    return found;
}

mine::list_request some_contacts() {
    mine::list_request request("u1");
    request.size = 2;
    request.contact_ids = {"a", "b"};
    return request;
}

} // namespace

TEST_CASE("it takes one file of less than 40 lines") {
    std::string const file = support::project_file("tests/client/own_route/own_route.hpp");
    CHECK(std::count(file.begin(), file.end(), '\n') < 40);
}

TEST_CASE("the client calls it, and the test server serves and records it") {
    server s;
    s.on(mine::list_contacts, &first_of);
    s.script(mine::list_contacts, {loop::testing::fault::status(503).retry_after(0s)});
    auto how = options_for(s);
    how.retry.max_attempts = 2;
    auto const got = call(how, mine::list_contacts, some_contacts());
    REQUIRE(got);
    CHECK(got->id == "u1/a");
    auto const came = s.requests(mine::list_contacts);
    REQUIRE(came.times(2));
    CHECK(came.at(1).value.size == 2);
    CHECK(came.at(1).raw.target == "/api/v1/user/u1/contacts?size=2&contactIds=a&contactIds=b");
}

TEST_CASE("the document has it, with its types and its sample") {
    auto const document = loop::openapi(mine::endpoints);
    auto const& operation = document.at("paths").at("/api/v1/user/{user}/contacts").at("get");
    CHECK(operation.at("operationId") == "contacts.of_user");
    CHECK(operation.at("x-certainty") == "observed");
    CHECK(operation.at("parameters").at(1).at("description") == "How many at most.");
    CHECK(operation.at("parameters").at(2).at("example") == boost::json::array{"a", "b"});
    CHECK(document.at("components").at("schemas").as_object().contains("mine.contact"));
}

TEST_CASE("the tables of the docs have it") {
    CHECK(contains(tools::route_table(mine::endpoints), "| contacts.of_user | GET |"));
    CHECK(contains(tools::routes_page(loop::openapi(mine::endpoints)).text(),
                   "\n## contacts.of_user\n"));
}

TEST_CASE("loop-call has a command for it") {
    server s;
    s.on(mine::list_contacts, &first_of);
    auto const commands = tools::commands_of(mine::endpoints);
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].name == "contacts.of_user");
    CHECK(commands[0].options.size() == 3);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string printed;
    std::string const request(mine::list_request::sample);
    co_spawn(io, commands[0].call(client, request, {}, {}),
             [&](std::exception_ptr failure, std::string answer) {
                 CHECK_FALSE(failure);
                 printed = std::move(answer);
             });
    io.run();
    CHECK(printed == R"({"id":"u1/a"})");
}

TEST_CASE("a fuzzer has seeds of it, and takes its documents") {
    auto const seeds = fuzz::seeds_of(fuzz::json_target{}, mine::endpoints);
    for (auto const sample : {mine::list_request::sample, mine::contact::sample})
        CHECK(std::any_of(seeds.begin(), seeds.end(),
                          [&](fuzz::seed const& one) { return one.data.ends_with(sample); }));
    for (fuzz::seed const& one : seeds)
        CHECK_NOTHROW(fuzz::json_target::run(mine::endpoints, fuzz::bytes_of(one.data)));
}

TEST_CASE("a drift report and a recorder know it") {
    server s;
    s.on(mine::list_contacts, [](mine::list_request const&) {
        return response_override(200, R"({"id":"a","more":1})");
    });
    auto how = options_for(s);
    how.drift = std::make_shared<loop::drift_report>();
    auto const recorder = std::make_shared<loop::testing::recorder>();
    how.recorder = recorder;
    REQUIRE(call(how, mine::list_contacts, some_contacts()));
    CHECK(how.drift->summary() == "GET /api/v1/user/{user}/contacts: 1 answer\n"
                                  "  /more: unknown key (1 time)\n");
    loop::testing::player player(recorder->recording());
    loop::options replayed;
    replayed.base_url = player.base_url();
    replayed.token = player.token();
    replayed.tls.ca_pem = player.ca_certificate();
    CHECK(call(replayed, mine::list_contacts, some_contacts())->id == "a");
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("client/own_route/own_route")
