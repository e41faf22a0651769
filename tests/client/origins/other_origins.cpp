// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Calls to another origin than the API's: what goes there and what does not, its own limits, its
// address.
#include <client/certificates.hpp>
#include <client/fixture.hpp>

#include <intheloop/recording.hpp>
#include <intheloop/testing/virtual_clock.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("client/origins/other_origins") {

using namespace fixture;
using loop::errc;
using loop::testing::virtual_clock;
namespace documentation = loop::documentation;

namespace {

constexpr char const* docs = "https://docs.intheloop.io";

class note {
public:
    std::string id;
    using members = loop::members<&note::id>;
};
class note_request {
public:
    note_request() {}
    std::string text;
    using members = loop::members<&note_request::text>;
};

// The same verb and route as a documented one, on another origin; and one that sends JSON.
constexpr loop::endpoint<loop::verb::post, "/v1/drafts", note_request, note,
                         loop::origin<"https://notes.example.org">,
                         loop::operation<"notes.create_note">, loop::observed>
    create_note{};
constexpr loop::endpoint<loop::verb::get, "/page", loop::no_parameters, loop::raw_body,
                         loop::origin<"http://localhost:1">>
    page_in_clear{};

static_assert(create_note.info().origin == "https://notes.example.org");
static_assert(create_note.description() ==
              "POST https://notes.example.org/v1/drafts (note_request) -> note");
static_assert(report::get_report.info().origin.empty());
static_assert((loop::documented_endpoints + loop::catalog<create_note>()).size() ==
              loop::documented_endpoints.size() + 1);

loop::options options_with_origins(server const& s) {
    auto how = options_for(s);
    how.origins = s.origins();
    return how;
}

server_options with_notes() {
    server_options options;
    options.origins.emplace_back("https://notes.example.org");
    return options;
}

documentation::ask_request question() {
    return documentation::ask_request("May a tag have a colour?");
}

// Runs one call until it completes, in virtual time.
template <class Endpoint>
auto timed_call(virtual_clock& clock, loop::client& client, asio::io_context& io,
                Endpoint const& endpoint, typename Endpoint::request_type const& request,
                loop::call_options const& how = loop::call_options()) {
    std::optional<loop::result<typename Endpoint::response_type>> outcome;
    client.async_call(endpoint, request, how, [&](auto r) { outcome.emplace(std::move(r)); });
    io.restart();
    clock.run(io);
    REQUIRE(outcome);
    return std::move(*outcome);
}

std::string problem_of(std::map<std::string, std::string> origins) {
    auto how = options_for_port(1);
    how.origins = std::move(origins);
    try {
        asio::io_context io;
        loop::client const client(io, how);
    } catch (loop::exception const& e) {
        return e.error().detail;
    }
    return {};
}

} // namespace

TEST_CASE("a question goes to the documentation, and nothing else does") {
    server s;
    auto how = options_with_origins(s);
    how.impersonate_user = loop::secret(user);
    auto const answer = call(how, documentation::ask, question());
    REQUIRE(answer);
    CHECK(answer->bytes == "# Answer\n\nThe test server knows no answer to: May a tag have a "
                           "colour?\n");
    CHECK(answer->content_type == "text/markdown; charset=utf-8");
    CHECK(s.requests(origin::api).empty());
    auto const sent = s.requests(origin::other);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].target == "/api-reference.md?ask=May%20a%20tag%20have%20a%20colour%3F");
    CHECK(sent[0].other_origin == docs);
    CHECK(sent[0].header("Host") == s.origins().at(docs).substr(8));
    CHECK(sent[0].header("User-Agent")->starts_with("intheloop/"));
    CHECK(sent[0].header("Accept") == "*/*");
    CHECK(!sent[0].header("Authorization"));
    CHECK(!sent[0].header("X-Impersonate-User"));
    CHECK(!sent[0].header("Cookie"));
    CHECK(s.requests(documentation::ask).once());
}

TEST_CASE("the client's certificate is not presented to another origin") {
    server_options demanding;
    demanding.require_client_certificate = true;
    server s(demanding);
    auto how = options_for(s);
    auto const mine = client_certificate(s.authority(), "a client of the test");
    how.tls.certificate_pem = mine.certificate_pem;
    how.tls.private_key_pem = mine.private_key_pem;
    how.origins = {{docs, s.base_url()}}; // the same address, for both
    auto const refused = call(how, documentation::ask, question());
    REQUIRE(!refused);
    CHECK((refused.error().code() == errc::tls_failed ||
           refused.error().code() == errc::connection_lost));
    CHECK(s.requests().empty());
    CHECK(call(how, drafts::create_draft, drafts::create_request()));
}

TEST_CASE("to impersonate a user elsewhere is an error before anything is sent") {
    server s;
    loop::call_options as_user;
    as_user.impersonate_user = loop::secret(user);
    auto const refused = call(options_with_origins(s), documentation::ask, question(), as_user);
    REQUIRE(!refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(refused.error().detail == "impersonate_user is set for a call to "
                                    "https://docs.intheloop.io, where no credentials go: leave it "
                                    "out");
    CHECK(!contains(printed(refused.error()), user));
    CHECK(s.requests().empty());
    loop::call_options as_nobody;
    as_nobody.impersonate_user = nullptr;
    CHECK(call(options_with_origins(s), documentation::ask, question(), as_nobody));
}

TEST_CASE("credentials that a program adds go to the API and nowhere else") {
    class adder : public loop::interceptor, public loop::propagator {
    public:
        loop::interception before(loop::intercepted_request const&) override {
            return loop::interception().header("cookie", "session=hidden");
        }
        void inject(loop::attempt_attributes const&, loop::headers& carrier) override {
            carrier.append("COOKIE", "session=hidden");
        }
    };
    server s;
    auto how = options_with_origins(s);
    loop::call_options per_call;
    std::string by;
    SUBCASE("to a call") {
        per_call.headers.append("Cookie", "session=hidden");
        by = "headers: Cookie";
    }
    SUBCASE("to an attempt, by an interceptor") {
        how.interceptors = {std::make_shared<adder>()};
        by = "interceptors[0]: cookie";
    }
    SUBCASE("to an attempt, by a propagator") {
        how.propagator = std::make_shared<adder>();
        by = "propagator: COOKIE";
    }
    auto const refused = call(how, documentation::ask, question(), per_call);
    REQUIRE(!refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(refused.error().detail ==
          by + " can't be set: it carries credentials, which belong to the origin of the API, and "
               "the request goes elsewhere");
    CHECK(refused.error().progress == loop::request_progress::not_sent);
    CHECK(!contains(printed(refused.error()), "hidden"));
    CHECK(s.requests().empty());
    CHECK(call(how, drafts::create_draft, drafts::create_request(), per_call));
    CHECK(s.requests().at(0).header("Cookie") == "session=hidden");
}

TEST_CASE("a 401 of another origin leaves the token as it is") {
    server s;
    s.script(documentation::ask, {loop::testing::fault::status(401)});
    asio::io_context io;
    loop::client client(io, options_with_origins(s));
    auto const refused = call(client, io, documentation::ask, question());
    REQUIRE(!refused);
    CHECK(refused.error().code() == errc::unauthorized);
    CHECK(refused.error().attempts == 1);
    CHECK(contains(printed(refused.error()),
                   "GET https://docs.intheloop.io/api-reference.md (ask_request) -> raw_body"));
    CHECK(call(client, io, drafts::create_draft, drafts::create_request()));
    CHECK(call(client, io, documentation::ask, question()));
}

TEST_CASE("a request that is shown and not sent is the one for the other origin") {
    server s;
    asio::io_context io;
    documentation::ask_request const question("How long?");
    {
        loop::client client(io.get_executor(), options_for(s));
        auto const shown = client.prepare(documentation::ask, question);
        REQUIRE_MESSAGE(shown, shown.error());
        CHECK(shown->address == std::string(docs) + "/api-reference.md?ask=How%20long%3F");
        CHECK(shown->headers.find("Host") == "docs.intheloop.io");
        CHECK_FALSE(shown->headers.find("Authorization"));
    }
    loop::client client(io.get_executor(), options_with_origins(s));
    CHECK(client.prepare(documentation::ask, question)->address.starts_with("https://localhost:"));
    CHECK(s.requests().empty());
}

TEST_CASE("without a token that may be sent, another origin is asked nevertheless") {
    server s;
    auto how = options_with_origins(s);
    how.token = loop::secret("a_token_that_is_wrong");
    asio::io_context io;
    loop::client client(io, how);
    CHECK(call(client, io, drafts::create_draft, drafts::create_request()).error().code() ==
          errc::unauthorized);
    CHECK(call(client, io, drafts::create_draft, drafts::create_request()).error().progress ==
          loop::request_progress::not_sent);
    CHECK(call(client, io, documentation::ask, question()));
}

TEST_CASE("each origin has a pause of its own after a 429") {
    auto const clock = std::make_shared<virtual_clock>();
    server_options timed;
    timed.clock = clock;
    server s(timed);
    auto how = options_with_origins(s);
    how.time = clock;
    how.deadline = 10s;
    asio::io_context io;
    loop::client client(io, how);

    SUBCASE("the documentation's pauses only its own") {
        s.respond_next(response_override(429).header("Retry-After", "60"), origin::other);
        CHECK(timed_call(*clock, client, io, documentation::ask, question()).error().retry_after ==
              60s);
        auto const begun = clock->now();
        CHECK(timed_call(*clock, client, io, drafts::create_draft, drafts::create_request()));
        CHECK(clock->now() == begun);
        auto const waits = timed_call(*clock, client, io, documentation::ask, question());
        REQUIRE(!waits);
        CHECK(waits.error().code() == errc::rate_limited);
        CHECK(waits.error().progress == loop::request_progress::not_sent);
        client.set_token(loop::secret(s.token())); // the pause is not the token's
        CHECK(timed_call(*clock, client, io, documentation::ask, question()).error().progress ==
              loop::request_progress::not_sent);
    }
    SUBCASE("the API's leaves the documentation alone") {
        s.respond_next(response_override(429).header("Retry-After", "60"));
        CHECK(!timed_call(*clock, client, io, drafts::create_draft, drafts::create_request()));
        CHECK(timed_call(*clock, client, io, documentation::ask, question()));
        CHECK(timed_call(*clock, client, io, drafts::create_draft, drafts::create_request())
                  .error()
                  .progress == loop::request_progress::not_sent);
    }
    SUBCASE("a retry waits for it") {
        s.respond_next(response_override(429).header("Retry-After", "5"), origin::other);
        loop::call_options again;
        again.retry.emplace().max_attempts = 2;
        auto const begun = clock->now();
        auto const answer = timed_call(*clock, client, io, documentation::ask, question(), again);
        REQUIRE(answer);
        CHECK(answer.attempts() == 2);
        CHECK(clock->now() - begun >= 5s);
    }
}

TEST_CASE("each origin has the limits for itself") {
    server s;
    auto how = options_with_origins(s);
    how.limits.max_in_flight = 1;
    asio::io_context io;
    loop::client client(io, how);
    int answered = 0;
    auto const count = [&](auto const& r) { answered += r ? 1 : 0; };
    s.hold_next(origin::other);
    client.async_call(documentation::ask, question(), count);
    run_until(io, [&] { return s.requests(origin::other).size() == 1; });
    CHECK(client.statistics().requests_in_flight == 1);
    client.async_call(documentation::ask, question(), count);
    run_until(io, [&] { return client.statistics().calls_waiting_for_limit == 1; });
    client.async_call(drafts::create_draft, drafts::create_request(), count);
    run_until(io, [&] { return answered == 1; });
    CHECK(client.statistics().calls_waiting_for_limit == 1);
    CHECK(s.requests(origin::other).size() == 1);
    s.release();
    run_until(io, [&] { return answered == 3; });
    CHECK(s.requests(origin::other).size() == 2);
}

TEST_CASE("each origin has a retry budget of its own") {
    auto const clock = std::make_shared<virtual_clock>();
    server_options timed;
    timed.clock = clock;
    server s(timed);
    auto how = options_with_origins(s);
    how.time = clock;
    how.retry.max_attempts = 3;
    how.retry.budget = how.retry.retry_cost; // for one retry
    asio::io_context io;
    loop::client client(io, how);
    s.script(documentation::ask,
             {loop::testing::fault::status(503), loop::testing::fault::status(503)});
    auto const failed = timed_call(*clock, client, io, documentation::ask, question());
    REQUIRE(!failed);
    CHECK(failed.error().attempts == 2);
    CHECK(failed.error().verdict == loop::retry_verdict::budget_used_up);
    CHECK(client.statistics().retry_budget_left == how.retry.retry_cost);
    CHECK(client.explain(documentation::ask, loop::answered_with(503)).verdict ==
          loop::retry_verdict::budget_used_up);
    CHECK(client.explain(report::get_report, loop::answered_with(503)).verdict ==
          loop::retry_verdict::retry);
}

TEST_CASE("an observer sees where a call goes") {
    class watcher : public loop::observer {
    public:
        std::string address, route;
        unsigned port = 0;
        void on_call_ended(loop::call_ended const& event) override {
            address = event.server_address;
            port = event.server_port;
            route = event.url_template;
        }
    };
    server s;
    auto how = options_with_origins(s);
    auto const seen = std::make_shared<watcher>();
    how.observer = seen;
    CHECK(call(how, documentation::ask, question()));
    CHECK(seen->address == "localhost");
    CHECK(std::to_string(seen->port) == s.origins().at(docs).substr(18));
    CHECK(seen->route == "/api-reference.md");
}

TEST_CASE("an origin has its routes, handlers and drift for itself") {
    server s(with_notes());
    s.on(create_note, [](note_request const& asked) {
        return response_override(200, R"({"id":")" + asked.text + R"(","more":1})");
    });
    auto how = options_with_origins(s);
    how.drift = std::make_shared<loop::drift_report>();
    note_request request;
    request.text = "n1";
    auto const made = call(how, create_note, request);
    REQUIRE(made);
    CHECK(made->id == "n1");
    CHECK(call(how, drafts::create_draft, drafts::create_request()));
    CHECK(s.requests(create_note).once());
    CHECK(s.requests(drafts::create_draft).once());
    CHECK(contains(printed(*how.drift), "POST https://notes.example.org/v1/drafts"));
}

TEST_CASE("a server of tests says which origin it does not serve") {
    server s;
    CHECK_THROWS_WITH_AS(s.on(create_note, [](note_request const&) { return note(); }),
                         "test server: server_options::origins has no https://notes.example.org",
                         std::invalid_argument);
}

TEST_CASE("origins that can't be used are refused when the client is made") {
    CHECK(problem_of({{"docs.intheloop.io", "https://a.example"}}) ==
          "origins: a key is no origin: not a valid absolute URL");
    CHECK(problem_of({{"https://docs.intheloop.io/", "https://a.example"}}) ==
          "origins: a key is not written as origin<> has it: https://docs.intheloop.io");
    CHECK(problem_of({{"https://docs.intheloop.io:443", "https://a.example"}}) ==
          "origins: a key is not written as origin<> has it: https://docs.intheloop.io");
    std::string const address = "origins: the address for https://docs.intheloop.io: ";
    CHECK(problem_of({{docs, ""}}) == address + "not a valid absolute URL");
    CHECK(problem_of({{docs, "https://a.example?x=1"}}) == address + "it holds a query");
    CHECK(problem_of({{docs, "https://user@a.example"}}) ==
          address + "it holds user information, which is refused");
    CHECK(problem_of({{docs, "http://a.example"}}) ==
          address + "http:// is for this machine only: use https://");
    CHECK(problem_of({{docs, "http://localhost:1"}}) ==
          address + "http:// needs allow_insecure_loopback, and is for tests");
    CHECK(problem_of({{docs, "https://a.example/mirror/"}}).empty());
}

TEST_CASE("a path of the address precedes the route") {
    server s;
    auto how = options_with_origins(s);
    how.origins[docs] += "/mirror/";
    CHECK(call(how, documentation::ask, question()).error().code() == errc::not_found);
    CHECK(s.requests().at(0).target.starts_with("/mirror/api-reference.md?ask="));
}

TEST_CASE("http is for this machine, and has to be allowed") {
    auto how = options_for_port(1);
    auto const refused = call(how, page_in_clear, loop::no_parameters());
    REQUIRE(!refused);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(refused.error().detail ==
          "http://localhost:1 needs allow_insecure_loopback, and is for tests");
    server_options plain;
    plain.plain_http = true;
    server s(plain);
    how = options_with_origins(s);
    how.allow_insecure_loopback = true;
    CHECK(call(how, documentation::ask, question()));
}

TEST_CASE("the environment names other origins") {
    setenv("INTHELOOP_ORIGINS",
           " https://docs.intheloop.io=https://localhost:8443/a=b  "
           "https://b.example",
           1);
    auto const read = loop::options::from_env();
    unsetenv("INTHELOOP_ORIGINS");
    CHECK(read.origins == std::map<std::string, std::string>{
                              {"https://docs.intheloop.io", "https://localhost:8443/a=b"},
                              {"https://b.example", ""}});
}

TEST_CASE("a session with another origin is recorded and played") {
    loop::testing::recording recorded;
    {
        server s;
        auto how = options_with_origins(s);
        auto const recorder = std::make_shared<loop::testing::recorder>();
        how.recorder = recorder;
        how.origins[docs] += "/mirror"; // is no part of the recording
        s.on(documentation::ask, [](documentation::ask_request const&) {
            return loop::raw_body("never", "text/plain");
        });
        s.respond_next(response_override(200, "# Yes\n", "text/markdown"), origin::other);
        CHECK(call(how, documentation::ask, question()));
        CHECK(call(how, drafts::create_draft, drafts::create_request()));
        recorded = loop::testing::recording::parse(recorder->recording().to_json());
    }
    REQUIRE(recorded.exchanges().size() == 2);
    CHECK(recorded.exchanges()[0].target ==
          "https://docs.intheloop.io/api-reference.md?ask=May%20a%20tag%20have%20a%20colour%3F");
    loop::testing::player player(recorded);
    auto how = options_for_port(1);
    how.base_url = player.base_url();
    how.token = player.token();
    how.tls.ca_pem = player.ca_certificate();
    how.origins = player.origins();
    auto const answer = call(how, documentation::ask, question());
    REQUIRE(answer);
    CHECK(answer->bytes == "# Yes\n");
    CHECK(call(how, drafts::create_draft, drafts::create_request()));
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("client/origins/other_origins")
