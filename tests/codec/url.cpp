// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/codec/detail/url.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

TEST_SUITE("codec/url") {

namespace {

namespace codec = intheloop::codec;
using namespace std::string_view_literals;

// A component between brackets, so that an empty one and none are told apart.
std::string marked(std::optional<std::string_view> component) {
    return component ? '<' + std::string(*component) + '>' : "-";
}

// The components of a reference, or what is wrong with it.
std::string components_of(std::string_view text) {
    codec::url_components read;
    std::string problem;
    if (!codec::split_url(text, read, problem))
        return problem;
    return marked(read.scheme) + marked(read.authority) + marked(read.path) + marked(read.query) +
           marked(read.fragment);
}

// "host port", or what is wrong.
std::string server_of(std::string_view text) {
    codec::url_authority read;
    read.host = "as it was";
    std::string problem;
    if (codec::parse_authority(text, read, problem))
        return read.host + ' ' + std::to_string(read.port);
    CHECK(read.host == "as it was");
    return problem;
}

std::string resolved(std::string_view base, std::string_view reference) {
    codec::url_components from;
    codec::url_components to;
    std::string problem;
    REQUIRE(codec::split_url(base, from, problem));
    REQUIRE(codec::split_url(reference, to, problem));
    return codec::resolve_url(from, to);
}

} // namespace

TEST_CASE("the components of URLs and of references") {
    struct {
        std::string_view text;
        std::string_view components; // scheme, authority, path, query, fragment
    } const table[] = {
        {"", "--<>--"},
        {"https://host", "<https><host><>--"},
        {"https://u:p@host:1/a/b?c=d&e#f", "<https><u:p@host:1></a/b><c=d&e><f>"},
        {"HTTP://Host/?#", "<HTTP><Host></><><>"},
        {"https:///a", "<https><></a>--"},
        {"urn:a:b", "<urn>-<a:b>--"},
        {"x+y-z.1:", "<x+y-z.1>-<>--"},
        {"//host/a", "-<host></a>--"},
        {"//host?a", "-<host><><a>-"},
        {"//host#a", "-<host><>-<a>"},
        {"//", "-<><>--"},
        {"/a:b", "--</a:b>--"},
        {"./a:b", "--<./a:b>--"},
        {"?a?b:/c", "--<><a?b:/c>-"},
        {"#a?b/:", "--<>-<a?b/:>"},
        {"a/b?c#d?e", "--<a/b><c><d?e>"},
        {"a//b", "--<a//b>--"},
        {"/-._~!$&'()*+,;=:@%00%fF/", "--</-._~!$&'()*+,;=:@%00%fF/>--"},
        {"?-._~!$&'()*+,;=:@%00%fF/?", "--<><-._~!$&'()*+,;=:@%00%fF/?>-"},
        {":", "what stands before its first colon is no scheme"},
        {":a", "what stands before its first colon is no scheme"},
        {"1a:b", "what stands before its first colon is no scheme"},
        {"a b://c", "what stands before its first colon is no scheme"},
        {" https://host", "what stands before its first colon is no scheme"},
        {"ht%74p://host", "what stands before its first colon is no scheme"},
        {"\xc3\xa9:a", "what stands before its first colon is no scheme"},
        {"/a#b#c", "its fragment holds a character that is not allowed"},
        {"/a%", "its path holds a '%' without two hexadecimal digits behind"},
        {"/a%4", "its path holds a '%' without two hexadecimal digits behind"},
        {"/a%4g", "its path holds a '%' without two hexadecimal digits behind"},
        {"/a%%41", "its path holds a '%' without two hexadecimal digits behind"},
        {"/?%", "its query holds a '%' without two hexadecimal digits behind"},
        {"/#%1", "its fragment holds a '%' without two hexadecimal digits behind"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(components_of(row.text) == row.components);
    }
}

TEST_CASE("of all octets only those that RFC 3986 allows may stand in a URL") {
    constexpr std::string_view in_paths =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";
    for (int octet = 0; octet != 256; ++octet) {
        CAPTURE(octet);
        char const c = static_cast<char>(octet);
        if (c == '%' || c == '#')
            continue;
        bool const in_path = in_paths.find(c) != in_paths.npos;
        bool const in_query = in_path || c == '?';
        std::string const text{'x', c, 'y'};
        std::string const refused = " holds a character that is not allowed";
        if (c != '?')
            CHECK(components_of("/" + text) ==
                  (in_path ? "--</" + text + ">--" : "its path" + refused));
        CHECK(components_of("?" + text) ==
              (in_query ? "--<><" + text + ">-" : "its query" + refused));
        CHECK(components_of("#" + text) ==
              (in_query ? "--<>-<" + text + ">" : "its fragment" + refused));
        bool const in_name = octet < 128 && in_path &&
                             std::string_view("!$&'()*+,;=:@/~").find(c) == std::string_view::npos;
        std::string lower = text;
        if (c >= 'A' && c <= 'Z')
            lower[1] = static_cast<char>(c - 'A' + 'a');
        if (c != ':' && c != '@')
            CHECK(server_of(text) ==
                  (in_name ? lower + " 0" : "its host holds a character that is not allowed"));
    }
}

namespace {

// A URL as it is requested, or what is wrong with it.
std::string encoded(std::string_view text) {
    std::string url = "as it was";
    std::string problem;
    if (codec::encode_url(text, url, problem))
        return url;
    CHECK(url == "as it was");
    return "! " + problem;
}

} // namespace

TEST_CASE("a URL as servers write it gets what RFC 3986 demands, and nothing twice") {
    struct {
        std::string_view text;
        std::string_view url;
    } const table[] = {
        {"https://h/a b?c d#e f", "https://h/a%20b?c%20d"},
        {"https://h/a%20b?c%20d", "https://h/a%20b?c%20d"},
        {"https://h/a%2520b", "https://h/a%2520b"},
        {"https://h/100%", "https://h/100%25"},
        {"https://h/100%&%4&%4g&%zz%41?%", "https://h/100%25&%254&%254g&%25zz%41?%25"},
        {"https://h/%%41", "https://h/%25%41"},
        {"https://h/\xc3\xa9?\xe2\x82\xac=\xf0\x9f\x98\x80",
         "https://h/%C3%A9?%E2%82%AC=%F0%9F%98%80"},
        {"https://h/caf\xe9", "https://h/caf%E9"}, // no UTF-8: octet by octet
        {"https://h/|{}[]^`\"<>?|{}[]^`\"<>\\",
         "https://h/%7C%7B%7D%5B%5D%5E%60%22%3C%3E?%7C%7B%7D%5B%5D%5E%60%22%3C%3E%5C"},
        {"https://h/-._~!$&'()*+,;=:@/%2F?-._~!$&'()*+,;=:@/?%3f",
         "https://h/-._~!$&'()*+,;=:@/%2F?-._~!$&'()*+,;=:@/?%3f"},
        {"  https://h/a  ", "https://h/a"},
        {"HTTPS://H:8443?a b", "HTTPS://H:8443?a%20b"},
        {"https://h", "https://h"},
        {"https://h#a b", "https://h"},
        {"https://h/?", "https://h/?"},
        // A signature stays as it is: what it was made for, and how it is spelled.
        {"https://h/f?Policy=eyJ_-~&Signature=a%2Fb%2bc+d/e==&X={1}",
         "https://h/f?Policy=eyJ_-~&Signature=a%2Fb%2bc+d/e==&X=%7B1%7D"},
        // References.
        {"", ""},
        {"/a b", "/a%20b"},
        {"a b/c:d", "a%20b/c:d"},
        {"09:30 report.json", "./09:30%20report.json"},
        {"a b:c", "./a%20b:c"},
        {"a:b c", "a:b%20c"}, // a scheme
        {"?q r", "?q%20r"},
        {"//h/a b", "//h/a%20b"},
        {"//h?a b", "//h?a%20b"},
        {"../a b", "../a%20b"},
        // Everything before the path is read by parse_authority(), and refused there.
        {"https://h|st/a", "https://h|st/a"},
        {"https://a b/c", "! its host holds a character that is not allowed"},
        {"//a #b", "! its host holds a character that is not allowed"},
        {"::", "::"},
        // Never sent.
        {"https://h/a\tb", "! it holds a control character"},
        {"https://h/a\r\nX: y", "! it holds a control character"},
        {"https://h/a?b\n", "! it holds a control character"},
        {"https://h/a#\x1b", "! it holds a control character"},
        {"https://h/a\x7f", "! it holds a control character"},
        {"https://h/a\0b"sv, "! it holds a control character"},
        {"\thttps://h/a", "! it holds a control character"},
        {"https://h/a\\b", "! its path holds a backslash"},
        {"/\\evil.test/a", "! its path holds a backslash"},
        {"\\\\evil.test/a", "! its path holds a backslash"},
        {"https:\\\\evil.test\\a", "! its path holds a backslash"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        std::string const url = encoded(row.text);
        CHECK(url == row.url);
        if (!url.starts_with('!'))
            CHECK(encoded(url) == url);
    }
}

TEST_CASE("each octet in a path and a query is one that may stand there, or is encoded") {
    for (int octet = 0x20; octet != 256; ++octet) {
        CAPTURE(octet);
        if (octet == 0x7f || octet == '\\' || octet == '#')
            continue;
        std::string const text = "/x" + std::string(1, static_cast<char>(octet)) + "y?z" +
                                 std::string(1, static_cast<char>(octet)) + "z";
        std::string const url = encoded(text);
        codec::url_components parts;
        std::string problem;
        CHECK(codec::split_url(url, parts, problem));
        codec::url_components as_given;
        if (codec::split_url(text, as_given, problem))
            CHECK(url == text);
        else
            CHECK(url.size() == text.size() + 4);
    }
}

TEST_CASE("hosts and ports") {
    constexpr std::string_view no_host = "it has no host";
    constexpr std::string_view bad_character = "its host holds a character that is not allowed";
    constexpr std::string_view dots = "its host holds a dot too many";
    constexpr std::string_view number = "its host ends in a number, but is not an IPv4 address";
    constexpr std::string_view bad_port = "its port is not between 1 and 65535";
    constexpr std::string_view no_path = "something that is no path follows its port";
    constexpr std::string_view user = "it holds user information, which is refused";
    constexpr std::string_view not_ipv6 = "what stands in brackets is not an IPv6 address";
    constexpr std::string_view brackets = "its brackets don't fit";
    struct {
        std::string_view text;
        std::string_view server;
    } const table[] = {
        {"host", "host 0"},
        {"Api.Example.COM:8443", "api.example.com 8443"},
        {"my_host-1.", "my_host-1 0"},
        {"h%6Fst%2Eexample", "host.example 0"},
        {"host:", "host 0"},
        {"host:1", "host 1"},
        {"host:65535", "host 65535"},
        {"host:000443", "host 443"},
        {"1.example", "1.example 0"},
        {"1e", "1e 0"},
        {"0xg", "0xg 0"},
        {"127.0.0.1:80", "127.0.0.1 80"},
        {"127.0.0.1.", "127.0.0.1 0"},
        {"%31.2.3.4", "1.2.3.4 0"},
        {"[::1]", "::1 0"},
        {"[::FFFF:1.2.3.4]:80", "::ffff:1.2.3.4 80"},
        {"[0:0::1]:", "0:0::1 0"},
        {"", no_host},
        {":80", no_host},
        {".", no_host},
        {".:80", no_host},
        {"..", dots},
        {".a", dots},
        {"a..b", dots},
        {"a..", dots},
        {"a%2e%2eb", dots},
        {"1", number},
        {"127.1", number},
        {"127.0.0.01", number},
        {"256.0.0.1", number},
        {"1.2.3.4.5", number},
        {"0x7f000001", number},
        {"0X7F.1", number},
        {"host.0x", number},
        {"host.8.", number},
        {"host:0", bad_port},
        {"host:65536", bad_port},
        {"host:99999999999999999999", bad_port},
        {"[::1]:65536", bad_port},
        {"host:x", no_path},
        {"host:80x", no_path},
        {"host:-1", no_path},
        {"host:+1", no_path},
        {"host: 1", no_path},
        {"host:1 ", no_path},
        {"host:0x50", no_path},
        {"host:%38", no_path},
        {"host:80:80", no_path},
        {"user@host", user},
        {"user:password@host", user},
        {"@host", user},
        {"host@", user},
        {"a@b@host", user},
        {"::1", no_host},
        {"fe80::1", no_path},
        {"ho st", bad_character},
        {"host\n", bad_character},
        {"host\0.example"sv, bad_character},
        {"host\\.example", bad_character},
        {"h\xc3\xb6st", bad_character},
        {"h%C3%B6st", bad_character},
        {"host%00", bad_character},
        {"host%2f", bad_character},
        {"host%3a1", bad_character},
        {"host%40", bad_character},
        {"ho~st", bad_character},
        {"ho]st", bad_character},
        {"host%", "its host holds a '%' without two hexadecimal digits behind"},
        {"host%2", "its host holds a '%' without two hexadecimal digits behind"},
        {"host%2x", "its host holds a '%' without two hexadecimal digits behind"},
        {"[]", not_ipv6},
        {"[host]", not_ipv6},
        {"[127.0.0.1]", not_ipv6},
        {"[v1.a]", not_ipv6},
        {"[fe80::1%25eth0]", not_ipv6},
        {"[::%31]", not_ipv6},
        {"[[::1]]", not_ipv6},
        {"[::1", brackets},
        {"[", brackets},
        {"[::1]x", brackets},
        {"[::1]]", brackets},
        {"[::1]80", brackets},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(server_of(row.text) == row.server);
    }
}

TEST_CASE("the examples of RFC 3986, 5.4") {
    struct {
        std::string_view reference;
        std::string_view target;
    } const table[] = {
        // 5.4.1
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        // 5.4.2
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"}, // strictly
    };
    for (auto const& row : table) {
        CAPTURE(row.reference);
        CHECK(resolved("http://a/b/c/d;p?q", row.reference) == row.target);
    }
}

TEST_CASE("more references") {
    struct {
        std::string_view base;
        std::string_view reference;
        std::string_view target;
    } const table[] = {
        {"http://a", "g", "http://a/g"},
        {"http://a", "..", "http://a/"},
        {"http://a", "", "http://a"},
        {"http://a?q", "g", "http://a/g"},
        {"http://a/b/../c?q", "?y", "http://a/b/../c?y"},
        {"http://a/b/../c/d", "e", "http://a/c/e"},
        {"http://a/b", "https://h/c/./d/../e?f", "https://h/c/e?f"},
        {"http://a/b", "//h/../c", "http://h/c"},
        {"http://a/b//c", "d", "http://a/b//d"},
        {"http://a/b//c", "..", "http://a/b/"},
        {"http://a/b//c", "../..", "http://a/"},
        {"http://a/b", "/c//../d", "http://a/c/d"},
        {"http://a/b", "/..//c", "http://a//c"},
        {"http://a/b", "/c/..//d", "http://a//d"},
        {"http://a/b/c", "%2e%2e/d", "http://a/b/%2e%2e/d"},
        {"http://a/b/c", "%7e/%aF", "http://a/b/%7e/%aF"},
        {"http://a/b?q", "#f", "http://a/b?q#f"},
        {"http://a/b?q", "c?", "http://a/c?"},
        // without an authority, a path does not become one
        {"http://a/b", "http:/.//h/c", "http:/.//h/c"},
        {"http://a/b", "http:/c/..//h", "http:/.//h"},
        {"http://a/b", "x:a/..", "x:/"},
        {"http://a/b", "x:../a/./b", "x:a/b"},
        {"http://a/b", "x:..", "x:"},
        {"http://a/b", "x:a/../..//b", "x:/.//b"},
        {"x:a/b", "c", "x:a/c"},
    };
    for (auto const& row : table) {
        CAPTURE(row.base);
        CAPTURE(row.reference);
        CHECK(resolved(row.base, row.reference) == row.target);
    }
}

TEST_CASE("the time for a reference grows with its length, not with the square of it") {
    auto const repeated = [](std::string_view text, std::size_t times) {
        std::string all;
        for (std::size_t i = 0; i != times; ++i)
            all += text;
        return all;
    };
    // With that square, each takes many seconds.
    std::string const host = "//" + repeated("a", 400'000);
    std::string const up = repeated("/..", 400'000);
    std::clock_t const begin = std::clock(); // of the processor: other programs may have it, too
    CHECK(resolved("http://a/b", host + up) == "http:" + host + '/');
    CHECK(resolved("http:" + host + "/b", up) == "http:" + host + '/');
    CHECK(resolved("http://a" + repeated("/b", 400'000), "." + up) == "http://a/");
    CHECK(resolved("http://a/b", repeated("/c/.", 400'000)) ==
          "http://a" + repeated("/c", 400'000) + '/');
    CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 20);
}

} // TEST_SUITE("codec/url")
