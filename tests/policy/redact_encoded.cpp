// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Base64 and hexadecimal of texts that spell a secret otherwise.
#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <support/upper.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/redact_encoded") {

namespace {

namespace policy = intheloop::policy;
using intheloop::detail::to_base64;
using intheloop::detail::to_hexadecimal;
using tests::upper;

// Nothing that anybody could log in with.
constexpr std::string_view secret = "Ab+c/D9eF=";
policy::sought_secret const sought[] = {{secret}};

std::string to_base64url(std::string_view octets) {
    std::string text = to_base64(octets);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.resize(std::min(text.find('='), text.size()));
    return text;
}
std::string in_lines(std::string_view text, std::size_t longest) {
    std::string lines;
    for (; text.size() > longest; text.remove_prefix(longest))
        lines += std::string(text.substr(0, longest)) + "\r\n";
    return lines + std::string(text);
}

std::string in_pairs(std::string_view digits, std::string_view mark) {
    std::string pairs(digits.substr(0, 2));
    for (std::size_t i = 2; i < digits.size(); i += 2)
        pairs += std::string(mark) + std::string(digits.substr(i, 2));
    return pairs;
}

// A text that says the secret in other words.
std::vector<std::string> inner_texts(std::string_view left, std::string_view right) {
    std::string const octets = std::string(left) + std::string(secret) + std::string(right);
    std::vector<std::string> all = {to_base64(octets), to_base64url(octets), to_hexadecimal(octets),
                                    upper(to_hexadecimal(octets))};
    for (std::string_view const spelled :
         {"Ab%2Bc%2FD9eF%3D", "Ab%2bc/D9eF=", "Ab+c\\/D9eF=", "Ab\\u002bc\\/D9eF\\u003d",
          "Ab&#43;c&#x2F;D9eF&equals;", "Ab=2Bc/D9eF=3D", "Ab+c/D=\r\n9eF=3D"})
        all.push_back(std::string(left) + std::string(spelled) + std::string(right));
    return all;
}

} // namespace

TEST_CASE("a secret goes in base64 and hexadecimal of another encoding") {
    CHECK(policy::redact("UVdJcll5OUVPV1ZHUFE9PQ==", sought) == "[redacted]");
    CHECK(policy::redact("QWIrY1wvRDllRj0=", sought) == "[redacted]");
    CHECK(policy::redact("is 41622532426325324644396546253344.", sought) == "is [redacted].");
    for (std::string_view const left : {"", "u", "us", "{\"token\":\""})
        for (std::string_view const right : {"", "\"}", "a"})
            for (std::string const& text : inner_texts(left, right))
                for (std::string const& digits :
                     {to_base64(text), to_base64url(text), to_hexadecimal(text),
                      upper(to_hexadecimal(text)), in_lines(to_base64(text), 20),
                      "id-" + to_base64(text)}) {
                    CAPTURE(text);
                    CAPTURE(digits);
                    CHECK_FALSE(policy::is_surely_clean(digits, sought));
                    std::string const clean = policy::redact("x " + digits + " x", sought);
                    CAPTURE(clean);
                    // The digits of what stands around it stay, and of a group that it shares.
                    std::size_t const at = clean.find("[redacted]");
                    REQUIRE(at != clean.npos);
                    CHECK(at <= 2 + 6 + 4 * (left.size() + 2));
                    CHECK(clean.size() - at <= 12 + 2 + 4 * (right.size() + 3));
                }
}

TEST_CASE("a secret goes in hexadecimal of which each octet stands alone") {
    for (std::string_view const left : {"", "u", "GET\n/a?token=", "{\"token\":\""})
        for (std::string_view const right : {"", "\"}", "\nhost:a"})
            for (std::string const& text : inner_texts(left, right))
                for (std::string_view const mark : {" ", ":", "-"})
                    for (std::string const& digits :
                         {to_hexadecimal(text), upper(to_hexadecimal(text))}) {
                        std::string const pairs = in_pairs(digits, mark);
                        CAPTURE(text);
                        CAPTURE(pairs);
                        CHECK_FALSE(policy::is_surely_clean(pairs, sought));
                        std::string const clean =
                            policy::redact("<Bytes>" + pairs + "</Bytes>", sought);
                        CAPTURE(clean);
                        std::size_t const at = clean.find("[redacted]");
                        REQUIRE(at != clean.npos);
                        CHECK(at <= 7 + 3 * 4 * (left.size() + 2));
                        CHECK(clean.size() - at <= 10 + 8 + 3 * 4 * (right.size() + 3));
                    }
    struct {
        std::string_view text;
        std::string_view clean;
    } const table[] = {
        {"41 62 2b 63 2f 44 39 65 46 3d", "[redacted]"},
        {"is 20 41 62 2b 63 2f 44 39 65 46 3d 21.", "is 20 [redacted] 21."},
        {"2041 62 2B:63-2f 44 39 65 46 3d", "20[redacted]"}, // of different marks
        {"0x2041 62 2b 63 2f 44 39 65 46 3d", "0x20[redacted]"},
        {"a 41 62 2b 63 2f 44 39 65 46 3d b", "a [redacted] b"},
        {"41 62 2b 63 2f 44 39 65 46 3d 4162", "[redacted] 4162"},
        {"20 20 20 20 20 20 41 62\n2b 63 2f 44 39 65 46 3d", "20 20 20 20 20 20 [redacted]"},
        {"20 20 20 41 62 2b 63 2f 44 ...", "20 20 20 [redacted] ..."}, // cut
        {"20 20 20 41 62 2b 63 2f 4...", "20 20 20 [redacted] 4..."},
        {"20:20:20:41:62:2B:63:2F:...", "20:20:20:[redacted]:..."},
        {"41 62 2b 63 2f 44 39 65 46 3e", "41 62 2b 63 2f 44 39 65 46 3e"}, // another text
        {"41  62  2b  63  2f  44  39  65  46  3d", "41  62  2b  63  2f  44  39  65  46  3d"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(policy::redact(row.text, sought) == row.clean);
        if (policy::is_surely_clean(row.text, sought))
            CHECK(row.clean == row.text);
    }
    CHECK(policy::is_surely_clean("a a a a ab cd e ab-cd-ab and 2026-12-01", sought));
    // Where a text was cut out of a longer one, at any place.
    policy::text_edges edges;
    edges.begins_within = edges.ends_within = true;
    policy::secret_finder const finder(sought);
    std::string const whole = "20 41 62 2b 63 2f 44 39 65 46 3d 20 20 20 20 20 20 20 "
                              "20 41 62 2b 63 2f 44 39 65 46 3d 20";
    for (std::size_t cut = 3; cut <= 16; ++cut) {
        std::string_view const text = std::string_view(whole).substr(cut, whole.size() - 2 * cut);
        CAPTURE(std::string(text));
        auto const hits = finder.find(text, edges);
        REQUIRE(hits.size() == 2);
        CHECK(hits[0].begin <= 2);
        CHECK(hits[1].end + 2 >= text.size());
    }
}

TEST_CASE("a secret goes in base64 and hexadecimal of UTF-16") {
    for (std::string_view const right : {"", "\""}) {
        std::string octets;
        for (char const c : "{\"t\":\"" + std::string(secret) + std::string(right))
            octets += std::string{c, '\0'};
        for (std::size_t const first : {0u, 1u}) { // big-endian ones begin with a NUL
            for (std::string const& text :
                 {to_base64(octets.substr(first)), to_hexadecimal(octets.substr(first))}) {
                CAPTURE(text);
                std::string const clean = policy::redact(text, sought);
                CHECK(clean.find("[redacted]") != clean.npos);
                CHECK(clean.size() < text.size() / 2 + 16);
                CHECK_FALSE(policy::is_surely_clean(text, sought));
            }
        }
    }
}

TEST_CASE("the beginning of a secret goes in base64 of base64 before an ellipsis") {
    CHECK(policy::redact("is UVdJcll5OUVPV1... then", sought) == "is [redacted]... then");
}

TEST_CASE("digits that stand for other texts stay") {
    for (std::string const& text :
         {to_base64("Ab+c/D9eG= and more of that"), to_base64(to_base64("Ab+c/D9eG=")),
          to_hexadecimal("Ab%2Bc%2FD9eG%3D"), std::string("6e1cf0db-52d7-4522-97c9-97aa40b14058"),
          std::string(100, 'A'), in_lines(std::string(200, 'x'), 16)})
        CHECK(policy::redact(text, sought) == text);
    CHECK(policy::is_surely_clean("6e1cf0db-52d7-4522-97c9-97aa40b14058", sought));
    // A short secret may stand there by chance.
    policy::sought_secret const short_one[] = {{"user_1"}};
    std::string const of_short = to_base64("user_1 and user_1");
    CHECK(policy::redact(of_short, short_one) == of_short);
}

TEST_CASE("texts of digits take time in proportion to their length") {
    auto const steps = [](std::string_view piece, std::size_t size) {
        std::string text;
        while (text.size() < size)
            text += piece;
        policy::sought_secret const one[] = {{secret}, {"short"}};
        std::size_t taken = 0;
        policy::secret_finder(one).find(text, {}, &taken);
        return taken;
    };
    std::string const twice = to_base64(to_base64("Ab+c/D9Ab+c/D9Ab+c/D9Ab+c"));
    for (std::string_view const piece :
         {std::string_view(twice), std::string_view("QWIr"), std::string_view("4162"),
          std::string_view("UVdJcll5OUVPV1ZHUFE9PQ\n"), std::string_view("JTI1"),
          std::string_view("A"), std::string_view("0"), std::string_view("QQBiAA"),
          std::string_view("41 62 "), std::string_view("41:62:2b:63:2f:44 "),
          std::string_view("a "), std::string_view("ab cd e "), std::string_view("ab:cd:ab"),
          std::string_view("41 62 2b 63 2f 44 39 65 4 "),
          std::string_view("41 62 2b 63 2f 44 39 65 46\n")}) {
        CAPTURE(std::string(piece));
        std::size_t const once = steps(piece, 2048);
        CHECK(steps(piece, 4 * 2048) <= 5 * once + 64);
        CHECK(once <= 2048 * 64);
    }
}

} // TEST_SUITE("policy/redact_encoded")
