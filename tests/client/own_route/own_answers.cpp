// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The traits success<>, error_body<> and response_header<>, as a client meets them.
#include "own_answers.hpp"
#include "answers_fixture.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/own_route/own_answers") {

using namespace fixture;
using loop::errc;
using own::answered;
using own::card_json;

namespace {

// Reads the response of get_file to its end.
std::string read_all(loop::client& client, asio::io_context& io,
                     std::optional<loop::error>& failure) {
    own::card_request request("c1");
    auto const source = loop::open_response(client, own::get_file, request);
    std::string all, piece;
    std::function<void()> const read = [&] {
        source->async_read(piece, [&](std::optional<loop::error> failed) {
            failure = std::move(failed);
            all += piece;
            if (!failure && !piece.empty())
                read();
        });
    };
    read();
    io.run();
    return all;
}

} // namespace

TEST_CASE("the statuses that an endpoint names are successes, and 200 and 201 stay so") {
    for (unsigned const status : {200u, 201u, 202u}) {
        auto const got = answered(own::delete_card, card_json(status));
        REQUIRE_MESSAGE(got, got.error());
        CHECK(got.status() == status);
        REQUIRE(*got);
        CHECK((*got)->id == "c1");
        CHECK((*got)->total == 3);
    }
    for (unsigned const status : {203u, 206u, 299u}) {
        auto const got = answered(own::delete_card, card_json(status));
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == errc::unexpected_status);
        CHECK(got.error().status == status);
    }
}

TEST_CASE("a 204 leaves the response empty, and the connection goes on") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    for (int i = 0; i != 3; ++i) {
        s.respond_next(response_override(204));
        auto const got = call(client, io, own::delete_card, own::card_request("c1"));
        REQUIRE_MESSAGE(got, got.error());
        CHECK(got.status() == 204);
        CHECK_FALSE(*got);
        CHECK(got.attempts() == 1);
    }
    CHECK(s.connections_accepted() == 1);
    // Elsewhere it is no success.
    s.respond_next(response_override(204));
    auto const refused = call(client, io, drafts::create_draft, drafts::create_request());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::unexpected_status);
}

TEST_CASE("observers and explain() take them for successes too") {
    class watcher : public loop::observer {
    public:
        std::vector<std::string> types;
        void on_attempt_ended(loop::attempt_ended const& event) override {
            types.emplace_back(event.error_type);
        }
        void on_call_ended(loop::call_ended const& event) override {
            types.emplace_back(event.error_type);
        }
    };
    auto const seen = std::make_shared<watcher>();
    loop::options how;
    how.observer = seen;
    CHECK(answered(own::delete_card, response_override(204), how));
    CHECK(seen->types == std::vector<std::string>{"", ""});

    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    CHECK(client.explain(own::delete_card, loop::answered_with(204)).verdict ==
          loop::retry_verdict::done);
    CHECK(client.explain(drafts::create_draft, loop::answered_with(204)).verdict ==
          loop::retry_verdict::not_retryable);
}

TEST_CASE("a source has the body of a status that the endpoint names") {
    struct row {
        unsigned status;
        char const* body;
    };
    for (row const& each : {row{200, "bytes"}, {202, "more bytes"}, {204, ""}}) {
        CAPTURE(each.status);
        server s;
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        s.respond_next(response_override(each.status, each.body, "text/plain"));
        std::optional<loop::error> failure;
        CHECK(read_all(client, io, failure) == each.body);
        CHECK_MESSAGE(!failure, *failure);
    }
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    s.respond_next(response_override(404, R"({"id":"c9"})"));
    std::optional<loop::error> failure;
    CHECK(read_all(client, io, failure).empty());
    REQUIRE(failure);
    REQUIRE(failure->body_as<own::missing_card>());
    CHECK(failure->body_as<own::missing_card>()->id == "c9");
}

TEST_CASE("members come from headers") {
    auto const got =
        answered(own::delete_card, response_override::bytes("HTTP/1.1 200 OK\r\n"
                                                            "x-total-count: 9007199254740993\r\n"
                                                            "ETag: \"a\"\r\n"
                                                            "etag: \"b\"\r\n"
                                                            "X-Region: Mars\r\n"
                                                            "Content-Length: 21\r\n\r\n"
                                                            R"({"id":"c1","total":8})"));
    REQUIRE_MESSAGE(got, got.error());
    REQUIRE(*got);
    own::card const& card = **got;
    CHECK(card.total == 9007199254740993);
    CHECK(card.tag == "\"a\", \"b\""); // several fields are a list
    REQUIRE(card.region);
    CHECK(card.region->text() == "Mars");
    CHECK(got.unknown_keys() == 1); // the total in the JSON is none of ours
}

TEST_CASE("a header that is missing or can't be read is an error that names it") {
    struct row {
        char const* value;
        char const* detail;
    };
    for (row const& each :
         {row{nullptr, "header X-Total-Count: required, but missing"},
          {"", "header X-Total-Count: expected a 64-bit integer, got another text"},
          {"3 of 5", "header X-Total-Count: expected a 64-bit integer, got another text"},
          {"99999999999999999999",
           "header X-Total-Count: expected a 64-bit integer, got another text"}}) {
        response_override with(200, R"({"id":"c1"})");
        if (each.value)
            with.header("X-Total-Count", each.value);
        auto const got = answered(own::delete_card, with);
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == errc::unexpected_json);
        CHECK(got.error().code() == loop::condition::decode);
        CHECK(got.error().detail == each.detail);
    }
    // Twice is a list, which is no number; without a body there is no member.
    auto const twice = answered(
        own::delete_card, response_override::bytes("HTTP/1.1 200 OK\r\nX-Total-Count: 3\r\n"
                                                   "X-Total-Count: 4\r\nContent-Length: 11\r\n\r\n"
                                                   R"({"id":"c1"})"));
    REQUIRE_FALSE(twice);
    CHECK(contains(twice.error().detail, "header X-Total-Count"));
    CHECK(answered(own::delete_card, response_override(202)));
}

TEST_CASE("a response whose members all come from headers needs no body") {
    server s;
    s.on(own::look_at_card, [](own::card_request const& request) {
        CHECK(request.id == "c1");
        own::card_facts facts;
        facts.total = 7;
        return facts;
    });
    auto const got = call(options_for(s), own::look_at_card, own::card_request("c1"));
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->total == 7);
    CHECK_FALSE(got->tag);
}

TEST_CASE("pages may have their total in a header") {
    server s;
    s.on(own::list_cards, [](own::list_request const& request) {
        own::card_page page;
        page.total = 3;
        for (int i = request.offset.value_or(0); i != page.total && page.resources.size() != 2; ++i)
            page.resources.push_back("c" + std::to_string(i));
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string all;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            own::list_request first;
            loop::item_reader cards(client, own::list_cards, first);
            while (auto card = co_await cards.async_next())
                all += *card + ' ';
        },
        asio::detached);
    io.run();
    CHECK(all == "c0 c1 c2 ");
    CHECK(s.requests(own::list_cards).times(2)); // the total says that there are no more
}

TEST_CASE("an error has the body that the endpoint names for its status, and no other") {
    auto const missing = answered(own::delete_card, response_override(404, R"({"id":"c9"})"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == errc::not_found);
    REQUIRE(missing.error().body_as<own::missing_card>());
    CHECK(missing.error().body_as<own::missing_card>()->id == "c9");
    CHECK_FALSE(missing.error().body_as<own::problem>());
    CHECK_FALSE(missing.error().body_as<own::card>());

    auto const refused = answered(
        own::delete_card, response_override(422, R"({"message":"no","fields":["a","b"],"x":1})"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().service_message == "no");
    CHECK_FALSE(refused.error().body_as<own::missing_card>());
    loop::error const copy = refused.error();
    REQUIRE(copy.body_as<own::problem>());
    CHECK(copy.body_as<own::problem>()->fields == std::vector<std::string>{"a", "b"});

    auto const other =
        answered(own::delete_card, response_override(400, R"({"message":"no","fields":[]})"));
    CHECK_FALSE(other.error().body_as<own::problem>());
    CHECK_FALSE(loop::error().body_as<own::problem>());
}

TEST_CASE("a body of another shape leaves the error as it is, and the detail says why") {
    struct row {
        char const* body;
        char const* detail;
    };
    for (row const& each :
         {row{R"({"message":"no"})",
              "the body is not of type problem: /fields: required, but missing"},
          {R"({"message":"no","fields":[7]})",
           "the body is not of type problem: /fields/0: expected a string, got 7"},
          {"", ""}}) {
        auto const got = answered(own::delete_card, response_override(422, each.body));
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == errc::bad_request);
        CHECK_FALSE(got.error().body_as<own::problem>());
        CHECK(got.error().detail == each.detail);
        CHECK(got.error().body == each.body);
    }
    auto const page = answered(own::delete_card, response_override(422, "<html>", "text/html"));
    CHECK(contains(page.error().detail, "web page")); // which says more
}

TEST_CASE("the body and the headers of an error have lost their secrets") {
    server s;
    auto how = options_for(s);
    how.impersonate_user = loop::secret(user);
    std::string const token = s.token();
    s.respond_next(response_override(422, R"({"message":")" + token + R"(","fields":[")" + user +
                                              R"(","https://h/x?Signature=abcdef"]})")
                       .header("X-Echo", "Bearer " + token)
                       .header("X-User", user)
                       .header("Set-Cookie", "session=12345678")
                       .header("Location", "/other?anything=1234")
                       .header("X-Plain", "kept")
                       .header("X-Request-Id", "id " + token));
    auto const got = call(how, own::delete_card, own::card_request("c1"));
    REQUIRE_FALSE(got);
    auto const body = got.error().body_as<own::problem>();
    REQUIRE(body);
    CHECK(body->message == "[redacted]");
    CHECK(body->fields == std::vector<std::string>{"[redacted]", "https://h/x?[redacted]"});
    auto const& fields = got.error().headers;
    CHECK(fields.find("X-Echo") == "Bearer [redacted]");
    CHECK(fields.find("X-User") == "[redacted]");
    CHECK(fields.find("Set-Cookie") == "[redacted]");
    CHECK(fields.find("Location") == "/other?[redacted]");
    CHECK(fields.find("X-Plain") == "kept");
    CHECK(fields.find("Content-Type") == "application/json");
    for (std::size_t i = 0; i != fields.size(); ++i) {
        CHECK_FALSE(contains(fields[i].second, token));
        CHECK_FALSE(contains(fields[i].second, user));
    }
}

TEST_CASE("an error without an answer has no headers; one of a usual route has them") {
    loop::options nowhere;
    nowhere.base_url = "https://localhost:1";
    nowhere.token = "t";
    nowhere.retry.max_attempts = 1;
    CHECK(call(nowhere, own::delete_card, own::card_request("c1")).error().headers.empty());
    server s;
    s.respond_next(response_override(503, "{}").header("X-Why", "tired"));
    auto const got = call(options_for(s), report::export_report, week());
    REQUIRE_FALSE(got);
    CHECK(got.error().headers.find("x-why") == "tired");
}

} // TEST_SUITE("client/own_route/own_answers")
