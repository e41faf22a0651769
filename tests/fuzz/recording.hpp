// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_RECORDING_HPP
#define INTHELOOP_TESTS_FUZZ_RECORDING_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/found_address.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/secret_marks.hpp>
#include <intheloop/recording/recording.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fuzz {

// A secret, a line of it, and a text: of an answer, or of the file of a recording.
struct recording_target {
    static constexpr std::string_view name = "recording";
    static constexpr std::string_view words[] = {
        "{{secret:1}}", "{{",           "http%3A%2F%2F",  "\\/",
        "<br>",         "\"token\":\"", "\"exchanges\":", "[redacted]"};

    static void run(auto const&, bytes input) {
        reader in(input);
        std::string const secret(in.line());
        check_file(in.rest());
        std::string_view const text = in.rest().substr(0, 512);
        check_addresses(text);
        check_credentials(text);
        check_placeholders(text);
        check_json(text);
        check_base64(text);
        marks all({secret}, true);
        all.learn_api("http://api.example");
        check_masked(text, secret, all);
        check_marked(text, secret, all);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            if constexpr (requires { Endpoint::response_type::sample; })
                keep(std::string(Endpoint::operation),
                     "abcd1234efgh\n" + std::string(Endpoint::response_type::sample));
        });
        keep("file", "x\n" + file_of(R"([{"request":{"method":"GET","target":"/a?b={{any}}",)"
                                     R"("headers":{"X-A":"{{secret:1}}"}},"answer":{"status":200,)"
                                     R"("headers":{"ETag":"\"{{etag:1}}\""},"json":{"a":[1,2.5]},)"
                                     R"("missing":3}}])"));
        keep("file_of_texts",
             "x\n" + file_of(R"([{"request":{"method":"PUT","target":"https://a/b","text":["a\n",)"
                             R"("b"]},"failure":"timeout"},{"request":{"method":"GET","target":)"
                             R"("{{file:1}}"},"answer":{"status":206,"base64":["YWI="]}}])"));
        keep("address", "abcd1234efgh\nhttp://bob:pw@x/ https://a/b?c=d&Signature=0123456789 "
                        "http:\\/\\/api.example\\/abcd1234efgh?x http%3A%2F%2Fu%40h%2Fa%3Fb");
        keep("spelled_query", "abcd1234efgh\nhttp://h/=3<br>F");
        keep("spelled_user", "abcd1234efgh\nhttp://u=4<br>0h/ http://bob:pw@x/");
        keep("credentials",
             "abcd1234efgh\n{\"token\":\"a\\\"b\",\"password\":[\"12345\",\"x\"],\"in\":"
             "\"{\\\"api_key\\\":\\\"k1\\\"}\"}&access_token=q%20r;session=s");
        keep("braces", "abcd1234efgh\n{{id:1}} {{{any}}} {{user:1} {{braces} {{file:0}}");
        keep("redacted_braces", "abcd1234efgh\n[redacted]{{any}}");
        keep("redacted_before_id", "abcd1234efgh\n[redacted]a{{id:1}}");
        keep("id", "abcd1234efgh\n6e1cf0db-52d7-4522-97c9-97aa40b14058 abcd1234efg");
        keep("numbers", "abcd1234efgh\n[1.1,-0.0,1e15,123456789012345,0.000001,1.5e-7,1e400]");
        keep("number", "x\n1.23456789012345e-30");
        keep("encoded", "abcd1234efgh\nYWJjZDEyMzRlZmdo 616263643132333465666768 *abcd1234efgh*");
    }

private:
    using marks = intheloop::testing::detail::secret_marks;

    static std::string file_of(std::string const& exchanges) {
        return R"({"format":"intheloop recording","version":1,"exchanges":)" + exchanges + "}";
    }

    // A recording that is read is written, and read, the same again.
    static void check_file(std::string_view text) {
        using intheloop::testing::recording;
        std::optional<recording> read;
        try {
            read = recording::parse(text);
        } catch (std::runtime_error const& problem) {
            check(std::string_view(problem.what()).starts_with("recording: "), "a problem is said",
                  problem.what());
            return;
        }
        std::string const written = read->to_json();
        check_equal(recording::parse(written).to_json(), written, "a recording is read again");
    }

    static void check_addresses(std::string_view text) {
        using intheloop::testing::detail::find_address;
        for (auto at = find_address(text, 0); at; at = find_address(text, at.end)) {
            std::size_t done = at.begin;
            for (intheloop::policy::address_parts const& each : at.parts) {
                check(done <= each.user && each.user <= each.user_end &&
                          each.user_end <= each.host && each.host <= each.query &&
                          each.query <= each.end,
                      "the parts of an address follow each other", text);
                done = each.end;
            }
            check(done <= at.end && at.end <= text.size(), "an address ends in its text", text);
        }
    }

    static void check_credentials(std::string_view text) {
        std::size_t begin = 0;
        for (auto const& one : intheloop::testing::detail::find_credentials(text)) {
            check(begin <= one.begin && one.begin <= one.end && one.end <= text.size(),
                  "credentials are in their order", text);
            check(!one.texts.empty() && !one.texts.front().empty(), "credentials have a text",
                  text);
            begin = one.begin;
        }
    }

    // Braces of a text are told from placeholders.
    static void check_placeholders(std::string_view text) {
        namespace detail = intheloop::testing::detail;
        std::string const escaped = detail::escape_braces(text);
        check(detail::find_unclosed_placeholder(escaped) == escaped.size(),
              "no placeholder is left open", escaped);
        detail::placeholder_values values;
        check_equal(values.fill(escaped), text, "an escaped text stands for itself");
        check(values.match(escaped, text), "an escaped text matches itself", escaped);
        check(values.size() == 0, "a text has no placeholders", escaped);
    }

    static void check_base64(std::string_view text) {
        std::string const digits = intheloop::detail::to_base64(text);
        check_equal(intheloop::testing::detail::from_base64(digits).value_or("none"), text,
                    "base64 is read as it was written");
    }

    // JSON that is kept as a value is kept exactly.
    static void check_json(std::string_view text) {
        namespace detail = intheloop::testing::detail;
        auto const value = detail::exact_json(text);
        auto const read = detail::read_json(text);
        check((read && read->is_exact) == value.has_value(), "what is exact is also read", text);
        if (!value)
            return;
        check(read->value == *value && read->has_all_members && read->rounded.empty(),
              "both readings are the same", text);
        std::string const written = detail::pretty_json(*value);
        auto const again = detail::exact_json(written);
        check(again && *again == *value, "JSON is read as it was written", written);
        if (value->is_double())
            check(value->get_double() == std::strtod(std::string(text).c_str(), nullptr),
                  "a number is kept", text);
    }
    template <class Look>
    static void for_each_part(boost::json::value const& value, Look const& look) {
        look(value);
        if (auto const* const array = value.if_array())
            for (auto const& element : *array)
                for_each_part(element, look);
        if (auto const* const object = value.if_object())
            for (auto const& member : *object) {
                look(boost::json::value(member.key()));
                for_each_part(member.value(), look);
            }
    }

    // Neither in a placeholder nor in what stands for a secret, nor put together by them.
    static bool is_findable(std::string_view secret) {
        constexpr std::size_t least = 8;
        return secret.size() >= least && secret != "redacted" &&
               std::all_of(secret.begin(), secret.end(), &intheloop::detail::is_word_char);
    }

    static void check_masked(std::string_view text, std::string_view secret, marks const& all) {
        for (bool const begins_later : {false, true}) {
            std::string const masked = all.mask(text, begins_later);
            check(masked.size() == text.size(), "a masked text is as long", text);
            check_equal(all.mask(masked, begins_later), masked, "nothing is left to mask");
            check(!is_findable(secret) || !all.finds_secret(masked, true), "no secret is left",
                  masked);
        }
        auto const found = intheloop::testing::detail::find_credentials(text);
        check(all.mask_unlearned(text, found).size() == text.size(),
              "a text without its credentials is as long", text);
    }

    // Only UTF-8 is recorded as a text.
    static void check_marked(std::string_view text, std::string const& secret, marks& all) {
        namespace detail = intheloop::testing::detail;
        if (!intheloop::codec::is_utf8(text))
            return;
        marks const known({secret}, false);
        auto const check_one = [&](std::string_view marked, bool ends_within) {
            check(!is_findable(secret) || !known.finds_secret(marked, ends_within),
                  "no secret is recorded", marked);
            check(detail::find_unclosed_placeholder(marked) == marked.size(),
                  "each placeholder is closed", marked);
        };
        all.learn_credentials(detail::find_credentials(text));
        for (bool const ends_within : {false, true})
            check_one(all.mark(text, ends_within), ends_within);
        auto value = detail::exact_json(text);
        if (!value)
            return;
        all.mark(*value);
        for_each_part(*value, [&](boost::json::value const& part) {
            if (auto const* const one = part.if_string())
                check_one({one->data(), one->size()}, false);
        });
    }
};

} // namespace fuzz

#endif
