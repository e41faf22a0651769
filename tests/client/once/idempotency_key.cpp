// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A POST that is repeatable because its endpoint has a key.
#include <client/fixture.hpp>
#include <client/once/orders.hpp>
#include <support/process.hpp>

#include <intheloop/openapi.hpp>
#include <intheloop/recording.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/once/idempotency_key") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;
using loop::testing::fault;

namespace {

loop::options patient(server const& s) {
    loop::options how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    return how;
}

// A shop that numbers its orders.
auto counting(int& orders) {
    return [&orders](shop::order const&) {
        shop::receipt made;
        made.number = ++orders;
        return made;
    };
}

// The same route, by somebody who forgot the key.
constexpr loop::endpoint<loop::verb::post, "/shop/orders", shop::order, shop::receipt>
    keyless_order{};

class parcel {
public:
    explicit parcel(loop::raw_body its_label) : label(std::move(its_label)) {}

    loop::raw_body label;
    using members = loop::members<&parcel::label>;
};
constexpr loop::endpoint<loop::verb::post, "/shop/parcels", parcel, shop::receipt,
                         loop::multipart<>, loop::idempotency_key<"Idempotency-Key">>
    send_parcel{};

// An answer that can't always be made.
class fragile_receipt {
public:
    fragile_receipt() {
        if (is_broken)
            throw std::runtime_error("broken");
    }

    int number = 0;
    using members = loop::members<&fragile_receipt::number>;
    static inline bool is_broken = false;
};
constexpr loop::endpoint<loop::verb::post, "/shop/fragile", shop::order, fragile_receipt,
                         loop::idempotency_key<"Idempotency-Key">>
    place_fragile_order{};

bool is_uuid(std::string const& text) {
    std::string shape = text;
    for (char& c : shape)
        c = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? 'x' : c;
    return shape == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" && text[14] == '4' &&
           std::string("89ab").find(text[19]) != std::string::npos;
}

} // namespace

TEST_CASE("all attempts of a call have one key, and the service acts once") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    // The first attempt is acted on, and its answer lost; the second is not acted on.
    s.script(shop::place_order, {fault::truncate(3), fault::reset()});
    auto const bought = call(patient(s), shop::place_order, shop::order("tea"));
    REQUIRE_MESSAGE(bought, bought.error());
    CHECK(bought->number == 1);
    CHECK(orders == 1);
    auto const came = s.requests(shop::place_order);
    REQUIRE(came.times(3));
    CHECK(is_uuid(came.at(0).idempotency_key));
    for (auto const& each : came)
        CHECK(each.idempotency_key == came.at(0).idempotency_key);
}

TEST_CASE("a call with another token has the same key") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    loop::options how = options_for(s);
    bool is_first = true;
    std::string const right = how.token.reveal();
    how.token = {};
    how.token_provider = [&](loop::token_request const&, loop::token_handler done) {
        done(std::nullopt,
             loop::secret(std::exchange(is_first, false) ? "a_token_of_yesterday" : right));
    };
    auto const bought = call(how, shop::place_order, shop::order("tea"));
    REQUIRE_MESSAGE(bought, bought.error());
    auto const came = s.requests(shop::place_order);
    REQUIRE(came.times(2));
    CHECK(came.at(0).idempotency_key == came.at(1).idempotency_key);
}

TEST_CASE("an operation that is begun twice tells its key twice, whatever becomes of its answers") {
    server s;
    asio::io_context io;
    loop::client client(io, options_for(s));
    auto const buy = client.async_call(place_fragile_order, shop::order("tea"));
    std::vector<std::string> told;
    auto const note = [&](loop::result<fragile_receipt> const& r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::unexpected_json);
        told.push_back(r.error().idempotency_key);
    };
    for (int i = 0; i != 2; ++i) {
        s.respond_next(response_override(200, R"({"number":1})"));
        buy(note);
    }
    fragile_receipt::is_broken = true;
    io.run();
    fragile_receipt::is_broken = false;
    REQUIRE(told.size() == 2);
    CHECK(is_uuid(told[0]));
    CHECK(told[1] == told[0]);
    for (auto const& sent : s.requests())
        CHECK(sent.header("Idempotency-Key") == told[0]);
    s.respond_next(response_override(200, R"({"number":1})"));
    bool bought = false;
    buy([&](loop::result<fragile_receipt> const& r) { bought = r.has_value(); });
    io.restart();
    io.run();
    CHECK(bought);
    CHECK(s.requests().back().header("Idempotency-Key") == told[0]);
}

TEST_CASE("each call has a key of its own") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    asio::io_context io;
    loop::client client(io, options_for(s));
    constexpr std::size_t calls = 20;
    for (std::size_t i = 0; i != calls; ++i)
        REQUIRE(call(client, io, shop::place_order, shop::order("tea")));
    std::set<std::string> keys;
    for (auto const& each : s.requests(shop::place_order))
        keys.insert(each.idempotency_key);
    CHECK(keys.size() == calls);
    CHECK(orders == calls);
}

TEST_CASE("on a clock with a seed, each run has the same keys") {
    auto const keys_of_a_run = [](std::uint64_t seed) {
        server s;
        int orders = 0;
        s.on(shop::place_order, counting(orders));
        loop::options how = options_for(s);
        how.time = std::make_shared<loop::testing::virtual_clock>(seed);
        asio::io_context io;
        loop::client client(io, how);
        for (int i = 0; i != 2; ++i)
            REQUIRE(call(client, io, shop::place_order, shop::order("tea")));
        std::vector<std::string> keys;
        for (auto const& each : s.requests(shop::place_order))
            keys.push_back(each.idempotency_key);
        return keys;
    };
    auto const one = keys_of_a_run(7);
    REQUIRE(one.size() == 2);
    CHECK(is_uuid(one[0]));
    CHECK(one[0] != one[1]);
    CHECK(keys_of_a_run(7) == one);
    CHECK(keys_of_a_run(8) != one);
}

TEST_CASE("an error tells the key, with which the program repeats the call") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    s.script(shop::place_order, {fault::truncate(3)});
    auto const lost = call(options_for(s), shop::place_order, shop::order("tea"));
    REQUIRE_FALSE(lost);
    REQUIRE(is_uuid(lost.error().idempotency_key));
    loop::call_options again;
    again.idempotency_key = lost.error().idempotency_key;
    auto const bought = call(options_for(s), shop::place_order, shop::order("tea"), again);
    REQUIRE_MESSAGE(bought, bought.error());
    CHECK(bought->number == 1);
    CHECK(orders == 1);
    CHECK(call(options_for_port(1), drafts::create_draft, {}).error().idempotency_key.empty());
}

TEST_CASE("a key that can't stand in a header is refused, and nothing is sent") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    struct {
        std::string key;
        char const* why;
    } const cases[] = {
        {"", "idempotency_key is empty"},
        {"two words", "can't stand in a header"},
        {"k\r\nX-Evil: 1", "can't stand in a header"},
        {std::string("k\0", 2), "can't stand in a header"},
        {"k\xc3\xa9", "can't stand in a header"},
        {std::string(256, 'k'), "more than 255 characters"},
    };
    loop::call_options given;
    for (auto const& c : cases) {
        given.idempotency_key = c.key;
        auto const refused = call(options_for(s), shop::place_order, shop::order("tea"), given);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == errc::invalid_option);
        CHECK_MESSAGE(contains(refused.error().detail, c.why), refused.error());
    }
    given.idempotency_key = std::string(255, 'k');
    CHECK(call(options_for(s), shop::place_order, shop::order("tea"), given));
    CHECK(s.requests(shop::place_order).once());
    CHECK(s.requests().size() == 1);
}

TEST_CASE("a key for an endpoint without the trait is refused, and nothing is sent") {
    server s;
    loop::call_options given;
    given.idempotency_key = "k1";
    auto const refused =
        call(options_for(s), drafts::create_draft, drafts::create_request(), given);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(contains(refused.error().detail, "idempotency_key is given, and POST /v1/drafts"));
    CHECK(s.requests().empty());
}

TEST_CASE("explain says that it would be repeated, and without a key that it would not") {
    asio::io_context io;
    loop::options how = options_for_port(1);
    how.retry.max_attempts = 2;
    loop::client client(io, how);
    auto const lost = loop::failed_with(errc::connection_lost, loop::request_progress::sent);
    CHECK(client.explain(shop::place_order, lost).verdict == loop::retry_verdict::retry);
    CHECK(client.explain(shop::wish, lost).verdict == loop::retry_verdict::may_have_acted);
}

TEST_CASE("the test server refuses a known key with another request, and a request without key") {
    server s;
    int orders = 0;
    s.on(shop::place_order, counting(orders));
    loop::call_options given;
    given.idempotency_key = "k1";
    REQUIRE(call(options_for(s), shop::place_order, shop::order("tea"), given));
    auto const other = call(options_for(s), shop::place_order, shop::order("milk"), given);
    REQUIRE_FALSE(other);
    CHECK(other.status() == 422);
    CHECK(orders == 1);

    auto const without = call(options_for(s), keyless_order, shop::order("tea"));
    REQUIRE_FALSE(without);
    CHECK(without.status() == 400);
    CHECK(contains(without.error().service_message, "the field Idempotency-Key is missing"));
}

TEST_CASE("a form that is repeated with its key is the same request, unless it is streamed") {
    server s;
    int parcels = 0;
    s.on(send_parcel, [&](parcel const&) {
        shop::receipt made;
        made.number = ++parcels;
        return made;
    });
    asio::io_context io;
    auto const send = [&](std::string key, loop::raw_body label) {
        loop::client other_process(io, options_for(s));
        loop::call_options given;
        given.idempotency_key = std::move(key);
        s.clear_requests();
        auto const r = call(other_process, io, send_parcel, parcel(std::move(label)), given);
        return std::pair(s.requests().at(0).body, r ? r->number : 0);
    };
    loop::raw_body const label("to: nobody", "text/plain");
    auto const sent = send("k1", label);
    CHECK(sent.second == 1);
    CHECK(send("k1", label) == sent);
    CHECK(parcels == 1);
    auto const boundary_of = [](std::string const& body) {
        return body.substr(0, body.find('\r'));
    };
    std::string const boundary = boundary_of(sent.first);
    CHECK(boundary_of(send("k2", label).first) != boundary);
    // It still occurs in no part.
    CHECK(boundary_of(send("k1", loop::raw_body("\r\n" + boundary)).first) != boundary);

    tests::scratch_directory const files;
    std::ofstream(files.path / "label") << "to: nobody";
    auto const stream = [&] {
        return loop::raw_body(
            loop::open_file(io.get_executor(), (files.path / "label").string()).value(),
            std::uint64_t{10});
    };
    std::string const streamed = boundary_of(send("k3", stream()).first);
    CHECK(boundary_of(send("k3", stream()).first) != streamed);
}

TEST_CASE("a failure of the service is not remembered with its key") {
    server s;
    int calls = 0;
    s.on(shop::place_order, [&](shop::order const&) -> loop::testing::answer<shop::receipt> {
        if (++calls == 1)
            return loop::testing::refuse(503, "later");
        return shop::receipt();
    });
    auto const bought = call(patient(s), shop::place_order, shop::order("tea"));
    REQUIRE_MESSAGE(bought, bought.error());
    CHECK(calls == 2);
}

TEST_CASE("the document has the header") {
    constexpr auto all = loop::catalog<shop::place_order>();
    auto const document = loop::openapi(all);
    auto const& operation = document.at("paths").at("/shop/orders").at("post");
    CHECK(operation.at("x-idempotent") == true);
    auto const& parameter = operation.at("parameters").at(0);
    CHECK(parameter.at("name") == "Idempotency-Key");
    CHECK(parameter.at("in") == "header");
    CHECK(parameter.at("required") == true);
}

TEST_CASE("a recording of a call plays, though the key is another one") {
    auto const recorder = std::make_shared<loop::testing::recorder>();
    {
        server s;
        int orders = 0;
        s.on(shop::place_order, counting(orders));
        s.script(shop::place_order, {fault::status(503)});
        loop::options how = patient(s);
        how.recorder = recorder;
        REQUIRE(call(how, shop::place_order, shop::order("tea")));
    }
    auto const recorded = recorder->recording();
    CHECK(contains(recorded.to_json(), "\"Idempotency-Key\": \"{{id:1}}\""));
    loop::testing::player player(recorded);
    loop::options how = options_for_port(1);
    how.base_url = player.base_url();
    how.token = player.token();
    how.tls.ca_pem = player.ca_certificate();
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    auto const bought = call(how, shop::place_order, shop::order("tea"));
    REQUIRE_MESSAGE(bought, bought.error());
    CHECK(bought->number == 1);
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("client/once/idempotency_key")
