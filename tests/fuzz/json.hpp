// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_JSON_HPP
#define INTHELOOP_TESTS_FUZZ_JSON_HPP

#include <intheloop/codec/detail/drift_sink.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/drift_kind.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// Tells whether a value of T may hold JSON of any shape.
template <class T>
struct holds_open_json;
template <class... Fields>
consteval bool any_holds_open_json(intheloop::detail::field_list<Fields...>) {
    return (holds_open_json<typename Fields::value_type>::value || ... || false);
}
template <class T>
struct holds_open_json {
    static constexpr bool value = [] {
        if constexpr (intheloop::detail::described<T>)
            return any_holds_open_json(intheloop::detail::fields_of<T>{});
        else
            return std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
                   std::same_as<T, boost::json::array>;
    }();
};
template <class T>
struct holds_open_json<std::optional<T>> : holds_open_json<T> {};
template <class T>
struct holds_open_json<intheloop::nullable<T>> : holds_open_json<T> {};
template <class T>
struct holds_open_json<std::vector<T>> : holds_open_json<T> {};
template <class T>
struct holds_open_json<std::map<std::string, T>> : holds_open_json<T> {};
// An alternative that is not known is kept as JSON.
template <intheloop::fixed_string Discriminator, class... Alternatives>
struct holds_open_json<intheloop::one_of<Discriminator, Alternatives...>> : std::true_type {};

// The request and the response of each endpoint of a catalog, as documents. The first two bytes say
// which, the rest is the document.
struct json_target {
    static constexpr std::string_view name = "json";

    template <class Catalog>
    static constexpr std::size_t choices(Catalog) {
        return 2 * Catalog::size();
    }

    template <class Catalog>
    static void run(Catalog catalog, bytes input) {
        reader in(input);
        std::size_t const which = in.choice(choices(catalog));
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            if (index++ == which)
                check_document<typename Endpoint::request_type>(in.rest());
            if (index++ == which)
                check_document<typename Endpoint::response_type>(in.rest());
        });
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            std::string const operation(Endpoint::operation);
            keep_values<typename Endpoint::request_type>(index++, operation + ".request", keep);
            keep_values<typename Endpoint::response_type>(index++, operation + ".response", keep);
        });
    }

private:
    template <class T, class Keep>
    static void keep_values(std::size_t index, std::string const& of, Keep const& keep) {
        if constexpr (requires { T::sample; })
            keep(of + ".sample", chosen(index) + std::string(T::sample));
        for_each_value<T>([&](std::string const& which, T const& value) {
            keep(of + '.' + which + ".written", chosen(index) + json_of(value));
        });
        if constexpr (holds_open_json<T>::value)
            for (std::size_t const levels : {64u, 65u}) // as many as are read, and one more
                keep(of + ".levels_" + std::to_string(levels),
                     chosen(index) + R"({"open":)" + std::string(levels - 1, '[') +
                         std::string(levels - 1, ']') + '}');
    }

    // Writes the result of a reading as text.
    template <class T>
    struct reading {
        T value = intheloop::detail::make_empty<T>();
        intheloop::codec::json_statistics statistics{};
        std::optional<intheloop::codec::json_error> problem{};

        std::string text() const {
            std::string text = std::to_string(statistics.unknown_keys) + " unknown keys, ";
            if (problem)
                return text + (problem->malformed ? "malformed " : "another shape ") +
                       problem->text();
            // An infinity in open JSON, from 1e400, can't be written.
            if (auto const unwritable = intheloop::codec::encode_json(text, value))
                text += " unwritable " + unwritable->text();
            return text;
        }
    };

    template <class T>
    static reading<T> read_twice(std::string_view document, intheloop::codec::json_limits limits) {
        namespace detail = intheloop::codec::detail;
        reading<T> parsed;
        parsed.problem = detail::parse_json(document, detail::json_type_of<T>(), &parsed.value,
                                            limits, parsed.statistics);
        reading<T> decoded;
        decoded.problem = detail::decode_json(document, detail::json_type_of<T>(), &decoded.value,
                                              limits, decoded.statistics);
        check_equal(decoded.text(), parsed.text(), "both readers give the same");
        return decoded;
    }

    // Hears of each deviation of a document from its type.
    class counting_sink final : public intheloop::codec::drift_sink {
    public:
        void found(intheloop::drift_kind kind, std::string pointer, std::string_view) override {
            using intheloop::drift_kind;
            unknown_keys += kind == drift_kind::unknown_key ? 1 : 0;
            failures += kind == drift_kind::missing_member || kind == drift_kind::wrong_type;
            check_pointer(pointer);
        }
        void read_object(std::string pointer, std::span<std::string_view const>) override {
            check_pointer(pointer);
        }

        std::size_t unknown_keys = 0;
        std::size_t failures = 0;
    };

    static void check_pointer(std::string_view pointer) {
        check(pointer.empty() || pointer.front() == '/', "a place is a JSON pointer", pointer);
        for (std::size_t at = pointer.find('~'); at != pointer.npos; at = pointer.find('~', at + 1))
            check(pointer.substr(at + 1).starts_with('0') ||
                      pointer.substr(at + 1).starts_with('1'),
                  "a name in a JSON pointer is escaped", pointer);
    }

    // Whoever looks for deviations changes no result.
    template <class T>
    static void check_drift(std::string_view document, std::string_view read,
                            intheloop::codec::json_limits limits) {
        counting_sink sink;
        reading<T> watched;
        watched.statistics.drift = &sink;
        watched.problem =
            intheloop::codec::decode_json(document, watched.value, limits, &watched.statistics);
        check_equal(watched.text(), read, "the same with a look at its deviations");
        check(sink.unknown_keys == watched.statistics.unknown_keys, "each unknown key is told of");
        bool const is_shape = watched.problem && !watched.problem->malformed;
        check(sink.failures == (is_shape ? 1u : 0u),
              "a deviation that is an error is told of once");
    }

    template <class T>
    static void check_document(std::string_view document) {
        intheloop::codec::json_limits const of_answer{.null_is_absent = true};
        check_drift<T>(document, read_twice<T>(document, of_answer).text(), of_answer);
        read_twice<T>(document, {.max_depth = 1 + document.size() % 8});
        reading<T> const decoded = read_twice<T>(document, {});
        std::string once;
        auto const unwritable = intheloop::codec::encode_json(once, decoded.value);
        if (decoded.problem) {
            check(!decoded.problem->message.empty(), "a problem is said");
            check_pointer(decoded.problem->pointer);
        } else if (!unwritable) {
            check_again(decoded.value, once);
        }
    }

    template <class T>
    static void check_again(T const& value, std::string const& written) {
        T again = intheloop::detail::make_empty<T>();
        intheloop::codec::json_statistics statistics;
        auto const problem = intheloop::codec::decode_json(written, again, {}, &statistics);
        check(!problem, "what was written is read", problem ? problem->text() : "");
        check(statistics.unknown_keys == 0, "what was written has no unknown keys", written);
        check_equal(json_of(again), written, "what was read is written the same again");
        // Open JSON does not keep whether a whole number was written as 1 or as 1e0.
        if constexpr (!holds_open_json<T>::value)
            check(support::same_value(value, again), "decode(encode(x)) == x", written);
    }
};

} // namespace fuzz

#endif
