// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Routes that a test describes by their endpoints, also such as the library does not know.
#include <client/fixture.hpp>
#include <client/own_route/own_route.hpp>

#include "blocking_client.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

TEST_SUITE("testing/typed_routes") {

namespace {

using namespace fixture;
using loop::testing::answer;
using loop::testing::fault;
using loop::testing::random_faults;
using loop::testing::received_request;

// A request that goes everywhere at once.
class move_request {
public:
    move_request() {}
    explicit move_request(std::string of_board) : board(std::move(of_board)) {}

    std::string board;
    std::vector<std::string> card_ids;
    std::optional<bool> silent;
    std::optional<std::string> reason;
    std::string column;
    std::map<std::string, int> order;
    std::optional<std::chrono::sys_seconds> at;

    using members = loop::members<&move_request::board, &move_request::card_ids,
                                  &move_request::silent, &move_request::reason,
                                  &move_request::column, &move_request::order, &move_request::at>;
};

class move_result {
public:
    int moved = 0;
    using members = loop::members<&move_result::moved>;
};

inline constexpr loop::endpoint<loop::verb::post, "/api/v1/boards/{board}/move", move_request,
                                move_result,
                                loop::query<&move_request::card_ids, &move_request::silent>,
                                loop::header<"X-Reason", &move_request::reason>>
    move_cards{};

using day_request =
    loop::parameters<loop::path_parameter<"year", int>, loop::path_parameter<"month", int>,
                     loop::path_parameter<"day", int>>;
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/calendar/{year}-{month}-{day}",
                                day_request, move_result>
    get_day{};

inline constexpr loop::endpoint<
    loop::verb::get, "/api/v1/user/{user}/contacts/own", mine::list_request, mine::contact,
    loop::query<&mine::list_request::size, &mine::list_request::contact_ids>>
    own_contact{};

move_request everything() {
    move_request request("a/b ü");
    request.card_ids = {"1", "2&3", "4=5+6"};
    request.silent = true;
    request.reason = "tidying up";
    request.column = "\"done\"";
    request.order = {{"a", 1}, {"b", -2}};
    request.at = std::chrono::sys_seconds(std::chrono::seconds(1700000000));
    return request;
}

loop::options retrying(server const& s) {
    loop::options how = options_for(s);
    how.retry.max_attempts = 5;
    how.retry.base = 1ms;
    how.retry.cap = 2ms;
    return how;
}

std::unique_ptr<tests::blocking_client> raw_client(server const& s) {
    auto client = std::make_unique<tests::blocking_client>(s.api_port());
    REQUIRE_FALSE(client->handshake(s.ca_certificate(), "localhost"));
    return client;
}

} // namespace

TEST_CASE("a handler gets the request that the client sent, wherever its members went") {
    server s;
    s.on(move_cards, [](move_request const& got) {
        move_result result;
        result.moved = static_cast<int>(got.card_ids.size());
        return result;
    });
    auto const moved = call(options_for(s), move_cards, everything());
    REQUIRE(moved);
    CHECK(moved->moved == 3);

    auto const got = s.requests(move_cards);
    REQUIRE(got.once());
    move_request const& value = got.at(0).value;
    move_request const expected = everything();
    CHECK(value.board == expected.board);
    CHECK(value.card_ids == expected.card_ids);
    CHECK(value.silent == expected.silent);
    CHECK(value.reason == expected.reason);
    CHECK(value.column == expected.column);
    CHECK(value.order == expected.order);
    CHECK(value.at == expected.at);
    CHECK(got.at(0).raw.header("Authorization") == "Bearer " + s.token());
}

TEST_CASE("a segment may hold several placeholders") {
    server s;
    s.on(get_day, [](day_request const& got) {
        move_result result;
        result.moved = got.get<"year">() * 10'000 + got.get<"month">() * 100 + got.get<"day">();
        return result;
    });
    CHECK(s.requests(get_day).never());
    auto const got = call(options_for(s), get_day, day_request(2026, 11, 1));
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->moved == 20'261'101);
    CHECK_FALSE(s.requests(get_day).never());
    CHECK(s.requests(get_day).once());
}

TEST_CASE("a request may be as deep as the client sends it") {
    auto const nested = [](std::size_t levels) {
        boost::json::object made;
        for (std::size_t i = 1; i != levels; ++i) {
            boost::json::object outer;
            outer["in"] = std::move(made);
            made = std::move(outer);
        }
        return drafts::create_request(std::move(made));
    };
    server s;
    for (std::size_t const levels : {40U, 500U, 512U}) {
        CAPTURE(levels);
        auto const plain = call(options_for(s), drafts::create_draft, nested(levels));
        CHECK_MESSAGE(plain, plain.error());
    }
    CHECK_FALSE(call(options_for(s), drafts::create_draft, nested(513))); // is not even sent
    auto const got = s.requests(drafts::create_draft);
    REQUIRE(got.times(3));
    CHECK(got.at(1).value.content == nested(500).content);

    std::string deeper;
    for (std::size_t i = 0; i != 513; ++i)
        deeper += "{\"in\":";
    auto const refused = raw_client(s)->ask(
        "POST", "/v1/drafts",
        {{"Authorization", "Bearer " + s.token()}, {"Content-Type", "application/json"}},
        deeper + '1' + std::string(513, '}'));
    CHECK(refused.result_int() == 400);
    CHECK(contains(refused.body(), "deeper than 512 levels"));

    s.on(drafts::create_draft, [&](drafts::create_request const& draft) {
        CHECK(draft.content == nested(500).content);
        return std::optional<boost::json::value>();
    });
    auto const handled = call(options_for(s), drafts::create_draft, nested(500));
    CHECK_MESSAGE(handled, handled.error());
}

TEST_CASE("what is absent stays absent") {
    server s;
    s.on(move_cards, [](move_request const&) { return move_result(); });
    move_request const least("b");
    REQUIRE(call(options_for(s), move_cards, least));
    move_request const value = s.requests(move_cards).at(0).value;
    CHECK(value.card_ids.empty());
    CHECK_FALSE(value.silent);
    CHECK_FALSE(value.reason);
    CHECK_FALSE(value.at);
}

TEST_CASE("a route that is declared elsewhere, for a client that knows it") {
    server s;
    s.on(mine::list_contacts, [](mine::list_request const& got) {
        mine::contact first;
        first.id = got.user + "/" + std::to_string(got.size.value_or(0));
        return first;
    });
    mine::list_request request("u1");
    request.size = 2;
    auto const contact = call(options_for(s), mine::list_contacts, request);
    REQUIRE(contact);
    CHECK(contact->id == "u1/2");
}

TEST_CASE("a handler may refuse, choose its status, and see the request as it came") {
    server s;
    s.on(move_cards, [](move_request const& got, received_request const& raw) {
        if (got.board == "none")
            return answer<move_result>(loop::testing::refuse(404, "no \"such\" board", "NoBoard"));
        CHECK(raw.method == "POST");
        return answer<move_result>(201, move_result()).header("X-Request-Id", "mine");
    });
    auto const refused = call(options_for(s), move_cards, move_request("none"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == loop::errc::not_found);
    CHECK(refused.error().service_message == "no \"such\" board");
    CHECK(refused.error().service_code == "NoBoard");
    auto const moved = call(options_for(s), move_cards, move_request("b"));
    REQUIRE(moved);
    CHECK(moved.status() == 201);
    CHECK(moved.request_id() == "mine");
}

TEST_CASE("a handler stands in for a documented route, and for that alone") {
    server s;
    s.on(report::get_report, [](report::get_request const& got) {
        report::export_result result;
        result.id = got.id;
        result.status = report::export_status::from_text("Thinking");
        return result;
    });
    auto const state = call(options_for(s), report::get_report, report::get_request("x"));
    REQUIRE(state);
    CHECK(state->id == "x");
    CHECK(state->status.value_or(report::export_status()).text() == "Thinking");
    CHECK(call(options_for(s), report::export_report, week()));
}

TEST_CASE("of two routes that fit, the more literal one answers") {
    server s;
    s.on(own_contact, [](auto const&) {
        mine::contact own;
        own.id = "own";
        return own;
    });
    CHECK(call(options_for(s), own_contact, mine::list_request("u"))->id == "own");
    CHECK(call(options_for(s), mine::list_contacts, mine::list_request("u")).error().code() ==
          loop::errc::not_found);
}

TEST_CASE("what is no request of the route is refused, and says why") {
    server s;
    int asked = 0;
    s.on(move_cards, [&](move_request const&) {
        ++asked;
        return move_result();
    });
    s.on(mine::list_contacts, [](mine::list_request const&) { return mine::contact(); });
    auto const ask = [&](std::string const& method, std::string const& target,
                         std::string const& body, std::string const& type = "application/json") {
        auto const client = raw_client(s);
        auto const got =
            client->ask(method, target,
                        {{"Authorization", "Bearer " + s.token()}, {"Content-Type", type}}, body);
        return std::to_string(got.result_int()) + ' ' + got.body();
    };
    std::string const good = R"({"column":"c","order":{}})";
    CHECK(contains(ask("POST", "/api/v1/boards/b/move", R"({"order":{}})"), "/column"));
    CHECK(contains(ask("POST", "/api/v1/boards/b/move", "{"), "400"));
    CHECK(contains(ask("POST", "/api/v1/boards/b/move", good, "text/plain"), "Content-Type"));
    CHECK(contains(ask("POST", "/api/v1/boards/b/move?silent=perhaps", good), "/silent"));
    // null is no way to leave a member out of a request.
    CHECK(contains(ask("POST", "/api/v1/boards/b/move", R"({"column":"c","order":{},"at":null})"),
                   "/at: expected whole seconds since the Unix epoch, got null"));
    CHECK(contains(ask("POST", "/api/v1/boards/%zz/move", good), "404"));
    CHECK(contains(ask("PUT", "/api/v1/boards/b/move", good), "405"));
    CHECK(contains(ask("GET", "/api/v1/user/u/contacts?size=1x", ""), "/size"));
    CHECK(contains(ask("GET", "/api/v1/user/u/contacts?size=99999999999", ""), "/size"));
    CHECK(contains(ask("GET", "/api/v1/user/u/contacts?size=-7&other=%", ""), "200"));
    CHECK(asked == 0);

    // They are no values for the test; but it is not true that none came.
    auto const bad = s.requests(move_cards);
    CHECK(bad.empty());
    CHECK_FALSE(bad.never());
    CHECK_FALSE(bad.times(0));
    CHECK_FALSE(bad.at_most(0));
    CHECK(printed(bad.once()) == std::string(move_cards.description()) +
                                     ": expected exactly 1 request, got 0, and 5 that can't be "
                                     "decoded");
    CHECK(bad.where([](move_request const&) { return true; }).never());
    CHECK(s.requests(mine::list_contacts).once());
    CHECK(s.requests(mine::list_contacts).at_most(1));
}

TEST_CASE("a wrong token comes before a handler; one that throws says so") {
    server s;
    s.on(mine::list_contacts,
         [](mine::list_request const&) -> mine::contact { throw std::runtime_error("broken"); });
    loop::options how = options_for(s);
    auto const thrown = call(how, mine::list_contacts, mine::list_request("u"));
    CHECK(thrown.error().status == 500);
    CHECK(thrown.error().service_message == "broken");
    how.token = "another";
    CHECK(call(how, mine::list_contacts, mine::list_request("u")).error().status == 401);
}

TEST_CASE("a script spoils one attempt after another") {
    server s;
    std::string const id = s.add_export();
    s.script(report::get_report, {fault::status(503).retry_after(0s), fault::reset(),
                                  fault::hang_up(), fault::truncate(3)});
    auto const state = call(retrying(s), report::get_report, report::get_request(id));
    REQUIRE(state);
    CHECK(state.attempts() == 5);
    CHECK(s.requests(report::get_report).times(5));
}

TEST_CASE("a script is that of its route; a POST that was acted on is not sent again") {
    server s;
    s.script(report::export_report, {fault::truncate(1)});
    auto const other = call(retrying(s), drafts::create_draft, drafts::create_request());
    CHECK(other);
    auto const lost = call(retrying(s), report::export_report, week());
    REQUIRE_FALSE(lost);
    CHECK(s.requests(report::export_report).once());
    CHECK(call(retrying(s), report::export_report, week()));
}

TEST_CASE("a wrong body, and an answer in drops") {
    server s;
    std::string const id = s.add_export();
    s.script(report::get_report, {fault::body("<html>"), fault::drip(7, 0ms)});
    report::get_request const which(id);
    CHECK(call(options_for(s), report::get_report, which).error().code() ==
          loop::errc::unexpected_content);
    CHECK(call(options_for(s), report::get_report, which)->id == id);
}

TEST_CASE("an answer that comes too late, or too slowly, meets the deadline") {
    server s;
    std::string const id = s.add_export();
    s.script(report::get_report, {fault::delay(1h), fault::drip(1, 1h)});
    loop::options how = options_for(s);
    how.deadline = 100ms;
    for (int i = 0; i != 2; ++i)
        CHECK(call(how, report::get_report, report::get_request(id)).error().code() ==
              loop::errc::deadline_exceeded);
    CHECK(s.wait_until_idle(patience));
}

TEST_CASE("faults by chance are the same for the same seed") {
    auto const outcomes = [](std::uint64_t seed) {
        server s;
        std::string const id = s.add_export();
        s.script(report::get_report,
                 random_faults(seed, 0.5, {fault::status(500), fault::status(503)}));
        std::vector<unsigned> statuses;
        for (int i = 0; i != 24; ++i) {
            auto const got = call(options_for(s), report::get_report, report::get_request(id));
            statuses.push_back(got ? got.status() : got.error().status);
        }
        return statuses;
    };
    auto const once = outcomes(7);
    CHECK(once == outcomes(7));
    CHECK(once != outcomes(8));
    for (unsigned const status : {200u, 500u, 503u})
        CHECK(std::count(once.begin(), once.end(), status) != 0);
}

TEST_CASE("what a test expects reads well, and says what came instead") {
    server s;
    std::string const id = s.add_export();
    for (int i = 0; i != 3; ++i)
        REQUIRE(call(options_for(s), report::get_report, report::get_request(id)));
    auto const got = s.requests(report::get_report);
    CHECK(got.times(3));
    CHECK(got.at_least(2));
    CHECK(got.at_most(3));
    CHECK(got.where([&](report::get_request const& each) { return each.id == id; }).times(3));
    CHECK(got.where([](report::get_request const& each) { return each.id.empty(); }).never());
    CHECK_FALSE(got.once());
    CHECK_FALSE(got.at_least(4));
    CHECK_FALSE(got.at_most(2));
    CHECK(printed(got.once()) ==
          std::string(report::get_report.description()) + ": expected exactly 1 request, got 3");
    CHECK(s.requests(report::export_report).never());
}

} // TEST_SUITE("testing/typed_routes")
