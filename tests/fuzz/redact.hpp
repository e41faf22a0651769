// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_REDACT_HPP
#define INTHELOOP_TESTS_FUZZ_REDACT_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace fuzz {

// Two secrets, a line of each, and a text, of which the beginning is looked at: all of the rest is
// gone through many times.
struct redact_target {
    static constexpr std::string_view name = "redact";

    static void run(auto const&, bytes input) {
        reader in(input);
        std::array<std::string_view, 2> const secrets = {in.line(), in.line()};
        if (std::any_of(secrets.begin(), secrets.end(), is_none))
            return;
        std::string_view const text = in.rest().substr(0, 256);
        check_text(text, secrets);
        // In each spelling, with the text around.
        std::string_view const half = text.substr(0, text.size() / 2);
        std::string with_secrets;
        for (std::string_view const secret : secrets)
            for (std::string const& spelled : spellings(secret)) {
                with_secrets += std::string(half.substr(half.size() - half.size() / 8)) + spelled;
                check_gone(secret, spelled, ' ' + spelled + ' ', secrets);
                check_digits_gone(secret, spelled, secrets);
                check_cut(secret, spelled, text.size(), secrets);
            }
        check_text(with_secrets + std::string(text.substr(half.size())), secrets);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            if constexpr (requires { Endpoint::response_type::sample; })
                keep(std::string(Endpoint::operation),
                     "abcd1234efgh\nuser_1\n" + std::string(Endpoint::response_type::sample));
        });
        keep("spelled", "tok+en/with=odd\"and\\chars\nuser_1\n"
                        "tok%2Ben%2Fwith%3Dodd%22and%5Cchars \\u0075ser_1");
        keep("cut", "abcd1234efgh\n\nBearer abcd1234...");
        keep("address", "x\ny\nsee https://a/b?x=1&Signature=s\"Key-Pair-Id=K3;Policy%3Dp%26q");
        keep("html", "Ab+c/D9eF=\ntok+en/with\"quotes\n"
                     "Ab&#43;c&#x2F;D9eF&#61; tok&amp;plus;en/with%26quot;quotes");
        keep("printable", "Ab+c/D9eF=\n\nAb=2Bc=\r\n/D9e=\nF=3D Ab+c\r\n /D9eF=");
        keep("layers", "Ab+c/D9eF=\n\nAb\\\\u002bc\\\\/D9eF\\u003d Ab%252Bc%2526#47;D9eF%3D");
        keep("encoded",
             "Ab+c/D9eF=\n\nQWIrYy9EOWVGPQ== 41622b632f443965463d \xe2\x80\xa6 Ab+c\xe2\x80\xa6");
        keep("tags", "Ab+c/D9eF=\n\nAb+c/<br />\nD9eF= Ab+c/&lt;wbr>D9eF= Ab+c/\xe2\x80\xa8"
                     "D9eF=");
        keep("digits", "Ab+c/D9eF=\n\nUVdJcll5OUVPV1ZHUFE9PQ== 41622532426325324644396546253344");
        keep("ellipsis", "Ab+c/D9eF=\nuser_1\nAb+c/D9 &hellip; Ab+c%25252... %252522user_1");
        keep("users", "x\ny\nhttps://bob:pw@a/b?c=\r\nd https%3A%2F%2Fbob%40a%2Fb%3Fc");
        keep("overlapping", "abcdabcdabcd\nabcdabcdab\nabcdabcdabcdabcd%61bcdabcdabcd");
    }

private:
    static constexpr std::string_view mark = "[redacted]";
    static constexpr std::size_t shortest_part = 8; // of which a part of a word is replaced

    // A secret stands in a header, so it has no control characters. One that is a part of the mark,
    // or has its brackets, would be found in what was redacted.
    static bool is_none(std::string_view secret) {
        bool const in_mark = !secret.empty() && mark.find(secret) != mark.npos;
        return in_mark || std::any_of(secret.begin(), secret.end(), [](char c) {
                   return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '[' || c == ']';
               });
    }
    static void append_code(std::string& out, char c) {
        constexpr char digits[] = "0123456789abcdef";
        auto const octet = static_cast<unsigned char>(c);
        out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    static std::array<std::string, 7> spellings(std::string_view secret) {
        std::string percent, all_percent, json, in_tags, broken;
        intheloop::codec::append_percent_encoded(percent, secret);
        for (char const c : secret) {
            append_code(all_percent, c);
            in_tags += in_tags.empty() ? std::string(1, c) : std::string("<br>") + c;
            broken += broken.empty() ? std::string(1, c) : std::string("\xe2\x80\xa8") + c;
        }
        if (intheloop::codec::encode_json(json, std::string(secret)))
            json = secret; // not UTF-8: no JSON either
        else
            json = json.substr(1, json.size() - 2);
        return {std::string(secret),   percent, all_percent, json,
                slashes_escaped(json), in_tags, broken};
    }
    static std::string slashes_escaped(std::string_view text) {
        std::string out;
        for (char const c : text)
            out += c == '/' ? std::string("\\/") : std::string(1, c);
        return out;
    }

    template <class Secrets>
    static void check_text(std::string_view text, Secrets const& secrets) {
        std::string const clean = intheloop::policy::redact(text, secrets);
        if (intheloop::policy::is_surely_clean(text, secrets))
            check_equal(clean, text, "what is surely clean stays as it is");
        std::string in_place(text);
        intheloop::policy::redact(in_place, secrets);
        check_equal(in_place, clean, "in place the same");
        for (std::string_view const secret : secrets)
            if (secret.size() >= shortest_part)
                check_survives_not(clean, secret);
        check_addresses(clean);
        check_signatures(clean);
    }

    static void check_survives_not(std::string_view clean, std::string_view secret) {
        check(clean.find(secret) == clean.npos, "no secret survives", clean);
        std::string encoded;
        intheloop::codec::append_percent_encoded(encoded, secret);
        check(clean.find(encoded) == clean.npos, "nor percent-encoded", clean);
        // Nor in what decoders make of the text that know nothing of the library.
        for (decoder const first : decoders) {
            std::string const once = first(clean);
            check(once.find(secret) == once.npos, "nor encoded in part", clean);
            for (decoder const second : decoders)
                check(second(once).find(secret) == std::string::npos, "nor encoded twice", clean);
            check(untagged(once).find(secret) == std::string::npos, "nor broken by tags", clean);
        }
    }

    // Decoders of whole texts, as a program would write them.
    using decoder = std::string (*)(std::string_view);

    static int number_of(std::string_view digits, int base) {
        constexpr std::size_t longest = 100;
        int value = 0;
        if (digits.empty() || digits.size() > longest)
            return -1;
        for (char const c : digits) {
            int const digit = intheloop::detail::hexadecimal_value(c);
            if (digit < 0 || digit >= base)
                return -1;
            value = value * base + digit;
            if (value > 127)
                return -1;
        }
        return value;
    }
    // Replaces what `read` finds at a place: it returns how long that is, and changes the text.
    template <class Read>
    static std::string decoded(std::string_view text, Read read) {
        std::string made;
        while (!text.empty()) {
            std::string octets(1, text.front());
            std::size_t const length = read(text, octets);
            made += length == 0 ? std::string(1, text.front()) : octets;
            text.remove_prefix(length == 0 ? 1 : length);
        }
        return made;
    }
    static std::size_t octet(std::string_view text, std::size_t prefix, std::size_t digits,
                             std::string& out) {
        if (text.size() < prefix + digits)
            return 0;
        int const value = number_of(text.substr(prefix, digits), 16);
        if (value < 0)
            return 0;
        out = std::string(1, static_cast<char>(value));
        return prefix + digits;
    }
    static std::string from_percent(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) {
            return rest.starts_with('%') ? octet(rest, 1, 2, out) : 0;
        });
    }
    static std::string from_json(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
            if (rest.starts_with("\\u"))
                return octet(rest, 2, 4, out);
            bool const is_short = rest.size() > 1 && rest[0] == '\\' &&
                                  (rest[1] == '\\' || rest[1] == '/' || rest[1] == '"');
            if (is_short)
                out = std::string(1, rest[1]);
            return is_short ? 2 : 0;
        });
    }
    static std::string from_html(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
            if (!rest.starts_with('&') || rest.find(';') == rest.npos)
                return 0;
            std::string_view const name = rest.substr(1, rest.find(';') - 1);
            int value = -1;
            if (name.starts_with("#x") || name.starts_with("#X"))
                value = number_of(name.substr(2), 16);
            else if (name.starts_with('#'))
                value = number_of(name.substr(1), 10);
            else if (name == "amp" || name == "lt" || name == "quot" || name == "plus")
                value = name == "amp" ? '&' : name == "lt" ? '<' : name == "plus" ? '+' : '"';
            if (value < 0)
                return 0;
            out = std::string(1, static_cast<char>(value));
            return name.size() + 2;
        });
    }
    static std::string from_quoted_printable(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
            if (!rest.starts_with('='))
                return 0;
            if (rest.starts_with("=\r\n") || rest.starts_with("=\n")) {
                out.clear();
                return rest[1] == '\n' ? 2 : 3;
            }
            return octet(rest, 1, 2, out);
        });
    }
    static std::string unfolded(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
            constexpr std::size_t most = 100;
            std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
            if (length == 0)
                return 0;
            out.clear();
            while (length < std::min(rest.size(), most) &&
                   (rest[length] == ' ' || rest[length] == '\t'))
                ++length;
            return length;
        });
    }
    static std::string untagged(std::string_view text) {
        return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
            for (std::string_view const tag : {"<br>", "<br/>", "<br />", "<wbr>", "\xe2\x80\xa8"})
                if (rest.starts_with(tag)) {
                    out.clear();
                    return tag.size();
                }
            return 0;
        });
    }
    static constexpr decoder decoders[] = {&from_percent, &from_json, &from_html,
                                           &from_quoted_printable, &unfolded};

    // A secret by itself goes, however short it is.
    template <class Secrets>
    static void check_gone(std::string_view secret, std::string_view spelled, std::string_view text,
                           Secrets const& secrets) {
        if (secret.empty() || secret.find(' ') != secret.npos)
            return;
        std::string const clean = intheloop::policy::redact(text, secrets);
        check(clean.find(spelled) == clean.npos, "no secret survives that stands alone", text);
    }

    // A long secret goes in digits of each spelling.
    template <class Secrets>
    static void check_digits_gone(std::string_view secret, std::string_view spelled,
                                  Secrets const& secrets) {
        bool const is_ascii = std::all_of(spelled.begin(), spelled.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
        });
        if (secret.size() < shortest_part || !is_ascii)
            return;
        for (std::string const& digits :
             {intheloop::detail::to_base64(spelled), intheloop::detail::to_hexadecimal(spelled),
              intheloop::detail::to_base64(intheloop::detail::to_base64(secret)),
              intheloop::detail::to_base64(intheloop::detail::to_hexadecimal(secret)),
              intheloop::detail::to_hexadecimal(intheloop::detail::to_base64(secret))}) {
            check(!intheloop::policy::is_surely_clean(digits, secrets), "digits may hold it",
                  digits);
            std::string const clean = intheloop::policy::redact(digits, secrets);
            check(clean.find(digits) == clean.npos, "no secret survives in digits", clean);
        }
    }
    // The beginning of a long secret goes before "...", wherever its spelling was cut. A secret of
    // other characters may be read in several ways.
    template <class Secrets>
    static void check_cut(std::string_view secret, std::string_view spelled, std::size_t place,
                          Secrets const& secrets) {
        constexpr std::size_t telling = 4;
        bool const is_plain = std::all_of(secret.begin(), secret.end(), [](char c) {
            return intheloop::detail::is_word_char(c) || c == '/' || c == '-';
        });
        if (secret.size() < shortest_part || !is_plain)
            return;
        std::string_view const beginning = secret.substr(0, telling);
        std::string const cut(spelled.substr(0, spelled.size() * (place % 16) / 16));
        if (mark.find(beginning) != mark.npos || cut.find('<') != cut.npos)
            return;
        std::string const clean = intheloop::policy::redact(' ' + cut + "...", secrets);
        for (decoder const each : decoders)
            check(each(clean).find(beginning) == std::string::npos, "no beginning survives", clean);
    }

    static bool ends_url(char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
               c == '>';
    }
    static void check_addresses(std::string_view clean) {
        constexpr std::string_view sign = "://";
        for (std::size_t at = clean.find(sign); at != clean.npos; at = clean.find(sign, at + 1)) {
            auto const end = std::find_if(clean.begin() + static_cast<std::ptrdiff_t>(at),
                                          clean.end(), ends_url);
            std::string_view const url(clean.data() + at,
                                       static_cast<std::size_t>(end - clean.begin()) - at);
            std::size_t const query = url.find('?');
            if (query != url.npos)
                check(url.substr(query + 1).starts_with(mark), "an address loses its query", clean);
            std::string_view const host = url.substr(0, url.find_first_of("/?", sign.size()));
            bool const is_plain = host.find_first_of("&\\=%<") == host.npos;
            if (is_plain && host.find('@') != host.npos)
                check(host.substr(sign.size()).starts_with(mark), "and its user", clean);
        }
    }
    static void check_signatures(std::string_view clean) {
        for (std::string_view const sign : {"Signature=", "Key-Pair-Id=", "Policy="})
            for (std::size_t at = clean.find(sign); at != clean.npos; at = clean.find(sign, at + 1))
                check(clean.substr(at + sign.size()).starts_with(mark),
                      "what signs an address loses its value", clean);
    }
};

} // namespace fuzz

#endif
