// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Of several routes that match a request the most literal one is the request's own: for handlers,
// for faults and for what a test asks about.
#include <client/fixture.hpp>

#include "blocking_client.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("testing/overlapping_routes") {

using namespace fixture;
using loop::errc;
using loop::testing::fault;
using loop::testing::random_faults;

namespace {

class card_request {
public:
    explicit card_request(std::string of_card) : card(std::move(of_card)) {}
    std::string card;
    using members = loop::members<&card_request::card>;
};

class id_request {
public:
    explicit id_request(std::string of_card) : id(std::move(of_card)) {}
    std::string id;
    using members = loop::members<&id_request::id>;
};

class no_request {
public:
    no_request() {}
    using members = loop::members<>;
};

class card {
public:
    std::string id;
    using members = loop::members<&card::id>;
};

inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/{card}", card_request, card>
    any_card{};
// the same route by another name
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/{card}", card_request, card,
                                loop::operation<"cards.again">>
    same_card{};
// the same route with another name of its placeholder
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/{id}", id_request, card>
    renamed_card{};
// as literal as each other
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/own/{id}", id_request, card>
    early_own{};
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/{id}/own", id_request, card>
    late_own{};
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/own", no_request, card> own_card{};
inline constexpr loop::endpoint<loop::verb::post, "/api/v1/card/{card}", card_request, card>
    post_card{};
// less literal than documented routes
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/report/{card}/x", card_request, card>
    any_report{};

template <class Endpoint>
void serve(server& s, Endpoint const& endpoint, char const* id) {
    s.on(endpoint, [id](auto const&) {
        card made;
        made.id = id;
        return made;
    });
}

std::string served_by(server const& s, std::string const& which) {
    auto const got = call(options_for(s), any_card, card_request(which));
    return got ? got->id : std::to_string(got.error().status);
}

} // namespace

TEST_CASE("requests of a route are those that no more literal route has taken") {
    server s;
    serve(s, any_card, "any");
    serve(s, own_card, "own");
    CHECK(served_by(s, "own") == "own");
    CHECK(served_by(s, "x") == "any");
    CHECK(served_by(s, "owner") == "any");
    CHECK(served_by(s, "Own") == "any");
    CHECK(s.requests(own_card).once());
    CHECK(s.requests(any_card).times(3));
    CHECK(s.requests(any_card)
              .where([](card_request const& each) { return each.card == "own"; })
              .never());
    CHECK(s.requests(same_card).times(3));
    CHECK(s.requests(post_card).never());
}

TEST_CASE("the order in which routes become known does not matter") {
    server s;
    serve(s, own_card, "own");
    serve(s, any_card, "any");
    CHECK(served_by(s, "own") == "own");
    CHECK(s.requests(any_card).never());
    CHECK(s.requests(own_card).once());
}

TEST_CASE("a route that the server does not know takes nothing away") {
    server s;
    serve(s, any_card, "any");
    CHECK(served_by(s, "own") == "any");
    CHECK(s.requests(any_card).once());
    CHECK(s.requests(own_card).once()); // as it would be, if it were known
}

TEST_CASE("a fault is for the requests of its route alone") {
    server s;
    serve(s, any_card, "any");
    serve(s, own_card, "own");
    s.script(any_card, {fault::status(501), fault::status(502)});
    CHECK(served_by(s, "own") == "own");
    CHECK(served_by(s, "x") == "501");
    s.script(own_card, {fault::status(418)});
    CHECK(served_by(s, "own") == "418");
    CHECK(served_by(s, "own") == "own"); // its queue is empty; the other one is not
    CHECK(served_by(s, "x") == "502");
    CHECK(served_by(s, "x") == "any");

    s.script(any_card, random_faults(1, 1.0, {fault::status(501)}));
    CHECK(served_by(s, "own") == "own");
    CHECK(served_by(s, "x") == "501");
}

TEST_CASE("a route with faults is known, with a handler or without") {
    server s;
    serve(s, any_card, "any");
    s.script(own_card, {fault::status(418)});
    s.script(any_card, {fault::status(501)});
    CHECK(served_by(s, "own") == "418");
    CHECK(served_by(s, "own") == "any"); // no handler is more literal
    CHECK(served_by(s, "x") == "501");
    CHECK(s.requests(own_card).times(2));
    CHECK(s.requests(any_card).once());
}

TEST_CASE("names of placeholders make no other route") {
    server s;
    serve(s, any_card, "any");
    s.script(same_card, {fault::status(501)});
    s.script(renamed_card, {fault::status(502)});
    CHECK(served_by(s, "x") == "501");
    CHECK(served_by(s, "x") == "502");
    CHECK(served_by(s, "x") == "any");
    CHECK(s.requests(same_card).times(3));
    CHECK(s.requests(renamed_card).times(3));
    serve(s, renamed_card, "renamed");
    CHECK(served_by(s, "x") == "renamed");
}

TEST_CASE("a handler that throws fails the checks of its route by all names") {
    server_options how;
    how.on_handler_failure = [](std::string const&) {};
    server s(how);
    s.on(any_card, [](card_request const&) -> card { throw std::runtime_error("broken"); });
    CHECK(served_by(s, "x") == "500");
    CHECK_FALSE(s.requests(any_card).once());
    CHECK_FALSE(s.requests(renamed_card).once());
    serve(s, renamed_card, "mended");
    CHECK(served_by(s, "x") == "mended");
    CHECK(s.requests(any_card).times(2));
}

TEST_CASE("of two routes that are as literal, the one that is literal first has the request") {
    server s;
    SUBCASE("known first") {
        serve(s, early_own, "early");
        serve(s, late_own, "late");
    }
    SUBCASE("known last") {
        serve(s, late_own, "late");
        serve(s, early_own, "early");
    }
    s.script(late_own, {fault::status(418)});
    auto const ask = [&](auto const& endpoint, char const* id) {
        auto const got = call(options_for(s), endpoint, id_request(id));
        return got ? got->id : std::to_string(got.error().status);
    };
    CHECK(ask(early_own, "own") == "early"); // the same address for both
    CHECK(ask(late_own, "own") == "early");
    CHECK(s.requests(early_own).times(2));
    CHECK(s.requests(late_own).never());
    CHECK(ask(early_own, "x") == "early");
    CHECK(ask(late_own, "x") == "418");
    CHECK(ask(late_own, "x") == "late");
    CHECK(s.requests(early_own).times(3));
    CHECK(s.requests(late_own).times(2));
}

TEST_CASE("each method of a path is told once") {
    server s;
    serve(s, any_card, "any");
    serve(s, own_card, "own");
    s.on(report::get_report, [](auto const&) { return report::export_result(); });
    auto const allowed = [&](std::string const& target) {
        tests::blocking_client client(s.api_port());
        REQUIRE_FALSE(client.handshake(s.ca_certificate(), "localhost"));
        auto const answer = client.ask("PUT", target, {{"Authorization", "Bearer " + s.token()}});
        CHECK(answer.result_int() == 405);
        return std::string(answer["Allow"]);
    };
    CHECK(allowed("/api/v1/card/own") == "GET");
    CHECK(allowed("/api/v1/report/exports/x") == "GET");
    serve(s, post_card, "made");
    CHECK(allowed("/api/v1/card/own") == "GET, POST");
}

TEST_CASE("documented routes are known") {
    server s;
    serve(s, any_report, "mine");
    s.script(any_report, {fault::status(418)});
    std::string const id = s.add_export();
    auto const documented = call(options_for(s), report::get_report, report::get_request("x"));
    CHECK(documented.error().status == 404); // of the server, not of a handler
    CHECK(s.requests(any_report).never());
    auto const mine = call(options_for(s), any_report, card_request("exports"));
    CHECK(mine.error().status == 404);
    CHECK(call(options_for(s), any_report, card_request("other")).error().status == 418);
    CHECK(call(options_for(s), any_report, card_request("other"))->id == "mine");
    CHECK(s.requests(any_report).times(2));
    CHECK(s.requests(report::get_report).times(2));
}

} // TEST_SUITE("testing/overlapping_routes")
