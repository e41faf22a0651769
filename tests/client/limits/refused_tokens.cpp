// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A token that the service refuses with 401: when another is asked for, and when nothing more is
// sent.
#include <client/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/limits/refused_tokens") {

using namespace fixture;
using loop::errc;
using loop::request_progress;

namespace {

using state = loop::result<report::export_result>;

std::string const good_body = R"({"id":"x"})";

// Gives the tokens of a list, one at each question, and the last one for ever.
class list_of_tokens {
public:
    explicit list_of_tokens(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

    loop::token_provider provider() {
        return [this](loop::token_request, loop::token_handler give) {
            auto const at = std::min(asked_++, tokens_.size() - 1);
            std::move(give)(std::nullopt, loop::secret(tokens_[at]));
        };
    }
    std::size_t asked() const { return asked_; }

private:
    std::vector<std::string> tokens_;
    std::size_t asked_ = 0;
};

void ask(list_of_tokens& tokens, loop::options& how) {
    how.token = loop::secret();
    how.token_provider = tokens.provider();
}

// How a call ends while the service still writes the body of its 401.
enum class way { cancelled, client_destroyed, close_cancelled, deadline };

struct interruption {
    char const* name;
    way how;
    errc code;
};

constexpr interruption interruptions[] = {
    {"cancelled", way::cancelled, errc::cancelled},
    {"the client destroyed", way::client_destroyed, errc::client_closed},
    {"async_close cancelled", way::close_cancelled, errc::client_closed},
    {"the deadline passed", way::deadline, errc::deadline_exceeded},
};

// A POST whose 401 stops in the middle of its body, and the client that made it.
class half_refused_call {
public:
    explicit half_refused_call(list_of_tokens* tokens) : s(timed_by(clock)) {
        // 600 bytes are the head and some of the body.
        response_override half(401, std::string(1000, ' '));
        half.pause_after = 600;
        s.respond_next(half);
        s.respond_next(response_override(200, good_body)); // to whatever comes next
        loop::options chosen = options_for(s);
        chosen.retry.max_attempts = 3;
        chosen.retry.base = 0ms;
        chosen.time = clock;
        chosen.stall_timeout = 2 * chosen.deadline;
        if (tokens)
            ask(*tokens, chosen);
        client.emplace(io.get_executor(), chosen);
        client->async_call(report::export_report, week(),
                           asio::bind_cancellation_slot(stop_call.slot(), [this](state r) {
                               outcome.emplace(std::move(r));
                           }));
        run_until(io, [this] { return s.wait_until_held(0ms); });
        run_until_quiet(io);
    }

    void interrupt(way how) {
        switch (how) {
        case way::cancelled: stop_call.emit(asio::cancellation_type::terminal); break;
        case way::client_destroyed: client.reset(); break;
        case way::close_cancelled:
            client->async_close(
                asio::bind_cancellation_slot(stop_closing.slot(), [this] { closed = true; }));
            run_until_quiet(io);
            stop_closing.emit(asio::cancellation_type::terminal);
            break;
        case way::deadline: clock->advance(loop::options().deadline); break;
        }
        io.restart();
        io.run();
        CHECK(closed == (how == way::close_cancelled));
    }

    std::shared_ptr<loop::testing::virtual_clock> const clock =
        std::make_shared<loop::testing::virtual_clock>();
    server s;
    asio::io_context io;
    std::optional<loop::client> client;
    asio::cancellation_signal stop_call;
    asio::cancellation_signal stop_closing;
    std::optional<state> outcome;
    bool closed = false;

private:
    static server_options timed_by(std::shared_ptr<loop::testing::virtual_clock> clock) {
        server_options made;
        made.clock = std::move(clock);
        return made;
    }
};

} // namespace

TEST_CASE("a call that is ended in the middle of a 401 is not sent again with another token") {
    for (interruption const& each : interruptions)
        for (bool from_provider : {false, true}) {
            CAPTURE(std::string(each.name));
            CAPTURE(from_provider);
            list_of_tokens tokens({"first_token", "second_token"});
            half_refused_call made(from_provider ? &tokens : nullptr);
            REQUIRE_FALSE(made.outcome);
            if (!from_provider)
                made.client->set_token("second_token");
            made.interrupt(each.how);
            REQUIRE(made.outcome);
            REQUIRE_FALSE(*made.outcome);
            loop::error const& e = made.outcome->error();
            CHECK_MESSAGE(e.code() == each.code, e);
            CHECK(e.status == 401); // so much had come
            CHECK(e.attempts == 1);
            CHECK(e.earlier_attempts.empty());
            CHECK(made.s.requests().size() == 1);
            if (made.client)
                CHECK(made.client->statistics().retries == 0);
        }
}

TEST_CASE("a provider that gives the refused token again is asked once, and its token not sent") {
    server s;
    std::string const bad = "token_in_disgrace";
    list_of_tokens tokens({bad, bad, bad, s.token()});
    loop::options how = options_for(s);
    how.retry.max_attempts = 3;
    how.deadline = 10s; // of which nothing is waited out
    ask(tokens, how);
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    auto const get = [&] { return call(client, io, report::get_report, report::get_request("x")); };

    auto const first = get();
    REQUIRE_FALSE(first);
    CHECK_MESSAGE(first.error().code() == errc::unauthorized, first.error());
    CHECK(first.error().progress == request_progress::not_sent); // but for the refused attempt
    CHECK(tokens.asked() == 2); // before the call, and after the 401
    CHECK(s.requests().size() == 1);

    auto const later = get();
    REQUIRE_FALSE(later);
    CHECK_MESSAGE(later.error().code() == errc::unauthorized, later.error());
    CHECK(later.error().progress == request_progress::not_sent);
    CHECK(tokens.asked() == 3);
    CHECK(s.requests().size() == 1);

    CHECK(get().error().code() == errc::not_found); // with the right one
    CHECK(tokens.asked() == 4);
    CHECK(s.requests().size() == 2);
    CHECK_FALSE(contains(printed(first.error()) + printed(later.error()), bad));
}

TEST_CASE("calls that wait while their token is refused for good end too, and are not sent") {
    server s;
    list_of_tokens tokens({"refused"});
    loop::options how = options_for(s);
    how.deadline = 10s;
    SUBCASE("for a connection") {
        how.pool.max_connections = 1;
    }
    SUBCASE("for the limits") {
        how.limits.max_in_flight = 1;
    }
    ask(tokens, how);
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    int ended = 0;
    for (int i = 0; i != 10; ++i)
        client.async_call(report::export_report, week(), [&](state r) {
            REQUIRE_FALSE(r);
            CHECK_MESSAGE(r.error().code() == errc::unauthorized, r.error());
            ++ended;
        });
    io.run();
    CHECK(ended == 10);
    CHECK(s.requests().size() == 1);
}

TEST_CASE("no token that a call was sent with comes back in its error") {
    std::vector<std::string> const tokens{"token_number_one", "token_number_two",
                                          "token_number_three"};
    std::string all;
    for (std::string const& token : tokens)
        all += ' ' + token;
    server s;
    for (unsigned status : {503u, 503u, 400u}) {
        response_override answer(status, R"({"message":"not)" + all + R"("})");
        answer.header("X-Request-Id", "of" + all).pause_after = 0;
        s.respond_next(answer);
    }
    loop::options how = options_for(s);
    how.token = tokens[0];
    how.retry.max_attempts = 3;
    how.retry.base = 0ms;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::optional<state> outcome;
    client.async_call(report::get_report, report::get_request("x"),
                      [&](state r) { outcome.emplace(std::move(r)); });
    for (std::size_t i = 0; i != tokens.size(); ++i) {
        run_until(io, [&] { return s.requests().size() == i + 1 && s.wait_until_held(0ms); });
        CHECK(s.requests().back().header("Authorization") == "Bearer " + tokens[i]);
        if (i + 1 != tokens.size())
            client.set_token(tokens[i + 1]); // from the next attempt on
        s.release();
    }
    run_until(io, [&] { return outcome.has_value(); });
    REQUIRE_FALSE(*outcome);
    loop::error const& e = outcome->error();
    CHECK(e.status == 400);
    CHECK(e.attempts == 3);
    for (std::string const& token : tokens)
        for (std::string const& text :
             {printed(e), e.detail, e.body, e.service_message, e.service_code, e.request_id}) {
            CAPTURE(text);
            CHECK_FALSE(contains(text, token));
        }
}

} // TEST_SUITE("client/limits/refused_tokens")
