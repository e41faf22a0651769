// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/net/detail/url.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("net/url") {

namespace {

namespace net = intheloop::net;

std::string shown(net::url const& url) {
    return url.origin.text() + ' ' + url.target;
}

// "https://host:port /target", or what is wrong.
std::string read(std::string_view text) {
    net::url url;
    std::string problem;
    return parse_url(text, url, problem) ? shown(url) : problem;
}

// The same for a reference.
std::string read_reference(std::string_view base, std::string_view text) {
    net::url from;
    net::url url;
    std::string problem;
    REQUIRE(parse_url(base, from, problem));
    return parse_reference(from, text, url, problem) ? shown(url) : problem;
}

} // namespace

TEST_CASE("absolute URLs") {
    struct {
        std::string_view text;
        std::string_view read;
    } const table[] = {
        {"https://api.intheloop.io", "https://api.intheloop.io /"},
        {"HTTPS://API.intheloop.IO.:443/a%2Fb?c#d", "https://api.intheloop.io /a%2Fb?c"},
        {"http://127.0.0.1:8080?x", "http://127.0.0.1:8080 /?x"},
        {"http://[::1]/", "http://[::1] /"},
        {"https://host:/a", "https://host /a"},
        {"https://host:0/", "its port is not between 1 and 65535"},
        {"https://host:65536/", "its port is not between 1 and 65535"},
        {"https://user@host/", "it holds user information, which is refused"},
        {"https:///a", "it has no host"},
        {"https:/a", "it has no host"},
        {"https:a", "it has no host"},
        {"", "not a valid absolute URL"},
        {"//host/a", "not a valid absolute URL"},
        {"ftp://host/", "the scheme is neither https nor http"},
        {"host/a", "not a valid absolute URL"},
        {"https://ho%73t,/", "its host holds a character that is not allowed"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(read(row.text) == row.read);
    }
}

TEST_CASE("what follows a port is a path or nothing") {
    for (std::string_view const text :
         {"https://host:80)x", "https://host:443x", "https://api.i:ntheloop.io", "https://h:-1"}) {
        CAPTURE(text);
        CHECK(read(text) == "something that is no path follows its port");
    }
}

TEST_CASE("a host is made of labels") {
    for (std::string_view const text :
         {"https://../", "https://a..b/", "https://.a", "https://a../"})
        CHECK(read(text) == "its host holds a dot too many");
    CHECK(read("https://./") == "it has no host");
}

TEST_CASE("a host that a resolver could take for an address is refused") {
    for (std::string_view const text :
         {"https://127.1/", "https://0x7f000001", "https://2130706433/", "https://0177.0.0.1:1/",
          "https://127.0.0.01/", "https://1.2.3.4.5", "https://%30x7f.1/"}) {
        CAPTURE(text);
        CHECK(read(text) == "its host ends in a number, but is not an IPv4 address");
    }
}

TEST_CASE("what RFC 3986 does not allow is refused, not mended") {
    struct {
        std::string_view text;
        std::string_view problem;
    } const table[] = {
        {"https://host\\@other/", "it holds user information, which is refused"},
        {"https://host\\a", "its host holds a character that is not allowed"},
        {"https:\\\\host", "its path holds a character that is not allowed"},
        {"https://host/a b", "its path holds a character that is not allowed"},
        {"https://host/a\r\nX: y", "its path holds a character that is not allowed"},
        {"https://host/\xc3\xb6", "its path holds a character that is not allowed"},
        {"https://host/?a[]=b", "its query holds a character that is not allowed"},
        {"https://host/a#b#c", "its fragment holds a character that is not allowed"},
        {"https://host/%zz", "its path holds a '%' without two hexadecimal digits behind"},
        {" https://host", "what stands before its first colon is no scheme"},
        {"https://[fe80::1%25eth0]/", "what stands in brackets is not an IPv6 address"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(read(row.text) == row.problem);
    }
}

TEST_CASE("what is wrong is said without the URL, and nothing is changed") {
    net::url url;
    url.origin.host = "as it was";
    url.target = "/before";
    std::string problem;
    for (std::string_view const text :
         {"https://host/?Signature=hush&x=[", "https://hush@host/", "https://hush_/hush%",
          "https://hush!/", "hush:hush", "https://host:hush", "https://[hush]/"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_url(text, url, problem));
        CHECK(problem.find("hush") == problem.npos);
        CHECK(url.origin.host == "as it was");
        CHECK(url.target == "/before");
    }
}

TEST_CASE("references") {
    struct {
        std::string_view text;
        std::string_view read;
    } const table[] = {
        {"", "https://host:8443 /a/b?c"},
        {"#x", "https://host:8443 /a/b?c"},
        {"?x#y", "https://host:8443 /a/b?x"},
        {"x", "https://host:8443 /a/x"},
        {"../../x", "https://host:8443 /x"},
        {"/x/./y/../z", "https://host:8443 /x/z"},
        {"//other", "https://other /"},
        {"http://other:1/x/../y", "http://other:1 /y"},
        {"/x%2F%7e/%2e%2e/y%2f", "https://host:8443 /x%2F%7e/%2e%2e/y%2f"}, // octet by octet
        // a path does not become a host
        {"https:/x/..//other/y", "it has no host"},
        {"https:/.//other/y", "it has no host"},
        {"/x/..//other/y", "https://host:8443 //other/y"},
        {"https:x", "it has no host"},
        {"//user@other/", "it holds user information, which is refused"},
        {"//other:80x", "something that is no path follows its port"},
        {"javascript:x", "the scheme is neither https nor http"},
        {"x y", "its path holds a character that is not allowed"},
        {"\\\\other/x", "its path holds a character that is not allowed"},
        {"x:y", "the scheme is neither https nor http"},
        {"1:y", "what stands before its first colon is no scheme"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(read_reference("https://host:8443/a/b?c", row.text) == row.read);
    }
    CHECK(read_reference("http://[::1]", "x") == "http://[::1] /x");
}

TEST_CASE("which origins are addresses, and which only this machine") {
    struct {
        std::string_view host;
        bool is_address;
        bool is_loopback;
    } const table[] = {
        {"localhost", false, true},   {"localhost.example.com", false, false},
        {"127.0.0.1", true, true},    {"127.9.9.9", true, true},
        {"128.0.0.1", true, false},   {"127.0.0.01", false, false},
        {"127.1", false, false},      {"0.0.0.0", true, false},
        {"::1", true, true},          {"0:0::1", true, true},
        {"::", true, false},          {"::ffff:127.0.0.1", true, false},
        {"fe80::1%lo", false, false}, {"", false, false},
    };
    for (auto const& row : table) {
        CAPTURE(row.host);
        net::origin origin;
        origin.host = row.host;
        CHECK(origin.is_address() == row.is_address);
        CHECK(origin.is_loopback() == row.is_loopback);
    }
}

} // TEST_SUITE("net/url")
