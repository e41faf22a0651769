// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Proxies may send this before and with their answer, and take so long for it; and these proxies
// are refused before they are asked.
#include <net/proxy/tunnel.hpp>

#include <optional>
#include <string>
#include <vector>

TEST_SUITE("net/proxy/answers_of_proxies") {

using namespace fixture;

namespace {

std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";

// Why no client can be made with these options, or nothing.
std::optional<loop::error> refusal(loop::options const& how) {
    asio::io_context io;
    try {
        loop::client const client(io.get_executor(), how);
    } catch (loop::exception const& e) {
        return e.error();
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("a proxy may say that it is busy before it answers, and how it would send a body") {
    for (std::string const& answer :
         {go_on + established, go_on + go_on + established, std::string("HTTP/1.1 200\r\n\r\n"),
          "HTTP/1.1 100\r\n\r\n" + established,
          "HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n" + established,
          "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + established,
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")}) {
        CAPTURE(answer);
        bad_peer peer(tunnel(answer), certificate_for("api.example.test"));
        auto const r = call(options_through(peer.port()), report::export_report, week());
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->id == "x");
        CHECK(r.status() == 200);
        CHECK_FALSE(r.headers().find("Link"));
    }
    SUBCASE("in pieces") {
        bad_peer peer({read_head, drip(go_on + established, 1ms), handshake, read_request,
                       respond(good_answer)},
                      certificate_for("api.example.test"));
        auto const r = call(options_through(peer.port()), report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
}

TEST_CASE("what a proxy answers in the end counts, if there is an end") {
    struct {
        script steps;
        errc code;
    } const rows[] = {
        {{read_head, respond(go_on + "HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n")},
         errc::proxy_unauthorized},
        {{read_head, respond(go_on + "HTTP/1.1 403 No\r\n\r\n")}, errc::proxy_refused},
        {{read_head, respond(go_on), hang_up}, errc::proxy_failed},
        {{read_head, respond(go_on), stall}, errc::connect_timed_out},
        {{read_head, flood(go_on)}, errc::proxy_failed},
    };
    for (auto const& row : rows) {
        CAPTURE(static_cast<int>(row.code));
        no_descriptor_leaks const none;
        bad_peer peer(row.steps);
        loop::options how = options_through(peer.port());
        how.retry.max_attempts = 1;
        how.connect_timeout = row.code == errc::connect_timed_out ? 200ms : patience;
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == row.code, r.error());
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(peer.wait_for_end(patience));
    }
}

TEST_CASE("connect_timeout holds for a proxy that never answers, however many addresses it has") {
    for (std::size_t addresses : {1u, 2u, 5u}) {
        CAPTURE(addresses);
        no_descriptor_leaks const none;
        bad_peer peer({read_head, stall});
        loop::options how = options_through(peer.port());
        how.proxy = "http://proxy.example.test:" + std::to_string(peer.port());
        how.addresses["proxy.example.test"] = std::vector<std::string>(addresses, "127.0.0.1");
        how.connect_timeout = 400ms;
        how.retry.max_attempts = 1;
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == errc::connect_timed_out, r.error());
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(r.elapsed() >= how.connect_timeout);
        CHECK(r.elapsed() < how.deadline / 3);
        CHECK(peer.wait_for_end(patience));
    }
}

TEST_CASE("the addresses of a proxy are found however its name is written") {
    bad_peer peer(tunnel(), certificate_for("api.example.test"));
    loop::options how = options_through(peer.port());
    how.proxy = "http://Proxy.Example.Test:" + std::to_string(peer.port());
    how.addresses["pRoxy.example.test"] = {"127.0.0.1"};
    auto const r = call(how, report::export_report, week());
    CHECK_MESSAGE(r, r.error());
}

TEST_CASE("a password with a character that ends the host is refused, and not printed") {
    for (std::string const text :
         {"http://alice:2024/hush@127.0.0.1:3128", "alice:2024/hush@127.0.0.1:3128",
          "http://alice:2024?hush@127.0.0.1:3128", "http://alice:2024#hush@127.0.0.1:3128",
          "http://alice:/2024hush@127.0.0.1:3128", "http://alice/2024hush@127.0.0.1:3128"}) {
        CAPTURE(text);
        loop::options how = options_for_port(1);
        how.base_url = "https://api.example.test";
        how.proxy = text;
        auto const refused = refusal(how);
        REQUIRE(refused);
        CHECK(refused->code() == errc::invalid_option);
        std::string const shown = printed(*refused);
        CAPTURE(shown);
        CHECK(contains(shown, "proxy"));
        for (char const* part : {"alice", "2024", "hush"})
            CHECK_FALSE(contains(shown, part));
    }
    SUBCASE("but it may be written with its code") {
        bad_peer peer(tunnel(), certificate_for("api.example.test"));
        loop::options how = options_through(peer.port());
        how.proxy = "http://alice:2024%2Fhush@127.0.0.1:" + std::to_string(peer.port());
        auto const r = call(how, report::export_report, week());
        REQUIRE_MESSAGE(r, r.error());
        // alice:2024/hush
        CHECK(contains(peer.received(), "Proxy-Authorization: Basic YWxpY2U6MjAyNC9odXNo\r\n"));
    }
}

TEST_CASE("a proxy of a kind that can't be used is no error where it would not be used") {
    for (char const* proxy : {"socks5://127.0.0.1:1080", "https://127.0.0.1:3128"}) {
        CAPTURE(std::string(proxy));
        server s;
        loop::options how = options_for(s);
        how.proxy = proxy;
        for (char const* around : {"localhost", "*", "a.example.test,localhost"}) {
            CAPTURE(std::string(around));
            how.no_proxy = around;
            auto const r = call(how, report::export_report, week());
            CHECK_MESSAGE(r, r.error());
        }
        for (char const* elsewhere : {"", "a.example.test", "localhost.example.test"}) {
            CAPTURE(std::string(elsewhere));
            how.no_proxy = elsewhere;
            auto const refused = refusal(how);
            REQUIRE(refused);
            CHECK(refused->code() == errc::invalid_option);
        }
    }
}

} // TEST_SUITE("net/proxy/answers_of_proxies")
