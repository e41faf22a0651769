// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <support/upper.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/redact_spellings") {

namespace {

namespace policy = intheloop::policy;
using intheloop::detail::is_digit;
using intheloop::detail::is_letter;
using intheloop::detail::to_hexadecimal;
using tests::upper;

using encoder = std::string (*)(std::string_view);

bool is_plain(char c) {
    return is_letter(c) || is_digit(c);
}
std::string decimal(char c) {
    return std::to_string(static_cast<unsigned>(static_cast<unsigned char>(c)));
}
template <class Spell>
std::string each(std::string_view text, bool all, Spell spell) {
    std::string made;
    for (char const c : text)
        made += !all && is_plain(c) ? std::string(1, c) : spell(c, to_hexadecimal({&c, 1}));
    return made;
}
std::string name_of(char c) {
    switch (c) {
    case '+': return "&plus;";
    case '/': return "&sol;";
    case '=': return "&equals;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '<': return "&lt;";
    case '%': return "&percnt;";
    case '\\': return "&bsol;";
    default: return "&#" + decimal(c) + ';';
    }
}
std::string broken(std::string_view text, std::size_t after, std::string_view by) {
    std::string made;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (i != 0 && i % after == 0)
            made += by;
        made += text[i];
    }
    return made;
}

struct named_encoder {
    std::string_view name;
    encoder encode;
};
named_encoder const encoders[] = {
    {"as it is", [](std::string_view s) { return std::string(s); }},
    {"percent", [](auto s) { return each(s, false, [](char, auto h) { return '%' + upper(h); }); }},
    {"percent, lower", [](auto s) { return each(s, false, [](char, auto h) { return '%' + h; }); }},
    {"percent, all", [](auto s) { return each(s, true, [](char, auto h) { return '%' + h; }); }},
    {"percent, old",
     [](auto s) { return each(s, false, [](char, auto h) { return "%u00" + h; }); }},
    {"json", [](auto s) { return each(s, false, [](char, auto h) { return "\\u00" + h; }); }},
    {"json, all",
     [](auto s) { return each(s, true, [](char, auto h) { return "\\u00" + upper(h); }); }},
    {"json, short",
     [](auto s) {
         return each(s, false, [](char c, auto) {
             bool const escaped = c == '/' || c == '"' || c == '\\';
             return escaped ? std::string("\\") + c : std::string(1, c);
         });
     }},
    {"octets", [](auto s) { return each(s, false, [](char, auto h) { return "\\x" + h; }); }},
    {"braces",
     [](auto s) { return each(s, false, [](char, auto h) { return "\\u{" + h + '}'; }); }},
    {"decimal",
     [](auto s) { return each(s, false, [](char c, auto) { return "&#" + decimal(c) + ';'; }); }},
    {"decimal, all",
     [](auto s) { return each(s, true, [](char c, auto) { return "&#" + decimal(c) + ';'; }); }},
    {"decimal, zeros",
     [](auto s) {
         return each(s, false, [](char c, auto) { return "&#0000000" + decimal(c) + ';'; });
     }},
    {"hexadecimal",
     [](auto s) { return each(s, false, [](char, auto h) { return "&#x" + h + ';'; }); }},
    {"hexadecimal, upper",
     [](auto s) { return each(s, false, [](char, auto h) { return "&#X000" + upper(h) + ';'; }); }},
    {"decimal, unended",
     [](auto s) { return each(s, false, [](char c, auto) { return "&#" + decimal(c); }); }},
    {"hexadecimal, unended",
     [](auto s) { return each(s, false, [](char, auto h) { return "&#x" + h; }); }},
    {"names", [](auto s) { return each(s, false, [](char c, auto) { return name_of(c); }); }},
    {"quoted-printable",
     [](auto s) { return each(s, false, [](char, auto h) { return '=' + upper(h); }); }},
    {"quoted-printable, broken", [](auto s) { return broken(s, 5, "=\r\n"); }},
    {"quoted-printable, padded", [](auto s) { return broken(s, 7, "= \t\n"); }},
    {"broken", [](auto s) { return broken(s, 6, "\n"); }},
    {"broken by CRLF", [](auto s) { return broken(s, 5, "\r\n"); }},
    {"folded", [](auto s) { return broken(s, 4, "\r\n \t"); }},
    {"broken in HTML", [](auto s) { return broken(s, 5, "<br />\n"); }},
    {"broken by tags", [](auto s) { return broken(s, 4, "<WBR>"); }},
    // But for the NUL beside it.
    {"UTF-16", [](auto s) { return broken(s, 1, std::string_view("\0", 1)); }},
};

// Nothing that anybody could log in with.
std::string_view const secrets[] = {"Ab+c/D9eF=",   "tok+en/with=odd\"and\\chars&<more>",
                                    "AbCd1234efGh", "eyJhbGciOi.J9-_x.abc~def==",
                                    "100%25abcdef", "=3D=2Bsecret&amp;%41"};

// Stand around a secret; some would begin or end an escape with its characters.
std::string_view const before[] = {"",   "token=",  "{\"a\":\"", "x%",  "&#",
                                   "\\", "Bearer ", "=",         "\r\n"};
std::string_view const behind[] = {"", "\"}", " was refused", "&x=y", "...", "\n", ";", "="};

std::string shown(std::string_view text) {
    return std::string(text);
}

bool is_gone(std::string const& text, std::string_view secret, std::string_view spelled) {
    policy::sought_secret const sought[] = {{secret}};
    return policy::redact(text, sought).find(spelled) == std::string::npos;
}

} // namespace

TEST_CASE("a secret goes in each spelling and in each two of them, wherever it stands") {
    for (std::string_view const secret : secrets) {
        for (auto const& outer : encoders)
            for (auto const& inner : encoders) {
                if (outer.name.find("unended") != outer.name.npos)
                    continue; // no decoder reads these again where a digit follows
                std::string const spelled = outer.encode(inner.encode(secret));
                CAPTURE(shown(inner.name));
                CAPTURE(shown(outer.name));
                CAPTURE(spelled);
                policy::sought_secret const sought[] = {{secret}};
                CHECK(policy::redact("a: " + spelled + " z", sought) == "a: [redacted] z");
                CHECK_FALSE(policy::is_surely_clean("a: " + spelled + " z", sought));
            }
        for (auto const& one : encoders)
            for (std::string_view const left : before)
                for (std::string_view const right : behind) {
                    std::string const spelled = one.encode(secret);
                    std::string const text = std::string(left) + spelled + std::string(right);
                    CAPTURE(text);
                    CHECK(is_gone(text, secret, spelled));
                }
    }
}

TEST_CASE("a short secret goes in each spelling where it is a whole word") {
    for (auto const& one : encoders) {
        if (one.name.find("unended") != one.name.npos)
            continue;
        std::string const spelled = one.encode("a/b_c");
        CAPTURE(spelled);
        CHECK(is_gone("user " + spelled + '.', "a/b_c", spelled));
        CHECK_FALSE(is_gone("userx" + spelled + "x.", "a/b_c", spelled));
    }
    // The escape of its first character ends as the secret begins.
    CHECK(is_gone(" %33%33%34%2f%44 ", "334/D", "%33%33%34%2f%44"));
}

TEST_CASE("a secret in three layers goes") {
    for (std::string_view const spelled :
         {"Ab%25252Bc%25252FD9eF%25253D", "Ab\\\\\\\\u002bc\\\\\\\\/D9eF\\\\\\\\u003d",
          "Ab&amp;amp;plus;c&amp;amp;#47;D9eF&amp;amp;#x3d;", "Ab%26amp%3B%2343%3Bc%2FD9eF%3D",
          "Ab&#92;&#92;u002bc&#92;/D9eF%26%23%36%31%3B"}) {
        CAPTURE(shown(spelled));
        CHECK(is_gone("x " + std::string(spelled) + " x", "Ab+c/D9eF=", spelled));
    }
}

TEST_CASE("a secret goes in base64 and in hexadecimal, with any octets around it") {
    for (std::string_view const secret : secrets)
        for (std::string_view const left : {"", "u", "us", "user:", "{\"token\":\""})
            for (std::string_view const right : {"", "\"", "\"}", "abc"}) {
                std::string const octets =
                    std::string(left) + std::string(secret) + std::string(right);
                std::string base64 = intheloop::detail::to_base64(octets);
                std::string url = base64;
                std::replace(url.begin(), url.end(), '+', '-');
                std::replace(url.begin(), url.end(), '/', '_');
                url.resize(std::min(url.find('='), url.size()));
                std::string const hex = to_hexadecimal(octets);
                for (std::string const& spelled :
                     {base64, url, hex, upper(hex), broken(base64, 8, "\r\n"),
                      broken(base64, 5, "\\n"),
                      each(base64, false, [](char, auto h) { return '%' + h; })}) {
                    CAPTURE(octets);
                    policy::sought_secret const sought[] = {{secret}};
                    std::string const clean = policy::redact(spelled, sought);
                    CAPTURE(clean);
                    CHECK_FALSE(policy::is_surely_clean(spelled, sought));
                    CHECK(clean.find("[redacted]") != clean.npos);
                    // The digits beside it depend on its first or last octet in part.
                    std::size_t const rest = clean.size() - std::string_view("[redacted]").size();
                    CHECK(rest <= 2 * (left.size() + right.size()) + 6);
                }
                if (octets == secret) {
                    policy::sought_secret const sought[] = {{secret}};
                    CHECK(policy::redact("Basic " + base64, sought) == "Basic [redacted]");
                }
            }
}

TEST_CASE("the beginning of a secret goes before an ellipsis") {
    constexpr std::string_view secret = "Ab+c/D9eF=";
    policy::sought_secret const sought[] = {{secret}};
    for (auto const& one : encoders)
        for (std::string_view const ellipsis : {"...",           "\xe2\x80\xa6", "&hellip;",
                                                "\\u2026",       "[...]",        "&#8230;",
                                                "&#x2026;",      "%E2%80%A6",    "%25E2%2580%25A6",
                                                "&amp;hellip;",  "&amp;#8230;",  "\\xe2\\x80\\xa6",
                                                "\\u{2026}",     "%u2026",       "&mldr;",
                                                "&#08230;",      "%2E%2E%2E",    "&#46;&#46;&#46;",
                                                "=2E=2E=2E",     " ...",         " [...]",
                                                "&nbsp;&hellip;"})
            for (std::string_view const right : {"", " is refused", "\"}"}) {
                if (one.name.find("unended") != one.name.npos)
                    continue;
                std::string const part = one.encode(secret.substr(0, 6));
                std::string const text =
                    "token " + part + std::string(ellipsis) + std::string(right);
                CAPTURE(text);
                CHECK(policy::redact(text, sought) ==
                      "token [redacted]" + std::string(ellipsis) + std::string(right));
            }
    for (auto const& one : encoders)
        for (std::string_view const mark :
             {"***", "**********F=", "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2", "%2A%2A%2A",
              "\\u002a\\u002A\\u002a", "&bull;&bull;&bull;", "&#8226;&#8226;", "[truncated]",
              " (truncated...)", " [Truncated]", "%28truncated%29"}) {
            if (one.name.find("unended") != one.name.npos)
                continue;
            std::string const part = one.encode(secret.substr(0, 6));
            std::string const text = "token " + part + std::string(mark) + " x";
            CAPTURE(text);
            CHECK(policy::redact(text, sought) == "token [redacted]" + std::string(mark) + " x");
            CHECK_FALSE(policy::is_surely_clean(text, sought));
        }
    for (std::string_view const text :
         {"Ab+***", "Ab+c ***", "Ab+c**", "Ab+c truncated", "Ab+c(trunk)"}) {
        CAPTURE(shown(text));
        CHECK(policy::redact(text, sought) == text);
    }
    CHECK(policy::redact("Ab+...", sought) == "Ab+...");
    CHECK(policy::redact("QWIrYy9E... is it", sought) == "[redacted]... is it");
}

TEST_CASE("the beginning of a secret tells its index") {
    policy::sought_secret const sought[] = {{"Ab+c/D9eF="}, {"Ab+c/"}, {"Ab+d/D9eF="}};
    policy::secret_finder const finder(sought);
    auto const found = finder.find("Ab+c/D... Ab+d... QWIrZC9E...");
    REQUIRE(found.size() == 3);
    CHECK(found[0].secret == 0);
    CHECK(found[1].secret == 2);
    CHECK(found[2].secret == 2);
}

TEST_CASE("the beginning of a secret goes before an escape of which the end is left out") {
    constexpr std::string_view secret = "Ab+c/D9eF=";
    policy::sought_secret const sought[] = {{secret}};
    for (std::string_view const text :
         {"Ab+c%2...", "Ab+c%...", "Ab+c\\u00...", "Ab+c\\...", "Ab+c&#x2...", "Ab+c&so...",
          "Ab+c=...", "Ab+c%252...", "Ab+c\\\\u...", "Ab+c<b...", "Ab+c~...",
          "Ab&amp;#43;c&amp;#x2F;D9eF&amp;#6...", "Ab%5Cu002bc%5C%2FD9eF%5Cu003...",
          "Ab%26%2343%3Bc/D9eF%26%2361...", "Ab\\u{2b}c\\u{2f}D9eF\\u{3...",
          "Ab%u002bc/D9eF%u003...", "Ab%25252Bc%25252FD9eF%25253..."}) {
        CAPTURE(shown(text));
        CHECK(policy::redact(text, sought) == "[redacted]...");
    }
    for (std::string_view const text :
         {"Ab+%2...", "Ab+&amp;more...", "Ab%2B&so=on...", "Ab+c/X%2...", "Ab+c%20 of it..."}) {
        CAPTURE(shown(text));
        CHECK(policy::redact(text, sought) == text);
    }
    // A text may be cut anywhere.
    policy::sought_secret const one[] = {{secret}};
    policy::secret_finder const finder(one);
    for (auto const& outer : encoders)
        for (auto const& inner : encoders) {
            auto const is_left_out = [](std::string_view name) {
                return name.find("unended") != name.npos || name.find("padded") != name.npos ||
                       name.find("folded") != name.npos || name.find("broken in") != name.npos ||
                       name.find("tags") != name.npos || name == "UTF-16";
            };
            if (is_left_out(outer.name) || is_left_out(inner.name))
                continue;
            std::string const spelled = outer.encode(inner.encode(secret));
            std::size_t const telling = outer.encode(inner.encode(secret.substr(0, 4))).size();
            for (std::size_t size = telling; size < spelled.size(); ++size) {
                std::string const text = "x " + spelled.substr(0, size) + "...";
                CAPTURE(text);
                CHECK(policy::replace_hits(text, finder.find(text)) == "x [redacted]...");
            }
        }
}

TEST_CASE("a secret goes where characters that are not seen break it") {
    policy::sought_secret const sought[] = {{"Ab+c/D9eF="}};
    for (std::string_view const by : {"\xc2\x85",     "\xc2\xad",       "\xe2\x80\x8b",
                                      "\xe2\x80\x8d", "\xe2\x80\xa8",   "\xe2\x80\xa9",
                                      "\xe2\x81\xa0", "\xef\xbb\xbf",   "\\u2028",
                                      "\\u00ad",      "\\u{200b}",      "%E2%80%A8",
                                      "%25C2%25AD",   "&shy;",          "&#173;",
                                      "&#x200B;",     "&amp;shy;",      "&ZeroWidthSpace;",
                                      "<br>",         "<BR/>",          "<wbr>",
                                      "&lt;br&gt;",   "&lt;br /&gt;\n", "\\u003cbr\\u003e",
                                      "<br><br>",     "\xe2\x80\n\xa8", "=E2=80=\r\n=A8",
                                      "\xe2\x80\x8e", "\xe2\x80\xae",   "\xe2\x81\xa9",
                                      "\\u200f",      "&#x202A;",       "\\r\\n\\t",
                                      "\\n\\t ",      "\\u0000",        "\\x00"}) {
        std::string const spelled = broken("Ab+c/D9eF=", 3, by);
        CAPTURE(spelled);
        CHECK(policy::redact("x " + spelled + " x", sought) == "x [redacted] x");
        CHECK_FALSE(policy::is_surely_clean("x " + spelled + " x", sought));
    }
    for (std::string_view const by : {"<b>", "<brx>", "<br", "\xe2\x82\xac", "\xc2\xab", "&lt;"}) {
        std::string const spelled = broken("Ab+c/D9eF=", 3, by);
        CHECK(policy::redact(spelled, sought) == spelled);
    }
}

TEST_CASE("other texts stay as they are") {
    policy::sought_secret const sought[] = {{"Ab+c/D9eF="}, {"user_1"}};
    for (std::string_view const text :
         {"a=2B and =\r\nmore", "100% of &amp; and \\u0041", "%%%25%zz\\\\\\", "&#;&#x;&;&&",
          "user_12, user\n_", "Ab%2Bc%2FD9eF", "Ab+c/D9eG=", "=", "%", "\\", "&", "&#", "\\u",
          "\\u{", "%u", "\\u{ffffffffffff}", "\\ud83d\\ude00", "&#99999999999999999999;"}) {
        CAPTURE(shown(text));
        CHECK(policy::redact(text, sought) == text);
    }
}

TEST_CASE("characters beyond ASCII are found in each spelling") {
    constexpr std::string_view user = "\xc5\xbdiga \xf0\x9f\x98\x80 caf\xc3\xa9";
    policy::sought_secret const sought[] = {{user}};
    for (std::string_view const spelled :
         {"\\u017diga \\ud83d\\ude00 caf\\u00e9", "&#381;iga &#x1F600; caf&#233;",
          "%C5%BDiga+%F0%9F%98%80+caf%C3%A9", "=C5=BDiga =F0=9F=98=80 caf=C3=A9",
          "\\\\u017diga \\\\ud83d\\\\ude00 caf\\\\u00e9", "\\u{17d}iga \\u{1f600} caf\\u{e9}"}) {
        CAPTURE(shown(spelled));
        CHECK(policy::redact(spelled, sought) == "[redacted]");
    }
}

// The steps depend on the text's length alone, whatever it holds.
TEST_CASE("redaction is linear") {
    std::string signature;
    for (int i = 0; i != 60; ++i)
        signature += "%25";
    std::vector<std::string> hard = {
        signature,           std::string(60, '%'),    std::string(60, 'a'),
        "%2525%25252525%25", "\\\\\\\\\\\\\\\\u005c", "Ab+c/D9eF=",
        "=3D=3D=3D=3D",      "&amp;amp;amp;",         std::string(60, '~'),
        "abababababababac"};
    for (std::string const& secret : hard)
        for (std::string_view const piece :
             {"%25",   "%",   "25",  "%2525", "%252525", "\\",   "\\\\u005c", "&",        "&amp;",
              "&#38;", "&#0", "=",   "=3D",   "=\n",     "\n",   " ",         "~1",       "a",
              "ab",    "%61", "a\n", "a...",  "...",     "Ab+c", "&#x61",     "%25%32%35"}) {
            auto const steps = [&](std::size_t size) {
                std::string text;
                while (text.size() < size)
                    text += piece;
                policy::sought_secret const sought[] = {{secret}, {"another_secret", true}};
                std::size_t taken = 0;
                policy::secret_finder(sought).find(text, {}, &taken);
                return taken;
            };
            CAPTURE(secret);
            CAPTURE(shown(piece));
            std::size_t const once = steps(1024);
            std::size_t const fourfold = steps(4 * 1024);
            CHECK(fourfold <= 5 * once + 64);
            CHECK(once <= 1024 * 64);
        }
}

TEST_CASE("an error keeps the beginning of a text, and no part of a secret at its end") {
    constexpr std::string_view secret = "Ab+c/D9eF=Ab+c/D9eF=";
    policy::sought_secret const sought[] = {{secret}};
    for (std::size_t ahead = 0; ahead != 64; ++ahead) {
        intheloop::error e;
        e.body = std::string(policy::longest_error_text - ahead, '.');
        for (char& c : e.body)
            c = 'x';
        e.body += "Ab%2Bc%2FD9eF%3DAb%2Bc%2FD9eF%3D";
        e.body.append(policy::longest_error_text, 'x');
        policy::redact(e, sought);
        CAPTURE(ahead);
        CHECK(e.body.size() <= policy::longest_error_text + 16);
        CHECK(e.body.ends_with("..."));
        CHECK(e.body.find("Ab%2Bc") == e.body.npos);
    }
    intheloop::error e;
    e.body = std::string(policy::longest_error_text, 'x');
    policy::redact(e, sought);
    CHECK(e.body == std::string(policy::longest_error_text, 'x'));
}

} // TEST_SUITE("policy/redact_spellings")
