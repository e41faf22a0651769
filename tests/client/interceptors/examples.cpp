// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The interceptors of examples/: a cache, and faults on purpose.
#include "../../../examples/chaos.hpp"
#include "../../../examples/etag_cache.hpp"

#include <client/interceptors/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <set>
#include <stdexcept>

TEST_SUITE("client/interceptors/examples") {

using namespace fixture;
using loop::testing::fault;
using loop::testing::random_faults;

namespace {

response_override tagged(std::string const& etag, std::string const& id) {
    return response_override(200, R"({"id":")" + id + R"(","url":"https://h/f?Signature=abc"})")
        .header("ETag", etag);
}
response_override const same = response_override(304, "").header("ETag", "\"1\"");

class conditional_request {
public:
    conditional_request() {}
    std::optional<std::string> etag;
    using members = loop::members<&conditional_request::etag>;
};
constexpr loop::endpoint<loop::verb::get, "/thing", conditional_request, loop::raw_body,
                         loop::header<"If-None-Match", &conditional_request::etag>,
                         loop::operation<"things.get">>
    get_thing{};

// A scene with a cache, of this size.
struct cached : scene {
    explicit cached(std::size_t size = 100'000)
        : cache(std::make_shared<example::etag_cache>(size)) {
        how.interceptors.push_back(cache);
    }
    std::shared_ptr<example::etag_cache> cache;

    // The If-None-Match of the last request.
    std::string asked() const {
        auto const sent = s.requests();
        return sent.back().header("If-None-Match").value_or("none");
    }
    std::string id_of_get(std::string const& id = "x") {
        auto const r = get(id);
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r.status() == 200);
        return r->id;
    }
};

} // namespace

TEST_CASE("the cache: a 304 becomes the answer that was kept, with its signed address") {
    cached t;
    t.s.respond_next(tagged("\"1\"", "first"));
    CHECK(t.id_of_get() == "first");
    CHECK(t.asked() == "none");
    for (std::size_t i = 1; i != 3; ++i) {
        t.s.respond_next(same);
        auto const r = t.get();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(t.asked() == "\"1\"");
        CHECK(r->id == "first");
        CHECK(r->url == "https://h/f?Signature=abc");
        CHECK(r.headers().find("ETag") == "\"1\"");
        CHECK(t.cache->hits() == i);
    }
    t.s.respond_next(tagged("\"2\"", "second"));
    CHECK(t.id_of_get() == "second");
    t.s.respond_next(tagged("\"3\"", "third"));
    CHECK(t.id_of_get() == "third");
    CHECK(t.asked() == "\"2\"");
    // A failure leaves it there, a refusal does not.
    t.s.respond_next(response_override(503, "{}"));
    CHECK_FALSE(t.get());
    t.s.respond_next(response_override(404, "{}"));
    CHECK_FALSE(t.get());
    CHECK(t.asked() == "\"3\"");
    t.s.respond_next(tagged("\"4\"", "fourth"));
    CHECK(t.id_of_get() == "fourth");
    CHECK(t.asked() == "none");
}

TEST_CASE("the cache: two users never share, nor two tokens, nor two targets") {
    cached t;
    t.s.respond_next(tagged("\"1\"", "mine"));
    CHECK(t.id_of_get() == "mine");
    auto const ask_as = [&](char const* user) {
        loop::call_options how;
        how.impersonate_user = user;
        t.s.respond_next(tagged("\"u\"", user));
        auto const r = call(t.client(), t.io, report::get_report, report::get_request("x"), how);
        REQUIRE(r);
        return r->id;
    };
    for (char const* user : {"user_4711", "user_4712"}) {
        CHECK(ask_as(user) == user);
        CHECK(t.asked() == "none");
    }
    CHECK(ask_as("user_4711") == "user_4711");
    CHECK(t.asked() == "\"u\"");
    t.s.respond_next(tagged("\"y\"", "of y"));
    CHECK(t.id_of_get("y") == "of y");
    CHECK(t.asked() == "none");
    t.client().set_token("another_token_of_a_test");
    t.s.respond_next(tagged("\"t\"", "of another token"));
    CHECK(t.id_of_get() == "of another token");
    CHECK(t.asked() == "none");
}

TEST_CASE("the cache: what is not kept") {
    cached t;
    SUBCASE("an answer with no-store, in any spelling") {
        t.s.respond_next(tagged("\"1\"", "first").header("Cache-Control", "private, No-Store"));
        CHECK(t.id_of_get() == "first");
    }
    SUBCASE("an answer without an ETag") {
        t.s.respond_next(response_override(200, completed));
        CHECK(t.id_of_get() == "made_up");
    }
    SUBCASE("the answer to a POST") {
        t.s.respond_next(tagged("\"1\"", "first"));
        REQUIRE(t.post());
    }
    CHECK(t.cache->size() == 0);
}

TEST_CASE("the cache: what was used last stays, up to the size") {
    cached t(3'000); // two small answers
    for (std::string const id : {"a", "b", "a", "c"}) {
        t.s.respond_next(tagged("\"" + id + "\"", id));
        CHECK(t.id_of_get(id) == id);
        CHECK(t.cache->size() <= 3'000);
    }
    std::string left;
    for (std::string const id : {"a", "b", "c"}) {
        t.s.respond_next(response_override(503, "{}"));
        CHECK_FALSE(t.get(id));
        left += t.asked();
    }
    CHECK(left == "\"a\"none\"c\"");
}

TEST_CASE("the cache: an answer that went in the meantime is asked for as a whole") {
    cached t(1'500); // one small answer
    t.retry_at_once();
    t.s.respond_next(tagged("\"1\"", "first"));
    CHECK(t.id_of_get() == "first");
    // Another answer comes while the 304 is under way.
    response_override held = same;
    held.pause_after = 0;
    t.s.respond_next(held);
    t.s.respond_next(tagged("\"y\"", "of y"));
    t.s.respond_next(tagged("\"2\"", "second"));
    std::optional<loop::result<report::export_result>> outcome;
    t.client().async_call(report::get_report, report::get_request("x"),
                          [&](auto r) { outcome.emplace(std::move(r)); });
    run_until(t.io, [&] { return t.s.requests().size() == 2; });
    CHECK(t.asked() == "\"1\"");
    bool other_is_there = false;
    t.client().async_call(report::get_report, report::get_request("y"), [&](auto r) {
        REQUIRE(r);
        other_is_there = true;
    });
    run_until(t.io, [&] { return other_is_there; });
    t.s.release();
    t.io.run();
    REQUIRE(outcome);
    REQUIRE_MESSAGE(*outcome, outcome->error());
    CHECK((*outcome)->id == "second");
    CHECK(outcome->attempts() == 2);
    CHECK(t.asked() == "none");
}

TEST_CASE("the cache: a request with an If-None-Match of its own gets its 304") {
    cached t;
    for (int i = 0; i != 2; ++i) {
        t.s.respond_next(same);
        conditional_request mine;
        mine.etag = "\"of mine\"";
        auto const r = call(t.client(), t.io, get_thing, mine);
        REQUIRE_FALSE(r);
        CHECK(r.error().status == 304);
        CHECK(t.asked() == "\"of mine\"");
    }
}

namespace {

// A client with faults on purpose, in virtual time.
struct chaotic {
    explicit chaotic(random_faults faults, bool has_clock = true) {
        server_options shared;
        shared.clock = clock;
        s.emplace(shared);
        how = options_for(*s);
        how.time = clock;
        how.deadline = 1h;
        how.interceptors.push_back(
            std::make_shared<example::chaos>(std::move(faults), has_clock ? clock : nullptr));
    }
    // Calls so often, and tells how each call ended.
    lines call_often(int times) {
        lines found;
        asio::io_context io;
        loop::client client(io, how);
        std::string const id = s->add_export();
        for (int i = 0; i != times; ++i) {
            client.async_call(report::get_report, report::get_request(id), [&](auto r) {
                found.push_back(
                    r ? "200"
                      : std::to_string(r.error().status) + ' ' +
                            std::string(to_string(static_cast<errc>(r.error().code().value()))));
            });
            io.restart();
            clock->run(io);
        }
        return found;
    }

    std::shared_ptr<loop::testing::virtual_clock> clock =
        std::make_shared<loop::testing::virtual_clock>();
    std::optional<server> s;
    loop::options how;
};

} // namespace

TEST_CASE("chaos: each kind of fault") {
    struct {
        fault what;
        char const* end;
        std::chrono::seconds time;
        std::size_t sent;
    } const cases[] = {
        {fault::none(), "200", 0s, 1},
        {fault::status(503), "503 server_error", 0s, 0},
        {fault::status(404).delayed(3s), "404 not_found", 3s, 0},
        {fault::reset(), "0 connection_lost", 0s, 0},
        {fault::hang_up().delayed(2s), "0 connection_lost", 2s, 0},
        {fault::delay(5s), "200", 5s, 1},
        {fault::body("<html>"), "200 unexpected_content", 0s, 0},
    };
    for (auto const& c : cases) {
        chaotic t(random_faults(1, 1.0, {c.what}));
        CHECK(t.call_often(1) == lines{c.end});
        CHECK(t.clock->elapsed() == c.time);
        CHECK(t.s->requests().size() == c.sent);
    }
}

TEST_CASE("chaos: the rate and the seed") {
    random_faults const faults(7, 0.5, {fault::status(503), fault::hang_up()});
    lines const first = chaotic(faults).call_often(60);
    CHECK(chaotic(faults).call_often(60) == first);
    CHECK(std::set<std::string>(first.begin(), first.end()) ==
          std::set<std::string>{"200", "503 server_error", "0 connection_lost"});
    random_faults other = faults;
    other.seed = 8;
    CHECK(chaotic(other).call_often(60) != first);
    other.probability = 0;
    CHECK(chaotic(other).call_often(5) == lines(5, "200"));
    CHECK(chaotic(random_faults(1, 1, {})).call_often(1) == lines{"200"});
}

TEST_CASE("chaos: the retries of the client stand it, even of a POST, and follow its Retry-After") {
    chaotic t(random_faults(3, 0.5, {fault::status(503).retry_after(60s), fault::reset()}));
    t.how.retry.max_attempts = 20;
    t.how.retry.base = 0ms;
    asio::io_context io;
    loop::client client(io, t.how);
    unsigned attempts = 0;
    for (int i = 0; i != 10; ++i) {
        client.async_call(report::export_report, week(), [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            attempts += r.attempts();
        });
        io.restart();
        t.clock->run(io);
    }
    CHECK(attempts > 10);
    CHECK(t.s->requests().size() == 10); // the service acts once on each
    CHECK(t.clock->elapsed() >= 60s);
    CHECK(t.clock->elapsed() % 60s == 0s);
}

TEST_CASE("chaos: a delay ends with its call, on either clock") {
    for (bool const has_clock : {true, false}) {
        CAPTURE(has_clock);
        chaotic t(random_faults(1, 1, {fault::delay(24h)}), has_clock);
        asio::io_context io;
        loop::client client(io, t.how);
        asio::cancellation_signal cancel;
        std::optional<loop::result<report::export_result>> outcome;
        auto const note = [&](loop::result<report::export_result> r) {
            outcome.emplace(std::move(r));
        };
        client.async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(cancel.slot(), note));
        io.poll();
        REQUIRE_FALSE(outcome);
        cancel.emit(asio::cancellation_type::terminal);
        io.run(); // returns
        REQUIRE(outcome);
        CHECK(outcome->error().code() == errc::cancelled);
        CHECK(t.s->requests().empty());
    }
}

TEST_CASE("chaos: a fault that damages bytes is refused") {
    for (auto const& what : {fault::drip(1, 1ms), fault::truncate(3)})
        CHECK_THROWS_AS(example::chaos(random_faults(1, 1, {what})), std::invalid_argument);
}

} // TEST_SUITE("client/interceptors/examples")
