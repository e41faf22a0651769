// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_URL_HPP
#define INTHELOOP_TESTS_FUZZ_URL_HPP

#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/net/detail/url.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// A URL in the first line, and a reference from it in the second.
// tests/net/url_oracle/url_oracle.cpp compares the same inputs with Boost.URL, which no fuzzer
// needs.
struct url_target {
    static constexpr std::string_view name = "url";

    static void run(auto const&, bytes input) {
        reader in(input);
        std::string_view const absolute = in.line();
        std::string_view const reference = in.line();
        intheloop::net::url base;
        if (!check_url(absolute, base))
            base.origin.host = "api.intheloop.io";
        intheloop::net::url alone;
        check_url(reference, alone);
        check_reference(base, reference);
        for (std::string_view const text : {absolute, reference}) {
            check_components(text);
            check_address(text);
        }
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::string const host = "https://api.intheloop.io";
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            std::string path;
            for (intheloop::route_piece const& piece : Endpoint::pieces)
                path += piece.is_placeholder ? "%7B" + std::string(piece.text) + "%7D"
                                             : std::string(piece.text);
            keep(std::string(Endpoint::operation), host + path + '\n' + path + "?a=b");
        });
        keep("signed", host + "\nhttps://reports.intheloop.io/RF_6a1cf0db?Expires=1698934975&"
                              "Signature=t7Wry-7L~q__&Key-Pair-Id=K3OIERPZ19GBMM");
        keep("port", "HTTP://LocalHost.:8080?x#y\n../a/./b?c");
        keep("ipv6", "https://[::1]:443/%2e%2e/a\n//[::ffff:127.0.0.1]:0/");
        keep("ipv4", "http://127.0.0.1:65536\nhttp://127.0.0.1:");
        keep("user", "https://u:p@h/\n?q");
        keep("empty", "https:///x\nhttp:a");
        keep("no_host", host + "/a\nhttps:/b/..//c/d");
        keep("numbers", "https://0x7f.1/\n//127.0.0.01:080/%2F/..//a");
        keep("address", "1:2:3::ffff:192.0.2.33\n192.0.2.33");
        keep("not_strict", " https://h/a b%/\xc3\xa9?q=|#f \n09:30.json?a=<b>");
        keep("zone", "https://[fe80::1%25eth0]/\n//[v1.a]");
    }

private:
    // Tells whether it is read.
    static bool check_url(std::string_view text, intheloop::net::url& out) {
        intheloop::net::url read;
        read.origin.host = "as it was";
        std::string problem;
        if (!parse_url(text, read, problem)) {
            check(!problem.empty(), "a problem is said", text);
            check(read.origin.host == "as it was", "after a failure all is as it was", text);
            return false;
        }
        check_form(read);
        std::string_view const target = read.target;
        check(target == "/" ||
                  text.find(target.substr(target.starts_with("/?") ? 1 : 0)) != text.npos,
              "no octet of a target is changed", text);
        out = read;
        return true;
    }

    static void check_components(std::string_view text) {
        using component = std::optional<std::string_view>;
        intheloop::codec::url_components read;
        std::string problem;
        bool const is_strict = split_url(text, read, problem);
        intheloop::codec::url_authority server;
        std::string ignored;
        check_encoding(text, is_strict && (!read.authority ||
                                           parse_authority(*read.authority, server, ignored)));
        if (!is_strict) {
            check(!problem.empty(), "a problem is said", text);
            return;
        }
        auto const with = [](std::string_view before, component const& one,
                             std::string_view behind) {
            return one ? std::string(before).append(*one).append(behind) : std::string();
        };
        check_equal(with("", read.scheme, ":") + with("//", read.authority, "") +
                        std::string(read.path) + with("?", read.query, "") +
                        with("#", read.fragment, ""),
                    text, "the components are the whole text");
    }

    // Encoding changes how the octets are written, and leaves out the fragment.
    static void check_octets(std::string_view text, std::string_view url) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        text = text.substr(0, text.find_last_not_of(' ') + 1);
        text = text.substr(0, text.find('#'));
        if (url.starts_with("./") && !text.starts_with("./")) // for a first segment like "09:30"
            url.remove_prefix(2);
        check_equal(intheloop::codec::percent_decoded(url), intheloop::codec::percent_decoded(text),
                    "encoding loses no octet");
    }

    static void check_encoding(std::string_view text, bool is_strict) {
        std::string url, again, problem;
        bool const is_usable = intheloop::codec::encode_url(text, url, problem);
        check(is_usable || !problem.empty(), "a problem is said", text);
        check(is_usable || !is_strict, "a strict URL can be encoded", text);
        if (is_strict)
            check_equal(url, text.substr(0, text.find('#')), "a strict URL is left alone");
        if (!is_usable)
            return;
        check_octets(text, url);
        check(intheloop::codec::encode_url(url, again, problem), "an encoded URL can be encoded",
              text);
        check_equal(again, url, "nothing is encoded twice");
        intheloop::codec::url_components read;
        check(split_url(url, read, problem) || problem.ends_with("no scheme"),
              "path and query hold what may stand there", text);
    }

    static void check_address(std::string_view text) {
        auto const address = intheloop::codec::parse_ip_address(text);
        if (!address)
            return;
        check(address->size == (text.find(':') == text.npos ? 4u : 16u), "the size of an address",
              text);
        std::string authority(text);
        if (address->size == 16)
            authority = '[' + authority + ']';
        intheloop::codec::url_authority read;
        std::string problem;
        check(parse_authority(authority, read, problem), "an address is a host", text);
        check(intheloop::codec::parse_ip_address(read.host) == address, "it is the same address",
              text);
    }

    static void check_form(intheloop::net::url const& read) {
        auto const& origin = read.origin;
        check(!origin.host.empty(), "a URL has a host");
        for (char const c : origin.host)
            check((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                      c == '_' || c == ':',
                  "a host has only what may stand there", origin.host);
        check(origin.host.find(':') == std::string::npos || origin.is_address(),
              "a host with a colon is an IPv6 address", origin.host);
        check(origin.port_number() != 0 && std::to_string(origin.port_number()) == origin.port,
              "a port is a number", origin.port);
        check(origin.host.back() != '.', "a host has no dot at its end", origin.host);
        check(read.target.starts_with('/'), "a target begins with a slash", read.target);
        for (char const c : read.target)
            check(c > ' ' && c <= '~' && c != '#', "a target holds what may stand there",
                  read.target);
        check(read.has_query == (read.target.find('?') != std::string::npos),
              "whether it has a query", read.target);
        intheloop::net::url again;
        std::string problem;
        check(parse_url(origin.text() + read.target, again, problem), "a URL is read again",
              origin.text() + read.target);
        check(again.origin == origin, "the same origin again", origin.text());
        check_equal(again.target, read.target, "the same target again");
    }

    static void check_reference(intheloop::net::url const& base, std::string_view text) {
        intheloop::net::url found;
        std::string problem;
        bool const resolved = parse_reference(base, text, found, problem);
        intheloop::net::url absolute;
        std::string ignored;
        if (parse_url(text, absolute, ignored)) {
            check(resolved, "a URL is a reference to itself", text);
            check(found.origin == absolute.origin, "the origin of a URL does not hang on the base",
                  text);
        }
        if (!resolved) {
            check(!problem.empty(), "a problem is said", text);
            return;
        }
        check_form(found);
        intheloop::codec::url_components parts;
        check(split_url(text, parts, ignored), "what leads somewhere is a reference", text);
        if (!parts.authority)
            check(found.origin == base.origin, "a path leads to the same origin", text);
        if (parts.authority || !parts.path.empty()) {
            std::string const path = found.target.substr(0, found.target.find('?')) + '/';
            check(path.find("/./") == path.npos && path.find("/../") == path.npos,
                  "no segment is made of dots", text);
        }
    }
};

} // namespace fuzz

#endif
