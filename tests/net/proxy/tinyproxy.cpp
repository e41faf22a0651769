// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The client through a proxy that nobody here wrote.
#include <client/at_rest.hpp>
#include <client/fixture.hpp>
#include <net/servers/load.hpp>
#include <support/program.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("net/proxy/tinyproxy") {

using namespace fixture;
using loop::errc;
using loop::request_progress;
using loop::retry_verdict;

namespace {

constexpr char const* variable = "INTHELOOP_TEST_TINYPROXY";

bool no_tinyproxy() {
    return program_at(variable).empty();
}

class tinyproxy {
public:
    explicit tinyproxy(std::string const& rules = {}) {
        write_file(directory_.path / "tinyproxy.conf", "Listen 127.0.0.1\nPort " + port_.text() +
                                                           "\nTimeout 60\nLogFile \"log\"\n"
                                                           "LogLevel Connect\nMaxClients 50\n" +
                                                           rules);
        running_.emplace(directory_.path, std::vector<std::string>{program_at(variable), "-d", "-c",
                                                                   "tinyproxy.conf"});
        running_->wait_for(port_);
    }

    std::string port() const { return port_.text(); }
    std::string url(std::string const& credentials = {}) const {
        return "http://" + credentials + "127.0.0.1:" + port();
    }
    // How often it was asked to connect.
    std::ptrdiff_t asked() const {
        std::string const log = content_of(directory_.path / "log");
        std::ptrdiff_t count = 0;
        for (auto at = log.find(": CONNECT "); at != log.npos; at = log.find(": CONNECT ", at + 1))
            ++count;
        return count;
    }

private:
    scratch_directory directory_;
    loopback_port port_;
    std::optional<program> running_;
};

loop::options through(std::string const& proxy, server const& s) {
    loop::options how = options_for(s);
    how.proxy = proxy;
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    return how;
}

server_options completed() {
    server_options how;
    how.statuses = {"Completed"};
    how.content = std::string(300'000, 'x');
    return how;
}

// How a call ends that the proxy does not let through.
loop::error error_of(loop::options const& how, server const& s) {
    auto const r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::condition::proxy);
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(r.error().status == 0); // the service said nothing
    CHECK(s.connections_accepted() == 0);
    return r.error();
}

} // namespace

TEST_CASE("INTHELOOP_TEST_TINYPROXY names a tinyproxy") {
    REQUIRE_MESSAGE(!no_tinyproxy(),
                    "tinyproxy is missing: these tests need it (Debian: tinyproxy-bin)");
}

TEST_CASE("calls go through one tunnel, verified to its end" * doctest::skip(no_tinyproxy())) {
    server s(completed());
    tinyproxy proxy;
    asio::io_context io;
    {
        loop::client client(io.get_executor(), through(proxy.url(), s));
        auto const started = call(client, io, report::export_report, week());
        REQUIRE_MESSAGE(started, started.error());
        auto const state = call(client, io, report::get_report, report::get_request(started->id));
        REQUIRE_MESSAGE(state, state.error());
        check_at_rest(client);
        CHECK(client.statistics().connections_opened == 1);
        CHECK(proxy.asked() == 1);
        CHECK(s.connections_accepted() == 1);
        CHECK(s.requests().at(0).tls_server_name == "localhost");

        scratch_directory directory;
        std::optional<loop::result<loop::download_summary>> fetched;
        loop::async_download(client, *state->url, directory.path / "file",
                             [&](auto r) { fetched.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(fetched);
        REQUIRE_MESSAGE(*fetched, fetched->error());
        CHECK(content_of(directory.path / "file") == std::string(300'000, 'x'));
        CHECK(proxy.asked() == 2); // the files are elsewhere
        check_at_rest(client);
    }
    for (auto const& request : s.requests())
        CHECK_FALSE(request.header("Proxy-Authorization"));
}

TEST_CASE("many calls at once through it" * doctest::skip(no_tinyproxy())) {
    server s;
    tinyproxy proxy;
    asio::io_context io;
    loop::client client(io.get_executor(), through(proxy.url(), s));
    load all(200, 32, [&](std::size_t, std::function<void()> ended) {
        client.async_call(drafts::create_draft, drafts::create_request(),
                          [ended = std::move(ended)](auto r) {
                              REQUIRE_MESSAGE(r, r.error());
                              ended();
                          });
    });
    all.run(io);
    check_at_rest(client);
    // A connection that no call needs any more may be given up before it stands.
    CHECK(proxy.asked() >= static_cast<std::ptrdiff_t>(client.statistics().connections_opened));
    CHECK(proxy.asked() <= 16);
}

TEST_CASE("the origin's certificate has to be the origin's" * doctest::skip(no_tinyproxy())) {
    server_options how;
    loop::testing::certificate_authority const authority;
    how.authority = authority;
    how.api_certificate =
        authority.issue(loop::testing::certificate_request({"proxy.example.test"}));
    server s(how);
    tinyproxy proxy;
    auto const r = call(through(proxy.url(), s), report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::certificate_refused);
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(s.application_bytes_received() == 0);
}

TEST_CASE("it wants credentials" * doctest::skip(no_tinyproxy())) {
    server s;
    tinyproxy proxy("BasicAuth user_hush pass_hush\n");
    SUBCASE("which are right") {
        auto const r =
            call(through(proxy.url("user_hush:pass_hush@"), s), report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    SUBCASE("which are right, and written in another way") {
        auto const r =
            call(through(proxy.url("us%65r_hush:pass%5fhush@"), s), report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    SUBCASE("which are missing or wrong") {
        for (std::string const credentials :
             {"", "user_hush:wrong_hush@", "other_hush:pass_hush@"}) {
            CAPTURE(credentials);
            auto const e = error_of(through(proxy.url(credentials), s), s);
            CHECK_MESSAGE(e.code() == errc::proxy_unauthorized, e);
            CHECK(e.verdict == retry_verdict::not_retryable);
            CHECK(contains(e.detail, "the proxy 127.0.0.1:" + proxy.port()));
            for (char const* part : {"hush", "Basic", "dXNlcl", "b3RoZX"})
                CHECK_FALSE(contains(printed(e), part));
        }
        CHECK(proxy.asked() == 3);
    }
}

TEST_CASE("it does not connect to this port" * doctest::skip(no_tinyproxy())) {
    server s;
    tinyproxy proxy("ConnectPort 443\n");
    auto const e = error_of(through(proxy.url(), s), s);
    CHECK_MESSAGE(e.code() == errc::proxy_refused, e);
    CHECK(contains(e.detail, "403"));
    CHECK(e.verdict == retry_verdict::not_retryable);
    CHECK(proxy.asked() == 1);
}

TEST_CASE("it can't connect itself, which is tried again" * doctest::skip(no_tinyproxy())) {
    server s;
    loopback_port const nobody;
    loop::options how = through("", s);
    SUBCASE("to the origin") {
        tinyproxy proxy;
        how.proxy = proxy.url();
        how.base_url = "https://localhost:" + nobody.text();
        auto const e = error_of(how, s);
        CHECK_MESSAGE(e.code() == errc::proxy_failed, e);
        CHECK(e.attempts == 3);
        CHECK(proxy.asked() == 3);
    }
    SUBCASE("to a proxy of its own") {
        tinyproxy proxy("Upstream http 127.0.0.1:" + nobody.text() + "\n");
        how.proxy = proxy.url();
        auto const e = error_of(how, s);
        CHECK_MESSAGE(e.code() == errc::proxy_failed, e);
        CHECK(e.attempts == 3);
        CHECK(proxy.asked() == 3);
    }
}

TEST_CASE("a proxy behind a proxy" * doctest::skip(no_tinyproxy())) {
    server s;
    tinyproxy outer;
    tinyproxy inner("Upstream http 127.0.0.1:" + outer.port() + "\n");
    auto const r = call(through(inner.url(), s), report::export_report, week());
    CHECK_MESSAGE(r, r.error());
    CHECK(outer.asked() == 1);
}

TEST_CASE("no_proxy goes around it" * doctest::skip(no_tinyproxy())) {
    server s;
    tinyproxy proxy;
    loop::options how = through(proxy.url(), s);
    std::string const with_port = "localhost:" + std::to_string(s.api_port());
    for (char const* around : {"localhost", "*", ".example.org, LOCALHOST", with_port.c_str()}) {
        CAPTURE(std::string(around));
        how.no_proxy = around;
        auto const r = call(how, report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    CHECK(proxy.asked() == 0);
    for (std::string const elsewhere : {"127.0.0.0/8", "host", "localhost:1", ""}) {
        CAPTURE(elsewhere);
        how.no_proxy = elsewhere;
        auto const r = call(how, report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    CHECK(proxy.asked() == 4);
}

TEST_CASE("plain http on this machine knows no proxy" * doctest::skip(no_tinyproxy())) {
    server_options plain;
    plain.plain_http = true;
    server s(plain);
    tinyproxy proxy;
    loop::options how = through(proxy.url(), s);
    how.allow_insecure_loopback = true;
    auto const r = call(how, report::export_report, week());
    CHECK_MESSAGE(r, r.error());
    CHECK(proxy.asked() == 0);
}

} // TEST_SUITE("net/proxy/tinyproxy")
