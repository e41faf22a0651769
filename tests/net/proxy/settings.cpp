// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Which proxy is used: the environment, and what can't be used.
#include <client/fixture.hpp>
#include <support/environment.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("net/proxy/settings") {

using namespace fixture;

TEST_CASE("the environment names the proxy, as for curl") {
    struct {
        std::map<std::string, std::string> variables;
        std::optional<std::string> proxy;
        std::string no_proxy;
    } const rows[] = {
        {{}, std::nullopt, ""},
        {{{"https_proxy", "http://a:1"}}, "http://a:1", ""},
        {{{"HTTPS_PROXY", "http://b:1"}}, "http://b:1", ""},
        {{{"https_proxy", "a"}, {"HTTPS_PROXY", "b"}, {"ALL_PROXY", "d"}}, "a", ""},
        {{{"https_proxy", ""}, {"HTTPS_PROXY", "b"}}, "b", ""},
        {{{"all_proxy", "c"}}, "c", ""},
        {{{"ALL_PROXY", "d"}, {"no_proxy", "x,y"}, {"NO_PROXY", "z"}}, "d", "x,y"},
        {{{"NO_PROXY", "z"}}, std::nullopt, "z"},
        {{{"http_proxy", "for http only"}, {"HTTP_PROXY", "too"}}, std::nullopt, ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.proxy.value_or("none"));
        support::environment const set(row.variables);
        loop::options const how = loop::options::from_env();
        REQUIRE(how.proxy.has_value() == row.proxy.has_value());
        if (how.proxy)
            CHECK(how.proxy->reveal() == *row.proxy);
        CHECK(how.no_proxy == row.no_proxy);
    }
}

TEST_CASE("a directory of authorities that is not there does not count beside a file") {
    struct {
        std::map<std::string, std::string> variables;
        std::string directory;
    } const rows[] = {
        {{{"SSL_CERT_FILE", "/f"}, {"SSL_CERT_DIR", "/no/where"}}, ""},
        {{{"SSL_CERT_FILE", "/f"}, {"SSL_CERT_DIR", "/no/where:/"}}, "/no/where:/"},
        {{{"SSL_CERT_FILE", ""}, {"SSL_CERT_DIR", "/no/where"}}, "/no/where"},
        {{{"SSL_CERT_DIR", "/no/where"}}, "/no/where"},
    };
    for (auto const& row : rows) {
        support::environment const set(row.variables);
        CHECK(loop::options::from_env().tls.ca_directory == row.directory);
    }
}

TEST_CASE("the proxy of the environment is used, and gone around") {
    server s;
    auto const call_with = [&](std::map<std::string, std::string> const& variables) {
        support::environment const set(variables);
        loop::options how = loop::options::from_env();
        loop::options const usual = options_for(s);
        how.base_url = usual.base_url;
        how.token = usual.token;
        how.tls = usual.tls;
        how.retry = usual.retry;
        return call(how, report::export_report, week());
    };
    auto const used = call_with({{"https_proxy", "http://user_hush:pass_hush@127.0.0.1:1"}});
    REQUIRE_FALSE(used);
    CHECK(used.error().code() == loop::errc::connect_failed);
    CHECK_MESSAGE(contains(used.error().detail, "the proxy 127.0.0.1:1: "), used.error());
    CHECK_FALSE(contains(printed(used.error()), "hush"));

    auto const around =
        call_with({{"HTTPS_PROXY", "127.0.0.1:1"}, {"NO_PROXY", "a.test,localhost"}});
    CHECK_MESSAGE(around, around.error());
}

TEST_CASE("a proxy that can't be used is refused when the client is made, and not printed") {
    asio::io_context io;
    for (std::string const text :
         {"", "https://user_hush:pass_hush@host_hush", "socks5://user_hush:pass_hush@host_hush",
          "http://user_hush:pass_hush@host_hush:0", "http://user_hush:pass_hush@host_hush:65536",
          "http://user_hush:pass_hush@host_hush:port_hush", "http://user_hush:pass_hush@",
          "http://", "http://user_hush:pass_hush@[host_hush]", "http://us%3aer:pass_hush@host_hush",
          "http://user_hush:pass_hush%0d%0aX: y@host_hush", "http://user_hush:pass_hush@host hush",
          "http://user_hush:pass_hush@host_hush\r\nX: y",
          "http://user_hush:pa@ss_hush@host_hush"}) {
        CAPTURE(text);
        loop::options how;
        how.token = "token_for_a_test";
        how.proxy = text;
        try {
            loop::client const client(io.get_executor(), how);
            FAIL_CHECK("it was taken");
        } catch (loop::exception const& e) {
            CHECK(e.code() == loop::condition::configuration);
            std::string const what = e.what();
            CHECK_MESSAGE(contains(what, "proxy: "), what);
            for (char const* part : {"us%3aer", "us:er", "hush"})
                CHECK_FALSE_MESSAGE(contains(what, part), what);
        }
    }
}

} // TEST_SUITE("net/proxy/settings")
