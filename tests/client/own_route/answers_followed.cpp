// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// All that follows a descriptor follows success<>, error_body<> and response_header<>.
#include "../../../tools/loop_call/make_command.hpp"
#include "../../../tools/route_docs/route_docs.hpp"
#include "answers_fixture.hpp"
#include "own_answers.hpp"

#include <client/fixture.hpp>
#include <fuzz/answer.hpp>
#include <fuzz/seeds.hpp>

#include <intheloop.hpp>
#include <intheloop/openapi.hpp>
#include <intheloop/recording.hpp>
#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("client/own_route/answers_followed") {

using namespace fixture;
using loop::testing::answer;
using loop::testing::refuse;
using own::answered;
using own::card_json;
using own::some_card;

TEST_CASE("the test server writes what the traits say") {
    server s;
    int asked = 0;
    s.on(own::delete_card, [&](own::card_request const&) -> answer<std::optional<own::card>> {
        switch (asked++) {
        case 0: return std::optional(some_card());
        case 1: return std::optional<own::card>();
        case 2: return {202, some_card()};
        case 3: return {200, std::nullopt};
        case 4: return refuse(404, own::missing_card{"c1"});
        default: {
            answer<std::optional<own::card>> made(some_card());
            return made.header("x-total-count", "5");
        }
        }
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const next = [&] { return call(client, io, own::delete_card, own::card_request("c1")); };
    auto got = next();
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got.status() == 200);
    CHECK(got.headers().find("X-Total-Count") == "3");
    CHECK(got.headers().find("ETag") == "v1");
    CHECK(got.unknown_keys() == 0);
    REQUIRE(*got);
    CHECK((*got)->total == 3);
    CHECK(next().status() == 204);
    CHECK(next().status() == 202);
    CHECK(next().status() == 200);
    got = next();
    REQUIRE_FALSE(got);
    REQUIRE(got.error().body_as<own::missing_card>());
    CHECK((*next())->total == 5);
    CHECK(s.requests(own::delete_card).times(6));
}

TEST_CASE("a member that can't stand in its header is a failure of the handler") {
    loop::testing::server_options how;
    std::string told;
    how.on_handler_failure = [&](std::string const& text) { told = text; };
    server s(std::move(how));
    s.on(own::delete_card, [](own::card_request const&) {
        own::card card = some_card();
        card.tag = "a\r\nX-Other: b";
        return std::optional(card);
    });
    auto const got = call(options_for(s), own::delete_card, own::card_request("c1"));
    CHECK(got.status() == 500);
    CHECK_FALSE(got.error().headers.find("X-Other"));
}

TEST_CASE("the document has the statuses, bodies and headers") {
    auto const document = loop::openapi(own::endpoints);
    auto const& responses =
        document.at("paths").at("/api/v1/card/{id}").at("delete").at("responses").as_object();
    std::vector<std::string> statuses;
    for (auto const& each : responses)
        statuses.emplace_back(each.key());
    CHECK(statuses == std::vector<std::string>{"200", "202", "204", "400", "401", "403", "404",
                                               "422", "429", "451", "503"});
    CHECK(responses.at("204") ==
          boost::json::parse(R"({"description":"Done; there is no body."})"));
    CHECK(responses.at("200") == boost::json::parse(R"({
        "description":"Done; the body may be missing.",
        "headers":{
            "X-Total-Count":{"description":"How many there were.","required":true,
                             "schema":{"type":"integer","format":"int64"},"example":3},
            "ETag":{"required":false,"schema":{"type":"string"},"example":"v1"},
            "X-Region":{"required":false,"schema":{"$ref":"#/components/schemas/own.region"}}},
        "content":{"application/json":{
            "schema":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},
            "example":{"id":"c1"}}}})"));
    CHECK(responses.at("404") == boost::json::parse(R"({
        "description":"the service does not know this",
        "content":{"application/json":{
            "schema":{"$ref":"#/components/schemas/own.missing_card"},"example":{"id":"c1"}}},
        "x-certainty":"observed"})"));
    CHECK(responses.at("422").at("content").at("application/json").at("schema").at("$ref") ==
          "#/components/schemas/own.problem");
    auto const& seen =
        document.at("paths").at("/api/v1/card/{id}").at("head").at("responses").at("200");
    CHECK_FALSE(seen.as_object().contains("content"));
    CHECK(seen.at("headers").as_object().size() == 2);
}

TEST_CASE("the page of the routes has them") {
    std::string const page = tools::routes_page(loop::openapi(own::endpoints)).text();
    CHECK(contains(page, "\n| X-Total-Count | int64 | yes | How many there were. |\n"));
    CHECK(contains(page, "\nAnswer 204: Done; there is no body.\n"));
    CHECK(contains(page, "\nError 404: [own.missing_card](#ownmissing_card)."));
    CHECK(contains(page, "\nAnswer: no body.\n"));
}

TEST_CASE("loop-call prints a card with its headers, and nothing for a 204") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const commands = tools::commands_of(own::endpoints);
    auto const printed_for = [&](response_override const& with) {
        s.respond_next(with);
        std::string printed;
        co_spawn(io, commands[0].call(client, R"({"id":"c1"})", {}, {}),
                 [&](std::exception_ptr failure, std::string text) {
                     if (!failure)
                         printed = std::move(text);
                     else
                         try {
                             std::rethrow_exception(failure);
                         } catch (loop::exception const& e) {
                             auto const body = e.error().body_as<own::missing_card>();
                             printed = body ? "no " + body->id : "another error";
                         }
                 });
        io.restart();
        io.run();
        return printed;
    };
    CHECK(printed_for(card_json()) == R"({"id":"c1","total":3})");
    CHECK(printed_for(response_override(204)).empty());
    CHECK(printed_for(response_override(404, R"({"id":"c9"})")) == "no c9");
}

TEST_CASE("a fuzzer has seeds of each, and takes them") {
    auto const seeds = fuzz::seeds_of(fuzz::answer_target{}, own::endpoints);
    for (std::string_view const end :
         {"application/json; charset=utf-8\n\n3\nv1\n\n{\"id\":\"c1\"}", "{\"id\":\"c1\"}"})
        CHECK(std::any_of(seeds.begin(), seeds.end(),
                          [&](fuzz::seed const& one) { return one.data.ends_with(end); }));
    for (std::string_view const name :
         {"cards.delete_card.success_204", "cards.delete_card.success_202",
          "cards.delete_card.error_404.sample", "cards.delete_card.error_422.random0"})
        CHECK(std::any_of(seeds.begin(), seeds.end(),
                          [&](fuzz::seed const& one) { return one.name == name; }));
    for (fuzz::seed const& one : seeds)
        CHECK_NOTHROW(fuzz::answer_target::run(own::endpoints, fuzz::bytes_of(one.data)));
}

TEST_CASE("a drift report tells of headers and of bodies of errors") {
    loop::options how;
    how.drift = std::make_shared<loop::drift_report>();
    CHECK(answered(own::delete_card, card_json().header("X-Region", "Mars"), how));
    CHECK_FALSE(answered(own::delete_card, response_override(200, R"({"id":"c1"})"), how));
    CHECK_FALSE(answered(own::delete_card, response_override(404, R"({"id":"c1","more":1})"), how));
    CHECK_FALSE(answered(own::delete_card, response_override(422, R"({"fields":[]})"), how));
    CHECK_FALSE(answered(own::delete_card, response_override(400, R"({"fields":[]})"), how));
    CHECK(how.drift->summary() == "DELETE /api/v1/card/{id}: 2 answers\n"
                                  "  header X-Region: unknown value \"Mars\" (1 time)\n"
                                  "  header X-Total-Count: missing member (1 time)\n"
                                  "DELETE /api/v1/card/{id} 404: 1 answer\n"
                                  "  /more: unknown key (1 time)\n"
                                  "DELETE /api/v1/card/{id} 422: 1 answer\n"
                                  "  /message: missing member (1 time)\n");
}

TEST_CASE("a recording plays the same answers again") {
    auto const recorder = std::make_shared<loop::testing::recorder>();
    auto const answers = [] {
        return std::vector<response_override>{card_json(202), response_override(204),
                                              response_override(404, R"({"id":"c9"})")};
    };
    auto const tell = [](loop::result<std::optional<own::card>> const& got) {
        std::string told = std::to_string(got.status());
        if (got && *got)
            told += " total " + std::to_string((*got)->total);
        else if (!got && got.error().body_as<own::missing_card>())
            told += " no " + got.error().body_as<own::missing_card>()->id;
        return told;
    };
    std::string recorded, replayed;
    {
        server s;
        auto how = options_for(s);
        how.recorder = recorder;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        for (auto const& each : answers()) {
            s.respond_next(each);
            recorded += tell(call(client, io, own::delete_card, own::card_request("c1"))) + '\n';
        }
    }
    CHECK(recorded == "202 total 3\n204\n404 no c9\n");
    loop::testing::player player(recorder->recording());
    loop::options how;
    how.base_url = player.base_url();
    how.token = player.token();
    how.tls.ca_pem = player.ca_certificate();
    how.retry.max_attempts = 1;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    for (int i = 0; i != 3; ++i)
        replayed += tell(call(client, io, own::delete_card, own::card_request("c1"))) + '\n';
    CHECK(replayed == recorded);
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("client/own_route/answers_followed")
