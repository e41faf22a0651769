// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Types that a descriptor makes (parameters<> and fields<>) serve wherever a described class does.
#include "small_route.hpp"
#include "../../../tools/loop_call/make_command.hpp"
#include "../../../tools/route_docs/route_docs.hpp"

#include <client/fixture.hpp>
#include <fuzz/dictionary.hpp>
#include <fuzz/json.hpp>
#include <fuzz/request.hpp>
#include <fuzz/seeds.hpp>

#include <intheloop.hpp>
#include <intheloop/openapi.hpp>
#include <intheloop/recording.hpp>
#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <vector>

TEST_SUITE("client/own_route/small_route") {

using namespace fixture;

namespace {

using card_request = loop::request_of<small::get_card>;
using card = loop::response_of<small::get_card>;

card card_of(card_request const& request) {
    card found(request.get<"id">(), "Card");
    found.set<"owner">(loop::fields<loop::json_field<"name", std::string>>("Ana"));
    return found;
}

std::string run(std::vector<tools::command> const& commands, std::size_t which, server const& s,
                std::string const& request) {
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string printed;
    co_spawn(io, commands.at(which).call(client, request, {}, {}),
             [&](std::exception_ptr failure, std::string answer) {
                 CHECK_FALSE(failure);
                 printed = std::move(answer);
             });
    io.run();
    return printed;
}

} // namespace

TEST_CASE("the client calls it, and the test server serves and records it") {
    server s;
    s.on(small::get_card, &card_of);
    s.script(small::get_card, {loop::testing::fault::status(503).retry_after(0s)});
    auto how = options_for(s);
    how.retry.max_attempts = 2;
    card_request request("card 1");
    request.set<"sizeComments">(5).set<"tagIds">({"a", "b"}).set<"X-Trace">("t1");
    auto const got = call(how, small::get_card, request);
    REQUIRE(got);
    CHECK(got->get<"id">() == "card 1");
    CHECK(got->get<"$type">() == "Card");
    CHECK(got->get<"owner">()->get<"name">() == "Ana");
    auto const came = s.requests(small::get_card);
    REQUIRE(came.times(2));
    CHECK(came.at(1).value.get<"sizeComments">() == 5);
    CHECK(came.at(1).value.get<"tagIds">() == std::vector<std::string>{"a", "b"});
    CHECK(came.at(1).value.get<"X-Trace">() == "t1");
    CHECK(came.at(1).raw.target == "/api/v1/card/card%201?sizeComments=5&tagIds=a,b");
    CHECK(came.at(1).raw.header("X-Trace") == "t1");
}

TEST_CASE(
    "an answer of another shape is an error with a pointer, and names the endpoint in short") {
    server s;
    s.on(small::get_card,
         [](card_request const&) { return response_override(200, R"({"id":"1","$type":7})"); });
    auto const got = call(options_for(s), small::get_card, card_request("1"));
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == loop::errc::unexpected_json);
    CHECK(contains(printed(got.error()), "/$type: expected a string"));
    CHECK(got.error().endpoint ==
          "GET /api/v1/card/{id} (id, sizeComments, tagIds, X-Trace) -> {id, $type, owner}");
}

TEST_CASE("a request that can't be sent is refused with the parameter's name") {
    server s;
    card_request request("1");
    request.set<"X-Trace">("a\r\nb");
    auto const got = call(options_for(s), small::get_card, request);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == loop::errc::invalid_request);
    CHECK(contains(printed(got.error()), "/X-Trace"));
    CHECK(s.requests().empty());
}

TEST_CASE("fields of the request stand in its body, and an answer without one is read") {
    server s;
    s.on(small::add_comment,
         [](loop::request_of<small::add_comment> const&) { return response_override(201, ""); });
    loop::request_of<small::add_comment> request("c1", "Hello");
    request.set<"notify">(false);
    auto const got = call(options_for(s), small::add_comment, request);
    REQUIRE(got);
    CHECK_FALSE(*got);
    auto const came = s.requests(small::add_comment);
    REQUIRE(came.once());
    CHECK(came.at(0).raw.target == "/api/v1/card/c1/comment");
    CHECK(came.at(0).raw.body == R"({"text":"Hello","notify":false})");
    CHECK(came.at(0).value.get<"text">() == "Hello");
}

TEST_CASE("its pages are read item by item") {
    server s;
    s.on(small::list_cards, [](small::page const& request) {
        small::cards found;
        int const offset = request.get<"offset">().value_or(0);
        for (int i = offset; i != offset + 2; ++i)
            found.get<"resources">().emplace_back("card_" + std::to_string(i));
        return std::move(found.set<"totalSize">(4));
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string ids;
    auto const read = [&]() -> asio::awaitable<void> {
        small::page from;
        loop::item_reader reader(client, small::list_cards, from);
        while (auto item = co_await reader.async_next())
            ids += item->get<"id">() + ' ';
    };
    co_spawn(io, read(), [](std::exception_ptr failure) { CHECK_FALSE(failure); });
    io.run();
    CHECK(ids == "card_0 card_1 card_2 card_3 ");
}

TEST_CASE("the document describes its types where they are used") {
    auto const document = loop::openapi(small::endpoints);
    auto const& paths = document.at("paths");
    auto const& get = paths.at("/api/v1/card/{id}").at("get");
    CHECK(get.at("parameters").at(0) ==
          boost::json::parse(
              R"({"name":"id","in":"path","required":true,"schema":{"type":"string"}})"));
    CHECK(get.at("parameters").at(1) ==
          boost::json::parse(R"({"name":"sizeComments","in":"query","required":false,
                                 "schema":{"type":"integer","format":"int32"}})"));
    CHECK(get.at("parameters").at(2).at("explode") == false);
    CHECK(get.at("parameters").at(3).at("in") == "header");
    CHECK(get.at("parameters").at(3).at("name") == "X-Trace");
    CHECK(get.at("responses").at("200").at("content").at("application/json").at("schema") ==
          boost::json::parse(R"({"type":"object","properties":{"id":{"type":"string"},
              "$type":{"type":"string"},"owner":{"type":["object","null"],
              "properties":{"name":{"type":"string"}},"required":["name"]}},
              "required":["id","$type"]})"));
    auto const& post = paths.at("/api/v1/card/{id}/comment").at("post");
    CHECK(post.at("requestBody").at("content").at("application/json").at("schema") ==
          boost::json::parse(R"({"type":"object","properties":{"text":{"type":"string"},
              "notify":{"type":"boolean"}},"required":["text"]})"));
    for (auto const& [name, schema] : document.at("components").at("schemas").as_object())
        CHECK_FALSE(contains(name, "fields"));
}

TEST_CASE("the tables of the docs show its types by their parts") {
    CHECK(contains(tools::route_table(small::endpoints),
                   "| cards.get_card | GET | /api/v1/card/{id} | id, sizeComments, tagIds, "
                   "X-Trace | {id, $type, owner} | yes |"));
    CHECK(contains(tools::route_table(small::endpoints),
                   "| id, text, notify | optional&lt;{id}&gt; | no |"));
    auto const page = tools::routes_page(loop::openapi(small::endpoints)).text();
    CHECK(contains(page, "| sizeComments | query | int32 | no |"));
    CHECK(contains(page, "| $type | string | yes |"));
}

TEST_CASE("loop-call has a command for it") {
    server s;
    s.on(small::get_card, &card_of);
    auto const commands = tools::commands_of(small::endpoints);
    REQUIRE(commands.size() == 3);
    CHECK(commands[0].name == "cards.get_card");
    std::string options;
    for (auto const& each : commands[0].options)
        options += each.name + (each.is_required ? "! " : " ");
    CHECK(options == "--id! --size-comments --tag-ids! --x-trace ");
    CHECK(run(commands, 0, s, R"({"id":"a","sizeComments":1,"tagIds":[]})") ==
          R"({"id":"a","$type":"Card","owner":{"name":"Ana"}})");
    CHECK(s.requests(small::get_card).at(0).raw.target == "/api/v1/card/a?sizeComments=1");
}

TEST_CASE("a fuzzer has seeds and words of it, and takes its documents and requests") {
    auto const seeds = fuzz::seeds_of(fuzz::json_target{}, small::endpoints);
    CHECK(std::any_of(seeds.begin(), seeds.end(),
                      [](fuzz::seed const& one) { return contains(one.data, R"("$type":)"); }));
    for (fuzz::seed const& one : seeds)
        CHECK_NOTHROW(fuzz::json_target::run(small::endpoints, fuzz::bytes_of(one.data)));
    CHECK(fuzz::dictionary_of(small::endpoints).contains("\"sizeComments\":"));
}

TEST_CASE("a drift report and a recorder know it") {
    server s;
    s.on(small::get_card, [](card_request const&) {
        return response_override(200,
                                 R"({"id":"a","$type":"Card","owner":{"name":"Ana","age":1}})");
    });
    auto how = options_for(s);
    how.drift = std::make_shared<loop::drift_report>();
    auto const recorder = std::make_shared<loop::testing::recorder>();
    how.recorder = recorder;
    REQUIRE(call(how, small::get_card, card_request("a")));
    CHECK(how.drift->summary() == "GET /api/v1/card/{id}: 1 answer\n"
                                  "  /owner/age: unknown key (1 time)\n");
    loop::testing::player player(recorder->recording());
    loop::options replayed;
    replayed.base_url = player.base_url();
    replayed.token = player.token();
    replayed.tls.ca_pem = player.ca_certificate();
    CHECK(call(replayed, small::get_card, card_request("a"))->get<"id">() == "a");
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("client/own_route/small_route")
