// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Reads many thousands of URLs, references and addresses, the same ones each time, and compares
// with what Boost.URL makes of them. Only tests link Boost.URL.
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/net/detail/url.hpp>

#include <fuzz/endpoints.hpp>
#include <fuzz/mutate.hpp>
#include <fuzz/seeds.hpp>
#include <fuzz/url.hpp>
#include <net/url_oracle/url_oracle.hpp>

#include <boost/url/ipv6_address.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>

TEST_SUITE("net/url_oracle/url_oracle") {

namespace {

namespace net = intheloop::net;
using tests::url_oracle;

std::string shown_url(std::optional<net::url> const& url) {
    return url ? url->origin.text() + ' ' + url->target + (url->has_query ? " ?" : "") : "refused";
}

std::optional<net::url> our_url(std::string_view text) {
    net::url read;
    std::string problem;
    return parse_url(text, read, problem) ? std::optional(read) : std::nullopt;
}

std::optional<net::url> our_reference(net::url const& base, std::string_view text) {
    net::url read;
    std::string problem;
    return parse_reference(base, text, read, problem) ? std::optional(read) : std::nullopt;
}

// Compares the two readers, and counts.
class url_comparison {
public:
    url_oracle oracle;
    std::size_t read = 0;
    std::size_t refused = 0;
    std::size_t differing = 0;
    std::size_t decoded = 0; // references whose paths can't be compared

    void url(std::string_view text) {
        auto const ours = our_url(text);
        same(text, shown_url(ours), shown_url(oracle.read(text)));
        ++(ours ? read : refused);
    }

    void reference(net::url const& base, std::string_view text) {
        auto ours = our_reference(base, text);
        auto boosts = oracle.read_reference(base.origin.text() + base.target, text);
        ++(ours ? read : refused);
        // Boost.URL takes "%2e" for a dot before it removes segments, and some versions decode
        // "%2F"; RFC 3986 (5.2.4) does neither.
        bool const is_decoded = encodes_segments(base.target) || encodes_segments(text);
        decoded += is_decoded ? 1 : 0;
        for (std::optional<net::url>* const url : {&ours, &boosts})
            if (*url)
                (*url)->target = is_decoded ? "" : url_oracle::normalized((*url)->target);
        same(base.origin.text() + base.target + " and " + std::string(text), shown_url(ours),
             shown_url(boosts));
    }

private:
    static bool encodes_segments(std::string_view text) {
        for (std::string_view const triplet : {"%2e", "%2E", "%2f", "%2F"})
            if (text.find(triplet) != text.npos)
                return true;
        return false;
    }

    void same(std::string_view input, std::string const& ours, std::string const& boosts) {
        if (ours == boosts || ++differing > 10)
            return;
        FAIL_CHECK("of ", std::string(input), " ours makes ", ours, ", Boost.URL ", boosts);
    }
};

// Makes URLs of pieces, most of which may stand where they do.
class url_generator {
public:
    explicit url_generator(std::uint64_t seed) : random_(seed) {}

    std::string url() {
        std::string made = scheme() + "//" + authority() + (one_in(6) ? "" : "/" + path()) + rest();
        return one_in(4) ? changed(std::move(made)) : made;
    }
    std::string reference() {
        std::string made;
        switch (below(8)) {
        case 0: return url();
        case 1: made = "//" + authority() + (one_in(3) ? "" : "/" + path()); break;
        case 2: made = "/" + path(); break;
        case 3: made = scheme() + (one_in(2) ? "/" : "") + path(); break;
        case 4: break;
        default: made = path();
        }
        made += rest();
        return one_in(6) ? changed(std::move(made)) : made;
    }
    std::string address() {
        std::string made;
        if (one_in(3)) {
            made = ipv4();
        } else {
            std::size_t const groups = one_in(3) ? below(11) : 8;
            std::size_t const gap = one_in(3) ? 99 : below(groups + 1);
            for (std::size_t i = 0; i != groups; ++i) {
                made += i == gap ? "::" : i == 0 || made.ends_with("::") ? "" : ":";
                bool const is_ipv4 = i + 1 == groups && one_in(4);
                made += i == gap && one_in(2) ? "" : is_ipv4 ? ipv4() : group();
            }
        }
        return one_in(4) ? changed(std::move(made)) : made;
    }

private:
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::string pick(std::initializer_list<std::string_view> from) {
        return std::string(from.begin()[below(from.size())]);
    }

    std::string scheme() {
        return one_in(12) ? pick({"ftp:", "httpss:", "1http:", "ht+p:", ":", "", "h ttp:"})
                          : pick({"https:", "http:", "HTTPS:", "hTtp:"});
    }
    std::string authority() {
        std::string made = one_in(12) ? pick({"user@", "u:p@", "@", "a@b@", "%40@", "u%@"}) : "";
        made += one_in(3) ? "[" + address() + "]" : one_in(4) ? ipv4() : name();
        if (one_in(3))
            made += ':' + pick({"", "0", "1", "80", "443", "0443", "65535", "65536", "99999999999",
                                "80x", "x", "-1", "+1", " 80", "8:0", "00000000000000000080"});
        return made;
    }
    std::string name() {
        std::string made;
        for (std::size_t labels = below(4) + 1; labels != 0; --labels)
            made += pick({"a", "Example", "x-y", "x_y", "h%6fst", "%41", "1", "8a", "0x1", "0xg",
                          "e%2Ef"}) +
                    (labels == 1 ? pick({"", "", "", "."}) : ".");
        return one_in(8) ? pick({"", ".", "..", "a..b", ".a", "a~b", "a!b", "a,b", "a%2fb", "a%00",
                                 "%c3%a9", "a%", "a%2", "[v1.a]", "[fe80::1%25eth0]", "[]", "["})
                         : made;
    }
    std::string ipv4() {
        std::string made;
        for (std::size_t numbers = one_in(6) ? below(6) : 4; numbers != 0; --numbers)
            made += (one_in(12) ? pick({"256", "00", "01", "0x7f", "1000", "", "+1"})
                                : std::to_string(below(256))) +
                    (numbers == 1 ? "" : ".");
        return made;
    }
    std::string group() {
        return one_in(12) ? pick({"", "12345", "g", "00000", "-1"})
                          : pick({"0", "1", "ffff", "FFFF", "00a0", "dB8", "12", "abc"});
    }
    std::string path() {
        std::string made;
        for (std::size_t segments = below(6); segments != 0; --segments)
            made +=
                pick({"a", "b:c", "..", ".", "", "...", ".a", "a..", "%3A", "%41", "%7e%c3", "~-_",
                      "!$&'()*+,;=@", one_in(4) ? "%2e" : "a", one_in(4) ? "%2E.%2f" : "b"}) +
                (segments == 1 && one_in(2) ? "" : "/");
        return made;
    }
    std::string rest() {
        std::string made =
            one_in(3) ? "?" + pick({"", "a=b&c", "/../?", "%2e%2f", "q@:!", "a[0]=1", "%", "a%zz"})
                      : "";
        made += one_in(5) ? "#" + pick({"", "f", "/?", "%41", "#", "[", "%4"}) : "";
        return made;
    }
    std::string changed(std::string text) {
        using std::string_view_literals::operator""sv;
        constexpr std::string_view characters =
            "/:?#[]@.%\\ \t\r\n\0\x7f\"<>^`{|}~aA0\x80\xc3\xff"sv;
        char const c = characters[below(characters.size())];
        std::size_t const at = below(text.size() + 1);
        if (one_in(2) || at == text.size())
            text.insert(at, 1, c);
        else if (one_in(2))
            text[at] = c;
        else
            text.erase(at, below(4) + 1);
        return text;
    }

    std::mt19937_64 random_;
};

} // namespace

TEST_CASE("URLs are read as Boost.URL reads them, but for the listed differences") {
    url_comparison compared;
    url_generator generated(1);
    for (std::size_t count = 60'000; count != 0; --count)
        compared.url(generated.url());
    CHECK(compared.differing == 0);
    CHECK(compared.read > 10'000);
    CHECK(compared.refused > 15'000);
    for (std::string_view const name :
         {"schemes other than https and http are refused", "user information is refused",
          "\"[v1.a]\" is refused", "a port is between 1 and 65535",
          "the last dot of a name is dropped", "a host may not be empty",
          "a name has letters, digits, '-', '_' and '.' alone", "no label of a name is empty",
          "a name does not end in a number"}) {
        CAPTURE(name);
        CHECK(compared.oracle.differences().contains(name));
    }
}

TEST_CASE("references lead where Boost.URL says, but for the listed differences") {
    url_comparison compared;
    url_generator generated(2);
    for (std::size_t count = 10'000; count != 0; --count) {
        auto base = our_url(generated.url());
        if (!base)
            base = our_url("https://api.intheloop.io/a/b/c?d").value();
        for (std::size_t references = 6; references != 0; --references)
            compared.reference(*base, generated.reference());
    }
    CHECK(compared.differing == 0);
    CHECK(compared.read > 10'000);
    CHECK(compared.refused > 10'000);
    CHECK(compared.decoded > 0);
    CHECK(compared.decoded < 30'000);
    CHECK(compared.oracle.differences().contains("a base's own path is not normalized"));
}

TEST_CASE("what a fuzzer reads is read as Boost.URL reads it") {
    url_comparison compared;
    auto const compare = [&](std::string_view input) {
        fuzz::reader in(fuzz::bytes_of(input));
        std::string_view const absolute = in.line();
        compared.url(absolute);
        auto base = our_url(absolute);
        if (!base)
            base = our_url("https://api.intheloop.io").value();
        compared.reference(*base, in.line());
    };
    fuzz::url_target const target;
    auto const seeds = fuzz::seeds_of(target, fuzz::endpoints);
    fuzz::mutator mutator(3);
    for (std::size_t i = 0; i != seeds.size(); ++i) {
        compare(seeds[i].data);
        for (std::size_t count = 1000; count != 0; --count)
            compare(mutator.changed(seeds[i].data, seeds[(i + 1) % seeds.size()].data));
    }
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    REQUIRE_MESSAGE(root, "INTHELOOP_TEST_ROOT names no directory; `meson test` sets it");
    std::size_t regressions = 0;
    for (auto const& entry : std::filesystem::directory_iterator(std::filesystem::path(root) /
                                                                 "tests/fuzz/regressions/url")) {
        compare(fuzz::read_input(entry.path()));
        ++regressions;
    }
    CHECK(compared.differing == 0);
    CHECK(regressions > 0);
}

TEST_CASE("addresses are read as Boost.URL reads them, without zones") {
    url_generator generated(4);
    std::array<std::size_t, 3> found{}; // none, IPv4, IPv6
    std::size_t differing = 0;
    for (std::size_t count = 60'000; count != 0; --count) {
        std::string const text = generated.address();
        std::optional<intheloop::codec::ip_address> boosts;
        auto const fill = [&](auto const& octets) {
            boosts.emplace();
            std::copy(octets.begin(), octets.end(), boosts->octets.begin());
            boosts->size = static_cast<unsigned>(octets.size());
        };
        if (auto const v4 = boost::urls::parse_ipv4_address(text))
            fill(v4->to_bytes());
        else if (auto const v6 = boost::urls::parse_ipv6_address(text))
            fill(v6->to_bytes());
        auto const ours = intheloop::codec::parse_ip_address(text);
        ++found[ours ? ours->size == 4 ? 1 : 2 : 0];
        if (ours != boosts && ++differing <= 10)
            FAIL_CHECK("the address ", text);
    }
    CHECK(differing == 0);
    for (std::size_t const each : found)
        CHECK(each > 3'000);
}

} // TEST_SUITE("net/url_oracle/url_oracle")
