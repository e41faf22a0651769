// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_REDACT_HPP
#define INTHELOOP_TESTS_FUZZ_REDACT_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <fuzz/check.hpp>
#include <fuzz/decoders.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

// Two secrets, a line of each, the second of which is sought in either case, and a text, of which
// the beginning is looked at: all of the rest is gone through many times.
struct redact_target {
    static constexpr std::string_view name = "redact";
    static constexpr std::string_view words[] = {"<br>",         "=\r\n",  "&#x",  "%25",
                                                 "\xe2\x80\xa8", "X-Amz-", "&sig="};

    static void run(auto const&, bytes input) {
        reader in(input);
        secret_list const secrets = {in.line(), in.line()};
        if (std::any_of(secrets.begin(), secrets.end(), is_none))
            return;
        given all(secrets);
        std::string_view const text = in.rest().substr(0, 256);
        check_text(text, all);
        check_short_text(text, all);
        check_field(text, all);
        check_error(text.substr(0, 32), all);
        // In each spelling, with the text around.
        std::string_view const half = text.substr(0, text.size() / 2);
        std::string with_secrets;
        for (std::string_view const secret : secrets) {
            for (std::string const& spelled : spellings(secret)) {
                with_secrets += std::string(half.substr(half.size() - half.size() / 8)) + spelled;
                check_gone(secret, spelled, ' ' + spelled + ' ', all);
                check_digits_gone(secret, spelled, all);
                check_cut(secret, spelled, text.size(), all);
            }
            check_twice_encoded_gone(secret, all);
            check_edges(secret, text.size(), all);
        }
        check_any_case(all);
        check_text(with_secrets + std::string(text.substr(half.size())), all);
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
        keep("any_case", "abcd1234efgh\nAna.Novak@Example.com\nana.novak@example.com may not, "
                         "nor ANA.NOVAK%40EXAMPLE.COM");
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
        keep("pairs", "Ab+c/D9eF=\n\n41 62 2b 63 2f 44 39 65 46 3d 41:62:2B:63:2F:44:39:6 a a ab c "
                      "41-62-2b-63-2f-44-39-...");
        keep("ellipsis", "Ab+c/D9eF=\nuser_1\nAb+c/D9 &hellip; Ab+c%25252... %252522user_1");
        keep("users", "x\ny\nhttps://bob:pw@a/b?c=\r\nd https%3A%2F%2Fbob%40a%2Fb%3Fc");
        keep("overlapping", "abcdabcdabcd\nabcdabcdab\nabcdabcdabcdabcd%61bcdabcdabcd");
        keep("signing", "x\ny\n?sig=a&se=1;signature=b#access_token=c&X-Amz-Credential=d "
                        "AWSAccessKeyId=e&GoogleAccessId=f&x-goog-date=g");
        keep("broken_address", "x\ny\nhttp://h/=3<br>F http://u=4<br>0h/ http://h/?a=\r\n&b");
    }

private:
    using secret_list = std::array<std::string_view, 2>;

    // The secrets, and what finds them, made once: that costs more than a short text.
    class given {
    public:
        explicit given(secret_list const& of) : secrets(of) {}
        given(given const&) = delete;
        given& operator=(given const&) = delete;

        std::string redacted(std::string_view text) { return redactor_.redacted(text); }
        bool is_surely_clean(std::string_view text) const {
            return intheloop::policy::is_surely_clean(text, sought);
        }
        auto find(std::string_view text, intheloop::policy::text_edges edges) const {
            return finder_.find(text, edges);
        }
        intheloop::policy::redactor& redactor() { return redactor_; }

        secret_list const secrets;
        std::array<intheloop::policy::sought_secret, 2> const sought = {
            {{secrets[0], false}, {secrets[1], true}}};

    private:
        intheloop::policy::redactor redactor_{sought};
        intheloop::policy::secret_finder finder_{sought};
    };

    static constexpr std::string_view mark = "[redacted]";
    static constexpr std::size_t shortest_part = 8; // of which a part of a word is replaced
    static constexpr std::size_t telling = 4;       // a shorter part tells nothing

    // A secret stands in a header, so it has no control characters. One that is a part of the mark,
    // or has its brackets, would be found in what was redacted.
    static bool is_none(std::string_view secret) {
        std::string const lower = intheloop::detail::to_lower(secret); // as the mark is
        bool const in_mark = !secret.empty() && mark.find(lower) != mark.npos;
        return in_mark || std::any_of(secret.begin(), secret.end(), [](char c) {
                   return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '[' || c == ']';
               });
    }
    static void append_code(std::string& out, char c) {
        constexpr char digits[] = "0123456789abcdef";
        auto const octet = static_cast<unsigned char>(c);
        out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    static std::vector<std::string> spellings(std::string_view secret) {
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
        std::vector<std::string> all;
        for (std::string const& one : {std::string(secret), percent, all_percent, json,
                                       slashes_escaped(json), in_tags, broken})
            if (std::find(all.begin(), all.end(), one) == all.end())
                all.push_back(one);
        return all;
    }
    static std::string slashes_escaped(std::string_view text) {
        std::string out;
        for (char const c : text)
            out += c == '/' ? std::string("\\/") : std::string(1, c);
        return out;
    }

    static void check_text(std::string_view text, given& all) {
        std::string const clean = all.redacted(text);
        if (all.is_surely_clean(text))
            check_equal(clean, text, "what is surely clean stays as it is");
        check_survives_not(clean, all.secrets);
        check_addresses(clean);
        check_signatures(clean);
    }

    static void check_short_text(std::string_view text, given& all) {
        std::string const clean = all.redacted(text);
        check_equal(intheloop::policy::redact(text, all.sought), clean, "the same by a function");
        std::string in_place(text);
        intheloop::policy::redact(in_place, all.sought);
        check_equal(in_place, clean, "in place the same");
        // Words around it stay: no secret has a control character, which ends addresses and values.
        std::string const before = "other words\1", behind = "\1other words";
        if (all.redacted(before) != before || all.redacted(behind) != behind)
            return;
        std::string const framed = all.redacted(before + std::string(text) + behind);
        check(framed.starts_with(before) && framed.ends_with(behind), "no more goes than must",
              framed);
    }

    // Nor in what decoders make of the text that know nothing of the library, also of two layers.
    static void check_survives_not(std::string_view clean, secret_list const& secrets) {
        if (secrets[0].size() < shortest_part && secrets[1].size() < shortest_part)
            return;
        std::vector<std::string> readings = {std::string(clean), decoders::untagged(clean)};
        for (decoders::decoder const first : decoders::all) {
            std::string once = first(clean);
            if (once == clean) // what the second one makes of it is another one's first layer
                continue;
            for (decoders::decoder const second : decoders::all)
                readings.push_back(second(once));
            readings.push_back(decoders::untagged(once));
            readings.push_back(std::move(once));
        }
        for (std::string_view const secret : secrets) {
            if (secret.size() < shortest_part)
                continue;
            for (std::string const& reading : readings)
                check(reading.find(secret) == reading.npos, "no secret survives", clean);
            std::string encoded;
            intheloop::codec::append_percent_encoded(encoded, secret);
            check(clean.find(encoded) == clean.npos, "nor percent-encoded", clean);
        }
        if (secrets[1].size() < shortest_part)
            return;
        std::string const lower = intheloop::detail::to_lower(secrets[1]);
        for (std::string const& reading : readings)
            check(intheloop::detail::to_lower(reading).find(lower) == reading.npos,
                  "nor the second one in another case", clean);
    }

    // A field with an address loses its query, also of a relative one.
    static void check_field(std::string_view text, given& all) {
        std::string value(text);
        all.redactor().redact_field("Location", value);
        check_survives_not(value, all.secrets);
        std::size_t const query = value.find('?');
        check(query == value.npos || value.substr(query + 1) == mark, "a field loses its query",
              value);
        value = text;
        all.redactor().redact_field("X-Other", value);
        check_equal(value, all.redacted(text), "another field is as any text");
    }

    // None of the texts of an error is left out.
    static void check_error(std::string_view text, given& all) {
        using intheloop::error;
        std::string location(text);
        all.redactor().redact_field("Location", location);
        std::string const clean = all.redacted(text);
        error e(intheloop::errc::bad_request, std::string(text));
        e.service_message = e.service_code = e.body = e.request_id = text;
        e.headers.append("Location", text);
        e.headers.append("X-Other", text);
        e.headers.append(text, "x");
        e.headers.append("Set-Cookie", "id=0123456789");
        intheloop::policy::redact(e, all.sought);
        for (std::string const& one :
             {e.detail, e.service_message, e.service_code, e.body, e.request_id})
            check_equal(one, clean, "a text of an error is as any text");
        check_equal(e.headers[0].second, location, "so is its address");
        check_equal(e.headers[1].second, clean, "and a field");
        check_equal(e.headers[2].first, clean, "the name of a field is as any text");
        check_equal(e.headers[3].second, mark, "a cookie goes as a whole");
    }

    // A secret by itself goes, however short it is.
    static void check_gone(std::string_view secret, std::string_view spelled, std::string_view text,
                           given& all) {
        if (secret.empty() || secret.find(' ') != secret.npos)
            return;
        std::string const clean = all.redacted(text);
        check(clean.find(spelled) == clean.npos, "no secret survives that stands alone", text);
    }

    // A long secret goes in digits of each spelling.
    static void check_digits_gone(std::string_view secret, std::string_view spelled, given& all) {
        bool const is_ascii = std::all_of(spelled.begin(), spelled.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
        });
        if (secret.size() < shortest_part || !is_ascii)
            return;
        check_gone_in(intheloop::detail::to_base64(spelled), all);
        check_gone_in(intheloop::detail::to_hexadecimal(spelled), all);
        check_gone_in(in_pairs(intheloop::detail::to_hexadecimal(spelled)), all);
    }
    static void check_twice_encoded_gone(std::string_view secret, given& all) {
        if (secret.size() < shortest_part)
            return;
        std::string const base64 = intheloop::detail::to_base64(secret);
        std::string const hexadecimal = intheloop::detail::to_hexadecimal(secret);
        check_gone_in(intheloop::detail::to_base64(base64), all);
        check_gone_in(intheloop::detail::to_base64(hexadecimal), all);
        check_gone_in(intheloop::detail::to_hexadecimal(base64), all);
        check_gone_in(in_pairs(intheloop::detail::to_hexadecimal(base64)), all);
    }
    static std::string in_pairs(std::string_view digits) {
        std::string pairs;
        for (; !digits.empty(); digits.remove_prefix(2))
            pairs += (pairs.empty() ? "" : " ") + std::string(digits.substr(0, 2));
        return pairs;
    }
    static void check_gone_in(std::string_view digits, given& all) {
        check(!all.is_surely_clean(digits), "digits may hold it", digits);
        std::string const clean = all.redacted(digits);
        check(clean.find(digits) == clean.npos, "no secret survives in digits", clean);
    }

    // The beginning of a long secret goes before "...", wherever its spelling was cut. A secret of
    // other characters may be read in several ways.
    static void check_cut(std::string_view secret, std::string_view spelled, std::size_t place,
                          given& all) {
        bool const is_plain = std::all_of(secret.begin(), secret.end(), [](char c) {
            return intheloop::detail::is_word_char(c) || c == '/' || c == '-';
        });
        if (secret.size() < shortest_part || !is_plain)
            return;
        std::string_view const beginning = secret.substr(0, telling);
        std::string const cut(spelled.substr(0, spelled.size() * (place % 16) / 16));
        if (mark.find(beginning) != mark.npos || cut.find('<') != cut.npos)
            return;
        std::string const clean = all.redacted(' ' + cut + "...");
        for (decoders::decoder const each : decoders::all)
            check(each(clean).find(beginning) == std::string::npos, "no beginning survives", clean);
    }

    // A part of a long secret is found at the edges at which a text was cut.
    static void check_edges(std::string_view secret, std::size_t place, given const& all) {
        if (secret.size() < shortest_part)
            return;
        std::size_t const size = telling + place % (secret.size() - telling);
        std::string const cut = std::string(secret.substr(secret.size() - size)) + '\1' +
                                std::string(secret.substr(0, size));
        intheloop::policy::text_edges edges;
        edges.begins_within = edges.ends_within = true;
        auto const hits = all.find(cut, edges);
        check(!hits.empty() && hits.front().begin == 0 && hits.front().end >= size,
              "the end of a secret is found where a text begins", cut);
        check(hits.back().begin <= size + 1 && hits.back().end == cut.size(),
              "the beginning of a secret is found where a text ends", cut);
    }

    // Letters of the other case are the same where they are said to be.
    static void check_any_case(given& all) {
        std::string other(all.secrets[1]);
        for (char& c : other)
            if (intheloop::detail::is_letter(c))
                c = static_cast<char>(c ^ 0x20);
        check(other.empty() || !all.is_surely_clean(other), "another case may hold it", other);
        check_gone(other, other, ' ' + other + ' ', all);
        check_digits_gone(other, other, all);
        check_twice_encoded_gone(intheloop::detail::to_lower(all.secrets[1]), all);
        auto const hits = all.find(other, {});
        check(other.empty() ||
                  (!hits.empty() && hits.front().begin == 0 && hits.front().end == other.size()),
              "a secret is found in any case", other);
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
            bool const has_user = host.find('@') != host.npos && host.rfind('@') != sign.size();
            if (is_plain && has_user)
                check(host.substr(sign.size()).starts_with(mark), "and its user", clean);
        }
    }
    static void check_signatures(std::string_view clean) {
        for (std::string_view const sign :
             {"Signature=", "Key-Pair-Id=", "Policy=", "X-Amz-Credential=", "X-Goog-Credential=",
              "AWSAccessKeyId=", "GoogleAccessId=", "?sig=", "&sig=", "&signature=",
              "#access_token="})
            for (std::size_t at = clean.find(sign); at != clean.npos; at = clean.find(sign, at + 1))
                check(clean.substr(at + sign.size()).starts_with(mark),
                      "what signs an address loses its value", clean);
    }
};

} // namespace fuzz

#endif
