// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Proxies get these words from us, and we read theirs. One peer is the proxy and the origin
// behind it: what comes before its handshake is the proxy's.
#include <client/at_rest.hpp>
#include <client/black_hole.hpp>
#include <net/proxy/tunnel.hpp>
#include <support/loopback_port.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/proxy/connect") {

using namespace fixture;
using loop::retry_verdict;

namespace {

// The proxy alone.
script answered_by_proxy(std::string const& answer) {
    return {read_head, respond(answer)};
}

constexpr char const* credentials = "dXNlcl9odXNoOnBhc3NfaHVzaA=="; // user_hush:pass_hush

void check_no_secret(loop::error const& e, loop::options const& how) {
    for (std::string const& part :
         {std::string("hush"), std::string(credentials), how.token.reveal()})
        CHECK_MESSAGE(!contains(printed(e), part), e);
}

std::string proxy_name(unsigned short port) {
    return "the proxy 127.0.0.1:" + std::to_string(port);
}

// Tells how a call ends that the proxy does not let through.
struct failure {
    std::string name;
    script steps;
    errc code;
    bool tried_again;
};

void check_failure(failure const& expected, adjustment adjust = as_they_are) {
    CAPTURE(expected.name);
    no_descriptor_leaks const none;
    bad_peer peer(expected.steps);
    loop::options how = options_through(peer.port());
    adjust(how);
    auto const r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    loop::error const& e = r.error();
    CHECK_MESSAGE(e.code() == expected.code, e);
    CHECK(e.progress == request_progress::not_sent);
    CHECK(e.attempts == (expected.tried_again ? 3 : 1));
    CHECK(e.verdict ==
          (expected.tried_again ? retry_verdict::attempts_used_up : retry_verdict::not_retryable));
    CHECK_MESSAGE(contains(e.detail, proxy_name(peer.port())), e);
    check_no_secret(e, how);
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.connections() == e.attempts);
    CHECK_FALSE(contains(peer.received(), how.token.reveal()));
}

void soon(loop::options& how) {
    how.connect_timeout = 60ms;
    how.handshake_timeout = 60ms;
}

} // namespace

TEST_CASE("what is said to a proxy: where to, and who asks") {
    struct {
        char const* base_url;
        char const* name;
        char const* user;
        std::string request;
    } const rows[] = {
        {"https://api.example.test", "api.example.test", "",
         "CONNECT api.example.test:443 HTTP/1.1\r\nHost: api.example.test:443\r\n\r\n"},
        {"https://API.example.test:8443/gateway", "api.example.test", "user_hush:pass_hush@",
         "CONNECT api.example.test:8443 HTTP/1.1\r\nHost: api.example.test:8443\r\n"
         "Proxy-Authorization: Basic " +
             std::string(credentials) + "\r\n\r\n"},
        {"https://[2001:db8::1]:8443", "2001:db8::1", "",
         "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n"},
        {"https://192.0.2.1", "192.0.2.1", "",
         "CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n\r\n"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.request);
        bad_peer peer(tunnel(), certificate_for(row.name));
        loop::options how = options_through(peer.port());
        how.base_url = row.base_url;
        how.proxy = "http://" + std::string(row.user) + "127.0.0.1:" + std::to_string(peer.port());
        how.impersonate_user = user;
        auto const r = call(how, report::export_report, week());
        REQUIRE_MESSAGE(r, r.error());
        CHECK(peer.wait_for_end(patience));
        // The request itself follows, through TLS.
        std::string const received = peer.received();
        CHECK(received.substr(0, row.request.size()) == row.request);
        CHECK(received.substr(row.request.size(), 5) == "POST ");
        CHECK(received.find("CONNECT", 1) == received.npos);
        CHECK(received.find("Proxy-", row.request.size()) == received.npos);
    }
}

TEST_CASE("the origin is not looked up, but the proxy is") {
    bad_peer peer(tunnel(), certificate_for("api.example.test"));
    loop::options how = options_through(peer.port());
    how.proxy = "proxy.example.test:" + std::to_string(peer.port());
    SUBCASE("and found") {
        how.addresses = {{"proxy.example.test", {"127.0.0.1"}}};
        auto const r = call(how, report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    SUBCASE("and not found") {
        how.proxy = "http://user_hush:pass_hush@no-such-proxy.invalid:1";
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::resolve_failed);
        CHECK_MESSAGE(contains(r.error().detail, "the proxy no-such-proxy.invalid:1"), r.error());
        check_no_secret(r.error(), how);
    }
}

TEST_CASE("a proxy that is not there") {
    SUBCASE("as nobody listens") {
        loopback_port const nobody;
        loop::options const how = options_through(nobody.number());
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connect_failed);
        CHECK(r.attempts() == 3);
        CHECK(contains(r.error().detail, proxy_name(nobody.number())));
        check_no_secret(r.error(), how);
    }
    SUBCASE("as nobody answers") {
        black_hole const hole;
        loop::options how = options_through(hole.port());
        soon(how);
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connect_timed_out);
        CHECK(r.attempts() == 3);
        CHECK(contains(r.error().detail, proxy_name(hole.port())));
        check_no_secret(r.error(), how);
    }
}

TEST_CASE("each status has its meaning, whatever comes with it") {
    struct {
        char const* status;
        errc code;
        bool tried_again;
    } const rows[] = {
        {"407 Proxy Authentication Required", errc::proxy_unauthorized, false},
        {"401 Unauthorized", errc::proxy_unauthorized, false},
        {"403 Forbidden", errc::proxy_refused, false},
        {"405 Method Not Allowed", errc::proxy_refused, false},
        {"302 Found", errc::proxy_refused, false},
        {"101 Switching Protocols", errc::proxy_refused, false},
        {"429 Too Many Requests", errc::proxy_failed, true},
        {"500 Internal Server Error", errc::proxy_failed, true},
        {"502 Bad Gateway", errc::proxy_failed, true},
        {"503 Service Unavailable", errc::proxy_failed, true},
        {"504 Gateway Timeout", errc::proxy_failed, true},
    };
    for (auto const& row : rows)
        for (std::string const rest :
             {"Content-Length: 0\r\n\r\n", "Content-Length: 9\r\n\r\nuser_hush",
              "Proxy-Authenticate: Basic realm=\"x\"\r\nTransfer-Encoding: chunked\r\n\r\n",
              "Connection: close\r\nRetry-After: 3600\r\n\r\n<html>"})
            check_failure({std::string(row.status) + ' ' + rest,
                           answered_by_proxy("HTTP/1.1 " + std::string(row.status) + "\r\n" + rest),
                           row.code, row.tried_again});
}

TEST_CASE("an answer that is none") {
    std::string const bomb = "HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x');
    std::vector<failure> const rows{
        {"nothing", {read_head, hang_up}, errc::proxy_failed, true},
        {"a reset", {read_head, reset}, errc::proxy_failed, true},
        {"a reset in the middle of the question", {read_bytes(1), reset}, errc::proxy_failed, true},
        {"a half", {read_head, respond("HTTP/1.1 200 O"), hang_up}, errc::proxy_failed, true},
        {"no end",
         {read_head, respond("HTTP/1.1 200 OK\r\nX: y\r\n"), hang_up},
         errc::proxy_failed,
         true},
        {"garbage", answered_by_proxy("SSH-2.0-OpenSSH_9.2\r\n"), errc::proxy_failed, true},
        {"HTTP/2", answered_by_proxy("HTTP/2 200 OK\r\n\r\n"), errc::proxy_failed, true},
        {"SOCKS", answered_by_proxy(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38", 10)),
         errc::proxy_failed, true},
        {"a long header", answered_by_proxy(bomb), errc::proxy_failed, true},
        {"many headers",
         {read_head, respond("HTTP/1.1 200 OK\r\n"), flood("X: y\r\n")},
         errc::proxy_failed,
         true},
        {"no header's end", {read_head, flood("x")}, errc::proxy_failed, true},
        {"more than an answer", answered_by_proxy(established + "x"), errc::proxy_failed, true},
        {"a body that was announced",
         answered_by_proxy("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), errc::proxy_failed,
         true},
        {"TLS of somebody", answered_by_proxy(established + std::string("\x16\x03\x03\x00\x7a", 5)),
         errc::proxy_failed, true},
    };
    for (failure const& each : rows)
        check_failure(each);
}

TEST_CASE("an answer that does not come") {
    check_failure({"none", {read_head, stall}, errc::connect_timed_out, true}, soon);
    check_failure({"not even read", {stall}, errc::connect_timed_out, true}, soon);
    check_failure({"never whole",
                   {read_head, drip("HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), 5ms)},
                   errc::connect_timed_out,
                   true},
                  soon);
}

TEST_CASE("an answer that is taken") {
    for (std::string const answer :
         {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 Connection established\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Token: {}\r\n\r\n",
          "HTTP/1.1 201 Created\r\nVia: 1.1 proxy\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"}) {
        CAPTURE(answer);
        bad_peer peer(tunnel(answer), certificate_for("api.example.test"));
        auto const r = call(options_through(peer.port()), report::export_report, week());
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->id == "x");
        CHECK_FALSE(r.headers().find("Via"));
        CHECK_FALSE(r.headers().find("X-Token"));
    }
    SUBCASE("byte by byte") {
        bad_peer peer(
            {read_head, drip(established, 1ms), handshake, read_request, respond(good_answer)},
            certificate_for("api.example.test"));
        auto const r = call(options_through(peer.port()), report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
}

TEST_CASE("what breaks behind the proxy is told of the origin") {
    auto const error_of = [](script const& steps, peer_tls const& tls,
                             adjustment adjust = as_they_are) {
        bad_peer peer(steps, tls);
        loop::options how = options_through(peer.port());
        adjust(how);
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK_MESSAGE(contains(r.error().detail, "api.example.test"), r.error());
        check_no_secret(r.error(), how);
        return r.error();
    };
    auto const right = certificate_for("api.example.test");
    CHECK(error_of(tunnel(), certificate_for("proxy.example.test")).code() ==
          errc::certificate_refused);
    CHECK(error_of({read_head, respond(established), hang_up}, right).code() ==
          errc::connection_lost);
    CHECK(error_of({read_head, respond(established), read_bytes(1), reset}, right).code() ==
          errc::connection_lost);
    // The client speaks first, so that this can only be an answer to it.
    CHECK(error_of({read_head, respond(established), read_bytes(100), respond(good_answer)}, right)
              .code() == errc::handshake_failed);
    auto const soon_over = [](loop::options& how) { how.handshake_timeout = 60ms; };
    CHECK(error_of({read_head, respond(established), stall}, right, soon_over).code() ==
          errc::handshake_timed_out);
}

TEST_CASE("a proxy that fails once costs no call, not even a POST") {
    bad_peer peer(
        {script{reset}, script{read_head, respond("HTTP/1.1 503 Busy\r\n\r\n")}, tunnel()},
        certificate_for("api.example.test"));
    asio::io_context io;
    loop::client client(io.get_executor(), options_through(peer.port()));
    auto const r = call(client, io, report::export_report, week());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 3);
    CHECK(client.statistics().connections_failed == 2);
    check_at_rest(client);
}

} // TEST_SUITE("net/proxy/connect")
