// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_PERCENT_HPP
#define INTHELOOP_TESTS_FUZZ_PERCENT_HPP

#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// A text as it is, and as one that is percent-encoded; then its lines, in turn, as names and
// values of a query.
struct percent_target {
    static constexpr std::string_view name = "percent";

    static void run(auto const&, bytes input) {
        std::string_view const text = text_of(input);
        check_encoded(text);
        check_decoded(text);
        check_query(reader(input));
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        catalog.for_each([&]<class Endpoint>(Endpoint const& endpoint) {
            using request_type = typename Endpoint::request_type;
            for_each_value<request_type>([&](std::string const& which, request_type const& value) {
                intheloop::codec::encoded_request out;
                if (!encode_request(endpoint, value, out))
                    keep(std::string(Endpoint::operation) + '.' + which, out.target);
            });
        });
        keep("codes", "%00%7E%7e%e2%82%AC%2525+%");
        keep("no_codes", "%%2%2G%G2%-1%0x%+1");
        keep("query", "ids\na&b=c\nids\n%\nx+y\n\xe2\x82\xac");
    }

private:
    static bool is_hex(char c) {
        return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos;
    }
    // The lenient reading once more, and whether it met a '%' that begins no code.
    static std::string decoded(std::string_view text, bool& strict) {
        std::string out;
        strict = true;
        while (!text.empty()) {
            if (text[0] == '%' && text.size() > 2 && is_hex(text[1]) && is_hex(text[2])) {
                out += static_cast<char>(std::stoi(std::string(text.substr(1, 2)), nullptr, 16));
                text.remove_prefix(3);
                continue;
            }
            strict = strict && text[0] != '%';
            out += text[0];
            text.remove_prefix(1);
        }
        return out;
    }

    static void check_encoded(std::string_view text) {
        namespace codec = intheloop::codec;
        std::string encoded;
        codec::append_percent_encoded(encoded, text);
        check_equal(codec::percent_decoded(encoded), text, "decode(encode(x)) == x");
        check_equal(
            intheloop::testing::detail::strictly_percent_decoded(encoded).value_or("nothing"), text,
            "strict decode(encode(x)) == x");
        for (char const c : encoded)
            check(codec::is_unreserved(c) || c == '%', "only unreserved characters and codes",
                  encoded);
        bool const plain = codec::unreserved_length(text) == text.size();
        check(plain == (encoded == text), "a text without reserved characters stays", text);
    }

    static void check_decoded(std::string_view text) {
        bool is_strict = false;
        std::string const expected = decoded(text, is_strict);
        check_equal(intheloop::codec::percent_decoded(text), expected, "each code is decoded");
        auto const strictly = intheloop::testing::detail::strictly_percent_decoded(text);
        check(strictly.has_value() == is_strict, "a '%' that begins no code is refused", text);
        if (strictly)
            check_equal(*strictly, expected, "strictly, each code is decoded to the same");
    }

    static void check_query(reader in) {
        intheloop::testing::detail::query_values sent;
        std::string target = "/";
        char separator = '?';
        while (!in.rest().empty()) {
            std::string const key(in.line());
            std::string const value(in.line());
            if (key.empty() || !intheloop::codec::is_utf8(key))
                continue;
            auto const problem =
                intheloop::codec::detail::append_query_value(target, separator, key, value);
            check(problem.has_value() != intheloop::codec::is_utf8(value),
                  "a value of a query is UTF-8", value);
            if (!problem)
                sent.emplace_back(key, value);
        }
        check(intheloop::testing::detail::split_query(target) == sent,
              "a query is what was put into it", target);
    }
};

} // namespace fuzz

#endif
