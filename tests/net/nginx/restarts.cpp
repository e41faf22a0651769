// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// nginx is killed and started again under load: no call is lost that may be repeated, and none that
// may not be is made twice.
#include <client/at_rest.hpp>
#include <client/fixture.hpp>
#include <net/nginx/nginx.hpp>
#include <net/servers/load.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("net/nginx/restarts") {

using namespace fixture;
using loop::errc;
using loop::request_progress;
using loop::retry_verdict;

namespace {

constexpr std::size_t callers = 50;

// The service behind nginx stays, and has on record what came through.
struct setup {
    explicit setup(nginx::when_down connections)
        : service(plain()), front("location / { proxy_pass http://127.0.0.1:" + // not ::1 too
                                      std::to_string(service.api_port()) +
                                      "; proxy_next_upstream off; proxy_http_version 1.1; }",
                                  connections) {
        how.base_url = front.base_url();
        how.token = service.token();
        how.tls.ca_pem = front.ca_certificate();
        how.deadline = patience;
        how.retry.max_attempts = 20; // until it is up again
        how.retry.base = 50ms;
        how.retry.budget = 1'000'000;
    }

    static server_options plain() {
        server_options how;
        how.plain_http = true;
        how.statuses = {"Processing"};
        return how;
    }

    // Three times during the load nginx is down for a while.
    void run(load& all, std::size_t calls, loop::client const& client) {
        asio::steady_timer pause(io);
        all.on_ended = [&](std::size_t ended) {
            if (ended == calls || ended % (calls / 4) != 0)
                return;
            front.kill();
            ++outages;
            pause.expires_after(60ms);
            pause.async_wait([&](boost::system::error_code) { front.start(); });
        };
        all.run(io);
        CHECK(outages == 3);
        check_at_rest(client);
        CHECK(client.statistics().calls_started == calls);
        CHECK(client.statistics().connections_opened > 16); // so it was noticed
    }

    server service;
    nginx front;
    loop::options how;
    asio::io_context io;
    int outages = 0;
};

void check_that_none_is_lost(nginx::when_down connections) {
    constexpr std::size_t calls = callers * 20;
    setup t(connections);
    std::string const id = t.service.add_export();
    loop::client client(t.io.get_executor(), t.how);
    load all(calls, callers, [&](std::size_t, std::function<void()> ended) {
        client.async_call(report::get_report, report::get_request(id),
                          [&id, ended = std::move(ended)](auto r) {
                              REQUIRE_MESSAGE(r, r.error());
                              CHECK(r->id == id);
                              ended();
                          });
    });
    t.run(all, calls, client);
    CHECK(client.statistics().requests_sent > calls);
}

// How a POST ended, by its number.
struct outcome {
    bool succeeded = false;
    request_progress progress = request_progress::not_sent;
};

void check_against_record(std::vector<outcome> const& outcomes, server const& service) {
    std::vector<unsigned> arrived(outcomes.size());
    for (auto const& request : service.requests())
        ++arrived.at(std::stoul(request.body.substr(request.body.find(':') + 1)));
    std::size_t successes = 0;
    for (std::size_t i = 0; i != outcomes.size(); ++i) {
        CAPTURE(i);
        CHECK(arrived[i] <= 1);
        if (outcomes[i].succeeded)
            CHECK(arrived[i] == 1);
        else
            CHECK(outcomes[i].progress != request_progress::not_sent);
        successes += outcomes[i].succeeded;
    }
    // Each outage costs what was on the wire, and no more.
    CHECK(successes >= outcomes.size() - 3 * loop::pool_options().max_connections);
}

void check_that_none_is_made_twice(nginx::when_down connections) {
    constexpr std::size_t calls = callers * 10;
    setup t(connections);
    loop::client client(t.io.get_executor(), t.how);
    std::vector<outcome> outcomes(calls);
    load all(calls, callers, [&](std::size_t number, std::function<void()> ended) {
        drafts::create_request draft;
        draft.content["number"] = number;
        client.async_call(drafts::create_draft, draft,
                          [&made = outcomes[number], ended = std::move(ended)](auto r) {
                              made.succeeded = r.has_value();
                              if (!r) {
                                  made.progress = r.error().progress;
                                  CHECK_MESSAGE(r.error().code() == errc::connection_lost,
                                                r.error());
                                  CHECK(r.error().verdict == retry_verdict::may_have_acted);
                              }
                              ended();
                          });
    });
    t.run(all, calls, client);
    check_against_record(outcomes, t.service);
}

} // namespace

TEST_CASE("a server that crashes and comes back loses no GET" * doctest::skip(no_nginx())) {
    SUBCASE("while connections wait for it") {
        check_that_none_is_lost(nginx::when_down::waits);
    }
    SUBCASE("while connections are refused") {
        check_that_none_is_lost(nginx::when_down::is_refused);
    }
}

TEST_CASE("a server that crashes and comes back gets no POST twice" * doctest::skip(no_nginx())) {
    SUBCASE("while connections wait for it") {
        check_that_none_is_made_twice(nginx::when_down::waits);
    }
    SUBCASE("while connections are refused") {
        check_that_none_is_made_twice(nginx::when_down::is_refused);
    }
}

} // TEST_SUITE("net/nginx/restarts")
