// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A load balancer before the service: it closes connections as it sees fit.
#include <client/at_rest.hpp>
#include <client/fixture.hpp>
#include <client/pool/posting.hpp>
#include <net/servers/load.hpp>
#include <support/program.hpp>

#include <boost/asio/steady_timer.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <list>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

TEST_SUITE("net/servers/haproxy") {

using namespace fixture;
using loop::errc;
using loop::request_progress;

namespace {

constexpr char const* variable = "INTHELOOP_TEST_HAPROXY";

bool no_haproxy() {
    return program_at(variable).empty();
}

// It takes TLS off, before a service on this port.
class load_balancer {
public:
    // `settings` are of its defaults, `rules` of the part that faces clients.
    load_balancer(unsigned short service, std::string const& settings,
                  std::string const& rules = {}) {
        auto const own = authority_.issue(loop::testing::certificate_request({"localhost"}));
        write_file(directory_.path / "both.pem", own.certificate_pem + own.private_key_pem);
        write_file(directory_.path / "haproxy.cfg",
                   "defaults\n  mode http\n  retries 0\n  timeout connect 5s\n"
                   "  timeout server 30s\n  timeout client 30s\n" +
                       settings +
                       "frontend front\n  bind fd@3 ssl crt both.pem alpn h2,http/1.1\n" + rules +
                       "  default_backend back\nbackend back\n  server service 127.0.0.1:" +
                       std::to_string(service) + "\n");
        port_.listen();
        start({});
    }

    // A new one takes over the port, and ends the old one when that has nothing left to do.
    void reload() { start({"-sf", std::to_string(running_.back().id())}); }
    // Returns whether the old ones have ended by themselves: the newest has taken over.
    bool is_alone() {
        return std::all_of(running_.begin(), std::prev(running_.end()),
                           [](program& each) { return each.has_ended(); });
    }
    // Returns whether it has closed all connections of this program.
    bool has_closed_all() const {
        auto const all = sockets_to(port_.number());
        return std::all_of(all.begin(), all.end(), [](int each) {
            tcp_info now{};
            socklen_t size = sizeof now;
            return ::getsockopt(each, IPPROTO_TCP, TCP_INFO, &now, &size) == 0 &&
                   now.tcpi_state == TCP_CLOSE_WAIT;
        });
    }
    loop::options options() const {
        loop::options how;
        how.base_url = "https://localhost:" + port_.text();
        how.tls.ca_pem = authority_.certificate_pem();
        how.retry.max_attempts = 1;
        how.token = token;
        return how;
    }

    static constexpr char const* token = "token_behind_haproxy";

private:
    void start(std::vector<std::string> const& arguments) {
        std::vector<std::string> command{program_at(variable), "-db", "-f", "haproxy.cfg"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        running_.emplace_back(directory_.path, std::move(command), std::vector<std::string>(),
                              port_.socket());
    }

    loop::testing::certificate_authority authority_;
    scratch_directory directory_;
    loopback_port port_;
    std::list<program> running_;
};

server_options plain() {
    server_options how;
    how.plain_http = true;
    how.token = load_balancer::token;
    how.statuses = {"Processing"};
    return how;
}

void pause(asio::io_context& io, std::chrono::milliseconds time) {
    asio::steady_timer timer(io, time);
    timer.async_wait([](boost::system::error_code) {});
    io.restart();
    io.run();
}

// Until haproxy has closed what is idle.
constexpr std::chrono::milliseconds until_closed = std::chrono::milliseconds::max();

// Calls with these pauses between them; each must succeed. A request and the end of its connection
// may cross on the way, and a slow machine may need longer than haproxy's patience to connect: then
// a further attempt is due, which a POST that was sent is not given.
template <class Endpoint>
void check_calls(load_balancer const& front, Endpoint const& endpoint,
                 typename Endpoint::request_type const& request,
                 std::vector<std::chrono::milliseconds> const& pauses) {
    asio::io_context io;
    loop::options how = front.options();
    how.retry.max_attempts = 10;
    loop::client client(io.get_executor(), how);
    for (auto const each : pauses) {
        auto const r = call(client, io, endpoint, request);
        REQUIRE_MESSAGE(r, r.error());
        if (each == until_closed)
            run_until(io, [&] { return front.has_closed_all(); });
        else
            pause(io, each);
    }
    check_at_rest(client);
    CHECK(client.statistics().connections_opened > 1); // some were closed
}

} // namespace

TEST_CASE("INTHELOOP_TEST_HAPROXY names an haproxy") {
    REQUIRE_MESSAGE(!no_haproxy(), "haproxy is missing: these tests need it (Debian: haproxy)");
}

TEST_CASE("connections that it closes while they are idle cost no call" *
          doctest::skip(no_haproxy())) {
    server service(plain());
    // `timeout client` would end a slow handshake, too, so it is longer.
    for (auto const& [setting, idle, times] :
         {std::tuple("timeout http-keep-alive", 50ms, 3), std::tuple("timeout client", 250ms, 1)}) {
        CAPTURE(setting);
        std::vector<std::chrono::milliseconds> around;
        for (auto each = idle - 5ms; each != idle + 6ms; ++each)
            around.insert(around.end(), static_cast<std::size_t>(times), each);
        around.insert(around.end(), {until_closed, 0ms});
        load_balancer const front(service.api_port(), "  " + std::string(setting) + ' ' +
                                                          std::to_string(idle.count()) + "ms\n");
        // A POST, when it has happened (`timeout client` would end a slow request, too); a GET,
        // just when it happens.
        if (idle == 50ms)
            check_calls(front, report::export_report, week(), {until_closed, until_closed, 0ms});
        check_calls(front, report::get_report, report::get_request(service.add_export()), around);
    }
}

TEST_CASE("what it answers itself is told" * doctest::skip(no_haproxy())) {
    loopback_port const nobody;
    auto const error_of = [&](std::string const& rules) {
        load_balancer const front(nobody.number(), "", rules);
        auto const r = call(front.options(), report::get_report, report::get_request("x"));
        REQUIRE_FALSE(r);
        CHECK(r.error().progress == request_progress::response_begun);
        return r.error();
    };
    auto const no_backend = error_of("");
    CHECK(no_backend.code() == errc::server_error);
    CHECK(no_backend.status == 503);
    CHECK_MESSAGE(contains(printed(no_backend), "503 Service Unavailable"), printed(no_backend));

    auto const too_slow = error_of("  http-request deny deny_status 408\n");
    CHECK(too_slow.code() == errc::bad_request);
    CHECK(too_slow.status == 408);
    CHECK_MESSAGE(contains(printed(too_slow), "408 Request Time-out"), printed(too_slow));
}

TEST_CASE("after a 503 or a 408 of it a GET is tried again" * doctest::skip(no_haproxy())) {
    server service(plain());
    for (std::string const status : {"503", "408"}) {
        CAPTURE(status);
        load_balancer const front(service.api_port(), "",
                                  "  stick-table type integer size 1 store gpc0\n"
                                  "  http-request track-sc0 int(1)\n"
                                  "  http-request sc-inc-gpc0(0)\n"
                                  "  http-request deny deny_status " +
                                      status + " if { sc_get_gpc0(0) eq 1 }\n");
        loop::options how = front.options();
        how.retry.max_attempts = 3;
        how.retry.base = 1ms;
        auto const r = call(how, report::get_report, report::get_request(service.add_export()));
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r.attempts() == 2);
    }
}

TEST_CASE("a reload costs no GET, under load" * doctest::skip(no_haproxy())) {
    server service(plain());
    load_balancer front(service.api_port(), "");
    std::string const id = service.add_export();
    asio::io_context io;
    loop::options how = front.options();
    how.deadline = patience;
    loop::client client(io.get_executor(), how);
    // As many as it takes until each reload is over.
    constexpr std::size_t most_calls = 100'000, reloads = 3;
    load all(most_calls, 20, [&](std::size_t, std::function<void()> ended) {
        client.async_call(report::get_report, report::get_request(id),
                          [ended = std::move(ended)](auto r) {
                              REQUIRE_MESSAGE(r, r.error());
                              ended();
                          });
    });
    std::size_t reloaded = 0;
    all.on_ended = [&](std::size_t ended) {
        if (ended % 100 != 0 || !front.is_alone())
            return;
        if (reloaded == reloads)
            return all.stop();
        front.reload();
        ++reloaded;
    };
    all.run(io);
    check_at_rest(client);
    CHECK(client.statistics().retries == 0);
    CHECK(client.statistics().connections_opened > 16); // each reload has cost some
    CHECK(reloaded == reloads);
    CHECK(all.is_stopped());
}

} // TEST_SUITE("net/servers/haproxy")
