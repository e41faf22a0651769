// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The names by which export-server may be called, and the pages that may ask it.
#include <tools/export_server/fixture.hpp>

#include "../../../tools/export_server/hosts.cpp" // a part of the program, alone

#include <csignal>

TEST_SUITE("tools/export_server/hosts") {

using namespace fixture;

namespace {

unsigned status_for(scene const& s, std::string_view host, char const* at = "127.0.0.1") {
    auto asked = browser::made(http::verb::get, "/");
    asked.set(http::field::host, host);
    return s.open(at)->ask(asked).result_int();
}

} // namespace

TEST_CASE("this machine alone is served under its own names alone") {
    scene s;
    for (char const* host :
         {"localhost", "localhost:8080", "LocalHost", "localhost.", "localhost.:80",
          "localhost:", "127.0.0.1", "127.0.0.1:1", "127.0.0.2", "127.255.255.254:80", "[::1]",
          "[::1]:1", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"})
        CHECK_MESSAGE(status_for(s, host) == 200, host);
    for (char const* host :
         {"localhost.example.com", "example.com", "localhost.evil", "evil", "127.0.0.1.example.com",
          "0.0.0.0", "192.0.2.1", "[::2]", "[::]", "128.0.0.1", "[::ffff:192.0.2.1]", "xlocalhost",
          "localhost.localhost"})
        CHECK_MESSAGE(status_for(s, host) == 421, host);
}

TEST_CASE("at all addresses it is served under these and under given names") {
    scene s({}, {"--address", "0.0.0.0", "--host", "Exports.Example.com.", "--host", "192.0.2.7",
                 "--host", "2001:db8:0::1"});
    for (char const* host :
         {"localhost", "127.0.0.1:80", "exports.example.com", "EXPORTS.example.com:8080",
          "exports.example.com.", "192.0.2.7", "192.0.2.7:80", "[2001:DB8::1]:80", "0.0.0.0:80"})
        CHECK_MESSAGE(status_for(s, host) == 200, host);
    for (char const* host : {"example.com", "x.exports.example.com", "exports.example.com.evil",
                             "192.0.2.8", "[2001:db8::2]", "10.0.0.1", "evil"}) {
        auto asked = browser::made(http::verb::get, "/");
        asked.set(http::field::host, host);
        auto const refused = s.open()->ask(asked);
        CHECK_MESSAGE(refused.result_int() == 421, host);
        CHECK(contains(told(refused, "message"), "--host"));
        CHECK_FALSE(contains(refused.body(), host));
    }
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("nothing is started for a name that is not allowed") {
    scene s({}, {"--address", "0.0.0.0"});
    auto asked = browser::made_start(any_week);
    asked.set(http::field::host, "rebound.example:8080");
    auto const refused = s.open()->ask(asked);
    CHECK(refused.result_int() == 421);
    CHECK_FALSE(refused.keep_alive());
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("the page of another site can start nothing") {
    scene s({}, {"--host", "exports.example.com"});
    auto const status = [&](char const* name, char const* value) {
        auto asked = browser::made_start(any_week);
        asked.set(name, value);
        return s.open()->ask(asked).result_int();
    };
    for (char const* origin :
         {"null", "http://evil.example", "https://localhost.evil.example", "file://", "",
          "http://localhost@evil.example", "localhost", "http://localhost/", "ftp://localhost",
          "http://evil.example http://localhost", "chrome-extension://localhost"})
        CHECK_MESSAGE(status("Origin", origin) == 403, origin);
    CHECK(status("Sec-Fetch-Site", "cross-site") == 403);
    CHECK(status("Sec-Fetch-Site", "same-site") == 403);
    auto twice = browser::made_start(any_week);
    twice.insert("Origin", "http://localhost");
    twice.insert("Origin", "http://evil.example");
    CHECK(s.open()->ask(twice).result_int() == 403);
    auto read = browser::made(http::verb::get, "/exports/x/rows");
    read.set("Origin", "http://evil.example");
    CHECK(s.open()->ask(read).result_int() == 403);
    CHECK(s.loop.connections_accepted() == 0);

    for (char const* origin :
         {"http://localhost", "http://127.0.0.1:80", "http://[::1]:", "https://localhost:443",
          "https://exports.example.com", "HTTPS://Exports.Example.com:8443"})
        CHECK_MESSAGE(status("Origin", origin) == 201, origin);
    CHECK(status("Sec-Fetch-Site", "same-origin") == 201);
    auto linked = browser::made(http::verb::get, "/"); // a link to the page on another one
    linked.set("Sec-Fetch-Site", "cross-site");
    CHECK(s.open()->ask(linked).result_int() == 200);
}

TEST_CASE("another port of this machine is another site, as browsers say") {
    scene s;
    auto asked = browser::made_start(any_week);
    asked.set(http::field::host, "localhost:8080");
    asked.set(http::field::origin, "http://localhost:3000");
    asked.set("Sec-Fetch-Site", "same-site");
    CHECK(s.open()->ask(asked).result_int() == 403);
    // A proxy at port 3000 that passes the Host of its own.
    asked.set("Sec-Fetch-Site", "same-origin");
    CHECK(s.open()->ask(asked).result_int() == 201);
}

TEST_CASE("any address of this machine can be listened at") {
    struct {
        char const* given;
        char const* address;
        char const* shown;
    } const cases[] = {{"127.0.0.2", "127.0.0.2", "http://127.0.0.2:"},
                       {"localhost", "127.0.0.1", "http://127.0.0.1:"},
                       {"localhost.", "127.0.0.1", "http://127.0.0.1:"},
                       {"::1", "::1", "http://[::1]:"},
                       {"[::1]", "::1", "http://[::1]:"}};
    bool const has_v6 = std::filesystem::exists("/proc/net/if_inet6");
    for (auto const& each : cases) {
        CAPTURE(each.given);
        if (!has_v6 && std::string_view(each.address) == "::1")
            continue;
        scene s({}, {"--address", each.given});
        CHECK(s.address.starts_with(each.shown));
        std::string const host = s.address.substr(std::string_view("http://").size());
        CHECK(status_for(s, host.substr(0, host.find('\n')), each.address) == 200);
        CHECK(status_for(s, "localhost", each.address) == 200);
        CHECK(status_for(s, "localhost.", each.address) == 200);
        CHECK(status_for(s, "evil.example", each.address) == 421);
    }
}

TEST_CASE("an address on a link is allowed where it was reached, whatever the number of the link") {
    using enum tools::allowed_hosts::verdict;
    auto const any = asio::ip::make_address("::");
    auto on_link = asio::ip::make_address_v6("fe80::1");
    on_link.scope_id(2);
    tools::allowed_hosts const hosts(any, {});
    CHECK((hosts.judge("[fe80::1]", on_link) == allowed));
    CHECK((hosts.judge("[fe80::1]:8080", on_link) == allowed));
    CHECK((hosts.judge("[fe80::2]", on_link) == foreign));
    CHECK(hosts.allows_origin("http://[fe80::1]:8080", on_link));
    CHECK((tools::allowed_hosts(on_link, {}).judge("[fe80::1]", any) == allowed));
}

TEST_CASE("what is no address and no name is bad usage; a taken port is named") {
    scene s;
    auto const run = [&](std::vector<std::string> arguments, std::string_view said) {
        arguments.insert(arguments.begin(), program());
        tests::process p(arguments, {{"INTHELOOP_TOKEN", "t"}});
        int const code = p.wait();
        CAPTURE(p.err());
        CHECK(contains(p.err(), said));
        return code;
    };
    for (char const* address : {"", "example.com", "127.1", "1.2.3", "256.0.0.1", "[127.0.0.1]",
                                "127.0.0.1:80", "::1::", "*"})
        CHECK(run({"--port", "0", "--address", address}, "--address") == 2);
    for (char const* host : {"", "a b", "http://a", "a:80", "a/b", "*", "u@a"})
        CHECK(run({"--port", "0", "--host", host}, "--host") == 2);
    std::string const port = std::to_string(s.port);
    CHECK(run({"--port", port}, "can't listen at 127.0.0.1:" + port + ": Address already in use") ==
          1);
}

} // TEST_SUITE("tools/export_server/hosts")
