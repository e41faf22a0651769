// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/proxy.hpp>

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

TEST_SUITE("policy/proxy") {

namespace {

using namespace std::string_view_literals;
using intheloop::policy::bypasses_proxy;
using intheloop::policy::parse_proxy;
using intheloop::policy::proxy_address;
using intheloop::policy::proxy_environment;
using intheloop::policy::read_proxy_environment;

} // namespace

TEST_CASE("what a proxy is written like") {
    struct {
        std::string_view text;
        std::string_view host;
        std::string_view port;
        std::string_view credentials;
    } const cases[] = {
        {"proxy", "proxy", "1080", ""},
        {"proxy.example.com:3128", "proxy.example.com", "3128", ""},
        {"http://proxy:3128", "proxy", "3128", ""},
        {"HTTP://proxy:3128/", "proxy", "3128", ""},
        {"http://proxy", "proxy", "1080", ""},
        {"http://proxy:/", "proxy", "1080", ""},
        {"http://proxy:080/", "proxy", "80", ""},
        {"http://proxy:3128/path", "proxy", "3128", ""},
        {"http://my_proxy-1.", "my_proxy-1.", "1080", ""},
        {"127.0.0.1:8080", "127.0.0.1", "8080", ""},
        {"[::1]", "::1", "1080", ""},
        {"http://[2001:db8::1]:8080/", "2001:db8::1", "8080", ""},
        {"http://user:pass@proxy:1/", "proxy", "1", "user:pass"},
        {"user:pass@proxy", "proxy", "1080", "user:pass"},
        {"http://user@proxy", "proxy", "1080", "user:"},
        {"http://:pass@proxy", "proxy", "1080", ":pass"},
        {"http://@proxy", "proxy", "1080", ""},
        {"http://:@proxy", "proxy", "1080", ""},
        {"http://user:a:b@proxy", "proxy", "1080", "user:a:b"},
        {"http://us%40er:p%2Fa%3As%25s@[::1]:9", "::1", "9", "us@er:p/a:s%s"},
        {"http://%C3%BC:%20@proxy", "proxy", "1080", "\xc3\xbc: "},
    };
    for (auto const& c : cases) {
        CAPTURE(c.text);
        proxy_address address;
        std::string problem;
        CHECK(parse_proxy(c.text, address, problem));
        CHECK(address.host == c.host);
        CHECK(address.port == c.port);
        CHECK(address.credentials.reveal() == c.credentials);
        CHECK(problem == "");
    }
}

TEST_CASE("what can't be a proxy is refused, without telling the text") {
    constexpr std::string_view only_http = "only http:// proxies (CONNECT) are supported";
    constexpr std::string_view no_host = "it has no host";
    constexpr std::string_view bad_host = "its host holds a character that is not allowed";
    constexpr std::string_view not_encoded =
        "its user and password hold a character that has to be percent-encoded";
    constexpr std::string_view bad_port = "its port is not between 1 and 65535";
    constexpr std::string_view bad_brackets = "its brackets don't fit";
    constexpr std::string_view not_ipv6 = "what stands in brackets is not an IPv6 address";
    constexpr std::string_view control = "its user or password holds a control character";
    constexpr std::string_view query = "it holds a query or a fragment";
    constexpr std::string_view colon =
        "its user holds a colon, which Basic authentication can't send";
    struct {
        std::string_view text;
        std::string_view problem;
    } const cases[] = {
        {"https://proxy:443", only_http},
        {"socks5://proxy", only_http},
        {"socks4a://proxy", only_http},
        {"socks5h://user:hunter2@proxy", only_http},
        {"://proxy", only_http},
        {"", no_host},
        {"http://", no_host},
        {"http:///", no_host},
        {"http://:80", no_host},
        {"user:hunter2@", no_host},
        {"[]", no_host},
        {"proxy:port", bad_port},
        {"proxy:0", bad_port},
        {"proxy:65536", bad_port},
        {"proxy:99999999999", bad_port},
        {"proxy:+80", bad_port},
        {"proxy:80 ", bad_port},
        {"proxy:80\r\n", bad_port},
        {"http://user:hunter/2@proxy", not_encoded},
        {"http://user:2024/hunter@proxy", not_encoded},
        {"http://proxy/?x=a@b", not_encoded},
        {"http://user:hunter@2@proxy", bad_host}, // as must be an '@'
        {"pro xy", bad_host},
        {"proxy\r\n", bad_host},
        {"proxy\0.example.com"sv, bad_host},
        {"pro%0Axy", bad_host},
        {"pr\xC3\xB6xy", bad_host},
        {"::1", bad_host},
        {"[::1", bad_brackets},
        {"[::1]80", bad_brackets},
        {"[proxy]:80", not_ipv6},
        {"[127.0.0.1]:80", not_ipv6},
        {"[fe80::1%25eth0]:80", not_ipv6},
        {"http://user:hunter2%0d%0aX:y@proxy", control},
        {"http://us%00er:hunter2@proxy", control},
        {"http://user:hunter2\x7f@proxy", control},
        {"http://us%3Aer:hunter2@proxy", colon},
        {"http://proxy:3128/path?query", query},
        {"http://proxy:3128?query", query},
        {"http://proxy#fragment", query},
        {"proxy:3128/#", query},
        {"proxy:3128\\path", bad_port},
        {"proxy\\", bad_host},
    };
    for (auto const& c : cases) {
        CAPTURE(c.text);
        proxy_address address;
        address.host = "before";
        std::string problem;
        CHECK_FALSE(parse_proxy(c.text, address, problem));
        CHECK(problem == c.problem);
        CHECK(address.host == "before");
    }
    proxy_address address;
    std::string problem;
    CHECK_FALSE(parse_proxy(std::string(100'000, 'x') + "@proxy", address, problem));
    CHECK(problem == "its user and password are too long");
}

TEST_CASE("an entry with a port of letters names nothing, whatever the port is called") {
    for (std::string_view const entry : {"*:x", "*:X", "h:x", "h:https", "[::1]:x"})
        for (std::string_view const port : {"x", "X", "https", "443", ""})
            for (std::string_view const host : {"*", "h", "::1"}) {
                CAPTURE(entry);
                CHECK_FALSE(bypasses_proxy(host, port, entry));
            }
}

TEST_CASE("which hosts a list of exceptions names") {
    constexpr std::string_view name = "api.example.com";
    struct {
        std::string_view host;
        std::string_view no_proxy;
        bool bypasses;
    } const cases[] = {
        {name, "", false},
        {name, " ,\t, ", false},
        {name, ".", false},
        {name, "..", false},
        {"", "*", false},
        // "*"
        {name, "*", true},
        {"127.0.0.1", "*", true},
        {"::1", "*", true},
        {name, "example.org,*", false},
        {name, "*.example.com", false},
        // names
        {name, "api.example.com", true},
        {name, "example.com", true},
        {name, ".example.com", true},
        {name, "com", true},
        {name, "API.Example.COM", true},
        {"API.EXAMPLE.COM", "example.com", true},
        {name, "example.com.", true},
        {name, ".example.com.", true},
        {"api.example.com.", "example.com", true},
        {name, "pi.example.com", false},
        {name, "www.api.example.com", false},
        {name, "example", false},
        {name, "api.example.com..", false},
        {name, "..example.com", false},
        {"example.com", ".example.com", true},
        {"notexample.com", "example.com", false},
        // separators
        {name, "localhost,example.com", true},
        {name, "localhost, example.com ,other", true},
        {name, "localhost example.com", true},
        {name, ",,localhost,,\texample.com", true},
        {name, "localhost;example.com", false},
        // IPv4
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "localhost,127.0.0.1", true},
        {"127.0.0.1", "0.0.1", false},
        {"127.0.0.1", ".127.0.0.1", false},
        {"127.0.0.1", "127.0.0.1.", false},
        {"127.0.0.1", "127.0.0.2", false},
        {"1.127.0.0.1", "127.0.0.1", true}, // no address, but a name
        {"10.1.2.3", "10.0.0.0/8", true},
        {"10.1.2.3", "10.255.255.255/8", true},
        {"11.1.2.3", "10.0.0.0/8", false},
        {"192.168.127.1", "192.168.0.0/17", true},
        {"192.168.128.1", "192.168.0.0/17", false},
        {"10.1.2.3", "10.1.2.3/32", true},
        {"10.1.2.4", "10.1.2.3/32", false},
        {"10.1.2.4", "10.1.2.4/31", true},
        {"10.1.2.4", "0.0.0.0/0", true},
        {"10.1.2.3", "10.0.0.0/33", false},
        {"10.1.2.3", "10.0.0.0/", false},
        {"10.1.2.3", "10.0.0.0/8x", false},
        {"10.1.2.3", "10.0.0.0/-8", false},
        {"10.1.2.3", "10.0.0/8", false},
        {"10.1.2.3", "::/0", false},
        {"10.example.com", "10.0.0.0/8", false},
        // IPv6
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"::1", "[::1]", true},
        {"::1", "0:0:0:0:0:0:0:1", true},
        {"2001:DB8::1", "2001:db8:0::1", true},
        {"::1", "::2", false},
        {"::1", "1", false},
        {"fd12:3456::1", "fd00::/8", true},
        {"fd12:3456::1", "[fd00::]/8", true},
        {"fe80::1", "fd00::/8", false},
        {"2001:db8::1", "2001:db8::/33", true},
        {"2001:db8:8000::1", "2001:db8::/33", false},
        {"2001:db8::1", "2001:db8::1/128", true},
        {"2001:db8::1", "2001:db8::1/129", false},
        {"2001:db8::1", "::/0", true},
        {"2001:db8::1", "0.0.0.0/0", false},
        {"2001:db8::1", "[2001:db8::1", false},
        // ports
        {name, "example.com:443", true},
        {name, "example.com:8443", false},
        {name, "example.com:0443", true},
        {name, "example.com:https", false},
        {name, "example.com:0", false},
        {name, "example.com:65979", false}, // 443 in 16 bits
        {name, "example.com:+443", false},
        {"127.0.0.1", "127.0.0.1:https", false},
        {"127.0.0.1", "127.0.0.0:x/8", false},
        {name, "example.com:8443,example.com:443", true},
        {"127.0.0.1", "127.0.0.1:443", true},
        {"127.0.0.1", "127.0.0.1:80", false},
        {"::1", "[::1]:443", true},
        {"::1", "[::1]:80", false},
    };
    for (auto const& c : cases) {
        CAPTURE(c.host);
        CAPTURE(c.no_proxy);
        CHECK(bypasses_proxy(c.host, "443", c.no_proxy) == c.bypasses);
    }
}

TEST_CASE("which variables of the environment count") {
    using variables = std::map<std::string, std::string>;
    struct {
        variables set;
        std::optional<std::string> proxy;
        std::string_view no_proxy;
    } const cases[] = {
        {{}, std::nullopt, ""},
        {{{"http_proxy", "h"}, {"HTTP_PROXY", "H"}}, std::nullopt, ""},
        {{{"https_proxy", "1"}, {"HTTPS_PROXY", "2"}, {"all_proxy", "3"}, {"ALL_PROXY", "4"}},
         "1",
         ""},
        {{{"HTTPS_PROXY", "2"}, {"all_proxy", "3"}, {"ALL_PROXY", "4"}}, "2", ""},
        {{{"all_proxy", "3"}, {"ALL_PROXY", "4"}}, "3", ""},
        {{{"ALL_PROXY", "4"}}, "4", ""},
        {{{"https_proxy", ""}}, std::nullopt, ""},
        {{{"https_proxy", ""}, {"HTTPS_PROXY", "2"}}, "2", ""},
        {{{"https_proxy", ""}, {"HTTPS_PROXY", ""}, {"all_proxy", "3"}}, "3", ""},
        {{{"no_proxy", "a"}, {"NO_PROXY", "b"}}, std::nullopt, "a"},
        {{{"NO_PROXY", "b"}}, std::nullopt, "b"},
        {{{"no_proxy", ""}, {"NO_PROXY", "b"}}, std::nullopt, "b"},
        {{{"https_proxy", "1"}, {"no_proxy", "*"}}, "1", "*"},
    };
    for (auto const& c : cases) {
        proxy_environment const found =
            read_proxy_environment([&](char const* name) -> std::optional<std::string> {
                auto const variable = c.set.find(name);
                if (variable == c.set.end())
                    return std::nullopt;
                return variable->second;
            });
        CHECK(found.proxy == c.proxy);
        CHECK(found.no_proxy == c.no_proxy);
    }
}

} // TEST_SUITE("policy/proxy")
