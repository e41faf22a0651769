// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/codec/detail/ip_address.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("codec/ip_address") {

namespace {

using namespace std::string_view_literals;
using intheloop::codec::parse_ip_address;

// The octets in hexadecimal digits; empty: no address.
std::string octets_of(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    auto const address = parse_ip_address(text);
    std::string shown;
    for (unsigned i = 0; address && i != address->size; ++i)
        shown += {digits[address->octets[i] >> 4], digits[address->octets[i] & 15]};
    return shown;
}

} // namespace

TEST_CASE("addresses, as texts of them are written") {
    struct {
        std::string_view text;
        std::string_view octets;
    } const table[] = {
        {"0.0.0.0", "00000000"},
        {"127.0.0.1", "7f000001"},
        {"255.255.255.255", "ffffffff"},
        {"9.10.99.100", "090a6364"},
        {"::", "00000000000000000000000000000000"},
        {"::1", "00000000000000000000000000000001"},
        {"1::", "00010000000000000000000000000000"},
        {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
        {"0001:0002:0003:0004:0005:0006:0007:0008", "00010002000300040005000600070008"},
        {"1:2:3::6:7:8", "00010002000300000000000600070008"},
        {"1::3:4:5:6:7:8", "00010000000300040005000600070008"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
        {"2001:DB8::aBcD", "20010db800000000000000000000abcd"},
        {"::ffff:192.0.2.128", "00000000000000000000ffffc0000280"},
        {"::13.1.68.3", "0000000000000000000000000d014403"},
        {"64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"},
        {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"},
        {"1:2:3:4:5::1.2.3.4", "00010002000300040005000001020304"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(octets_of(row.text) == row.octets);
    }
}

TEST_CASE("what is no address") {
    constexpr std::string_view texts[] = {
        "",
        ".",
        ":",
        ":::",
        "localhost",
        // short, long, and in other bases
        "1",
        "127.1",
        "127.0.1",
        "1.2.3.4.5",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..3.4",
        "1.2.3.",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.00",
        "00.0.0.0",
        "256.0.0.1",
        "1.2.3.256",
        "1.2.3.1000",
        "1.2.3.99999999999999999999",
        "a.b.c.d",
        "1.2.3.+4",
        "1.2.3.-4",
        "1.2.3.4/32",
        "1.2.3.4:80",
        // whatever stands before or behind
        " 1.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4\n",
        "1.2.3.4\0"sv,
        "::1\0"sv,
        " ::1",
        "::1 ",
        "[::1]",
        "::1/128",
        "1%2e2.3.4",
        "\xef\xbc\x91.2.3.4", // a digit, but not of ASCII
        // groups
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:",
        ":1",
        "1:",
        "::1:",
        ":::1",
        "1:::2",
        "1::2::3",
        "::12345",
        "::00001",
        "::g",
        "::-1",
        "::0x1",
        "::\xc3\xa9",
        "fe80::1%eth0",
        "fe80::1%25eth0",
        "fe80::1%",
        // the IPv4 address in them
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.04",
        "::1.2.3.256",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "::1.2.3.4:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        "::ffff:0x7f.0.0.1",
    };
    for (std::string_view const text : texts) {
        CAPTURE(text);
        CHECK_FALSE(parse_ip_address(text).has_value());
    }
}

TEST_CASE("addresses of this machine alone") {
    for (std::string_view const text :
         {"127.0.0.1", "127.0.0.0", "127.255.255.255", "::1", "0:0:0:0:0:0:0:1", "::0.0.0.1"}) {
        CAPTURE(text);
        CHECK(parse_ip_address(text).value().is_loopback());
    }
    for (std::string_view const text :
         {"126.255.255.255", "128.0.0.0", "0.0.0.0", "1.0.0.127", "::", "::2", "1::1", "::1:0:1",
          "7f00::1", "::127.0.0.1", "::ffff:127.0.0.1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ip_address(text).value().is_loopback());
    }
}

TEST_CASE("addresses are equal however they are written") {
    CHECK(parse_ip_address("::1") == parse_ip_address("0:0::0:0001"));
    CHECK(parse_ip_address("::ffff:1.2.3.4") == parse_ip_address("::FFFF:102:304"));
    CHECK(parse_ip_address("::1.2.3.4") != parse_ip_address("1.2.3.4"));
    CHECK(parse_ip_address("1.2.3.4") != parse_ip_address("1.2.3.5"));
}

} // TEST_SUITE("codec/ip_address")
