// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/net/url.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("net/url") {

namespace {

namespace net = intheloop::net;

// "https://host:port/target", or what is wrong.
std::string read(std::string_view text) {
    net::url url;
    std::string problem;
    if (!parse_url(text, url, problem))
        return problem;
    return url.origin.text() + ' ' + url.target;
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

} // TEST_SUITE("net/url")
