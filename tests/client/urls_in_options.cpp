// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The base URL and the proxy: a part that would be dropped or mean something else is refused.
#include <client/fixture.hpp>

#include <string>

TEST_SUITE("client/urls_in_options") {

using namespace fixture;

namespace {

// Makes a client. Says why it was refused; "" if it was not.
std::string refusal(loop::options const& how) {
    asio::io_context io;
    try {
        loop::client const client(io.get_executor(), how);
    } catch (loop::exception const& e) {
        CHECK(e.code() == loop::errc::invalid_option);
        CHECK_FALSE(contains(e.what(), "hush"));
        return e.error().detail;
    }
    return {};
}

std::string refusal_of_base(char const* url) {
    loop::options how = options_for_port(1);
    how.base_url = url;
    return refusal(how);
}

std::string refusal_of_proxy(char const* url) {
    loop::options how = options_for_port(1);
    how.proxy = url;
    return refusal(how);
}

} // namespace

TEST_CASE("parts that a base URL can't have") {
    for (char const* url :
         {"https://host#hush", "https://host/#", "https://host#", "https://host:1/a#b"})
        CHECK(refusal_of_base(url) == "base_url: it holds a fragment");
    for (char const* url :
         {"https://host?hush", "https://host?", "https://host/a?b=c", "https://host/a?b#c"})
        CHECK(refusal_of_base(url) == "base_url: it holds a query");
    for (char const* url : {"https://hush:hush@host", "https://hush@host", "https://@host/"})
        CHECK(refusal_of_base(url) == "base_url: it holds user information, which is refused");
    for (char const* url :
         {"https://host:", "https://host:/", "https://[::1]:", "https://[::1]:/a"})
        CHECK(refusal_of_base(url) == "base_url: its port is empty");
    for (char const* url : {"https://host:0", "https://host:65536", "https://host:00/"})
        CHECK(refusal_of_base(url) == "base_url: its port is not between 1 and 65535");
    for (char const* url : {"https://host/a/../b", "https://host/..", "https://host/.",
                            "https://host/../", "https://host/./a", "https://host/%2e%2E/a",
                            "https://host/a/.%2e", "https://host/a%2F..%2Fb", "https://host/%2e"})
        CHECK(refusal_of_base(url) == "base_url: its path holds a segment of dots");
    for (char const* url :
         {"https://host\\a", "https://host/a\\b", "https:\\\\host", "https://host/a b",
          " https://host", "https://host ", "https://host\t", "https://host/\n", "https://ho st",
          "https:host", "https:/host", "https:///host"})
        CHECK(refusal_of_base(url).starts_with("base_url: "));
    for (char const* url : {"https://host/", "https://host//", "https://host/a.b/..c/...",
                            "https://host:8443/a%2Fb", "https://[::1]", "https://[::1]:1/a:"})
        CHECK(refusal_of_base(url).empty());
}

TEST_CASE("parts that a proxy can't have") {
    for (char const* url : {"proxy#x", "http://proxy:1/?hush", "http://user:hush@proxy#", "proxy?"})
        CHECK(contains(refusal_of_proxy(url), "proxy: it holds a query or a fragment"));
    for (char const* url : {"http://proxy:0", "http://pro xy", "http://proxy\\x", "http://proxy:1x",
                            "http://proxy:1\\x", "https://proxy", "http://", " http://proxy"})
        CHECK(contains(refusal_of_proxy(url), "proxy: "));
    for (char const* url : {"proxy", "http://proxy/", "http://user:hush@proxy:1/", "[::1]:1"})
        CHECK(refusal_of_proxy(url).empty());
}

} // TEST_SUITE("client/urls_in_options")
