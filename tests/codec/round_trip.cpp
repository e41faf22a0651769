// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// decode(encode(x)) == x, for values made at random from fixed seeds.
#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>

#include <boost/json/object.hpp>

#include <fuzz/every_kind.hpp>
#include <fuzz/request.hpp>
#include <support/random_value.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("codec/round_trip") {

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;
namespace report = intheloop::report;
namespace json = boost::json;

using support::generator;

constexpr std::uint64_t seeds = 2000;

template <class T>
std::string encoded(T const& value) {
    std::string text;
    auto const problem = codec::encode_json(text, value);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    return text;
}

// Through JSON and back. Checks that nothing was unknown, and that it is written the same again.
template <class T>
T through_json(T const& value) {
    std::string const text = encoded(value);
    CAPTURE(text);
    T again = intheloop::detail::make_empty<T>();
    codec::json_statistics statistics;
    auto const problem = codec::decode_json(text, again, {}, &statistics);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    CHECK(statistics.unknown_keys == 0);
    CHECK(encoded(again) == text);
    return again;
}

// How often what is special came up among the members of a type: a test that never met it shows
// nothing.
struct seen_members {
    std::size_t unknown_texts = 0;
    std::size_t absent = 0, null = 0, present = 0;

    template <class T>
    void look(T const& value) {
        if constexpr (loop::detail::open_enumeration<T>)
            unknown_texts += value.is_known() ? 0 : 1;
        else if constexpr (loop::detail::described<T>)
            loop::detail::fields_of<T>::for_each(
                [&]<class Field>(Field) { look(value.*Field::pointer); });
    }
    template <class T>
    void look(std::optional<T> const& value) {
        if (value)
            look(*value);
    }
    template <class T>
    void look(loop::nullable<T> const& value) {
        (value.is_absent() ? absent : value.is_null() ? null : present) += 1;
        if (value)
            look(*value);
    }
    template <class T>
    void look(std::vector<T> const& values) {
        for (T const& value : values)
            look(value);
    }
};

template <class T>
seen_members check_random_values_of() {
    seen_members seen;
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator from(seed);
        T const value = support::make_random<T>(from);
        if (codec::detail::is_absent(value))
            continue; // an answer without a body, not JSON
        CHECK(support::same_value(through_json(value), value));
        seen.look(value);
    }
    return seen;
}

// One of each kind of member, in each place.
constexpr auto all_endpoints = loop::documented_endpoints + every_kind::endpoints;

} // namespace

TEST_CASE("every request and response of a catalog, as JSON") {
    all_endpoints.for_each([]<class Endpoint>(Endpoint const&) {
        CAPTURE(Endpoint::operation);
        check_random_values_of<typename Endpoint::request_type>();
        check_random_values_of<typename Endpoint::response_type>();
    });
}

TEST_CASE("absent, null and a value stay apart, and an unknown text stays") {
    for (seen_members const& seen : {check_random_values_of<report::export_request>(),
                                     check_random_values_of<report::export_result>(),
                                     check_random_values_of<every_kind::part>()}) {
        CHECK(seen.absent > 100);
        CHECK(seen.null > 100);
        CHECK(seen.present > 100);
        CHECK(seen.unknown_texts > 100);
    }
    // And the comparison tells them apart.
    using nullable = loop::nullable<std::string>;
    CHECK_FALSE(support::same_value(nullable(), nullable(nullptr)));
    CHECK_FALSE(support::same_value(nullable(), nullable("")));
    CHECK_FALSE(support::same_value(nullable(nullptr), nullable("")));
    CHECK_FALSE(support::same_value(report::export_status::from_text("completed"),
                                    report::export_status(report::export_status::completed)));
    report::export_result one, other;
    CHECK(support::same_value(one, other));
    other.url = nullptr;
    CHECK_FALSE(support::same_value(one, other));
}

TEST_CASE("every request of a catalog, as it is sent and received") {
    all_endpoints.for_each([]<class Endpoint>(Endpoint const& endpoint) {
        CAPTURE(Endpoint::operation);
        using request_type = typename Endpoint::request_type;
        std::size_t sent = 0;
        for (std::uint64_t seed = 0; seed != seeds; ++seed) {
            CAPTURE(seed);
            generator from(seed);
            auto const request = support::make_random<request_type>(from);
            codec::encoded_request out;
            if (encode_request(endpoint, request, out))
                continue; // a value that can't stand in its place, or the request is not valid
            ++sent;
            CHECK_NOTHROW(fuzz::request_target::check_sent(endpoint, request, out));
        }
        CHECK(sent > seeds / 20);
    });
}

TEST_CASE("drafts, which are open objects") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        json::object const content = make.json_object(4);
        CHECK(through_json(content) == content);
    }
}

TEST_CASE("numbers and times") {
    generator make(1);
    for (std::uint64_t i = 0; i != seeds; ++i) {
        std::int64_t const integer = make.integer();
        CAPTURE(integer);
        CHECK(through_json(integer) == integer);
        auto const whole = static_cast<std::uint64_t>(integer);
        CHECK(through_json(whole) == whole);
        double const number = make.fraction();
        CAPTURE(number);
        CHECK(through_json(number) == number);
        CHECK(through_json(std::vector<double>{number, -number}) ==
              std::vector<double>{number, -number});
        auto const narrow = std::bit_cast<float>(
            static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(number) >> 32));
        if (!std::isfinite(narrow))
            continue;
        CAPTURE(narrow);
        CHECK(through_json(narrow) == narrow);
    }
    constexpr float rounded_twice = 7.038531e-26f; // its text, read as a double, is its neighbour
    CHECK(encoded(rounded_twice) == "7.038531e-26");
    CHECK(through_json(rounded_twice) == rounded_twice);
}

TEST_CASE("containers") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        std::map<std::string, std::vector<std::optional<std::int64_t>>> value;
        for (std::uint64_t count = make.below(4); count != 0; --count)
            for (auto& numbers = value[make.text()]; numbers.size() < 4;)
                numbers.push_back(make.coin() ? std::optional(make.integer()) : std::nullopt);
        CHECK(through_json(value) == value);
    }
}

} // TEST_SUITE("codec/round_trip")
